"""Which absolute instant a wall time means in a zone, where clocks skip it or show it twice.

Called by the rest of `schedule/` and by whoever counts in days of a zone. A time that does not
exist is the first real instant after the gap; one that exists twice is the first of the two as a
start, the last as an end.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

_ZERO = timedelta(0)
_SECOND = timedelta(seconds=1)
_ORIGIN = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall time
_ORIGIN_UTC = _ORIGIN.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A date in a zone, from its first 00:00 to the first 00:00 of the next; both in UTC.

    Where clocks skip the date, both are one instant. On an even day clocks do not change, nor at
    its midnights.
    """

    opens: datetime
    closes: datetime
    is_even: bool


@lru_cache(maxsize=4096)
def local_day(day: date, zone: tzinfo) -> LocalDay:
    """Return `day` in `zone`."""
    start = midnight(day)
    end = start + timedelta(days=1)
    is_even = zone.utcoffset(start) == zone.utcoffset(end.replace(fold=1))
    return LocalDay(first_instant(start, zone), first_instant(end, zone), is_even)


def first_instant(wall: datetime, zone: tzinfo) -> datetime:
    """Return, in UTC, the first instant at which clocks in `zone` show the naive `wall`."""
    return _instants(wall, zone)[0]


def last_instant(wall: datetime, zone: tzinfo) -> datetime:
    """Return, in UTC, the last instant at which clocks in `zone` show the naive `wall`."""
    return _instants(wall, zone)[1]


def midnight(day: date) -> datetime:
    """Return the naive wall time at which `day` begins."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall time


def change_of_offset(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the instant of the one change of offset after `before` and not after `after`."""
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after


def _instants(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    # PEP 495: in a gap, fold=0 uses the offset before the change and fold=1 the one after it.
    before = zone.utcoffset(wall.replace(fold=0)) or _ZERO
    after = zone.utcoffset(wall.replace(fold=1)) or _ZERO
    as_utc = _ORIGIN_UTC + (wall - _ORIGIN)
    if before >= after:
        return as_utc - before, as_utc - after
    change = change_of_offset(as_utc - after, as_utc - before, zone)
    return change, change
