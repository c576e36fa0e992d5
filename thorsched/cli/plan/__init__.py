"""`thorsched plan`: what would change, and what is to come."""
