"""What people write where a schedule wants a time of day or a date, and what they mean by it.

Called by `times.py` and `zeitgeber.py` for the second half of an error message. Never decides
whether a text is right: it only ever sees text that is not. Pure.
"""

import re
from datetime import date
from typing import Final, NamedTuple

from thorsched.config.days import parse_days

# Outside of these calendar and zone arithmetic meets datetime's own ends.
YEARS: Final = range(1970, 3000)

_LONGEST: Final = 60
_CLOCK: Final = r"(\d{1,2})(?:[:.h]?(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.|[ap]\b|h|noon)?"
_BETWEEN: Final = r"\s*(?:-|\u2013|\u2014|\.{2,3}|/|,|\bto\b|\buntil\b|\btill\b|\s)\s*"
# Each pattern in turn, and what stands for it in the words that are understood.
_PLAINER: Final = (
    (r"->|[\u2013\u2014\u2192~]", "-"),
    (r"[()]", " "),
    (r"\b(?:every ?day|each day|daily)\b[,:]?", ""),
    (r"\b(?:each|every)\b", ""),
    (r"\bweek ?days?\b", "mon-fri"),
    (r"\bweek ?ends?\b", "sat-sun"),
    (r"\bbetween\b(.*)\band\b", r"\1 to "),
    (r"\b(?:from|at|on)\b", ""),
    (r"\b(mon|tues|wednes|thurs|fri|satur|sun)days\b", r"\1day"),
    (r"\b(?:12\s*)?(?:noon|midday)\b", "12 noon"),
    (r"\b(?:12\s*)?midnight$", "24:00"),
    (r"\b(?:12\s*)?midnight\b", "00:00"),
)
_ALWAYS: Final = re.compile(
    r"always|all day|all the time|24/7|24 ?h(?:ours)?|non-?stop|continuous(?:ly)?"
)
_DAILY: Final = re.compile(_CLOCK + _BETWEEN + _CLOCK, re.ASCII)
_ONE_CLOCK: Final = re.compile(_CLOCK, re.ASCII)
_DAYS_FIRST: Final = re.compile(r"(?P<days>[a-z][a-z ,-]*?)[\s:,]+(?P<times>\d.*)", re.ASCII)
_DAYS_LAST: Final = re.compile(r"(?P<times>\d.*?)[\s,]+(?P<days>[a-z][a-z ,-]*)", re.ASCII)
_SEVERAL: Final = re.compile(r"\s*(?:[,;+&]|\band\b)\s*|(?<=\d)\s+(?=\d{1,2}:\d\d\s*-)")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})(?:[-./](\d{1,2})[-./](\d{1,2})|(\d\d)(\d\d))", re.ASCII)
_TIME_OF_DAY: Final = re.compile(r"[Tt\s]\s*\d{1,2}:\d\d\S*$", re.ASCII)
_MOST_MONTHS: Final = 12


def daily_meant(text: str) -> str:
    """Return what to say of a `text` that is no daily time, as `; write 20:00-08:00`; or ''."""
    if len(text) > _LONGEST:
        return ""
    said = _plainer(text)
    if _ALWAYS.fullmatch(said):
        return "; to record without a pause say `always: true` instead"
    parts = [part for part in _SEVERAL.split(said) if part]
    if len(parts) > 1 and all(_times(part) for part in parts):
        return f"; write [{', '.join(_times(part).partition(' ')[0] for part in parts)}]"
    if len(parts) > 1 and all(_times(part) or _on_days(part) for part in parts):
        return "; a schedule has one rule for its days: make a schedule for each of them"
    times = _times(said)
    if times:
        return f"; write {times}"
    one = _ONE_CLOCK.fullmatch(said)
    if one and _wall_time(*one.groups()):
        return "; write when it starts and when it ends, such as 20:00-08:00"
    if _are_days(said):
        return f"; write days: {_listed(said)}, and here the times, such as 20:00-08:00"
    on_days = _on_days(said)
    return f"; write {on_days}" if on_days else ""


