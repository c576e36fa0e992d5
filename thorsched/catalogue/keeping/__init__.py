"""What goes, and when: retention by the file's own rule, and copies elsewhere."""
