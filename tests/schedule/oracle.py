"""A second opinion on schedules, from the other end: ask a clock on the wall, minute by minute.

It shares nothing with `thorsched.schedule`: it walks every UTC minute of a year, notes what clocks
in the zone show then, and finds starts and ends by looking for them in that list. Minutes are
whole numbers since 1970; `wall` is what a clock shows, as minutes since its own 1970.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from thorsched.schedule.intervals import Window

DAY = 1440
PAD = 5 * DAY  # walked before and after the year, for windows that reach in
ORDINAL_1970 = date(1970, 1, 1).toordinal()

Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Almanac:
    """A year of a zone: `wall[n]` is what its clocks show at UTC minute `first + n`."""

    first: int
    wall: npt.NDArray[np.int64]

    def days(self) -> range:
        """The local dates, as days since 1970, that windows could start on."""
        return range(int(self.wall.min()) // DAY, int(self.wall.max()) // DAY + 1)

    def first_showing(self, wall: int) -> int:
        """The first place that shows `wall`, or that shows more when it was never shown."""
        return self._found(wall, last=False)

    def last_showing(self, wall: int) -> int:
        return self._found(wall, last=True)

    def _found(self, wall: int, *, last: bool) -> int:
        # No zone is a day and a half from where the list would be without its zone.
        low = max(wall - self.first - 3 * DAY // 2, 0)
        near = self.wall[low : max(wall - self.first + 3 * DAY // 2, 0)]
        shown = np.flatnonzero(near == wall)
        if shown.size:
            return int(low + shown[-1 if last else 0])
        later = np.flatnonzero(near > wall)
        return int(low + later[0]) if later.size else len(self.wall)

    def nothing(self) -> Marks:
        return np.zeros(len(self.wall), dtype=np.bool_)


@cache
def almanac(zone: ZoneInfo, year: int) -> Almanac:
    first = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) // 60 - PAD
    last = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()) // 60 + PAD
    shown = (datetime.fromtimestamp(minute * 60, zone) for minute in range(first, last))
    walls = ((s.toordinal() - ORDINAL_1970) * DAY + s.hour * 60 + s.minute for s in shown)
    return Almanac(first, np.fromiter(walls, dtype=np.int64, count=last - first))


def weekday(day: int) -> int:
    return (day + 3) % 7  # 1970-01-01 was a Thursday, 0 is Monday


def daily(book: Almanac, start: int, end: int, days: Iterable[int], dropped: set[int]) -> Marks:
    """Minutes wanted by a daily rule; `start` and `end` are minutes of the day, 1440 for 24:00."""
    marks, wanted_days = book.nothing(), set(days)
    for day in book.days():
        if weekday(day) in wanted_days and day not in dropped:
            ends_on = day if end > start else day + 1
            at = book.first_showing(day * DAY + start)
            marks[at : max(at, book.last_showing(ends_on * DAY + end))] = True
    return marks


@dataclass(frozen=True)
class Crontab:
    """A cron expression and what it means, said twice."""

    expression: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] = frozenset(range(1, 32))
    weekdays: frozenset[int] = frozenset(range(7))  # 0 is Monday here, 1 in the expression
    both_passes: bool = True
    either_day: bool = False

    def is_day(self, day: int) -> bool:
        in_month = date.fromordinal(day + ORDINAL_1970).day in self.days
        in_week = weekday(day) in self.weekdays
        return in_month or in_week if self.either_day else in_month and in_week


def cron(book: Almanac, tab: Crontab, length: int, dropped: set[int]) -> Marks:
    """Minutes wanted by a cron rule for `length` minutes."""
    origin = int(book.wall.min())
    named = np.zeros(int(book.wall.max()) - origin + 1, dtype=np.bool_)
    times = [hour * 60 + minute for hour in tab.hours for minute in tab.minutes]
    for day in book.days():
        if tab.is_day(day) and day not in dropped:
            walls = np.array(times) + day * DAY - origin
            named[walls[(walls >= 0) & (walls < len(named))]] = True
    starts = named[book.wall - origin]
    if not tab.both_passes:
        once = book.nothing()
        once[np.unique(book.wall, return_index=True)[1]] = True
        starts &= once
    never_shown = np.ones(len(named), dtype=np.bool_)
    never_shown[book.wall - origin] = False
    for wall in np.flatnonzero(named & never_shown):
        starts[book.first_showing(int(wall) + origin)] = True
    return lengthened(starts, length)


def lengthened(starts: Marks, length: int) -> Marks:
    change = np.zeros(len(starts) + length + 1, dtype=np.int64)
    at = np.flatnonzero(starts)
    change[at] += 1
    change[at + length] -= 1
    return (np.cumsum(change) > 0)[: len(starts)]


def without_dates(book: Almanac, marks: Marks, days: set[int]) -> Marks:
    return marks & ~np.isin(book.wall // DAY, sorted(days))


def days_of(exceptions: Iterable[tuple[date, date]]) -> set[int]:
    return {
        day - ORDINAL_1970
        for first, last in exceptions
        for day in range(first.toordinal(), last.toordinal() + 1)
    }


def marked(book: Almanac, windows: Iterable[Window]) -> Marks:
    """The minutes of `windows`, which must begin and end on whole ones."""
    marks = book.nothing()
    first, last = moment(book, 0), moment(book, len(marks))
    for window in windows:
        start, end = max(window.start, first), min(window.end, last)
        marks[place(book, start) : max(place(book, end), 0)] = True
    return marks


def place(book: Almanac, moment: datetime) -> int:
    minutes, rest = divmod(moment - datetime(1970, 1, 1, tzinfo=UTC), timedelta(minutes=1))
    assert not rest
    return minutes - book.first


def moment(book: Almanac, at: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=book.first + at)
