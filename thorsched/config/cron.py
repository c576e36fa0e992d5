"""The text of cron expressions: which are right, and how close together their starts are.

Called by `fields_time.py` and `keys_time.py`. Which days match is cronsim's to say; which instants
the times of a day are, `schedule/occurrences.py` decides. Pure.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from cronsim import CronSim, CronSimError

from thorsched.config.times import Dates
from thorsched.config.wording import shown

_LONGEST_CRON = 200
# The calendar repeats its weekdays and leap days within 50 years, even across 2100.
_CRON_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)

_CRON_FIELDS = {
    "minute": "0-59",
    "hour": "0-23",
    "day-of-month": "1-31",
    "month": "1-12 or JAN-DEC",
    "day-of-week": "0-7 or SUN-SAT (0 and 7 are Sunday)",
}

_CRON_HINT = "write five fields, minute hour day-of-month month day-of-week, such as '0 * * * *'"

_NAMED = {
    "hourly": "0 * * * *",
    **dict.fromkeys(("daily", "midnight"), "0 0 * * *"),
    "weekly": "0 0 * * 0",
    "monthly": "0 0 1 * *",
}

_DAY = timedelta(days=1)
# Weekdays and leap days come round in so many years.
_CYCLE = (date(2000, 1, 1), date(2028, 12, 31))


def parse_cron(text: str) -> str:
    """Return the expression with single spaces; it is valid and fires, 0 and 7 are Sunday."""
    expression = " ".join(text.split())
    if len(expression) > _LONGEST_CRON or expression.count(" ") != 4:  # noqa: PLR2004 - five fields
        raise ValueError(f"{shown(text)} is not a cron expression; {_meant(expression)}")
    try:
        first = next(CronSim(expression, _CRON_ORIGIN), None)
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        raise ValueError(f"cron {shown(text)}: {_wrong_field(expression, field)}") from error
    if first is None:
        raise ValueError(f"cron {shown(text)} never fires: no day has that date and weekday")
    return expression


def _meant(text: str) -> str:
    """Return what is right instead of `text`, which has not five fields."""
    name = _NAMED.get(text.lower().removeprefix("@"))
    if name:
        return f"write '{name}'"
    every = re.fullmatch(r"every (\d+) ?(h|min)\w*", text.lower())
    return f"write every: {every[1]}{every[2]} instead of `cron`" if every else _CRON_HINT


def _wrong_field(expression: str, field: str) -> str:
    word = dict(zip(_CRON_FIELDS, expression.split(" "), strict=True))[field]
    if field == "day-of-month" and _is_day_of_some_month(word):
        return f"never fires: no month that it names has a day {word}"
    return (
        f"{word!r} is no {field}; it takes {_CRON_FIELDS[field]}, *, a list 1,2, a range 1-2, */2"
    )


def _is_day_of_some_month(word: str) -> bool:
    try:
        CronSim(f"0 0 {word} 1 *", _CRON_ORIGIN)
    except CronSimError:
        return False
    return True


@lru_cache(maxsize=256)
def grammar(expression: str) -> CronSim:
    """Return what an expression that is right names: its `hours`, `minutes`, `match_day`."""
    return CronSim(expression, _CRON_ORIGIN)


@lru_cache(maxsize=256)
def times_of_day(expression: str) -> tuple[timedelta, ...]:
    """Return the times of a day, from its midnight, that an expression which is right names."""
    named = grammar(expression)
    return tuple(
        timedelta(hours=hour, minutes=minute)
        for hour in sorted(named.hours)
        for minute in sorted(named.minutes)
    )


def dates_of(expression: str, first: date, last: date) -> Iterator[date]:
    """Yield the dates from `first` to `last` that an expression which is right names."""
    named = grammar(expression)
    day = first
    while day <= last:
        if day.month not in named.months:
            day = (day.replace(day=1) + 31 * _DAY).replace(day=1)
            continue
        if named.match_day(day):
            yield day
        day += _DAY


def meets(expression: str, days: frozenset[int] | Dates) -> bool:
    """Return whether it names one of `days`: of the week, 0 = Monday, or ranges of dates."""
    if isinstance(days, frozenset):
        return any(day.weekday() in days for day in dates_of(expression, *_CYCLE))
    return any(True for first, last in days for _ in dates_of(expression, first, last))


def shortest_period(expression: str, *, below: timedelta) -> timedelta | None:
    """Return the shortest time from one start to the next, where no clocks change.

    None if it is not shorter than `below`.
    """
    times = times_of_day(expression)
    overnight = times[0] + _DAY - times[-1]
    shortest = min([later - earlier for earlier, later in pairwise(times)], default=below)
    if overnight < below:
        shortest = min(shortest, overnight + (_fewest_days(expression) - 1) * _DAY)
    return shortest if shortest < below else None


@lru_cache(maxsize=256)
def _fewest_days(expression: str) -> int:
    """Return how many days there are at least from one date of the expression to the next."""
    fewest = (_CYCLE[1] - _CYCLE[0]).days
    for earlier, later in pairwise(dates_of(expression, *_CYCLE)):
        fewest = min(fewest, (later - earlier).days)
        if fewest == 1:
            break
    return fewest
