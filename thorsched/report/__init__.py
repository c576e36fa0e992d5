"""What was wanted against what was recorded, for people and for programs."""
