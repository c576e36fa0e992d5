"""The four kinds of schedule rule, and the text that says each.

Called by `fields_time.py` and `references.py`, which read a schedule's keys with the parsers here,
and by `blocks_time.py`, which makes the rules; `schedule/` turns them into windows. A rule knows no
zone: which instants its wall times mean is decided there. Every parser raises `ValueError` with a
message that says what would be right; none reads a clock.
"""

import functools
import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

from cronsim import CronSim, CronSimError

from thorsched.base.text import did_you_mean
from thorsched.config.days import DASH, DAYS_HINT, EVERY_DAY
from thorsched.config.slips import YEARS, daily_meant, date_meant
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

_CLOCK_HINT = "it goes from 00:00 to 23:59, and 24:00 ends a day"
_DAILY_HINT = "write wall times on the 24-hour clock, such as 20:00-08:00 or 09:30-24:00"
_MOMENT_HINT = "write 2026-11-24T09:00 (local time), or with Z or an offset such as +01:00"
_DATES_HINT = "write 2026-12-24 or 2026-12-24..2026-12-26"
_CRON_HINT = "write five fields, minute hour day-of-month month day-of-week, such as '0 * * * *'"
_ZONE_HINT = "write an IANA name such as Europe/Berlin or America/New_York"

_WALL_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_DAILY = re.compile(rf"([\d:]+)\s*{DASH}\s*([\d:]+)", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_OTHER_YEAR = re.compile(r"(\d{3}|\d{5,})-\d{1,2}-\d{1,2}", re.ASCII)
_DATE_RANGE = re.compile(r"([\d-]+)(?:\s*(?:\.\.\.?|/|\u2013|\bto\b)\s*([\d-]+))?", re.ASCII)
_MOMENT = re.compile(
    r"(?P<date>[\d-]+)(?:[Tt]|\s+)(?P<time>[\d:]+)\s*"
    r"(?P<offset>[Zz]|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>[0-5]\d))?",
    re.ASCII,
)

# What people call a zone by its season or its standard; some are IANA names that never change.
_ABBREVIATIONS = {
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "BST": "Europe/London",
    "CEST": "Europe/Berlin",
    "JST": "Asia/Tokyo",
}


@dataclass(frozen=True, slots=True, order=True)
class WallTime:
    """A time as a clock on the wall shows it; 24:00 is the midnight that ends a day."""

    hour: int
    minute: int = 0
    second: int = 0

    def __post_init__(self) -> None:
        limits = ((self.hour, 24), (self.minute, 60), (self.second, 60))
        fits = all(0 <= value < limit for value, limit in limits)
        if not fits and (self.hour, self.minute, self.second) != (24, 0, 0):
            raise ValueError(f"no clock shows {self}; {_CLOCK_HINT}")

    def on(self, day: date) -> datetime:
        """Return it on `day` as a naive local time; 24:00 is 00:00 of the next day."""
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall time has no zone
        return midnight + timedelta(hours=self.hour, minutes=self.minute, seconds=self.second)

    def __str__(self) -> str:
        """Return what `parse_daily` reads, e.g. `08:00` or `08:00:30`."""
        return f"{self.hour:02}:{self.minute:02}" + (f":{self.second:02}" if self.second else "")


@dataclass(frozen=True, slots=True)
class Always:
    """Without beginning and end."""


@dataclass(frozen=True, slots=True)
class Span:
    """Once, from `start` to `end`; each naive (local time of the schedule's zone) or aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if (self.start.tzinfo is None) != (self.end.tzinfo is None):
            return  # without a zone these two cannot be compared
        if self.start == self.end:
            raise ValueError(
                "`from` and `to` are the same moment; to record without an end say `always: true`"
            )
        if self.end < self.start:
            raise ValueError(f"`to` ({self.end}) comes before `from` ({self.start}); swap them")


@dataclass(frozen=True, slots=True)
class Daily:
    """On each of `days` from wall time `start` to `end`; past midnight where `end` is not later.

    `days` are those on which it starts, 0 = Monday to 6 = Sunday.
    """

    start: WallTime
    end: WallTime
    days: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        if self.start.hour == 24:  # noqa: PLR2004 - hours of a day
            raise ValueError("24:00 is an end; a start at midnight is 00:00")
        if self.start == self.end:
            raise ValueError(
                f"{self.start}-{self.end} starts where it ends; to record without a pause say "
                "`always: true`, for whole days `daily: 00:00-24:00`"
            )
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError(f"a daily schedule needs days of the week; {DAYS_HINT}")


@dataclass(frozen=True, slots=True)
class Cron:
    """From each time that the five-field `expression` names, for `duration` of elapsed time."""

    expression: str
    duration: timedelta

    def __post_init__(self) -> None:
        if self.duration <= timedelta(0):
            raise ValueError("`for` must be longer than zero, such as 10min")


Rule = Always | Span | Daily | Cron

Mode = Literal["clip", "skip_starts"]
"""What an exception takes away: the time of its dates, or the whole windows that start on them."""


def parse_wall_time(text: str) -> WallTime:
    """Return the wall time that `text` says, `8:00`, `08:00:30` or `24:00`."""
    parsed = _WALL_TIME.fullmatch(text.strip())
    if parsed is None:
        raise ValueError(f"{shown(text)} is not a wall time; {_DAILY_HINT}")
    return WallTime(int(parsed[1]), int(parsed[2]), int(parsed[3] or 0))


def parse_daily(text: str) -> tuple[WallTime, WallTime]:
    """Return start and end of `20:00-08:00`; that they differ is for `Daily` to say."""
    parsed = _DAILY.fullmatch(text.strip())
    if parsed is None or not (_WALL_TIME.fullmatch(parsed[1]) and _WALL_TIME.fullmatch(parsed[2])):
        hint = daily_meant(text) or f"; {_DAILY_HINT}"
        raise ValueError(f"{shown(text)} is not a daily time{hint}")
    return parse_wall_time(parsed[1]), parse_wall_time(parsed[2])


def parse_moment(text: str) -> datetime:
    """Return the moment that `text` says, aware if it names an offset, else naive local time."""
    parsed = _MOMENT.fullmatch(text.strip())
    if parsed is None:
        missing = " has no time of day" if _DATE.fullmatch(text.strip()) else " is not a moment"
        raise ValueError(f"{shown(text)}{missing}; {_MOMENT_HINT}")
    _refuse_other_year(parsed["date"])
    if not (_DATE.fullmatch(parsed["date"]) and _WALL_TIME.fullmatch(parsed["time"])):
        raise ValueError(f"{shown(text)} is not a moment; {_MOMENT_HINT}")
    local = parse_wall_time(parsed["time"]).on(parse_date(parsed["date"]))
    if parsed["offset"] is None:
        return local
    if parsed["sign"] is None:
        return local.replace(tzinfo=UTC)
    offset = timedelta(hours=int(parsed["hours"]), minutes=int(parsed["minutes"]))
    if offset > timedelta(hours=18):
        raise ValueError(f"{shown(text)}: no place is {parsed['offset']} from UTC")
    return local.replace(tzinfo=timezone(offset if parsed["sign"] == "+" else -offset))


def parse_date(text: str) -> date:
    """Return the date that `text` says, `2026-12-24`."""
    parsed = _DATE.fullmatch(text.strip())
    _refuse_other_year(text.strip())
    if parsed is None:
        raise ValueError(f"{shown(text)} is not a date; write {date_meant(text) or '2026-12-24'}")
    year, month, day = (int(part) for part in parsed.groups())
    if year not in YEARS:
        raise ValueError(f"{shown(text)} lies outside of {YEARS[0]} to {YEARS[-1]}; mend its year")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{shown(text)} is not in the calendar: {error}") from error


def _refuse_other_year(text: str) -> None:
    """Raise `ValueError` for a date whose year lacks a digit, or has one too many."""
    parsed = _OTHER_YEAR.fullmatch(text)
    if parsed is not None:
        digits = len(parsed[1])
        raise ValueError(f"{shown(text)} has a year of {digits} digits; write four, as 2026-11-24")


def parse_date_range(text: str) -> tuple[date, date]:
    """Return first and last date, both included, of `2026-12-24..2026-12-26` or of one date."""
    parsed = _DATE_RANGE.fullmatch(text.strip())
    if parsed is None:
        raise ValueError(f"{shown(text)} is not a date or a range of dates; {_dates_meant(text)}")
    first = parse_date(parsed[1])
    last = parse_date(parsed[2]) if parsed[2] else first
    if last < first:
        raise ValueError(f"{shown(text)} ends before it begins; write {last}..{first}")
    return first, last


def _dates_meant(text: str) -> str:
    """Return what is right instead of `text`, which is no range of dates."""
    parts = [date_meant(part) for part in re.split(r"\s+-\s+|\.{2,3}|\s+to\s+", text.strip())]
    return f"write {'..'.join(parts)}" if all(parts) and len(parts) <= 2 else _DATES_HINT  # noqa: PLR2004 - ends


def parse_cron(text: str) -> str:
    """Return the expression with single spaces; it is valid and fires, 0 and 7 are Sunday."""
    expression = " ".join(text.split())
    if len(expression) > _LONGEST_CRON or expression.count(" ") != 4:  # noqa: PLR2004 - five fields
        raise ValueError(f"{shown(text)} is not a cron expression; {_CRON_HINT}")
    try:
        first = next(CronSim(expression, _CRON_ORIGIN), None)
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        raise ValueError(f"cron {shown(text)}: {_wrong_field(expression, field)}") from error
    if first is None:
        raise ValueError(f"cron {shown(text)} never fires: no day has that date and weekday")
    return expression


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


def parse_zone(text: str) -> zoneinfo.ZoneInfo:
    """Return the zone of an IANA name; case does not matter, a space may stand for `_`."""
    name = text.strip().replace(" ", "_")
    if name.upper() in _ABBREVIATIONS:
        place = _ABBREVIATIONS[name.upper()]
        raise ValueError(
            f"{shown(text)} names an offset, not a place and its clock changes; "
            f"did you mean {place!r}?"
        )
    known = _known_zones()
    if name.lower() in known:
        return zoneinfo.ZoneInfo(known[name.lower()])
    places = [key for key in known.values() if key.lower().endswith("/" + name.lower())]
    near = did_you_mean(places[0] if places else name, known.values()) if len(name) > 1 else ""
    raise ValueError(f"{shown(text)} is not a time zone{near or '; ' + _ZONE_HINT}")


@functools.cache
def _known_zones() -> dict[str, str]:
    known = {key.lower(): key for key in sorted(zoneinfo.available_timezones())}
    if not known:
        raise ValueError("this machine has no time zone database; install it: pip install tzdata")
    return known
