"""What the journal is told, and what it gives back: values. Pure.

Told by the engine, by recorders (`recording/history.py`) and by the archivist; written by
`statements.py`, read by `reader.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from thorsched.recording.history import Note
from thorsched.recording.segments import Described
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import Window


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
    """All gaps of a camera that begin at `since` or later: they take the place of those known."""

    camera: str
    since: datetime
    gaps: tuple[Gap, ...]


Entry = Note | Described


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
