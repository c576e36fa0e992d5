"""What one rule yields, start date by start date, before exceptions and merging.

Called by `schedule/windows.py`. Of cron, cronsim reads the grammar and says which days match; which
instants the times of a day are is decided here, by the same rules as for every other wall time,
because cronsim 2.8 leaves times out where clocks change by half an hour (Lord Howe), at midnight
(Cairo) or by a day (Apia).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

from thorsched.config.cron import dates_of, times_of_day
from thorsched.config.rules import (
    Always,
    Cron,
    Daily,
    Days,
    Every,
    Lasting,
    Rule,
    Span,
    Zeitgeber,
)
from thorsched.config.zeitgeber import Lights
from thorsched.schedule.intervals import ALWAYS, Window, union
from thorsched.schedule.localtime import first_instant, last_instant, local_day, midnight

_Times = tuple[tuple[timedelta, timedelta], ...]

_DAY = timedelta(days=1)
_REFERENCE = datetime(2000, 1, 1, tzinfo=UTC)


def longest(rule: Rule, zone: ZoneInfo) -> timedelta:
    """Return a length that no single window of `rule` exceeds; zero for `Always`."""
    match rule:
        case Always():
            return timedelta(0)
        case Span():
            return sum((window.length for window in _span(rule, zone)), timedelta(0))
        case Daily() | Zeitgeber():
            return 2 * _DAY  # a day of wall time, and clocks set back by up to a day
        case Lasting() | Cron() | Every():
            return rule.duration


def start_dates(rule: Rule, *, zone: ZoneInfo, first: date, last: date) -> Iterator[date]:
    """Yield the local dates from `first` to `last` on which windows of `rule` may start, in order.

    A start date is the one that the rule's wall time names, even where clocks skip that time; of
    zeitgeber time it is that of the lights' clock. `Always` starts on `date.min`, whatever the
    dates.
    """
    match rule:
        case Always():
            yield date.min
        case Span() | Lasting():
            day = _local(rule.start, zone).date()
            if first <= day <= last:
                yield day
        case Daily() | Zeitgeber():
            yield from _dates(rule.days, first, last)
        case Cron(days=frozenset() as days):
            named = dates_of(rule.expression, first, last)
            yield from (day for day in named if day.weekday() in days)
        case Cron(days=tuple() as ranges):
            for earliest, latest in ranges:
                yield from dates_of(rule.expression, max(first, earliest), min(last, latest))
        case Every():
            earliest = _local(rule.start, zone).date() if rule.start else first
            latest = _local(rule.end, zone).date() if rule.end else last
            # Where clocks skip a date, the first start of it is on the next.
            yield from _dates(rule.days, max(first, earliest), min(last, latest + _DAY))


def windows_of(
    rule: Rule, day: date, *, zone: ZoneInfo, near: Window = ALWAYS
) -> tuple[Window, ...]:
    """Return the windows that start on `day`, one of the rule's start dates, sorted.

    Those of a cron are merged. Some that neither meet nor touch `near` may be left out. There is
    none where a change of clocks swallows it.
    """
    match rule:
        case Always():
            return (ALWAYS,)
        case Span():
            return _span(rule, zone)
        case Lasting():
            start = _first(rule.start, zone)
            return (Window(start, start + rule.duration),)
        case Daily():
            return _by_clock(_times_of(rule), day, zone)
        case Zeitgeber():
            return _by_clock(_times_of(rule), day, lights_clock(rule.lights, day, zone))
        case Cron():
            return _cron(rule, day, zone, near)
        case Every():
            return _every(rule, day, zone, near)


def _window(start: datetime, end: datetime) -> tuple[Window, ...]:
    return (Window(start, end),) if start < end else ()


def _dates(days: Days, first: date, last: date) -> Iterator[date]:
    if isinstance(days, frozenset):
        for n in range((last - first).days + 1):
            day = first + n * _DAY
            if day.weekday() in days:
                yield day
        return
    for earliest, latest in days:
        begin = max(first, earliest)
        for n in range((min(last, latest) - begin).days + 1):
            yield begin + n * _DAY


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(zone)


def _first(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else first_instant(moment, zone)


def _last(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else last_instant(moment, zone)


def _span(rule: Span, zone: ZoneInfo) -> tuple[Window, ...]:
    return _window(_first(rule.start, zone), _last(rule.end, zone))


@lru_cache(maxsize=256)
def _times_of(rule: Daily | Zeitgeber) -> _Times:
    """Return starts and ends of the windows of a day, from its midnight."""
    if isinstance(rule, Daily):
        return tuple(sorted(times.since_midnight for times in rule.times))
    lights_on = rule.lights.on.time
    return tuple(sorted(times.since_midnight(lights_on) for times in rule.times))


def _by_clock(times: _Times, day: date, clock: tzinfo) -> tuple[Window, ...]:
    today = local_day(day, clock)
    is_within = all(end <= _DAY for _, end in times)
    if today.is_even and (is_within or local_day(day + _DAY, clock).is_even):
        return tuple(Window(today.opens + start, today.opens + end) for start, end in times)
    zero = midnight(day)
    found = [
        (first_instant(zero + start, clock), last_instant(zero + end, clock))
        for start, end in times
    ]
    return tuple(Window(start, end) for start, end in sorted(found) if start < end)


def lights_clock(lights: Lights, day: date, zone: ZoneInfo) -> tzinfo:
    """Return the clock by which `lights` go on; `day` is of the year that is asked about."""
    return zone if lights.clock == "wall_clock" else _fixed(lights, day.year, zone)


@lru_cache(maxsize=256)
def _fixed(lights: Lights, year: int, zone: ZoneInfo) -> timezone:
    """Return the clock of lights that do not follow the zone's, in `year`."""
    if lights.on.offset is not None:
        return timezone(lights.on.offset)
    if lights.since:
        return timezone(zone.utcoffset(lights.on.time.on(lights.since)) or timedelta(0))
    # Standard time is the lesser offset, in winter, wherever winter is.
    seasons = [zone.utcoffset(midnight(date(year, month, 1))) or timedelta(0) for month in (1, 7)]
    return timezone(min(seasons))


