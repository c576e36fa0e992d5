"""What a picture of a plan says in words. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from thorsched.base.moments import format_date
from thorsched.base.text import printable
from thorsched.base.units import format_seconds
from thorsched.foresight.calendar import Entry, amount
from thorsched.picture.scale import Day
from thorsched.schedule.intervals import Window, window_words

_UTC = ZoneInfo("UTC")
_SECOND = timedelta(seconds=1)
# Of the height of letters; those of DejaVu Sans, which are among the widest.
_EM = {"narrow": 0.36, "usual": 0.64, "broad": 0.92, "ideograph": 1.05}


def width_of(text: str, size: float) -> float:
    """Return about how wide `text` is in letters of that size: rather too wide than too narrow."""
    return size * sum(_EM[_shape(char)] for char in text)


def _shape(char: str) -> str:
    if char in " .,:;'|!iljtfr()[]-":
        return "narrow"
    if unicodedata.east_asian_width(char) in "WF":
        return "ideograph"
    return "broad" if char in "mwMW@%…" or ord(char) > 0xFFFF else "usual"  # noqa: PLR2004


def cut(text: str, *, width: float, size: float) -> str:
    """Return as much of `text` as stands in `width`, with … where some is left out."""
    text = printable(text)
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def change(day: Day, zone: ZoneInfo) -> str:
    """Return e.g. `Sun 2026-10-25 has 25 h: at 03:00 clocks go back to 02:00`, '' without one."""
    if day.change is None:
        return ""
    # Of one zone, datetimes are added to as wall times: what old clocks would have shown then.
    old = (day.change - _SECOND).astimezone(zone) + _SECOND
    new = day.change.astimezone(zone)
    goes = "back" if new.replace(tzinfo=None) < old.replace(tzinfo=None) else "forward"
    length = format_seconds(day.length.total_seconds())
    return f"{format_date(day.date)} has {length}: at {old:%H:%M} clocks go {goes} to {new:%H:%M}"


def about(entries: Sequence[Entry], whole: Window, zone: ZoneInfo) -> str:
    """Return what stands beside a bar: which schedules, when, of what, and how much that is."""
    names = ", ".join(dict.fromkeys(name for one in entries for name in one.schedules))
    modes = ", ".join(dict.fromkeys(mode(one) for one in entries))
    lines = [names, window_words(whole, zone), f"{window_words(whole, _UTC)} UTC", modes]
    if None not in whole.bounds:
        lines.append(str(amount(entries, whole)))
    return "\n".join(map(printable, lines))


def mode(entry: Entry) -> str:
    """Return the capability of a window, or what is asked for where none is known."""
    return str(entry.capability or entry.selector)


def on_sizes(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield what the marks of sizes mean, those of which there are any."""
    if any(one.rate and not one.rate.is_measured for one in entries):
        yield "~: estimated, as not enough is recorded yet of what a camera will record"
    unknown = dict.fromkeys(one.camera for one in entries if one.rate is None)
    if unknown:
        yield f"?: of {', '.join(map(printable, unknown))} nobody knows how much it will be"
