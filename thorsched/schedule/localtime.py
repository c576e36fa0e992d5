"""Which absolute instant a wall time means in a zone, where clocks skip it or show it twice.

Called by `occurrences.py` and `windows.py`. A time that does not exist is the first real instant
after the gap; one that exists twice is the first of the two as a start, the last as an end.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo

_ZERO = timedelta(0)
_SECOND = timedelta(seconds=1)
_ORIGIN = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall time
_ORIGIN_UTC = _ORIGIN.replace(tzinfo=UTC)


def first_instant(wall: datetime, zone: tzinfo) -> datetime:
    """Return, in UTC, the first instant at which clocks in `zone` show the naive `wall`."""
    return _instants(wall, zone)[0]


def last_instant(wall: datetime, zone: tzinfo) -> datetime:
    """Return, in UTC, the last instant at which clocks in `zone` show the naive `wall`."""
    return _instants(wall, zone)[1]


def midnight(day: date) -> datetime:
    """Return the naive wall time at which `day` begins."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall time


def has_even_clock(day: date, zone: tzinfo) -> bool:
    """Return whether the clocks in `zone` do not change on `day` nor at its midnights."""
    start = midnight(day)
    end = (start + timedelta(days=1)).replace(fold=1)
    return zone.utcoffset(start) == zone.utcoffset(end)


def _instants(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    # PEP 495: in a gap, fold=0 uses the offset before the change and fold=1 the one after it.
    before = zone.utcoffset(wall.replace(fold=0)) or _ZERO
    after = zone.utcoffset(wall.replace(fold=1)) or _ZERO
    as_utc = _ORIGIN_UTC + (wall - _ORIGIN)
    if before >= after:
        return as_utc - before, as_utc - after
    change = _change(as_utc - after, as_utc - before, zone)
    return change, change


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the instant of the one change of offset after `before` and not after `after`."""
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after
