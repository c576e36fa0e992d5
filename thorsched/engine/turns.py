"""What schedules want of a camera around a moment, and for how long that holds. Pure.

Called by `desired.py`, which makes recordings of it, and by `thinking.py`, which remembers a turn
for as long as it holds. Devices have no part in it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from thorsched.schedule.holes import next_edge
from thorsched.schedule.intervals import ALWAYS, Window, clip, subtract
from thorsched.schedule.parts import Part, are_divided, parts
from thorsched.schedule.windows import Timetable, attribution, wanted

Timetables = tuple[Timetable, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """How far around a moment the windows of a camera count, and what of them does not."""

    before: timedelta
    """The lead."""
    after: timedelta
    """The tail."""
    holes: tuple[Window, ...] = ()
    """Sorted and disjoint."""
    until: datetime | None = None
    """No window goes on beyond it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What is wanted of a camera from `since` until `until`, which is exclusive, and nothing else.

    `until` is None where nothing changes any more. What comes next is said as `desired.Desired`
    says it.
    """

    since: datetime
    until: datetime | None
    window: Window | None
    """To be recorded now: the current one, or the next, or the last; with lead and tail."""
    part: Part | None
    """By whose settings; there is one where there is a window."""
    next_edge: datetime | None
    next_window: datetime | None
    next_change: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)

    def passed(self, since: datetime, until: datetime) -> tuple[Window, ...]:
        """Return what was wanted of time that has passed, while it held; without lead and tail."""
        is_any = self.window is not None and since < until
        return clip([self.window], Window(since, until)) if self.window and is_any else ()


def turn_of(tables: Timetables, sight: Sight, *, now: datetime) -> Turn:
    """Return what `tables` want at `now`, aware UTC."""
    edges = _edges(tables, sight, now)
    window = _window(tables, sight, now)
    if window is None:
        next_window = _next(edges, now)
        return Turn(now, next_window, None, None, next_window, next_window, None)
    changes = _changes(tables, window, sight, now)
    reach = sight.before + sight.after
    next_edge = _next([*edges, *changes, *(change - reach for change in changes)], now)
    # Where windows lie closer together than lead and tail, one gives way to the next in between.
    bounds = [bound for bound in window.bounds if bound is not None]
    until = _next([*bounds, *([] if next_edge is None else [next_edge])], now)
    part = _part(tables, window, sight, now)
    return Turn(now, until, window, part, next_edge, _next(edges, now), _next(changes, now))


def left_of(
    windows: Sequence[Window], holes: Sequence[Window], until: datetime | None
) -> tuple[Window, ...]:
    """Return the time of `windows` that is in none of `holes`, and no later than `until`.

    Both are sorted and disjoint.
    """
    left = subtract(windows, holes)
    return left if until is None else clip(left, Window(ALWAYS.start, until))


def first(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of the moments that come; None if none does."""
    return min((moment for moment in moments if moment is not None), default=None)


def _next(moments: Iterable[datetime], now: datetime) -> datetime | None:
    return min((moment for moment in moments if moment > now), default=None)


def _near(sight: Sight, now: datetime, *, is_settled: bool = False) -> Window:
    """Return what is looked at around `now`.

    What is recorded `is_settled` by then: one recorder ends, and another has its lead.
    """
    ahead = sight.before + (sight.after if is_settled else timedelta(0))
    return Window(now - sight.after, now + ahead + timedelta.resolution)


def _window(tables: Timetables, sight: Sight, now: datetime) -> Window | None:
    near = _near(sight, now)
    left = left_of(wanted(tables, between=near), sight.holes, sight.until)
    found = [one for one in left if one.meets(near)]
    current = [window for window in found if window.holds(now)]
    coming = [window for window in found if window.start > now]
    return next(iter([*current, *coming, *found[-1:]]), None)


def _part(tables: Timetables, window: Window, sight: Sight, now: datetime) -> Part:
    """Return the part of `window` by whose settings is recorded now.

    That is the current one, unless one of a higher rank begins so soon that the recorder of the
    current one has to end: what a changeover costs is of the lower rank. Before the first part it
    is the first, after the last the last.
    """
    if not are_divided(tables):
        names = attribution(tables, window)
        return Part(window, names[0], names)
    near = _near(sight, now, is_settled=True)
    found = [part for part in parts(tables, between=near) if part.window.meets(window)]
    left = [part for part in found if part.window.end > now] or found[-1:]
    part = max(left, key=lambda part: part.rank)
    cut = clip([part.window], window)[0]
    return replace(part, window=cut, names=attribution(tables, cut))


def _changes(tables: Timetables, window: Window, sight: Sight, now: datetime) -> Sequence[datetime]:
    """Return when parts of `window` give way to the next, of those that are near."""
    if not are_divided(tables):
        return []
    near = Window(now, _near(sight, now, is_settled=True).end)
    found = [part.window for part in parts(tables, between=near)]
    return [one.end for one in found if one.meets(window) and one.end < window.end]


def _edges(tables: Timetables, sight: Sight, now: datetime) -> Sequence[datetime]:
    """Return moments of which one is no later than the next start or end of a recorder."""
    starts = next_edge(tables, sight.holes, at=now + sight.before)
    ends = next_edge(tables, sight.holes, at=now - sight.after)
    edges = (
        starts - sight.before if starts else None,
        ends + sight.after if ends else None,
        sight.until + sight.after if sight.until else None,
    )
    return [edge for edge in edges if edge is not None]
