"""How much is recorded, in words: on each day of a timeline, and in all. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from thorsched.foresight.calendar import Entry, amount
from thorsched.picture.scale import Day
from thorsched.schedule.intervals import Window, clip


def sizes_by_day(entries: Iterable[Entry], days: Sequence[Day], between: Window) -> Iterator[str]:
    """Yield the size of each day's time `between`; '' where nothing is recorded."""
    inside = [window for day in days for window in clip([day.window], between)]
    starts, ends = [one.start for one in inside], [one.end for one in inside]
    held: list[list[Entry]] = [[] for _ in inside]
    for entry in entries:
        first = bisect_right(ends, entry.window.start)
        for place in range(first, bisect_left(starts, entry.window.end)):
            held[place].append(entry)
    for day, own in zip(inside, held, strict=True):
        yield size(own, day)


def size(entries: Sequence[Entry], between: Window) -> str:
    """Return the size of their time `between`; '' if there are none."""
    return str(amount(entries, between)) if entries else ""