def _every(rule: Every, day: date, zone: ZoneInfo, near: Window) -> tuple[Window, ...]:
    today = local_day(day, zone)
    anchor = _first(rule.start, zone) if rule.start else today.opens
    end = _last(rule.end, zone) if rule.end else None
    opens, closes = today.opens, min(today.closes, end or today.closes)
    if opens + rule.duration < near.start:
        opens = near.start - rule.duration
    start = anchor + max(-((anchor - opens) // rule.period), 0) * rule.period
    found = []
    while start < closes and start <= near.end:
        stop = start + rule.duration
        found.append(Window(start, min(stop, end) if end else stop))
        start += rule.period
    return tuple(found)


def _cron(rule: Cron, day: date, zone: ZoneInfo, near: Window) -> tuple[Window, ...]:
    today = local_day(day, zone)
    if not today.is_even:
        return _uneven_day(rule, day, zone)
    zero, times = today.opens, _even_day(rule)
    first = bisect_left(times, near.start - zero, key=itemgetter(1))
    last = bisect_right(times, near.end - zero, key=itemgetter(0))
    return tuple(Window(zero + start, zero + end) for start, end in times[first:last])


@lru_cache(maxsize=16)
def _uneven_day(rule: Cron, day: date, zone: ZoneInfo) -> tuple[Window, ...]:
    walls = [midnight(day) + time_of_day for time_of_day in times_of_day(rule.expression)]
    starts = {first_instant(wall, zone) for wall in walls}
    if _repeats(rule.expression):
        starts |= {last_instant(wall, zone) for wall in walls}
    return union(Window(start, start + rule.duration) for start in starts)


@lru_cache(maxsize=256)
def _even_day(rule: Cron) -> _Times:
    """Return the merged windows of a day without a change of clocks, from its midnight."""
    starts = [_REFERENCE + time_of_day for time_of_day in times_of_day(rule.expression)]
    windows = union(Window(start, start + rule.duration) for start in starts)
    return tuple((window.start - _REFERENCE, window.end - _REFERENCE) for window in windows)


def _repeats(expression: str) -> bool:
    """Return whether it fires in both passes of a repeated hour: an interval, no fixed time.

    As in Debian's cron: the minute or the hour begins with a star.
    """
    minute, hour = expression.split()[:2]
    return minute.startswith("*") or hour.startswith("*")
