"""What a change of clocks does to the windows of a rule. Pure.

Called by `foresight/lint.py`, for those who look before they leave. `occurrences.py` decides which
instants a window has; here is only said where these are not what its rule seems to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from thorsched.config.cron import times_of_day
from thorsched.config.rules import Cron, Daily, Rule, Span, Zeitgeber
from thorsched.schedule.intervals import Window
from thorsched.schedule.localtime import first_instant, local_day, midnight
from thorsched.schedule.occurrences import lights_clock, start_dates, windows_of

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretched:
    """A window that starts on `day` and is longer, or shorter, than its times say."""

    day: date
    usual: timedelta
    window: Window


@dataclass(frozen=True, slots=True)
class Moved:
    """A start on `day` at the wall time `skipped`, which is `shown` by the clocks that skip it."""

    day: date
    skipped: time
    shown: time


def swallowed_dates(rule: Rule, *, zone: ZoneInfo, first: date, last: date) -> tuple[date, ...]:
    """Return the start dates from `first` to `last` of which a window does not happen.

    A change of clocks skips it whole, or a span's ends, one of them local, are not in order. What
    is given in elapsed time happens always.
    """
    if not isinstance(rule, Span | Daily | Zeitgeber):
        return ()
    usual = 1 if isinstance(rule, Span) else len(rule.times)
    days = start_dates(rule, zone=zone, first=first, last=last)
    return tuple(day for day in days if len(windows_of(rule, day, zone=zone)) < usual)


def stretched(rule: Rule, *, zone: ZoneInfo, first: date, last: date) -> tuple[Stretched, ...]:
    """Return the windows that start from `first` to `last` and have not the usual length."""
    return tuple(
        Stretched(day, usual, window)
        for part, usual in _on_the_wall(rule)
        for day in start_dates(part, zone=zone, first=first, last=last)
        if isinstance(part, Span) or not _is_even(day, zone)
        for window in windows_of(part, day, zone=zone)
        if window.length != usual
    )


def moved_starts(rule: Rule, *, zone: ZoneInfo, first: date, last: date) -> tuple[Moved, ...]:
    """Return the starts of a cron, from `first` to `last`, that clocks skip and that come later.

    Where one that comes then is a start of its own, as with `0 * * * *`, nobody is surprised.
    """
    if not isinstance(rule, Cron):
        return ()
    found = []
    usual = times_of_day(rule.expression)
    for day in start_dates(rule, zone=zone, first=first, last=last):
        if local_day(day, zone).is_even:
            continue
        for time_of_day in usual:
            wall = midnight(day) + time_of_day
            shown = first_instant(wall, zone).astimezone(zone).replace(tzinfo=None, fold=0)
            if shown - midnight(day) not in usual:
                found.append(Moved(day, wall.time(), shown.time()))
    return tuple(found)


def lights_on_the_wall(
    rule: Zeitgeber, *, zone: ZoneInfo, first: date, last: date
) -> tuple[tuple[date, time], ...]:
    """Return what clocks show when lights go on: on `first`, and on each day that it changes."""
    found: list[tuple[date, time]] = []
    day = first
    while day <= last:
        clock = lights_clock(rule.lights, day, zone)
        shown = first_instant(rule.lights.on.time.on(day), clock).astimezone(zone).time()
        if not found or found[-1][1] != shown:
            found.append((day, shown))
        day += _DAY
    return tuple(found)


def _on_the_wall(rule: Rule) -> Iterator[tuple[Rule, timedelta]]:
    """Yield each part of `rule` whose length is meant in wall time, and that length."""
    match rule:
        case Span() if rule.start.tzinfo is None and rule.end.tzinfo is None:
            yield rule, rule.end - rule.start
        case Daily():
            for times in rule.times:
                start, end = times.since_midnight
                yield Daily((times,), rule.days), end - start
        case Zeitgeber() if rule.lights.clock == "wall_clock":
            for zt in rule.times:
                yield Zeitgeber((zt,), rule.lights, rule.days), zt.length


def _is_even(day: date, zone: ZoneInfo) -> bool:
    """Return whether clocks do not change in a window of a day or less that starts on `day`."""
    return local_day(day, zone).is_even and local_day(day + _DAY, zone).is_even
