"""The parts of a camera's windows: where other settings of its schedules hold begins another part.

Called by `engine/desired.py` on every pass, and by whoever shows what is to come. Each key of the
settings counts by itself: at every moment it has the value of the schedule with the highest
priority that says something of it and wants the moment; of equal ones, the first. A schedule that
says nothing of a key overrides nobody's. Pure.

Parts come with their true ends, as `windows.py` has them: one is followed for at least 400 days.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from thorsched.schedule.intervals import ALWAYS, Window, clip, meeting
from thorsched.schedule.windows import Settings, Timetable, attribution, wanted

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# How far a part is followed, as a window is.
_FOLLOW = (timedelta(0), _HOUR, *(n * _DAY for n in (1, 4, 16, 64, 400)))
_first_of = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of wanted time with the same settings throughout; the next has other ones."""

    window: Window
    leader: str
    """The schedule of highest priority that has settings; without any, that of highest priority."""
    names: tuple[str, ...]
    """All schedules that want some of its time, in their order."""
    settings: Settings = ()
    """Those that hold, by key."""
    said_by: tuple[tuple[str, str], ...] = ()
    """The schedule of each of them, by key."""
    priority: int = 0
    """The leader's."""

    @property
    def rank(self) -> tuple[bool, int]:
        """What counts where two parts want one recorder: settings before none, then priority."""
        return bool(self.settings), self.priority


@dataclass(frozen=True, slots=True)
class Conflict:
    """Schedules of equal priority that want another value of `key` each at once."""

    key: str
    window: Window
    """The first time at which they do."""
    names: tuple[str, ...]
    """In their order: the value of the first is the one that counts."""


def parts(timetables: Sequence[Timetable], *, between: Window) -> tuple[Part, ...]:
    """Return the parts that share time with `between`: sorted, disjoint, uncut.

    Together they are the union of the timetables' windows. A question of two days or less is cheap
    to repeat.
    """
    sources = tuple(timetables)
    if between.length > 2 * _DAY:
        return tuple(_parts_in(sources, between))
    found: dict[datetime, Part] = {}
    start = between.start.replace(minute=0, second=0, microsecond=0)
    while start < between.end:
        own = _parts_near(sources, start)
        found |= {part.window.start: part for part in own if part.window.meets(between)}
        start += _HOUR
    return tuple(found.values())


def are_divided(timetables: Sequence[Timetable]) -> bool:
    """Return whether other settings than those of cameras hold in any part of their windows."""
    return any(one.settings for one in timetables)


def conflicts(timetables: Sequence[Timetable], *, between: Window) -> tuple[Conflict, ...]:
    """Return who is at odds with whom `between`, each once, in the order of time.

    The work grows with the number of windows; where none can be at odds, there is none.
    """
    if not any(_at_odds(_ranked(timetables))):
        return ()
    found: dict[tuple[str, tuple[str, ...]], Conflict] = {}
    judged: set[tuple[str, ...]] = set()
    for window, active in _stretches(_ranked(timetables), between):
        together = tuple(one.name for one in active)
        if together in judged or not window.meets(between):
            continue
        judged.add(together)
        (cut,) = clip([window], between)
        for key, names in _at_odds(active):
            found.setdefault((key, names), Conflict(key, cut, names))
    return tuple(found.values())


# A dense cron has 120 parts an hour.
@lru_cache(maxsize=256)
def _parts_near(timetables: tuple[Timetable, ...], hour: datetime) -> tuple[Part, ...]:
    return tuple(_parts_in(timetables, Window(hour, hour + _HOUR)))


def _parts_in(timetables: tuple[Timetable, ...], between: Window) -> Iterator[Part]:
    ranked = _ranked(timetables)
    windows = {one.name: wanted([one], between=between) for one in timetables}
    for window, settings in _divided(wanted(timetables, between=between), ranked, between):
        if between.start <= window.start and window.end <= between.end:
            names = tuple(name for name, own in windows.items() if meeting(own, window))
        else:
            names = attribution(timetables, window)
        held = set(names)
        speaking = [one for one in ranked if one.name in held]
        said_by = tuple((key, _sayer(speaking, key, value)) for key, value in settings)
        leader = _leader(speaking, settings)
        yield Part(window, leader.name, names, settings, said_by, leader.priority)


