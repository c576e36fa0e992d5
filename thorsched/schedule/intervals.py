"""Windows of absolute time, and the arithmetic of sets of them.

Called by the rest of `schedule/` and by whoever compares wanted with recorded time. Everything is
aware UTC: datetimes that share another zone would subtract as wall time, an hour wrong when the
clocks change, so a `Window` refuses them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from thorsched.base.moments import format_clock, format_moment
from thorsched.base.units import format_utc

_start_of = attrgetter("start")
_end_of = attrgetter("end")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The half-open interval `[start, end)`; both aware in `datetime.UTC`, never empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:
            raise ValueError(f"a window is in UTC, not {self.start!r} to {self.end!r}")
        if self.end <= self.start:
            raise ValueError(f"a window ends after it starts: {self.start} to {self.end}")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def bounds(self) -> tuple[datetime | None, datetime | None]:
        """Its start and its end; None for one that it does not have, as `ALWAYS` has neither."""
        start = None if self.start == ALWAYS.start else self.start
        return start, None if self.end == ALWAYS.end else self.end

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def meets(self, other: "Window") -> bool:
        """Return whether they share an instant; windows that only touch do not."""
        return self.start < other.end and other.start < self.end


ALWAYS = Window(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""Without beginning and end; a window's `start` or `end` equal to its own means the same."""


def window_dict(window: Window) -> dict[str, str | None]:
    """Return a window for programs: its `start` and `end` in UTC, None for what it has not."""
    start, end = map(format_utc, window.bounds)
    return {"start": start, "end": end}


def window_words(window: Window, zone: ZoneInfo) -> str:
    """Return a window for people, e.g. `Fri 2026-10-23 20:00 to Sat 2026-10-24 08:00`.

    By the clocks of `zone`; an end on the day of its start is told by its time alone.
    """
    start, end = (bound.astimezone(zone) if bound else None for bound in window.bounds)
    first = format_moment(start, zone) if start else "no beginning"
    if end is None:
        return f"{first} to no end"
    is_same_day = start is not None and start.date() == end.date()
    return f"{first} to {format_clock(end) if is_same_day else format_moment(end, zone)}"


def union(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return the same time as sorted, disjoint windows; what overlaps or touches becomes one."""
    merged: list[Window] = []
    for window in sorted(windows, key=_start_of):
        if merged and window.start <= merged[-1].end:
            if window.end > merged[-1].end:
                merged[-1] = Window(merged[-1].start, window.end)
        else:
            merged.append(window)
    return tuple(merged)


def joined(windows: Sequence[Window], *, within: timedelta) -> tuple[Window, ...]:
    """Return `windows`, as `union` returns them, with what lies closer together made one."""
    found: list[Window] = []
    for window in windows:
        if found and window.start - found[-1].end <= within:
            found[-1] = Window(found[-1].start, max(found[-1].end, window.end))
        else:
            found.append(window)
    return tuple(found)


def subtract(windows: Sequence[Window], holes: Sequence[Window]) -> tuple[Window, ...]:
    """Return the time of `windows` that is in none of `holes`; both as `union` returns them."""
    left: list[Window] = []
    for window in windows:
        start = window.start
        first = max(bisect_right(holes, start, key=_start_of) - 1, 0)
        for place in range(first, len(holes)):
            hole = holes[place]
            if hole.start >= window.end:
                break
            if start < hole.start:
                left.append(Window(start, hole.start))
            start = max(start, hole.end)
        if start < window.end:
            left.append(Window(start, window.end))
    return tuple(left)


def clip(windows: Iterable[Window], between: Window) -> tuple[Window, ...]:
    """Return the time of `windows` inside `between`, in the same order."""
    return tuple(
        Window(max(window.start, between.start), min(window.end, between.end))
        for window in windows
        if window.meets(between)
    )


def holding(windows: Sequence[Window], at: datetime) -> Window | None:
    """Return the one of `windows` that holds `at`; they are as `union` returns them."""
    before = bisect_right(windows, at, key=_start_of)
    return windows[before - 1] if before and windows[before - 1].holds(at) else None


def meeting(windows: Sequence[Window], between: Window) -> Sequence[Window]:
    """Return those of `windows`, as `union` returns them, that share an instant with `between`."""
    first = bisect_right(windows, between.start, key=_end_of)
    return windows[first : bisect_left(windows, between.end, key=_start_of)]
