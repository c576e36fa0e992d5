"""`thorsched report`: wanted against recorded, for people and for programs."""
