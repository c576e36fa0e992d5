"""Recorders: how one is named, started, watched, stopped, and what it left on disk."""
