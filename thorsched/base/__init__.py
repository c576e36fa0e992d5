"""What every room needs: clock, errors, units, text, logs, the host. Standard library only."""
