"""A frame's clocks; apart from `clock.py`: the command line need not wait for NumPy. Pure."""

from enum import Enum


class Counter(Enum):
    """What tells when a frame was filmed; its value is what a person types."""

    XDAQ = "xdaq"
    """The ephys sample counter: the one clock that video and neural data share."""
    SERVER = "server"
    """The ThorVision server's clock, for what was filmed while the XDAQ did not count."""
