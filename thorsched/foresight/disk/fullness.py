"""How long a disk lasts, as a value, in words for people and in JSON for programs. Pure.

Made by `filling.py`; told by `foresight/places.py` and `cli/plan/command.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.base.moments import format_date, format_minute
from thorsched.base.units import format_size, format_size_exactly, format_utc
from thorsched.engine.sources import Selectors
from thorsched.foresight.disk.course import Course
from thorsched.foresight.rates import Rate
from thorsched.schedule.intervals import Window

_SOON = timedelta(days=7)
_DAY = timedelta(days=1)
_ADVICE = "from then on no recording begins; {}, a larger disk or a shorter schedule helps"


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the file's clocks; `free_bytes` at its end is None once the disk was full."""

    date: date
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class Need:
    """What is to be recorded of a camera, while that is asked of it."""

    camera: str
    asked: Selectors
    windows: tuple[Window, ...]
    """At least one; they may have no end."""
    rate: Rate | None
    """None where it is not known: then it is not counted."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What becomes of a root's disk, or why that is not known."""

    course: Course | None
    why_not: str = ""
    free_bytes: int = 0
    min_free_bytes: int = 0
    needs: tuple[Need, ...] = ()
    last_end: datetime | None = None
    """When all is recorded that is wanted; None if that goes on."""
    uncopied: Course | None = None
    """What becomes of it if no more copies are made, where files wait for theirs."""
    deletes: bool = False
    """Whether the file has anything deleted."""
    days: tuple[Day, ...] = ()
    """Those that are looked at, the first from now on."""

    def named(self, need: Need) -> str:
        """Return its camera, and what is asked of it where that is not always the same."""
        is_one = sum(one.camera == need.camera for one in self.needs) == 1
        return need.camera if is_one else f"{need.camera} ({', '.join(map(str, need.asked))})"


def is_short(seen: Filling) -> bool:
    """Return whether somebody should act: it is full within a week, or before all is recorded."""
    course = seen.course
    if course is None or course.full is None:
        return False
    return seen.last_end is not None or course.full - course.between.start < _SOON


def in_words(seen: Filling, zone: ZoneInfo) -> str:
    """Return e.g. `full on Sat 2026-11-28 03:10 (...); ...`."""
    if seen.course is None:
        return when(seen, zone)
    first = f"{when(seen, zone)} ({sums(seen, seen.course, zone)})"
    known = ", ".join(_rates(seen))
    rates = f"rates: {known}" if known else ""
    return "; ".join(filter(None, [first, *more(seen, zone), rates, uncounted(seen)]))


def when(seen: Filling, zone: ZoneInfo) -> str:
    """Return when it is full, or until when it lasts."""
    course = seen.course
    if course is None:
        return f"how long it lasts is not known: {seen.why_not}"
    if course.full is not None:
        is_now = course.full == course.between.start
        return "full now" if is_now else f"full on {format_minute(course.full, zone)}"
    if seen.last_end is not None:
        return "has room for all that is wanted"
    return f"lasts beyond {format_date(course.between.end.astimezone(zone))}"


def sums(seen: Filling, course: Course, zone: ZoneInfo) -> str:
    """Return what is wanted, what goes, and what is free now."""
    days = course.between.length / _DAY if seen.last_end is None else 1.0
    until = f" until {format_minute(seen.last_end, zone)}" if seen.last_end else " a day"
    needs = f"needs {format_size(round(course.wanted_bytes / days))}{until}"
    gone = format_size(round(course.deleted_bytes / days))
    goes = f", {gone}{'' if seen.last_end else ' a day'} goes by the rules"
    return f"{needs}{goes if course.deleted_bytes else ''}, {_free(seen)}"


def more(seen: Filling, zone: ZoneInfo) -> Iterator[str]:
    """Yield what else there is to say of that, and what to do."""
    full = seen.course.full if seen.course else None
    if seen.uncopied and seen.uncopied.full and seen.uncopied.full != full:
        yield f"without more copies full on {format_minute(seen.uncopied.full, zone)}"
    if full:
        yield _ADVICE.format("a smaller `keep`" if seen.deletes else "a `keep` rule")


def uncounted(seen: Filling) -> str:
    """Return what is left out, '' if nothing is."""
    names = ", ".join(seen.named(need) for need in seen.needs if need.rate is None)
    return f"not counted, for want of a rate: {names}" if names else ""


def _free(seen: Filling) -> str:
    least = f"min_free {format_size_exactly(seen.min_free_bytes)}"
    above_bytes = seen.free_bytes - seen.min_free_bytes
    if above_bytes < 0:
        return f"{format_size(seen.free_bytes)} free, less than {least}"
    return f"{format_size(above_bytes)} free above {least}"


def _rates(seen: Filling) -> Iterator[str]:
    for need in seen.needs:
        if rate := need.rate:
            yield f"{seen.named(need)} {format_size(round(rate.bytes_per_s))}/s {rate.why}"


def in_json(seen: Filling) -> dict[str, object]:
    """Return what a program is told."""
    course = seen.course
    uncopied = seen.uncopied.full if seen.uncopied else None
    return {
        "full": format_utc(course.full) if course else None,
        "until": format_utc(course.between.end) if course else None,
        "last_end": format_utc(seen.last_end),
        "free_bytes": seen.free_bytes if course else None,
        "min_free_bytes": seen.min_free_bytes,
        "lowest_free_bytes": course.lowest_bytes if course else None,
        "wanted_bytes": course.wanted_bytes if course else None,
        "deleted_bytes": course.deleted_bytes if course else None,
        "full_without_copies": format_utc(uncopied),
        "days": [{"day": d.date.isoformat(), "free_bytes": d.free_bytes} for d in seen.days],
        "needs": [_need(need) for need in seen.needs],
        "why_not": seen.why_not or None,
    }


def _need(need: Need) -> dict[str, object]:
    rate = need.rate
    return {
        "camera": need.camera,
        "asked": ", ".join(map(str, need.asked)),
        "bytes_per_s": round(rate.bytes_per_s) if rate else None,
        "is_measured": bool(rate and rate.is_measured),
        "why": rate.why if rate else None,
    }
