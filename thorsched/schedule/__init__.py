"""From schedules to windows of absolute time, and to the next edge. Pure."""
