"""A camera's lane: its windows as bars, wide ones each by itself, narrow ones as strokes. Pure.

What stands too close to be told apart is drawn as one: solid if hardly anything is left out, else
as a comb, so that ten seconds in every ten minutes never look like the whole day.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from thorsched.base.text import counted
from thorsched.foresight.calendar import Calendar, Entry
from thorsched.picture import words
from thorsched.picture.pieces import NARROWEST, Run, Wanted, runs_of
from thorsched.picture.scale import Scale
from thorsched.schedule.intervals import Window, clip, window_words

LETTERS = 10.5
_OWN_TITLE = 6.0
_MARGINS = 10.0


class Cue(StrEnum):
    """A pattern on a bar's colour, for eyes and printers that tell no colours."""

    PLAIN = ""
    HATCH = "hatch"
    """What is recorded is not what the camera mostly records."""
    COMB = "comb"
    """Many short windows."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Some windows of a schedule that are drawn as one; `schedule` is its place in the legend."""

    x: float
    width: float
    schedule: int
    is_special: bool
    cue: Cue
    title: str
    label: str = ""
    is_endless: tuple[bool, bool] = (False, False)
    """Whether it has no beginning, and no end."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A time in which a camera is paused by hand."""

    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """What is drawn of a camera: what it records `modes`, that of which there is most first."""

    camera: str
    entries: tuple[Entry, ...]
    holes: tuple[Hole, ...]
    modes: tuple[str, ...]
    bars: tuple[Bar, ...]
    strokes: tuple[tuple[Bar, ...], ...]
    """Bars too narrow for words of their own, those of one look together."""

    @property
    def everything(self) -> Iterator[Bar]:
        """All that is drawn."""
        yield from self.bars
        for alike in self.strokes:
            yield from alike


def lane_of(
    camera: str,
    entries: Sequence[Entry],
    paused: Iterable[Window],
    *,
    calendar: Calendar,
    scale: Scale,
    alone: Wanted,
) -> Lane:
    """Return the lane of a camera; the schedules that it names are those of `alone`."""
    modes = _modes(entries, calendar.between)
    usual = modes[0] if modes else ""
    places = {name: place for place, name in enumerate(alone)}
    runs = runs_of(entries, usual, between=calendar.between, scale=scale, alone=alone)
    bars = [_bar(run, calendar.zone, scale, places) for run in runs]
    wide = [bar for bar in bars if bar.width >= _OWN_TITLE]
    narrow = [bar for bar in bars if bar.width < _OWN_TITLE]
    labelled, strokes = tuple(_labelled(wide, list(alone))), tuple(_strokes(narrow))
    holes = tuple(_holes(paused, calendar.zone, scale))
    return Lane(camera, tuple(entries), holes, modes, labelled, strokes)


def _holes(paused: Iterable[Window], zone: ZoneInfo, scale: Scale) -> Iterator[Hole]:
    for window in paused:
        for inside in clip([window], scale.between):
            x, width = scale.x(inside.start), max(scale.wide(inside.length), NARROWEST)
            title = f"paused by hand\n{window_words(window, zone)}"
            yield Hole(round(min(x, scale.right - width), 2), round(width, 2), title)


def _modes(entries: Sequence[Entry], between: Window) -> tuple[str, ...]:
    length: dict[str, timedelta] = {}
    for one in entries:
        for part in clip([one.window], between):
            mode = words.mode(one)
            length[mode] = length.get(mode, timedelta()) + part.length
    return tuple(sorted(length, key=lambda mode: (-length[mode], mode)))


def _bar(run: Run, zone: ZoneInfo, scale: Scale, places: Mapping[str, int]) -> Bar:
    x = scale.x(run.inside.start)
    width = max(scale.x(run.inside.end) - x, NARROWEST)
    start, end = run.whole.bounds
    many = f"{counted(len(run.pieces), 'window')}, " if len(run.pieces) > 1 else ""
    cue = Cue.HATCH if run.look.is_special else Cue.PLAIN
    return Bar(
        x=round(min(x, scale.right - width), 2),
        width=round(width, 2),
        schedule=places[run.look.schedule],
        is_special=run.look.is_special,
        cue=Cue.COMB if run.is_sparse else cue,
        title=many + words.about(run.entries, run.whole, zone),
        is_endless=(start is None, end is None),
    )


def _labelled(bars: Sequence[Bar], names: Sequence[str]) -> Iterator[Bar]:
    """Yield the bars; the first of each look that has room for its schedule's name says it."""
    said: set[tuple[int, bool]] = set()
    for bar in bars:
        look, label = (bar.schedule, bar.is_special), names[bar.schedule]
        fits = words.width_of(label, LETTERS) <= bar.width - _MARGINS
        if look in said or bar.cue is Cue.COMB or not fits:
            yield bar
        else:
            said.add(look)
            yield replace(bar, label=label)


def _strokes(bars: Sequence[Bar]) -> Iterator[tuple[Bar, ...]]:
    """Yield those of one look together, in the order in which they lie."""
    for _, alike in groupby(bars, lambda bar: (bar.is_special, bar.schedule, bar.cue)):
        yield tuple(alike)
