"""Wall times, moments and dates, and the text that says each. Pure.

Called by `fields_time.py` and `keys_time.py`, which read a schedule's keys with the parsers here;
the rules of `rules.py` are made of these. Nothing here knows a zone: which instants a wall
time means is decided in `schedule/`. Every parser raises `ValueError` with a message that says what
would be right; none reads a clock.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from thorsched.config.days import DASH, are_days
from thorsched.config.slips import YEARS, clock_meant, daily_meant, date_meant
from thorsched.config.wording import shown

Dates = tuple[tuple[date, date], ...]
"""Ranges of local dates, both ends included."""

_CLOCK_HINT = "it goes from 00:00 to 23:59, and 24:00 ends a day"
_DAILY_HINT = "write wall times on the 24-hour clock, such as 20:00-08:00 or 09:30-24:00"
_DATES_HINT = "write 2026-12-24 or 2026-12-24..2026-12-26"

_WALL_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_DAILY = re.compile(rf"([\d:]+)\s*{DASH}\s*([\d:]+)", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_OTHER_YEAR = re.compile(r"(\d{3}|\d{5,})-\d{1,2}-\d{1,2}", re.ASCII)
_DATE_RANGE = re.compile(r"([\d-]+)(?:\s*(?:\.\.\.?|/|\u2013|\bto\b)\s*([\d-]+))?", re.ASCII)
OFFSET = r"(?P<offset>[Zz]|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>[0-5]\d))?"
"""What `offset_of` reads: how far clocks are from UTC, if that is said."""
_MOMENT = re.compile(r"(?P<date>[\d-]+)(?:[Tt]|\s+)(?P<time>[\d:]+)\s*" + OFFSET, re.ASCII)


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
        return midnight + self.since_midnight

    @property
    def since_midnight(self) -> timedelta:
        return timedelta(hours=self.hour, minutes=self.minute, seconds=self.second)

    def __str__(self) -> str:
        """Return what `parse_daily` reads, e.g. `08:00` or `08:00:30`."""
        return f"{self.hour:02}:{self.minute:02}" + (f":{self.second:02}" if self.second else "")


@dataclass(frozen=True, slots=True)
class WallTimes:
    """From wall time `start` to `end`; past midnight where `end` is not later."""

    start: WallTime
    end: WallTime

    def __post_init__(self) -> None:
        if self.start.hour == 24:  # noqa: PLR2004 - hours of a day
            raise ValueError("24:00 is an end; a start at midnight is 00:00")
        if self.start == self.end:
            raise ValueError(
                f"{self} starts where it ends; to record without a pause say "
                "`always: true`, for whole days `daily: 00:00-24:00`"
            )

    @property
    def since_midnight(self) -> tuple[timedelta, timedelta]:
        """Start and end, as clocks count from the midnight of the day on which it starts."""
        start, end = self.start.since_midnight, self.end.since_midnight
        return start, end if end > start else end + timedelta(days=1)

    def __str__(self) -> str:
        """Return what `parse_daily` reads."""
        return f"{self.start}-{self.end}"


def parse_wall_time(text: str) -> WallTime:
    """Return the wall time that `text` says, `8:00`, `08:00:30` or `24:00`."""
    parsed = _WALL_TIME.fullmatch(text.strip())
    if parsed is None:
        raise ValueError(f"{shown(text)} is not a wall time; {_DAILY_HINT}")
    return WallTime(int(parsed[1]), int(parsed[2]), int(parsed[3] or 0))


def parse_daily(text: str) -> WallTimes:
    """Return the wall times that `text` says, `20:00-08:00`."""
    parsed = _DAILY.fullmatch(text.strip())
    if parsed is None or not (_WALL_TIME.fullmatch(parsed[1]) and _WALL_TIME.fullmatch(parsed[2])):
        hint = daily_meant(text) or f"; {_DAILY_HINT}"
        raise ValueError(f"{shown(text)} is not a daily time{hint}")
    return WallTimes(parse_wall_time(parsed[1]), parse_wall_time(parsed[2]))


def parse_moment(text: str) -> datetime:
    """Return the moment that `text` says, aware if it names an offset, else naive local time."""
    parsed = _MOMENT.fullmatch(text.strip())
    if parsed is None:
        missing = " has no time of day" if _DATE.fullmatch(text.strip()) else " is not a moment"
        raise ValueError(f"{shown(text)}{missing}; {_moment_meant(text)}")
    _refuse_other_year(parsed["date"])
    if not (_DATE.fullmatch(parsed["date"]) and _WALL_TIME.fullmatch(parsed["time"])):
        raise ValueError(f"{shown(text)} is not a moment; {_moment_meant(text)}")
    local = parse_wall_time(parsed["time"]).on(parse_date(parsed["date"]))
    offset = offset_of(parsed)
    if offset is None:
        return local
    if abs(offset) > timedelta(hours=18):
        raise ValueError(f"{shown(text)}: no place is {parsed['offset']} from UTC")
    return local.replace(tzinfo=timezone(offset))


def offset_of(parsed: re.Match[str]) -> timedelta | None:
    """Return the offset from UTC in a match of `OFFSET`; None if none is said."""
    if parsed["offset"] is None:
        return None
    if parsed["sign"] is None:
        return timedelta(0)
    offset = timedelta(hours=int(parsed["hours"]), minutes=int(parsed["minutes"]))
    return offset if parsed["sign"] == "+" else -offset


def _moment_meant(text: str) -> str:
    """Return what is right instead of `text`, which is no moment: with its date, if it has one."""
    day, _, clock = text.strip().partition(" ")
    meant = day if _DATE.fullmatch(day) else date_meant(day)
    moment = f"{meant}T{clock_meant(clock) or '00:00'}" if meant else "2026-11-24T09:00"
    return f"write {moment} (local time), or with Z or an offset such as +01:00"


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
    if are_days(text):
        return "days of the week, or of the experiment, stand in days, such as days: mon-fri"
    parts = [date_meant(part) for part in re.split(r"\s+-\s+|\.{2,3}|\s+to\s+", text.strip())]
    return f"write {'..'.join(parts)}" if all(parts) and len(parts) <= 2 else _DATES_HINT  # noqa: PLR2004 - ends
