"""Holds the cameras of an XDAQ rig to a written schedule, for days and weeks, unattended."""

__version__ = "0.1.0"