def clock_meant(text: str) -> str:
    """Return the time of day that `text` means, `07:00` for 7 am; or ''."""
    one = _ONE_CLOCK.fullmatch(_plainer(text)) if len(text) <= _LONGEST else None
    return _wall_time(*one.groups()) if one else ""


def _on_days(text: str) -> str:
    """Return the two keys for a daily time that stands beside its days; or ''."""
    for found in (_DAYS_FIRST.fullmatch(text), _DAYS_LAST.fullmatch(text)):
        times = _times(found["times"]) if found else ""
        if found and times and _are_days(found["days"]):
            return f"daily: {times} and days: {_listed(found['days'])}"
    return ""


def _listed(days: str) -> str:
    """Return days as they can be written anywhere: within {} a comma needs brackets."""
    return f"[{days.strip(' ,')}]" if "," in days.strip(" ,") else days.strip(" ,")


def _plainer(text: str) -> str:
    said = text.strip().lower()
    for words, plain in _PLAINER:
        said = re.sub(words, plain, said)
    return " ".join(said.split())


def _are_days(text: str) -> bool:
    try:
        return bool(parse_days(text))
    except ValueError:
        return False


def date_meant(text: str) -> str:
    """Return the date that `text`, which is none as we write them, must mean; or ''."""
    said = _TIME_OF_DAY.sub("", text.strip())
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
        return date(year, month, day).isoformat() if year in YEARS else ""
    except ValueError:
        return ""


def _times(text: str) -> str:
    """Return the daily time as we write it; of two that it may be the shorter first; or ''."""
    found = _DAILY.fullmatch(text)
    if found is None:
        return ""
    first, last = Clock(*found.groups()[:3]), Clock(*found.groups()[3:])
    is_start_open = last.has_half and first.may_be_either
    is_end_open = last.may_be_either and (
        first.has_half
        or first.half == "noon"
        or (first.may_be_either and int(last.hour) < int(first.hour))
    )
    pairs = [
        (start, end)
        for start in first.readings(both=is_start_open)
        for end in last.readings(both=is_end_open)
        if start and end and start not in (end, "24:00")
    ]
    best, *others = [f"{start}-{end}" for start, end in sorted(pairs, key=_length_min)] or [""]
    return f"{best} (or {others[0]})" if others else best


def _length_min(times: tuple[str, str]) -> int:
    start_min, end_min = (int(time[:2]) * 60 + int(time[3:]) for time in times)
    return (end_min - start_min) % (24 * 60)


class Clock(NamedTuple):
    """A time of day as people write it: `8`, `8:30`, `8 pm`, `8h`."""

    hour: str
    minute: str | None
    half: str | None

    @property
    def has_half(self) -> bool:
        """Whether it says am or pm."""
        return self.half is not None and self.half[0] in "ap"

    @property
    def may_be_either(self) -> bool:
        """Whether it may be meant as am or as pm: `9` may, `09` and `9h` do not."""
        return self.half is None and not self.hour.startswith("0") and int(self.hour) <= 12  # noqa: PLR2004

    def readings(self, *, both: bool) -> list[str]:
        """Return it as we write it, `08:00` for 8 and am, or '' for none; am and pm if `both`."""
        if both:
            return [_wall_time(self.hour, self.minute, half) for half in ("am", "pm")]
        return [_wall_time(*self)]


def _wall_time(hour: str, minute: str | None, half: str | None) -> str:
    """Return a time of day as we write it, `08:00` for 8 and am; or ""."""
    hours, minutes = int(hour), int(minute or 0)
    if half and half[0] in "ap":
        if not 1 <= hours <= 12:  # noqa: PLR2004 - hours on such a clock
            return ""
        hours = hours % 12 + (12 if half[0] == "p" else 0)
    is_midnight = (hours, minutes) == (24, 0)
    return f"{hours:02}:{minutes:02}" if is_midnight or (hours < 24 and minutes < 60) else ""  # noqa: PLR2004
