"""The raw figures of a benchmark, as values; `--json` writes them as they are.

Made by `session.py`, read by `table.py`.
"""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from tests.bench.measure import Load
from tests.bench.reading import Reading
from tests.bench.recorders import Copying


@dataclass(frozen=True, slots=True)
class Start:
    """How all cameras of an edge came to be recorded. All in seconds."""

    first_on_disk_s: float
    """From the edge until the first camera had a frame on disk."""
    all_on_disk_s: float
    """From the edge until every camera had one."""
    disk_skew_s: float
    """Between the two moments above: to this adds up whatever the disk and the poll hesitate."""
    frame_skew_s: float
    """Between the first frames of the first and the last camera, by the server's time in the frames
    themselves: what is in the files, and so the more honest of the two skews."""


@dataclass(frozen=True, slots=True)
class Steady:
    """What recording costs once it runs."""

    program: Load
    """The scheduler, or the peer's script, without its recorders."""
    recorders: Load


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one side."""

    side: str
    cameras: int
    busy_percent: float
    """Of all cores, in the second before the run: how far to trust its times."""
    disturbed: int
    """How often it had to be repeated, because a recorder had ended while it was measured."""
    start: Start
    steady: Steady | None


@dataclass(frozen=True, slots=True)
class CommandTimes:
    """Wall times of the same command, in seconds."""

    command: str
    times_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a benchmark."""

    machine: str
    runs: tuple[Run, ...]
    commands: tuple[CommandTimes, ...]
    readings: tuple[Reading, ...]
    copyings: tuple[Copying, ...]
    no_ffmpeg: str
    """Why nothing was measured of ffmpeg; empty if it was."""

    @property
    def cameras(self) -> tuple[int, ...]:
        """The numbers of cameras that were tried, smallest first."""
        return tuple(sorted({run.cameras for run in self.runs}))

    def starts(self, side: str, cameras: int) -> tuple[Start, ...]:
        return tuple(r.start for r in self.runs if (r.side, r.cameras) == (side, cameras))

    def steady(self, side: str) -> tuple[Steady, ...]:
        return tuple(r.steady for r in self.runs if r.side == side and r.steady is not None)


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some values, and between which they all lie."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Return it; raises `StatisticsError` if there is no value."""
        values = tuple(values)
        return cls(statistics.median(values), min(values), max(values))
