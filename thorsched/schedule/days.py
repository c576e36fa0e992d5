"""The days of a zone, as parts of absolute time. Pure.

Called by whatever sums up or draws time day by day: a day has 23 or 25 hours when clocks change.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from thorsched.schedule.intervals import Window
from thorsched.schedule.localtime import local_day

_DAY = timedelta(days=1)


def days(between: Window, zone: ZoneInfo) -> Iterator[tuple[date, Window]]:
    """Yield the days of the zone that share time with `between`, and that time."""
    day = between.start.astimezone(zone).date()
    start = between.start
    while start < between.end:
        end = min(local_day(day, zone).closes, between.end)
        if start < end:
            yield day, Window(start, end)
            start = end
        day += _DAY