def _ranked(timetables: Sequence[Timetable]) -> tuple[Timetable, ...]:
    return tuple(sorted(timetables, key=lambda one: -one.priority))


def _leader(ranked: Sequence[Timetable], settings: Settings) -> Timetable:
    leading = (one for one in ranked if one.settings and set(one.settings) <= set(settings))
    return next(leading, ranked[0])


def _sayer(ranked: Sequence[Timetable], key: str, value: Hashable) -> str:
    return next(one.name for one in ranked if (key, value) in one.settings)


def _divided(
    windows: Sequence[Window], ranked: Sequence[Timetable], between: Window
) -> list[tuple[Window, Settings]]:
    """Return the stretches of `windows` that meet `between`, with the settings that hold there."""
    found: list[tuple[Window, Settings]] = [(window, ()) for window in windows]
    if not are_divided(ranked):
        return found
    for step in _FOLLOW:
        wide = _widened(between, step)
        changes = _changes(ranked, wide)
        found = [one for window in windows for one in _cut(window, changes, between)]
        if not found or (wide.start < found[0][0].start and found[-1][0].end < wide.end):
            break
    return found


def _widened(between: Window, by: timedelta) -> Window:
    try:
        return Window(between.start - by, between.end + by)
    except OverflowError:
        return ALWAYS


def _changes(ranked: Sequence[Timetable], between: Window) -> list[tuple[datetime, Settings]]:
    """Return from when on other settings hold than before; before the first there are none."""
    changes: dict[datetime, Settings] = {}
    for window, active in _stretches(ranked, between):
        changes[window.start] = _merged(active)
        changes[window.end] = ()
    sets = [(), *changes.values()]
    return [
        (at, after)
        for (at, after), before in zip(changes.items(), sets, strict=False)
        if after != before
    ]


def _cut(
    window: Window, changes: Sequence[tuple[datetime, Settings]], between: Window
) -> Iterator[tuple[Window, Settings]]:
    """Yield the stretches of `window` that meet `between`, from one change to the next."""
    first = bisect_right(changes, window.start, key=_first_of)
    last = bisect_left(changes, window.end, key=_first_of)
    start, settings = window.start, changes[first - 1][1] if first else ()
    for at, after in [*changes[first:last], (window.end, ())]:
        if start < at and Window(start, at).meets(between):
            yield Window(start, at), settings
        start, settings = at, after


def _stretches(
    ranked: Sequence[Timetable], between: Window
) -> Iterator[tuple[Window, tuple[Timetable, ...]]]:
    """Yield each stretch in which the same of those with settings are active, if any is.

    In order, and right inside `between`; what meets it is not cut.
    """
    speaking = [one for one in ranked if one.settings]
    turns = sorted(
        (at, rank)
        for rank, one in enumerate(speaking)
        for window in wanted([one], between=between)
        for at in (window.start, window.end)
    )
    active: set[int] = set()
    since = None
    for at, group in groupby(turns, key=_first_of):
        if since is not None and active:
            yield Window(since, at), tuple(speaking[rank] for rank in sorted(active))
        # Windows of one timetable never touch, so it begins or ends here.
        active ^= {rank for _, rank in group}
        since = at


def _merged(active: Sequence[Timetable]) -> Settings:
    merged: dict[str, Hashable] = {}
    for one in active:
        merged = {**dict(one.settings), **merged}
    return tuple(sorted(merged.items(), key=_first_of))


def _at_odds(active: Sequence[Timetable]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the keys of which those of the highest priority say other things, and their names."""
    said = [(key, value, one) for one in active for key, value in one.settings]
    for key in dict.fromkeys(key for key, _, _ in said):
        sayings = [(value, one) for known, value, one in said if known == key]
        top = [(value, one) for value, one in sayings if one.priority == sayings[0][1].priority]
        if len({value for value, _ in top}) > 1:
            yield key, tuple(one.name for _, one in top)
