"""From when to when a schedule may want anything at all, as far as it says so. Pure.

Called by `engine/outlook.py`: of a schedule that has ended, no search of the years to come can say
when that was.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from thorsched.config.rules import Cron, Daily, Every, Lasting, Span, Zeitgeber
from thorsched.config.times import Dates
from thorsched.schedule.intervals import ALWAYS, Window
from thorsched.schedule.localtime import midnight
from thorsched.schedule.occurrences import longest
from thorsched.schedule.windows import Timetable

_DAY = timedelta(days=1)
# A wall time is, as an instant, no further than this from its own digits in UTC.
_WIDEST_OFFSET = timedelta(days=2)

_Limit = tuple[datetime | None, datetime | None]


def extent(timetable: Timetable) -> Window | None:
    """Return a time outside of which `timetable` wants nothing, some days too long at most.

    Without beginning or end where it says none; None if it never wants anything.
    """
    limits = [*_limits_of_rule(timetable), *_limits_of_dates(timetable.only, timetable)]
    start = max((start for start, _ in limits if start), default=ALWAYS.start)
    end = min((end for _, end in limits if end), default=ALWAYS.end)
    return Window(start, end) if start < end else None


def _limits_of_rule(timetable: Timetable) -> Iterator[_Limit]:
    match timetable.rule:
        case Span(start=start, end=end):
            yield _utc(start) - _WIDEST_OFFSET, _utc(end) + _WIDEST_OFFSET
        case Lasting(start=start, duration=duration):
            yield _utc(start) - _WIDEST_OFFSET, _utc(start) + duration + _WIDEST_OFFSET
        case Every(start=start, end=end):
            yield _utc(start) - _WIDEST_OFFSET if start else None, None
            yield None, _utc(end) + _WIDEST_OFFSET if end else None
    match timetable.rule:
        case Daily(days=days) | Zeitgeber(days=days) | Cron(days=days) | Every(days=days):
            if not isinstance(days, frozenset):
                yield from _limits_of_dates(days, timetable)


def _limits_of_dates(dates: Dates, timetable: Timetable) -> Iterator[_Limit]:
    """Yield the time in which whatever starts on one of `dates` begins and ends; none for none."""
    if dates:
        first, last = midnight(min(dates)[0]), midnight(max(last for _, last in dates))
        reach = longest(timetable.rule, timetable.zone)
        yield _utc(first) - _WIDEST_OFFSET, _utc(last) + _DAY + reach + _WIDEST_OFFSET


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
