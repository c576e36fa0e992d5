"""How much is recorded on each day of a timeline. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from thorsched.base.units import format_size
from thorsched.engine.calendar import Entry
from thorsched.picture.scale import Day
from thorsched.schedule.intervals import Window, clip

Sizes = tuple[int | None, ...]
"""Bytes of each day; None where something is recorded and nobody knows how much."""


def sizes_by_day(entries: Iterable[Entry], days: Sequence[Day], between: Window) -> Sizes:
    """Return the size of each day's time `between`."""
    inside = [window for day in days for window in clip([day.window], between)]
    starts, ends = [one.start for one in inside], [one.end for one in inside]
    sizes: list[int | None] = [0] * len(inside)
    for entry in entries:
        first = bisect_right(ends, entry.window.start)
        for place in range(first, bisect_left(starts, entry.window.end)):
            sizes[place] = _sum(sizes[place], entry.bytes_within(inside[place]))
    return tuple(sizes)


def added(sizes: Iterable[Sizes]) -> Sizes:
    """Return the sizes of several cameras together, day by day."""
    return tuple(total(column) for column in zip(*sizes, strict=True))


def total(sizes: Iterable[int | None]) -> int | None:
    """Return the sum; None if a part of it is not known."""
    known = list(sizes)
    return None if None in known else sum(size for size in known if size is not None)


def told(size: int | None) -> str:
    """Return a size for people; nothing for nothing."""
    return "?" if size is None else format_size(size) if size else ""


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
