"""Durations and sizes as people write them: `10min`, `1h 30min`, `500ms`; `2GB`, `512MiB`.

Called by `config/` to read the file and to write it back, by `cli/` for an option, and by whatever
shows a duration or a size to people. Never guesses a unit. `format_duration` and
`format_size_exactly` write what `parse_*` reads back to the same value; `format_seconds` and
`format_size` write for people, everywhere alike, `format_utc` writes moments for programs.
Pure.
"""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from thorsched.base.text import printable

_DURATION_US = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
_MAX_CHARS = 200
_NUMBER = r"([0-9]{1,20}(?:\.[0-9]{1,20})?)"
_DURATION_PART = re.compile(_NUMBER + r"\s*([a-z]+)\s*")
_DURATION_HINT = "write a number with its unit, such as 500ms, 10s, 5min, 1h 30min, 30d"
# What people write for a unit, and the unit; behind a digit or a space.
_UNITS_IN_WORDS = tuple(
    (re.compile(rf"(?<=[\d\s])(?:{words})(?![a-z])"), unit)
    for words, unit in (
        (r"m|mins|minutes?", "min"),
        (r"secs?|seconds?", "s"),
        (r"msecs?|milliseconds?", "ms"),
        (r"hrs?|hours?", "h"),
        (r"days?", "d"),
        (r"weeks?", "w"),
    )
)
_BEFORE_UNIT = re.compile(r"(?<=\d)\s+(?=[a-z])")
_LONGEST_IN_WORDS = 60
_MINUTE_S = 60
_MAX_DURATION_US = 3650 * _DURATION_US["d"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_MICROSECOND = timedelta(microseconds=1)

_SIZE_BYTES = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
_SIZE = re.compile(_NUMBER + r"\s*([A-Za-z]+)")
_SIZE_HINT = "write a number with its unit, such as 500MB, 2GB, 1.5TB, 512MiB"
_MAX_SIZE_BYTES = 2**63 - 1


def parse_duration(text: str) -> timedelta:
    """Return what `text` says, to the microsecond; units are us, ms, s, min, h, d and w.

    Raises `ValueError` with a hint; a bare number, a sign and ten years or more are refused.
    """
    total_us = Fraction(0)
    shown, rest = printable(text), text.strip()
    if not rest:
        raise ValueError(f"an empty duration; {_DURATION_HINT}")
    while rest:
        part = _DURATION_PART.match(rest)
        if part is None or part[2] not in _DURATION_US or len(rest) > _MAX_CHARS:
            raise ValueError(f"'{shown}' is not a duration; {_duration_hint(text)}")
        total_us += Fraction(part[1]) * _DURATION_US[part[2]]
        rest = rest[part.end() :]
    if total_us >= _MAX_DURATION_US:
        raise ValueError(f"'{shown}' is ten years or more; {_DURATION_HINT}")
    return timedelta(microseconds=round(total_us))


def _duration_hint(text: str) -> str:
    """Return what is right instead of `text`, which is no duration."""
    shorter = text.strip().lower().removeprefix("-")
    if len(shorter) > _LONGEST_IN_WORDS:
        return _DURATION_HINT
    if re.fullmatch(_NUMBER, shorter):
        return f"write it with its unit: {shorter}s, {shorter}min or {shorter}h"
    for words, unit in _UNITS_IN_WORDS:
        shorter = words.sub(unit, shorter)
    shorter = _BEFORE_UNIT.sub("", shorter)
    parts = [_DURATION_PART.fullmatch(part) for part in shorter.split()]
    if parts and all(part is not None and part[2] in _DURATION_US for part in parts):
        return f"write {shorter}"
    return _DURATION_HINT


def format_duration(duration: timedelta) -> str:
    """Return `duration` in the largest units that keep it exact, e.g. `1h 30min`."""
    left_us = duration // timedelta(microseconds=1)
    parts = []
    for unit, size_us in reversed([(u, s) for u, s in _DURATION_US.items() if u != "w"]):
        count, left_us = divmod(left_us, size_us)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


def format_seconds(seconds: float, *, decimals: int = 1) -> str:
    """Return a time for people, in two units at most: `19.8 s`, `9 min 35 s`, `3 h 59 min`, `24 h`.

    `decimals` are of what is less than a minute; from an hour on minutes are never rounded up.
    """
    if round(seconds, decimals) < _MINUTE_S:
        return f"{seconds:.{decimals}f} s"
    minutes, left_s = divmod(round(seconds), _MINUTE_S)
    hours, minutes = divmod(minutes, _MINUTE_S)
    parts = ((hours, "h"), (minutes, "min")) if hours else ((minutes, "min"), (left_s, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def parse_size(text: str) -> int:
    """Return the bytes that `text` says; decimal (GB = 10^9) and binary (GiB = 2^30) units.

    Raises `ValueError` with a hint; a bare number and a sign are refused.
    """
    parsed = _SIZE.fullmatch(text.strip())
    if parsed is None or parsed[2].upper() not in _SIZE_BYTES:
        raise ValueError(f"'{printable(text)}' is not a size; {_SIZE_HINT}")
    size_bytes = round(Fraction(parsed[1]) * _SIZE_BYTES[parsed[2].upper()])
    if size_bytes > _MAX_SIZE_BYTES:
        raise ValueError(f"'{printable(text)}' is more than any disk holds; {_SIZE_HINT}")
    return size_bytes


def format_size(size_bytes: int) -> str:
    """Return `size_bytes` for people, three digits and a decimal unit, e.g. `2.05 GB`."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:  # noqa: PLR2004 - from here on three digits need the next unit
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB" if size < 999.5 else f"{size:.0f} TB"  # noqa: PLR2004 - as above


def format_size_exactly(size_bytes: int) -> str:
    """Return `size_bytes` in the largest decimal unit that keeps it exact, e.g. `2GB`."""
    for unit in ("TB", "GB", "MB", "KB"):
        if size_bytes and size_bytes % _SIZE_BYTES[unit] == 0:
            return f"{size_bytes // _SIZE_BYTES[unit]}{unit}"
    return f"{size_bytes}B"


def epoch_us(moment: datetime) -> int:
    """Return an aware moment in microseconds since 1970."""
    return (moment - _EPOCH) // _A_MICROSECOND


def in_us(duration: timedelta) -> int:
    """Return a duration in whole microseconds."""
    return duration // _A_MICROSECOND


def from_epoch_us(at_us: int) -> datetime:
    """Return the moment that many microseconds after 1970, aware UTC."""
    return _EPOCH + at_us * _A_MICROSECOND


def format_utc(moment: datetime | None) -> str | None:
    """Return an aware UTC moment for programs, e.g. `2026-11-24T09:00:00.000Z`; None for None."""
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_utc(text: str) -> datetime:
    """Return the aware UTC moment that `format_utc` has written, or any other ISO 8601 one.

    Raises `ValueError`, also if it says not in which zone, and `TypeError` for what is no text.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{moment} says not in which zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment} is before or after all time in UTC") from None
