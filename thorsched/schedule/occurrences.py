"""What one rule yields, start date by start date, before exceptions and merging.

Called by `schedule/windows.py`. Of cron, cronsim reads the grammar and says which days match; which
instants the times of a day are is decided here, by the same rules as for every other wall time,
because cronsim 2.8 leaves times out where clocks change by half an hour (Lord Howe), at midnight
(Cairo) or by a day (Apia).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim

from thorsched.config.rules import Always, Cron, Daily, Rule, Span
from thorsched.schedule.intervals import ALWAYS, Window, union
from thorsched.schedule.localtime import first_instant, has_even_clock, last_instant, midnight

_DAY = timedelta(days=1)
_REFERENCE = datetime(2000, 1, 1, tzinfo=UTC)


def longest(rule: Rule, zone: ZoneInfo) -> timedelta:
    """Return a length that no single window of `rule` exceeds; zero for `Always`."""
    match rule:
        case Always():
            return timedelta(0)
        case Span():
            return sum((window.length for window in _span(rule, zone)), timedelta(0))
        case Daily():
            return 2 * _DAY  # a day of wall time, and clocks set back by up to a day
        case Cron():
            return rule.duration


def start_dates(rule: Rule, *, zone: ZoneInfo, first: date, last: date) -> Iterator[date]:
    """Yield the local dates from `first` to `last` on which a window of `rule` starts, in order.

    A start date is the one that the rule's wall time names, even where clocks skip that time.
    `Always` starts on `date.min`, whatever the dates.
    """
    match rule:
        case Always():
            yield date.min
        case Span():
            day = _local(rule.start, zone).date()
            if first <= day <= last:
                yield day
        case Daily():
            yield from (day for day in _dates(first, last) if day.weekday() in rule.days)
        case Cron():
            yield from _cron_dates(rule, first, last)


def windows_of(rule: Rule, day: date, *, zone: ZoneInfo) -> tuple[Window, ...]:
    """Return the windows that start on `day`, one of the rule's start dates, merged.

    There is none where a change of clocks swallows it.
    """
    match rule:
        case Always():
            return (ALWAYS,)
        case Span():
            return _span(rule, zone)
        case Daily():
            return _daily(rule, day, zone)
        case Cron():
            return _cron(rule, day, zone)


def swallowed_dates(rule: Rule, *, zone: ZoneInfo, first: date, last: date) -> tuple[date, ...]:
    """Return the start dates from `first` to `last` whose window does not happen.

    A change of clocks skips it whole, or a span's ends, one of them local, are not in order.
    `check` warns of them.
    """
    days = start_dates(rule, zone=zone, first=first, last=last)
    return tuple(day for day in days if not windows_of(rule, day, zone=zone))


def _window(start: datetime, end: datetime) -> tuple[Window, ...]:
    return (Window(start, end),) if start < end else ()


def _dates(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + n * _DAY


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(zone)


def _span(rule: Span, zone: ZoneInfo) -> tuple[Window, ...]:
    start, end = rule.start, rule.end
    return _window(
        start.astimezone(UTC) if start.tzinfo else first_instant(start, zone),
        end.astimezone(UTC) if end.tzinfo else last_instant(end, zone),
    )


def _daily(rule: Daily, day: date, zone: ZoneInfo) -> tuple[Window, ...]:
    last_day = day if rule.end > rule.start else day + _DAY
    return _window(
        first_instant(rule.start.on(day), zone), last_instant(rule.end.on(last_day), zone)
    )


@lru_cache(maxsize=256)
def _grammar(expression: str) -> CronSim:
    return CronSim(expression, _REFERENCE)


def _cron_dates(rule: Cron, first: date, last: date) -> Iterator[date]:
    grammar = _grammar(rule.expression)
    day = first
    while day <= last:
        if day.month not in grammar.months:
            day = (day.replace(day=1) + 31 * _DAY).replace(day=1)
            continue
        if grammar.match_day(day):
            yield day
        day += _DAY


def _cron(rule: Cron, day: date, zone: ZoneInfo) -> tuple[Window, ...]:
    if not has_even_clock(day, zone):
        return _uneven_day(rule, day, zone)
    zero = first_instant(midnight(day), zone)
    return tuple(Window(zero + start, zero + end) for start, end in _even_day(rule))


@lru_cache(maxsize=16)
def _uneven_day(rule: Cron, day: date, zone: ZoneInfo) -> tuple[Window, ...]:
    walls = [midnight(day) + time_of_day for time_of_day in _times_of_day(rule.expression)]
    starts = {first_instant(wall, zone) for wall in walls}
    if _repeats(rule.expression):
        starts |= {last_instant(wall, zone) for wall in walls}
    return union(Window(start, start + rule.duration) for start in starts)


@lru_cache(maxsize=256)
def _even_day(rule: Cron) -> tuple[tuple[timedelta, timedelta], ...]:
    """Return the merged windows of a day without a change of clocks, from its midnight."""
    starts = [_REFERENCE + time_of_day for time_of_day in _times_of_day(rule.expression)]
    windows = union(Window(start, start + rule.duration) for start in starts)
    return tuple((window.start - _REFERENCE, window.end - _REFERENCE) for window in windows)


@lru_cache(maxsize=256)
def _times_of_day(expression: str) -> tuple[timedelta, ...]:
    grammar = _grammar(expression)
    return tuple(
        timedelta(hours=hour, minutes=minute)
        for hour in sorted(grammar.hours)
        for minute in sorted(grammar.minutes)
    )


def _repeats(expression: str) -> bool:
    """Return whether it fires in both passes of a repeated hour: an interval, no fixed time.

    As in Debian's cron: the minute or the hour begins with a star.
    """
    minute, hour = expression.split()[:2]
    return minute.startswith("*") or hour.startswith("*")
