"""What people write where a schedule wants a time of day or a date, and what they mean by it.

Called by `rules.py` for the second half of an error message. Never decides whether a text is right:
it only ever sees text that is not. Pure.
"""

import re
from datetime import date
from typing import Final

_LONGEST: Final = 60
_CLOCK: Final = r"(\d{1,2})(?:[:.h]?(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.|h)?"
_BETWEEN: Final = r"\s*(?:-|\u2013|\u2014|\.{2,3}|/|,|\bto\b|\buntil\b|\btill\b|\s)\s*"
_DAILY: Final = re.compile(_CLOCK + _BETWEEN + _CLOCK, re.ASCII)
_ONE_CLOCK: Final = re.compile(_CLOCK, re.ASCII)
_WITH_DAYS: Final = re.compile(r"(?P<days>[a-z][a-z ,-]*?)\s+(?P<times>\d.*)", re.ASCII)
_SEVERAL: Final = re.compile(r"\s*(?:[,;+&]|\band\b)\s*|(?<=\d)\s+(?=\d{1,2}:\d\d\s*-)")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})(?:[-./](\d{1,2})[-./](\d{1,2})|(\d\d)(\d\d))", re.ASCII)
_MOST_MONTHS: Final = 12


def daily_meant(text: str) -> str:
    """Return what to say of a `text` that is no daily time, as `; write 20:00-08:00`; or ''."""
    said = text.strip().lower()
    if len(said) > _LONGEST:
        return ""
    parts = [part for part in _SEVERAL.split(said) if part]
    if len(parts) > 1 and all(_times(part) for part in parts):
        return "; a schedule has one daily time: make a schedule for each of them"
    times = _times(said)
    if times:
        return f"; write {times}"
    one = _ONE_CLOCK.fullmatch(said)
    if one and _wall_time(*one.groups()):
        return "; write when it starts and when it ends, such as 20:00-08:00"
    found = _WITH_DAYS.fullmatch(said)
    times = _times(found["times"]) if found else ""
    return f"; write daily: {times} and days: {found['days']}" if found and times else ""


def date_meant(text: str) -> str:
    """Return the date that `text`, which is none as we write them, must mean; or ''."""
    said = text.strip()
    found = _DAY_FIRST.fullmatch(said)
    if found:
        day, month, year = map(int, found.groups())
        if "/" in said and day <= _MOST_MONTHS:  # where the month stands first, and where not
            return "" if month <= _MOST_MONTHS else _iso(year, day, month)
        return _iso(year, month, day)
    found = _YEAR_FIRST.fullmatch(said)
    return _iso(*(int(part) for part in found.groups() if part)) if found else ""


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _times(text: str) -> str:
    found = _DAILY.fullmatch(text)
    if found is None:
        return ""
    start, end = _wall_time(*found.groups()[:3]), _wall_time(*found.groups()[3:])
    return f"{start}-{end}" if start and end and start not in (end, "24:00") else ""


def _wall_time(hour: str, minute: str | None, half: str | None) -> str:
    """Return a time of day as we write it, `08:00` for 8 and am; or ""."""
    hours, minutes = int(hour), int(minute or 0)
    if half and half[0] in "ap":
        if not 1 <= hours <= 12:  # noqa: PLR2004 - hours on such a clock
            return ""
        hours = hours % 12 + (12 if half[0] == "p" else 0)
    is_midnight = (hours, minutes) == (24, 0)
    return f"{hours:02}:{minutes:02}" if is_midnight or (hours < 24 and minutes < 60) else ""  # noqa: PLR2004
