"""A camera's lane: its windows as bars, wide ones each by itself, narrow ones as strokes. Pure.

What stands too close to be told apart is drawn as one: solid if hardly anything is left out, else
as a comb, so that ten seconds in every ten minutes never look like the whole day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import groupby

from thorsched.base.text import counted
from thorsched.engine.calendar import Calendar, Entry
from thorsched.picture import words
from thorsched.picture.scale import Scale
from thorsched.schedule.intervals import Window, clip, meeting, union

NARROWEST = 1.6
"""Of a stroke: the shortest window is seen."""
LETTERS = 10.5
_APART = 1.4
_OWN_TITLE = 6.0
_SOLID = 0.97
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
    """Some windows of the same schedules that are drawn as one; schedules by their places."""

    x: float
    width: float
    schedules: tuple[int, ...]
    is_special: bool
    cue: Cue
    title: str
    label: str = ""
    is_endless: tuple[bool, bool] = (False, False)
    """Whether it has no beginning, and no end."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What is drawn of a camera: what it records `modes`, that of which there is most first."""

    camera: str
    entries: tuple[Entry, ...]
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


@dataclass(frozen=True, slots=True)
class _Look:
    schedules: tuple[str, ...]
    is_special: bool


def lane_of(
    camera: str,
    entries: Sequence[Entry],
    *,
    calendar: Calendar,
    scale: Scale,
    places: Mapping[str, int],
) -> Lane:
    """Return the lane of a camera; `places` are those of the schedules in the legend."""
    modes = _modes(entries, calendar.between)
    taken = union(one.window for one in entries)
    bars = [
        _bar(run, window, look, calendar=calendar, scale=scale, places=places, taken=taken)
        for look, own in _looks(entries, modes)
        for run, window in _runs(own, calendar.between, scale)
    ]
    wide = [bar for bar in bars if bar.width >= _OWN_TITLE]
    narrow = [bar for bar in bars if bar.width < _OWN_TITLE]
    return Lane(
        camera, tuple(entries), modes, tuple(_labelled(wide, list(places))), tuple(_strokes(narrow))
    )


def _modes(entries: Sequence[Entry], between: Window) -> tuple[str, ...]:
    length: dict[str, timedelta] = {}
    for one in entries:
        for part in clip([one.window], between):
            mode = words.mode(one)
            length[mode] = length.get(mode, timedelta()) + part.length
    return tuple(sorted(length, key=lambda mode: (-length[mode], mode)))


def _looks(entries: Sequence[Entry], modes: Sequence[str]) -> Iterator[tuple[_Look, list[Entry]]]:
    """Yield the windows that look alike; those that are special after the rest."""

    def look(entry: Entry) -> tuple[bool, tuple[str, ...]]:
        return words.mode(entry) != modes[0], entry.schedules

    for (is_special, schedules), own in groupby(sorted(entries, key=look), look):
        yield _Look(schedules, is_special), list(own)


def _runs(
    entries: Sequence[Entry], between: Window, scale: Scale
) -> Iterator[tuple[list[Entry], Window]]:
    """Yield windows, and the time inside `between`; those that do not stand apart together."""
    run: list[Entry] = []
    time = between
    for entry in entries:
        (own,) = clip([entry.window], between)
        if run and _stand_apart(time, own, scale):
            yield run, time
            run = []
        time = Window(time.start, max(time.end, own.end)) if run else own
        run.append(entry)
    if run:
        yield run, time


def _stand_apart(before: Window, after: Window, scale: Scale) -> bool:
    drawn_to = max(scale.x(before.end), scale.x(before.start) + NARROWEST)
    return scale.x(after.start) - drawn_to >= _APART


def _bar(
    run: Sequence[Entry],
    window: Window,
    look: _Look,
    *,
    calendar: Calendar,
    scale: Scale,
    places: Mapping[str, int],
    taken: Sequence[Window],
) -> Bar:
    x = scale.x(window.start)
    width = max(scale.x(window.end) - x, NARROWEST)
    whole = Window(run[0].window.start, run[-1].window.end)
    many = f"{counted(len(run), 'window')}, " if len(run) > 1 else ""
    cue = Cue.HATCH if look.is_special else Cue.PLAIN
    return Bar(
        round(min(x, scale.right - width), 2),
        round(width, 2),
        tuple(places[name] for name in look.schedules),
        look.is_special,
        Cue.COMB if many and _share(taken, window) < _SOLID else cue,
        many + words.about(run, whole, calendar.zone),
        is_endless=(whole.bounds[0] is None, whole.bounds[1] is None),
    )


def _share(taken: Sequence[Window], window: Window) -> float:
    """Return how much of `window` is taken, from 0 to 1."""
    parts = clip(meeting(taken, window), window)
    return sum(part.length.total_seconds() for part in parts) / window.length.total_seconds()


def _labelled(bars: Sequence[Bar], names: Sequence[str]) -> Iterator[Bar]:
    """Yield the bars; the first of each look that has room for its schedules names them."""
    said: set[tuple[object, ...]] = set()
    for bar in bars:
        look = (bar.schedules, bar.is_special)
        label = " + ".join(names[place] for place in bar.schedules)
        fits = words.width_of(label, LETTERS) <= bar.width - _MARGINS
        if look in said or bar.cue is Cue.COMB or not fits:
            yield bar
        else:
            said.add(look)
            yield replace(bar, label=label)


def _strokes(bars: Sequence[Bar]) -> Iterator[tuple[Bar, ...]]:
    def look(bar: Bar) -> tuple[bool, tuple[int, ...], str]:
        return bar.is_special, bar.schedules, bar.cue

    for _, alike in groupby(sorted(bars, key=look), look):
        yield tuple(alike)
