"""Each closed segment is read once, from end to end: what is in it, and whether it is sound."""
