"""A second opinion on schedules, from the other end: ask a clock on the wall, minute by minute.

It shares nothing with `thorsched.schedule`: it lists what clocks in the zone show at every UTC
minute of a year, and finds starts and ends by looking for them in that list. Minutes are
whole numbers since 1970; `wall` is what a clock shows, as minutes since its own 1970.
"""

from collections.abc import Callable, Iterable, Sequence
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
Days = Callable[[int], bool]
"""Whether what starts on a day, counted since 1970, is wanted."""


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

    def offset(self) -> npt.NDArray[np.int64]:
        """How far the clocks are ahead of UTC at each minute, in minutes."""
        return self.wall - self.first - np.arange(len(self.wall))

    def offset_on(self, day: int, minute_of_day: int) -> int:
        """The same when they show a minute of a day, for the first time."""
        return int(self.offset()[self.first_showing(day * DAY + minute_of_day)])

    def nothing(self) -> Marks:
        return np.zeros(len(self.wall), dtype=np.bool_)


@cache
def almanac(zone: ZoneInfo, year: int) -> Almanac:
    first = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) // 60 - PAD
    last = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()) // 60 + PAD
    walls = [_hour(minute, zone) for minute in range(first, last, 60)]
    return Almanac(first, np.concatenate(walls))


def _hour(first: int, zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """What clocks show in 60 minutes; each is asked for where they change in between."""
    start, end = _shown(first, zone), _shown(first + 60, zone)
    if end - start == 60:
        return np.arange(start, end)
    return np.array([_shown(minute, zone) for minute in range(first, first + 60)])


def _shown(minute: int, zone: ZoneInfo) -> int:
    shown = datetime.fromtimestamp(minute * 60, zone)
    return (shown.toordinal() - ORDINAL_1970) * DAY + shown.hour * 60 + shown.minute


def weekday(day: int) -> int:
    return (day + 3) % 7  # 1970-01-01 was a Thursday, 0 is Monday


def daily(book: Almanac, times: Iterable[tuple[int, int]], counts: Days) -> Marks:
    """Minutes wanted by a daily rule; `times` are minutes of the day, 1440 for 24:00."""
    marks = book.nothing()
    for day in book.days():
        if counts(day):
            for start, end in times:
                ends_on = day if end > start else day + 1
                at = book.first_showing(day * DAY + start)
                marks[at : max(at, book.last_showing(ends_on * DAY + end))] = True
    return marks


def every(book: Almanac, period: int, length: int, counts: Days) -> Marks:
    """Minutes wanted by a rule that counts from each midnight."""
    starts = book.nothing()
    for day in book.days():
        if counts(day):
            starts[book.first_showing(day * DAY) : book.first_showing((day + 1) * DAY) : period] = 1
    return lengthened(starts, length)


def every_from(
    book: Almanac,
    period: int,
    length: int,
    limits: tuple[datetime, datetime | None],
    counts: Days,
) -> Marks:
    """Minutes wanted by a rule that counts from one aware moment, until another if there is one."""
    first = place(book, limits[0])
    end = min(place(book, limits[1]), len(book.wall)) if limits[1] else len(book.wall)
    at = np.arange(first, max(end, first), period)
    at = at[at >= 0]
    opens = np.array([book.first_showing(day * DAY) for day in book.days()])
    days = np.searchsorted(opens, at, side="right") - 1 + book.days()[0]
    wanted = {day for day in set(days.tolist()) if counts(day)}
    starts = book.nothing()
    starts[at[np.isin(days, sorted(wanted))]] = True
    marks = lengthened(starts, length)
    marks[max(end, 0) :] = False
    return marks


def lasting(book: Almanac, wall: int, length: int, counts: Days) -> Marks:
    """Minutes wanted once, from when clocks first show `wall`."""
    starts = book.nothing()
    starts[book.first_showing(wall)] = counts(wall // DAY)
    return lengthened(starts, length)


def on_fixed_clock(
    book: Almanac, times: Sequence[tuple[int, int]], offset: int | None, counts: Days
) -> Marks:
    """Minutes wanted daily by a clock that is `offset` ahead of UTC, else by the winter's.

    Of `times` each is a minute of that clock's day, and how long.
    """
    shown = (
        book.first
        + np.arange(len(book.wall))
        + (int(book.offset().min()) if offset is None else offset)
    )
    days = shown // DAY
    wanted = np.isin(days, [day for day in range(days.min(), days.max() + 1) if counts(day)])
    marks = book.nothing()
    for start, length in times:
        marks |= lengthened(wanted & (shown % DAY == start), length)
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


def cron(book: Almanac, tab: Crontab, length: int, counts: Days) -> Marks:
    """Minutes wanted by a cron rule for `length` minutes."""
    origin = int(book.wall.min())
    named = np.zeros(int(book.wall.max()) - origin + 1, dtype=np.bool_)
    times = [hour * 60 + minute for hour in tab.hours for minute in tab.minutes]
    for day in book.days():
        if tab.is_day(day) and counts(day):
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


def within_dates(book: Almanac, marks: Marks, days: set[int]) -> Marks:
    return marks & np.isin(book.wall // DAY, sorted(days))


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
