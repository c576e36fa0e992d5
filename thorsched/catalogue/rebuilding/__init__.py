"""A journal made anew, from sidecars and from what earlier ones still give."""
