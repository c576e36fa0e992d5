"""`thorsched run`: what it shows while it records, and how it sums up."""
