"""When a disk is full: what will be written, against the room there is and what goes. Pure.

Called by `filling.py`. Told rather too early than too late: a file goes a segment's length after
its time. What else is on the disk stays as it is.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from thorsched.catalogue.keeping.inventory import EMPTY, Inventory
from thorsched.catalogue.keeping.passage import Passage
from thorsched.catalogue.keeping.retention import Rule, Rules, pool_of
from thorsched.foresight.disk.turnover import Copies, Turnover
from thorsched.schedule.intervals import Window

_Floats = npt.NDArray[np.float64]

# Files that are shorter than such a part of the time that is looked at go together.
_MOST_FILES = 5000


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
    written = _written(flows, between, disk.rules)
    marked = [(mark - between.start).total_seconds() for mark in marks]
    end_s = between.length.total_seconds()
    shown = {*marked}
    run = _Run(disk, between)
    free = {0.0: run.free_bytes}
    for start_s, until_s, sizes_bytes in _coarse(written, [*marked, end_s], length_s=run.grain_s):
        if run.full_s is None and run.has_room(start_s, sizes_bytes):
            run.write(start_s, until_s, sizes_bytes)
        elif run.full_s is None:
            for fine in _fine(written, start_s, until_s):
                run.write(*fine)
        if run.full_s is None and until_s in shown:
            free[until_s] = run.free_bytes
    full_s = run.full_s
    is_full = math.inf if full_s is None else full_s
    return Course(
        between=between,
        full=None if full_s is None else between.start + timedelta(seconds=full_s),
        lowest_bytes=round(run.lowest_bytes),
        wanted_bytes=round(sum(own.until_bytes[-1] for own in written.values())),
        written_bytes=round(run.written_bytes),
        deleted_bytes=round(run.deleted_bytes),
        free_bytes=tuple(round(free[at_s]) if at_s < is_full else None for at_s in marked),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """What is written of a camera: when that changes, in seconds, and what is until then."""

    at_s: _Floats
    rates: _Floats
    """From then on, in bytes a second."""
    until_bytes: _Floats


_Span = tuple[float, float, Mapping[str, float]]
"""From when until when how many bytes are written, by camera."""


def _written(flows: Iterable[Flow], between: Window, rules: Rules) -> Mapping[str, _Written]:
    from_s, last_s = between.start.timestamp(), between.length.total_seconds()
    found: dict[str, list[tuple[_Floats, int]]] = {}
    for camera, windows, rate in _together(flows, rules):
        bounds = [(one.start.timestamp(), one.end.timestamp()) for one in windows]
        times_s = np.array(bounds, np.float64).reshape(-1, 2) - from_s
        found.setdefault(camera, []).append((times_s.clip(0.0, last_s), rate))
    return {camera: _summed(own) for camera, own in found.items()}


def _summed(flows: Sequence[tuple[_Floats, int]]) -> _Written:
    times_s = np.concatenate([times_s.ravel() for times_s, _ in flows])
    changes = np.concatenate([np.tile([rate, -rate], len(times_s)) for times_s, rate in flows])
    at_s, which = np.unique(np.append(times_s, 0.0), return_inverse=True)
    rates = np.cumsum(np.bincount(which, np.append(changes, 0.0)), dtype=np.float64)
    return _Written(at_s, rates, np.append(0.0, np.cumsum(rates[:-1] * np.diff(at_s))))


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


def _coarse(
    written: Mapping[str, _Written], marks: Sequence[float], *, length_s: float
) -> Iterator[_Span]:
    """Yield spans end to end, from 0 to the last mark, none longer than that."""
    ends_s = np.unique([*marks, *np.arange(length_s, marks[-1], length_s)])
    edges_s = np.append(0.0, ends_s[ends_s > 0])
    until = {
        camera: np.round(np.interp(edges_s, own.at_s, own.until_bytes))
        for camera, own in written.items()
    }
    sizes = {camera: np.diff(own).tolist() for camera, own in until.items()}
    for number, (start_s, end_s) in enumerate(pairwise(edges_s.tolist())):
        yield start_s, end_s, {c: own[number] for c, own in sizes.items() if own[number]}


def _fine(written: Mapping[str, _Written], start_s: float, end_s: float) -> Iterator[_Span]:
    """Yield the same between two moments, spans in each of which nothing changes."""
    times = {start_s, end_s}
    for own in written.values():
        times |= {*own.at_s[(own.at_s > start_s) & (own.at_s < end_s)].tolist()}
    for since_s, until_s in pairwise(sorted(times)):
        rates = {
            camera: float(own.rates[np.searchsorted(own.at_s, since_s, side="right") - 1])
            for camera, own in written.items()
        }
        yield since_s, until_s, {c: r * (until_s - since_s) for c, r in rates.items() if r}


class _Run:
    """A disk as time passes."""

    def __init__(self, disk: Disk, between: Window) -> None:
        least_s = between.length.total_seconds() / _MOST_FILES
        self.grain_s = least_s
        self._turnover: Turnover | None = None
        self._min_free_bytes = disk.rules.min_free_bytes
        self.free_bytes = self.lowest_bytes = float(disk.free_bytes)
        self.written_bytes = self.deleted_bytes = 0.0
        self.full_s: float | None = None
        if disk.rules.ever_delete:
            self.grain_s = max(disk.segment.total_seconds(), least_s)
            turnover = Turnover(disk.rules, copies=disk.copies, delay_s=self.grain_s)
            self._turnover = turnover
            passage = disk.passage or Passage(between.start)
            self._gone(turnover.stocked(disk.known, passage))

    def has_room(self, start_s: float, sizes_bytes: Mapping[str, float]) -> bool:
        """Return whether so many bytes of each camera have room, once what may go then is gone."""
        needed = sum(sizes_bytes.values())
        if self._turnover:
            self._gone(self._turnover.passed(start_s))
            self._gone(self._turnover.room_made(free_bytes=self.free_bytes - needed))
        return self._room >= 0 and needed <= self._room

    def write(self, start_s: float, end_s: float, sizes_bytes: Mapping[str, float]) -> None:
        """Write that, evenly, for as long as there is room."""
        if self.full_s is not None:
            return
        needed = sum(sizes_bytes.values())
        if not self.has_room(start_s, sizes_bytes):
            room = max(self._room, 0.0)
            self.full_s = start_s + (room / needed * (end_s - start_s) if needed else 0.0)
            needed = room
        self.free_bytes -= needed
        self.written_bytes += needed
        self.lowest_bytes = min(self.lowest_bytes, self.free_bytes)
        if self._turnover and self.full_s is None:
            for camera, size_bytes in sizes_bytes.items():
                self._turnover.written(camera, start_s, end_s, size_bytes)

    @property
    def _room(self) -> float:
        return self.free_bytes - self._min_free_bytes

    def _gone(self, freed_bytes: float) -> None:
        self.free_bytes += freed_bytes
        self.deleted_bytes += freed_bytes
