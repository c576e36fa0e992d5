"""What was found in a closed segment, as a value. Pure.

Goes from `examination.py`, in a process of its own, to `catalogue/auditing/verdict.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in a file; counts of frames unless it says so."""

    sha256: str
    size_bytes: int
    codec: str
    """Matroska's name for it; empty for a file that is no recording."""
    is_jpeg: bool
    """Only then there is metadata, and a picture to be looked at."""
    finalised: bool
    damages: int
    """Places of the container that cannot be read."""
    frames: int
    first_timestamp: int | None
    last_timestamp: int | None
    """By the XDAQ's clock, of the frames that have one."""
    dropped: int
    duplicates: int
    backward: int
    unreadable: int
    damaged: int
    looked: int
    """Pictures that were decoded, or could not be."""
    black: int
    frozen_s: float
