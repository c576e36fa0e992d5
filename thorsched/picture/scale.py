"""From moments to places on paper, and the days between two moments. Pure.

Time is drawn as it passes, not as clocks show it: a day of 25 hours is wider than its neighbours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.schedule.days import days
from thorsched.schedule.intervals import Window
from thorsched.schedule.localtime import change_of_offset, first_instant, local_day, midnight

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Scale:
    """`between` is drawn from `left` on, `width` wide; in the picture's own units."""

    between: Window
    left: float
    width: float

    def x(self, at: datetime) -> float:
        """Return where a moment stands; one that lies outside stands at the edge."""
        at = min(max(at, self.between.start), self.between.end)
        return self.left + self.width * ((at - self.between.start) / self.between.length)

    def wide(self, length: timedelta) -> float:
        """Return how wide a stretch of time is."""
        return self.width * (length / self.between.length)

    @property
    def right(self) -> float:
        return self.left + self.width


@dataclass(frozen=True, slots=True)
class Day:
    """A local date and its whole time, which a change of clocks makes longer or shorter."""

    date: date
    window: Window
    change: datetime | None
    """When the clocks change on it."""

    @property
    def length(self) -> timedelta:
        return self.window.length


def days_of(between: Window, zone: ZoneInfo) -> Iterator[Day]:
    """Yield the days that share time with `between`; one that clocks leave out is none."""
    for day, _ in days(between, zone):
        clocks = local_day(day, zone)
        window = Window(clocks.opens, clocks.closes)
        yield Day(day, window, _change(window.start, window.end, zone))


def _change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first instant from `start` on with another offset than before; None without."""
    before, last = start - _SECOND, end - _SECOND
    if before.astimezone(zone).utcoffset() == last.astimezone(zone).utcoffset():
        return None
    return change_of_offset(before, last, zone)


def round_times(between: Window, zone: ZoneInfo, *, every: timedelta) -> Iterator[datetime]:
    """Yield the moments at which clocks in `zone` show a whole multiple of `every` since midnight.

    In UTC; `every` divides a day, or is a day.
    """
    wall = midnight(between.start.astimezone(zone).date())
    last = None
    while (at := first_instant(wall, zone)) <= between.end:
        if at >= between.start and at != last:
            yield at.astimezone(UTC)
        last, wall = at, wall + every
