"""A file that a recorder has closed, and what is in it, as values. Pure.

`Segment` goes from `trail.py` to `archive.py` or `closed.py`, `Described` from `archive.py` to
`engine/tally.py` and the journal.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from thorsched.cameras.bounds import Size
from thorsched.recording.naming import name_and_number
from thorsched.recording.spec import Recording
from thorsched.schedule.intervals import Window, subtract, union

SEAM = timedelta(milliseconds=250)
"""Frames that arrive this close together belong to one stretch of recording."""

NEVER_BEFORE = datetime(2024, 1, 1, tzinfo=UTC)
"""No recording is older than the program; a machine whose clock has no battery boots in 1970."""
CLOCK_SET_S = 1.0
"""A wall clock that has moved further beside the monotonic one was set: both are steered alike."""


SIDECAR_VERSION = 1
"""Of the JSON beside each segment, whose form is `schemas/segment.schema.json`."""


def attempt_of(segment: Path) -> Path:
    """Return what the segments of an attempt have in common: their path without the number."""
    return segment.parent / name_and_number(segment)[0]


@dataclass(frozen=True, slots=True)
class Relabelled:
    """From `at` on, aware UTC, the same source was recorded as `recording`."""

    at: datetime
    recording: Recording


@dataclass(frozen=True, slots=True)
class Segment:
    """A file that its recorder has closed, or left behind."""

    path: Path
    recording: Recording
    """What it was when the file was opened."""
    zero: datetime
    """When a frame arrived whose PTS is 0, within 0.1 s: the recorder's start less its latency."""
    relabelled: tuple[Relabelled, ...]
    """What it became while the file grew: an edit, or the next window; oldest first."""
    is_guess: bool = False
    """Whether nobody has seen it: its disk was away, there may be no such file."""
    checkpoint: Path | None = None
    """Of the attempt, if this is its last segment; of no more use once that is described."""
    overlaps: tuple[str, ...] = ()
    """The names of the camera's attempts that recorded the same for a while, beside this one."""
    doubt: str = ""
    """Why nobody can say whose frames it holds; '' of what is its camera's."""
    clock_offset_s: float | None = None
    """The wall clock less the monotonic one, in seconds, when the recorder started."""

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows that it was recorded for, sorted and disjoint."""
        recordings = [self.recording, *(one.recording for one in self.relabelled)]
        return union(recording.window for recording in recordings)

    def successor(self) -> "Segment":
        """Return the attempt's next segment, as a guess."""
        prefix, number = name_and_number(self.path)
        name = f"{prefix}-{int(number) + 1:0{len(number)}d}{self.path.suffix}"
        latest = self.relabelled[-1].recording if self.relabelled else self.recording
        path, offset_s = self.path.with_name(name), self.clock_offset_s
        return Segment(path, latest, self.zero, (), is_guess=True, clock_offset_s=offset_s)


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became whole, though its recorder never closed it."""

    original_bytes: int
    original_sha256: str
    dropped_bytes: int
    """Of the original, behind its last whole frame; most often the beginning of one more."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Why a segment does not count as recorded, and where it lay before."""

    why: str
    origin: Path


@dataclass(frozen=True, slots=True)
class Described:
    """A segment and what is in it. `span` is when its frames arrived, within 0.1 s."""

    segment: Segment
    size_bytes: int
    frames: int
    span: Window
    finalised: bool
    pauses: tuple[Window, ...] = ()
    """When no frames came in between, although the recorder went on: sorted, disjoint."""
    pictures: tuple[Size | None, Size | None] = (None, None)
    """The sizes of the first and the last picture, as these say; None for what is not known."""
    repaired: Repaired | None = None
    """Of a file that was described before, unfinalised, and is finalised now."""
    unrepaired: str | None = None
    """Why an unfinalised file is left as it is, so far or for good."""
    quarantined: Quarantined | None = None
    """Of a file in quarantine; its segment's path is the one there."""
    unquarantined: str | None = None
    """Why a file that belongs in quarantine stays where it is, so far."""
    clock_offset_s: float | None = None
    """As of its segment, when it was described."""

    @property
    def origin(self) -> Path:
        """Where its recorder wrote it."""
        return self.quarantined.origin if self.quarantined else self.segment.path

    @property
    def recorded(self) -> tuple[Window, ...]:
        """The time whose frames are in it."""
        return subtract((self.span,), self.pauses)
