"""Which windows are drawn in which colour, one over the other, and which together. Pure.

A window of several schedules is drawn in the colours of all: each where it wants the time, the
shorter over the longer.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from thorsched.config.models import Config
from thorsched.engine.desired import timetables
from thorsched.foresight.calendar import Calendar, Entry
from thorsched.picture import words
from thorsched.picture.scale import Scale
from thorsched.schedule.intervals import Window, clip, meeting, union
from thorsched.schedule.windows import wanted

NARROWEST = 1.6
"""Of what is drawn: the shortest window is seen."""
_APART = 1.4
_SOLID = 0.97
_SECOND = timedelta(seconds=1)

Wanted = Mapping[str, Sequence[Window]]
"""The windows of each schedule alone, in the file's order; none where that is not known."""


@dataclass(frozen=True, slots=True)
class Look:
    """Whose colour it is, and whether it is not what the camera mostly records."""

    schedule: str
    is_special: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of an entry's window that one schedule wants."""

    window: Window
    entry: Entry


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces that do not stand apart on paper, and are drawn as one."""

    look: Look
    pieces: tuple[Piece, ...]
    inside: Window
    """All their time that is drawn."""
    is_sparse: bool
    """Whether a part of that time is nobody's."""

    @property
    def whole(self) -> Window:
        return Window(self.pieces[0].window.start, self.pieces[-1].window.end)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(piece.entry for piece in self.pieces)


def wanted_alone(config: Config, calendar: Calendar) -> Wanted:
    """Return when each schedule of a file wants something in a calendar's time."""
    tables = {
        table.name: table
        for camera in config.cameras
        for table in timetables(config, camera, calendar.zone)
    }
    return {
        name: wanted([tables[name]], between=calendar.between)
        for name in config.schedules
        if name in tables
    }


def runs_of(
    entries: Sequence[Entry], usual: str, *, between: Window, scale: Scale, alone: Wanted
) -> Iterator[Run]:
    """Yield what is drawn of a camera, what lies on top at last; `usual` is what it records."""
    looks: dict[Look, list[Piece]] = {}
    for entry in entries:
        for name in entry.schedules:
            own = looks.setdefault(Look(name, words.mode(entry) != usual), [])
            own += _pieces(entry, name, alone)
    special = [one.window for one in entries if words.mode(one) != usual]
    length = Counter[str]()
    for look, pieces in looks.items():
        length[look.schedule] += sum(piece.window.length // _SECOND for piece in pieces)
    for look, pieces in sorted(looks.items(), key=lambda each: _depth(each[0], length, alone)):
        others = () if look.is_special else special
        taken = union([*(piece.window for piece in pieces), *others])
        for run, inside in _together(pieces, between, scale):
            is_sparse = len(run) > 1 and _share(taken, inside) < _SOLID
            yield Run(look, tuple(run), inside, is_sparse)


def _pieces(entry: Entry, name: str, alone: Wanted) -> Iterator[Piece]:
    if len(entry.schedules) == 1 or not alone[name]:
        yield Piece(entry.window, entry)
    else:
        for window in clip(meeting(alone[name], entry.window), entry.window):
            yield Piece(window, entry)


def _depth(look: Look, length: Mapping[str, int], alone: Wanted) -> tuple[bool, int, int]:
    """Return what sorts the lowest first: what is usual, the longest, the first in the file."""
    return look.is_special, -length[look.schedule], list(alone).index(look.schedule)


def _together(
    pieces: Iterable[Piece], between: Window, scale: Scale
) -> Iterator[tuple[list[Piece], Window]]:
    run: list[Piece] = []
    inside = between
    for piece in pieces:
        for own in clip([piece.window], between):
            if run and _stand_apart(inside, own, scale):
                yield run, inside
                run = []
            inside = Window(inside.start, max(inside.end, own.end)) if run else own
            run.append(piece)
    if run:
        yield run, inside


def _stand_apart(before: Window, after: Window, scale: Scale) -> bool:
    drawn_to = max(scale.x(before.end), scale.x(before.start) + NARROWEST)
    return scale.x(after.start) - drawn_to >= _APART


def _share(taken: Sequence[Window], window: Window) -> float:
    """Return how much of `window` is taken, from 0 to 1."""
    parts = clip(meeting(taken, window), window)
    return sum(part.length.total_seconds() for part in parts) / window.length.total_seconds()
