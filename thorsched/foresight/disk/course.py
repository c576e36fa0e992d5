"""When a disk is full: what will be written, against the room there is and what goes. Pure.

Called by `filling.py`. Told rather too early than too late: a file goes a segment's length after
its time. What else is on the disk stays as it is.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from thorsched.catalogue.keeping.inventory import EMPTY, Inventory
from thorsched.catalogue.keeping.passage import Passage
from thorsched.catalogue.keeping.retention import Rule, Rules, pool_of
from thorsched.foresight.disk.turnover import Copies, Turnover
from thorsched.schedule.intervals import Window

# Files that are shorter than such a part of the time that is looked at go together.
_MOST_FILES = 5000

_Changes = Mapping[str, Mapping[float, int]]
"""Of which camera more or less is written from when on, in seconds, by how many bytes a second."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What is written of a camera, in windows that may have no end."""

    camera: str
    windows: Sequence[Window]
    bytes_per_s: float


@dataclass(frozen=True, slots=True)
class Disk:
    """A root's disk as it is now, and what the file says of it."""

    free_bytes: int
    rules: Rules
    known: Inventory = EMPTY
    """What the journal knows to be there, where the rules are about that."""
    passage: Passage | None = None
    copies: Copies = field(default_factory=Copies)
    segment: timedelta = timedelta(minutes=10)
    """The longest time of a file."""


@dataclass(frozen=True, slots=True)
class Course:
    """What becomes of a disk between two moments."""

    between: Window
    full: datetime | None
    """When less than `min_free` is left, so that nothing begins any more; None if it never is."""
    lowest_bytes: int
    """The least that is free, until then."""
    wanted_bytes: int
    """All that is to be written, whether it has room or not."""
    written_bytes: int
    deleted_bytes: int
    free_bytes: tuple[int | None, ...]
    """What is free at each of the marks; None after it was full."""


def course(
    disk: Disk, flows: Iterable[Flow], *, between: Window, marks: Sequence[datetime] = ()
) -> Course:
    """Return what becomes of `disk`, which is as at the start of `between`; `marks` are within."""
    changes = _changes(flows, between, disk.rules)
    marked = [(mark - between.start).total_seconds() for mark in marks]
    end_s = between.length.total_seconds()
    shown = {*marked}
    run = _Run(disk, between)
    free = {0.0: run.free_bytes}
    for start_s, until_s, rates in _spans(changes, [*marked, end_s], longest_s=run.file_s):
        if run.full_s is None:
            run.write(start_s, until_s, rates)
            if until_s in shown:
                free[until_s] = run.free_bytes
    full_s = run.full_s
    is_full = math.inf if full_s is None else full_s
    return Course(
        between=between,
        full=None if full_s is None else between.start + timedelta(seconds=full_s),
        lowest_bytes=round(run.lowest_bytes),
        wanted_bytes=round(-sum(at_s * c for own in changes.values() for at_s, c in own.items())),
        written_bytes=round(run.written_bytes),
        deleted_bytes=round(run.deleted_bytes),
        free_bytes=tuple(round(free[at_s]) if at_s < is_full else None for at_s in marked),
    )


def _changes(flows: Iterable[Flow], between: Window, rules: Rules) -> _Changes:
    from_s, last_s = between.start.timestamp(), between.length.total_seconds()
    found: dict[str, dict[float, int]] = {}
    for camera, windows, rate in _together(flows, rules):
        changes = found.setdefault(camera, {})
        for window in windows:
            start_s = max(window.start.timestamp() - from_s, 0.0)
            end_s = min(window.end.timestamp() - from_s, last_s)
            if start_s < end_s:
                changes[start_s] = changes.get(start_s, 0) + rate
                changes[end_s] = changes.get(end_s, 0) - rate
    return found


def _together(flows: Iterable[Flow], rules: Rules) -> Iterator[tuple[str, Sequence[Window], int]]:
    """Yield flows, those of the same windows as one; of cameras alike, as if they were the first.

    Alike are those whose files go by the same rules. Cameras of one schedule have its windows in
    common, the very same value.
    """
    alike: dict[tuple[Rule, str], str] = {}
    found: dict[tuple[str, int], tuple[Sequence[Window], int]] = {}
    for flow in flows:
        kind = (rules.of(flow.camera), pool_of(flow.camera, rules))
        key = (alike.setdefault(kind, flow.camera), id(flow.windows))
        _, rate = found.get(key, ((), 0))
        found[key] = (flow.windows, rate + math.ceil(flow.bytes_per_s))
    for (camera, _), (windows, rate) in found.items():
        yield camera, windows, rate


def _spans(
    changes: _Changes, marks: Iterable[float], *, longest_s: float
) -> Iterator[tuple[float, float, Mapping[str, int]]]:
    """Yield spans end to end, from 0 to the last mark, in each of which nothing changes.

    With what is written then, in bytes a second. While anything is, none is longer than that.
    """
    rates: dict[str, int] = {}
    start_s = 0.0
    for at_s in sorted({*marks}.union(*changes.values())):
        while rates and at_s - start_s > longest_s:
            yield start_s, start_s + longest_s, rates
            start_s += longest_s
        if at_s > start_s:
            yield start_s, at_s, rates
            start_s = at_s
        for camera, own in changes.items():
            if change := own.get(at_s):
                rates[camera] = rates.get(camera, 0) + change
                if not rates[camera]:
                    del rates[camera]


class _Run:
    """A disk as time passes."""

    def __init__(self, disk: Disk, between: Window) -> None:
        least_s = between.length.total_seconds() / _MOST_FILES
        self.file_s = math.inf
        self._turnover: Turnover | None = None
        self._min_free_bytes = disk.rules.min_free_bytes
        self.free_bytes = self.lowest_bytes = float(disk.free_bytes)
        self.written_bytes = self.deleted_bytes = 0.0
        self.full_s: float | None = None
        if disk.rules.ever_delete:
            self.file_s = max(disk.segment.total_seconds(), least_s)
            turnover = Turnover(disk.rules, copies=disk.copies, delay_s=self.file_s)
            self._turnover = turnover
            passage = disk.passage or Passage(between.start)
            self._gone(turnover.stocked(disk.known, passage))

    def write(self, start_s: float, end_s: float, rates: Mapping[str, int]) -> None:
        """Write so many bytes a second of each camera, for as long as there is room."""
        rate = sum(rates.values())
        needed = rate * (end_s - start_s)
        if self._turnover:
            self._gone(self._turnover.passed(start_s))
            self._gone(self._turnover.room_made(free_bytes=self.free_bytes - needed))
        room = self.free_bytes - self._min_free_bytes
        if needed > room or room < 0:
            self.full_s = start_s + (max(room, 0.0) / rate if rate else 0.0)
            needed = max(room, 0.0)
        self.free_bytes -= needed
        self.written_bytes += needed
        self.lowest_bytes = min(self.lowest_bytes, self.free_bytes)
        if self._turnover and self.full_s is None:
            for camera, own in rates.items():
                size_bytes = own * (end_s - start_s)
                self._turnover.written(camera, start_s, end_s, size_bytes)

    def _gone(self, freed_bytes: float) -> None:
        self.free_bytes += freed_bytes
        self.deleted_bytes += freed_bytes
