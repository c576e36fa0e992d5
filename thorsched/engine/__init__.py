"""The loop: what should be true now, what is true now, and what to do about it."""
