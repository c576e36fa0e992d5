"""Which time a report, a plan or an export is about, from what a person typed. Pure.

A day without a time is a whole one, by the clocks of the file's zone: `--until 2026-11-30` has all
of that day.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.base.text import printable
from thorsched.schedule.intervals import Window
from thorsched.schedule.localtime import first_instant, midnight

USUAL = timedelta(hours=24)
"""What is reported unless told otherwise: until now, or until the last thing wanted was over."""
USUAL_DAYS = 7
"""What is planned unless told otherwise, from now on."""
MOST_DAYS = 3650
_DAY = timedelta(days=1)
_NEAR_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_TIME_OF_DAY = re.compile(r"\d?\d:\d\d(:\d\d(\.\d+)?)?")
_HINT = "write now, today, tomorrow, 09:00 (of today), 2026-11-24 or 2026-11-24T09:00"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed: a day, or bounds, or nothing."""

    day: str | None = None
    start: str | None = None
    end: str | None = None

    def period(self, zone: ZoneInfo, now: datetime) -> Window | None:
        """Return the time that is asked for, None for the usual one. Raises `ValueError`."""
        if self.day is not None:
            if self.start or self.end:
                raise ValueError("--day stands alone, without --from and --until")
            day = _day(self.day, now.astimezone(zone).date())
            try:
                return Window(_begins(day, zone), _begins(day + _DAY, zone))
            except OverflowError:
                raise ValueError(f"{day} is no day that anything is recorded on") from None
        if self.start is None and self.end is None:
            return None
        end = now if self.end is None else moment(self.end, zone, now, is_end=True)
        if self.start is None:
            return Window(_earlier(end, zone), end)
        start = moment(self.start, zone, now, is_end=False)
        if start >= end:
            begun, until = _shown(start, zone), _shown(end, zone)
            which = "now" if self.end is None else "--until"
            raise ValueError(f"--from is {begun}, which is not before {which}, {until}")
        return Window(start, end)


def ahead(
    start: str | None, end: str | None, days: int | None, zone: ZoneInfo, now: datetime
) -> Window:
    """Return the time of a plan, from what was typed. Raises `ValueError`.

    Days are those of the calendar: an hour more or less where the clocks change.
    """
    if end is not None and days is not None:
        raise ValueError("--until and --days exclude each other")
    begins = now if start is None else moment(start, zone, now, is_end=False)
    try:
        latest = _later(begins, zone, MOST_DAYS)
        if end is None:
            return Window(begins, _later(begins, zone, days or USUAL_DAYS))
    except OverflowError:
        raise ValueError(f"nothing is planned after {begins:%Y-%m-%d}; {_HINT}") from None
    ends = moment(end, zone, now, is_end=True)
    if ends <= begins:
        since = "now" if start is None else f"--from {printable(start)}"
        raise ValueError(
            f"--until {printable(end)} ({_shown(ends, zone)}) is not after {since} "
            f"({_shown(begins, zone)})"
        )
    if ends > latest:
        raise ValueError(f"--until is {_shown(ends, zone)}; a plan is of {MOST_DAYS} days at most")
    return Window(begins, ends)


def usual(newest: datetime | None, now: datetime, *, since: datetime) -> Window:
    """Return the last 24 hours, or those before the `newest` end of what was wanted.

    Nothing is known of the time before `since`.
    """
    end = now if newest is None or newest > now - USUAL else newest
    start = end - USUAL
    return Window(since if start < since < end else start, end)


def _day(text: str, today: date) -> date:
    if text in _NEAR_DAYS:
        return today + _NEAR_DAYS[text] * _DAY
    try:
        return date.fromisoformat(text)
    except ValueError:
        shown = printable(text)
        raise ValueError(f"'{shown}' is no day; write today, yesterday or 2026-11-24") from None


def moment(text: str, zone: ZoneInfo, now: datetime, *, is_end: bool) -> datetime:
    """Return the UTC moment that was typed; as an end a day is its end. Raises `ValueError`."""
    if text == "now":
        return now
    today = now.astimezone(zone).date()
    try:
        if _TIME_OF_DAY.fullmatch(text):
            clock = f"0{text}" if text[1] == ":" else text
            typed = datetime.fromisoformat(f"{today}T{clock}")
        elif len(text) <= len("2026-11-24"):
            day = _day(text, today)
            return _begins(day + _DAY if is_end else day, zone)
        else:
            typed = datetime.fromisoformat(text)
        aware = typed if typed.tzinfo else typed.replace(tzinfo=zone, fold=int(is_end))
        return aware.astimezone(zone).astimezone(UTC)  # it is to be shown by the zone's clocks
    except (ValueError, OverflowError):
        raise ValueError(f"'{printable(text)}' is no time; {_HINT}") from None


def _earlier(end: datetime, zone: ZoneInfo) -> datetime:
    """Return when the usual time begins that ends at `end`. Raises `ValueError`."""
    try:
        return (end - USUAL).astimezone(zone).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"nothing is recorded before {end:%Y-%m-%d}; {_HINT}") from None


def _later(start: datetime, zone: ZoneInfo, days: int) -> datetime:
    return (start.astimezone(zone) + days * _DAY).astimezone(UTC)


def _shown(one: datetime, zone: ZoneInfo) -> str:
    return f"{one.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return first_instant(midnight(day), zone)
