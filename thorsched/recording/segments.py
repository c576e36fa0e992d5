"""A file that a recorder has closed, and what is in it, as values. Pure.

`Segment` goes from `attempt.py` to `archive.py`, `Described` from there to `engine/tally.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from thorsched.cameras.bounds import Size
from thorsched.recording.spec import Recording
from thorsched.schedule.intervals import Window


@dataclass(frozen=True, slots=True)
class Segment:
    """A file that its recorder has closed, or left behind."""

    path: Path
    recording: Recording
    zero: datetime
    """When a frame arrived whose PTS is 0, within 0.1 s: the recorder's start less its latency."""


@dataclass(frozen=True, slots=True)
class Described:
    """A segment and what is in it. `span` is when its frames arrived, within 0.1 s."""

    segment: Segment
    size_bytes: int
    frames: int
    span: Window
    finalised: bool
    pictures: tuple[Size | None, Size | None] = (None, None)
    """The sizes of the first and the last picture, as these say; None for what is not known."""
