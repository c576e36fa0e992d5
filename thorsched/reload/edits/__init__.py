"""What an edit makes of each camera, and how that is told."""
