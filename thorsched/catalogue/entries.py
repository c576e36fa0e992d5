"""What the journal is told, and what it gives back: values. Pure.

Told by the engine, by recorders (`recording/history.py`) and by the archivist; written by
`statements.py`, read by `reader.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from thorsched.catalogue.applied import RevisionApplied
from thorsched.recording.history import Note
from thorsched.recording.segments import Described
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import ALWAYS, Window


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch that was wanted and not recorded; it goes on as long as `end` is None."""

    camera: str
    start: datetime
    end: datetime | None
    trouble: Trouble
    """What began it; its detail also says what came in the way later on."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is known by now of a camera's gaps. Others stand as they are, of whatever time."""

    camera: str
    gaps: tuple[Gap, ...]
    """Each takes the place of the one that begins when it does."""
    gone: frozenset[datetime] = frozenset()
    """The starts of those that were told, and are none any more."""

    def after(self, earlier: "Gaps") -> "Gaps":
        """Return what both tell, these later."""
        starts = {gap.start for gap in self.gaps}
        kept = [gap for gap in earlier.gaps if gap.start not in starts | self.gone]
        gone = (earlier.gone | self.gone) - starts
        return Gaps(self.camera, (*kept, *self.gaps), gone)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A row of `recordings`: when a camera was wanted without a break; see `schema.sql`."""

    camera: str
    start: datetime
    end: datetime | None
    """As planned, for as long as it has not come; None without an end."""
    revision: str
    schedules: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return self.start == self.end

    @property
    def span(self) -> Window:
        """Raises `ValueError` for an empty one."""
        return Window(self.start, ALWAYS.end if self.end is None else self.end)


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches that are new, or end otherwise than told before; an empty one is taken back."""

    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Audited:
    """What a closed segment was found to hold: a row of `audits`; see `schema.sql`."""

    path: Path
    at: datetime
    sha256: str
    size_bytes: int
    frames: int
    first_timestamp: int | None
    last_timestamp: int | None
    dropped: int
    duplicates: int
    backward: int
    unreadable: int
    damaged: int
    black: int
    frozen_s: float
    verdict: str
    detail: str = ""


class CopyState(StrEnum):
    """What is known of a copy."""

    VERIFIED = "verified"
    """It was read back, and is the same."""
    UNCHECKED = "unchecked"
    """It was made, and nobody reads it back."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Copied:
    """What has become of a segment's copy elsewhere: a row of `copies`; see `schema.sql`."""

    path: Path
    destination: str
    at: datetime
    sha256: str
    state: CopyState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """A segment's file was removed by the file's own rule, which is `why`."""

    path: Path
    at: datetime
    why: str


class Ending(StrEnum):
    """What has ended a pause."""

    OVER = "over"
    """By itself: its time had come."""
    RESUMED = "resumed"
    REPLACED = "replaced"
    """By a later one of the same camera."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A camera is not wanted for a while, as a person asked: a row of `pauses`; see `schema.sql`.

    It is asked for with `start` equal to `asked`; whoever holds to it says when it began. `end`
    and `how` are None until it has ended, or until it is known when it will.
    """

    id: str
    camera: str
    asked: datetime
    start: datetime
    planned: datetime
    why: str
    end: datetime | None = None
    how: Ending | None = None

    @property
    def until(self) -> datetime:
        """When it ended, or is to end by itself."""
        return self.planned if self.end is None else self.end

    @property
    def spans(self) -> tuple[Window, ...]:
        """Its time; nothing of one that was ended before it began."""
        return (Window(self.start, self.until),) if self.start < self.until else ()


Entry = Note | Described | Stretches | RevisionApplied | Audited | Copied | Removed | Pause


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the program on a root; `ended` and `how` are None of one that goes on, or died."""

    pid: int
    version: str
    began: datetime
    last_pass: datetime
    ended: datetime | None = None
    how: str | None = None


@dataclass(frozen=True, slots=True)
class CameraPast:
    """What the journal tells of a camera from around the end of the last run."""

    gaps: tuple[Gap, ...] = ()
    recorded: tuple[Window, ...] = ()
    unfinished: tuple[Window, ...] = ()
    """The windows of attempts whose end nobody has seen."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the journal told when it was opened; `run` is the last one, None if there is none."""

    run: Run | None
    cameras: dict[str, CameraPast]


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A row of `attempts`; see `schema.sql`."""

    id: str
    run: int
    camera: str
    server: str
    device_id: int
    device_name: str
    capability: str
    encoding: str
    port: int
    pid: int
    window_start: datetime | None
    window_end: datetime | None
    began: datetime
    first_bytes: datetime | None
    ended: datetime | None
    cause: str | None
    detail: str
    adopted: bool
    succeeds: str | None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A row of `segments`; see `schema.sql`."""

    path: Path
    attempt: str
    camera: str
    first_frame: datetime
    last_frame_end: datetime
    frames: int
    size_bytes: int
    finalised: bool
    repaired: bool
    pauses: tuple[Window, ...]
    removed: datetime | None
    removed_why: str
    quarantined: str = ""
    quarantined_from: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A segment as a measure of how many bytes a camera makes of a capability."""

    capability: str
    """As GStreamer caps."""
    encoding: str
    end: datetime
    recorded_s: float
    """Seconds of which it holds the frames."""
    size_bytes: int
