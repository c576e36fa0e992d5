"""When a camera, or a schedule, is wanted next, in the words of its own clocks. Pure.

Called by `foresight/`, for those who look before they leave: a schedule that is over, or that never
happens, is right as a file and records nothing. And by `reports.py` while there is nothing to
record.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.base.moments import format_moment
from thorsched.config.models import Config
from thorsched.engine.desired import timetables
from thorsched.schedule.extent import extent
from thorsched.schedule.intervals import Window, window_words
from thorsched.schedule.windows import Timetable, attribution, state, wanted

# How far from the first or the last day on which it may be wanted a window is looked for.
_STEPS = tuple(timedelta(days=n) for n in (8, 40, 400))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What comes: the current window or the next; without one, the last that was, if one was."""

    next: Window | None
    last: Window | None
    is_now: bool
    zone: ZoneInfo

    def __str__(self) -> str:
        """Return e.g. `now until Tue 2026-11-24 08:00 (Europe/Berlin)`, or that it is over."""
        zone = f" ({self.zone.key})"
        if self.next is None:
            return (
                f"over since {format_moment(self.last.end, self.zone)}{zone}"
                if self.last
                else "never"
            )
        if self.is_now and self.next.bounds[1] is None:
            return "now, without end"
        if self.is_now:
            return f"now until {format_moment(self.next.end, self.zone)}{zone}"
        return f"next {window_words(self.next, self.zone)}{zone}"


@dataclass(frozen=True, slots=True)
class Coming:
    """What a file records next: from when, in words, by which schedules, of which cameras."""

    start: str
    schedules: tuple[str, ...]
    cameras: tuple[str, ...]


def coming(config: Config, *, now: datetime, zone: ZoneInfo) -> Coming | None:
    """Return what begins next of all cameras at `now`, aware UTC; None if nothing ever does.

    `zone` is for schedules without one.
    """
    seen = outlooks(config, now=now, zone=zone)
    ahead = {c: (one.next, one.zone) for c, one in seen.items() if one and one.next}
    if not ahead:
        return None
    window, clock = min(ahead.values(), key=lambda one: one[0].start)
    cameras = tuple(c for c, one in ahead.items() if one[0].start == window.start)
    first = Window(window.start, window.start + timedelta.resolution)
    names = [n for c in cameras for n in attribution(timetables(config, c, zone), first)]
    return Coming(
        f"{format_moment(window.start, clock)} ({clock.key})", (*dict.fromkeys(names),), cameras
    )


def outlooks(config: Config, *, now: datetime, zone: ZoneInfo) -> dict[str, Outlook | None]:
    """Return the outlook of each camera at `now`, aware UTC; None where no schedule names it.

    `zone` is for schedules without one.
    """
    found: dict[str, Outlook | None] = {}
    for camera in config.cameras:
        tables = timetables(config, camera, zone)
        found[camera] = outlook(tables, now=now) if tables else None
    return found


def outlook(tables: Sequence[Timetable], *, now: datetime) -> Outlook:
    """Return what comes of `tables`, of which there is one at least, at `now`, aware UTC."""
    current = state(tables, at=now)
    later = current.next_edge if current.active is None else None
    coming = current.active or (state(tables, at=later).active if later else None)
    known = [] if coming else sorted(_outermost(tables), key=lambda window: window.end)
    if not coming:  # a mistyped year lies further ahead than edges are looked for
        coming = next((window for window in known if window.start > now), None)
    last = known[-1] if known and not coming else None
    return Outlook(coming, last, current.active is not None, _zone_of(tables, coming or last))


def _outermost(tables: Iterable[Timetable]) -> Iterator[Window]:
    """Yield the first and the last windows of those that begin or end by themselves."""
    for table in tables:
        whole = extent(table)
        start, end = whole.bounds if whole else (None, None)
        if start:
            yield from _found(table, [Window(start, start + step) for step in _STEPS])
        if end:
            yield from _found(table, [Window(end - step, end) for step in _STEPS])


def _found(table: Timetable, places: Iterable[Window]) -> Sequence[Window]:
    """Return its windows in the first of `places` that has any."""
    return next((found for place in places if (found := wanted([table], between=place))), ())


def _zone_of(tables: Sequence[Timetable], window: Window | None) -> ZoneInfo:
    """Return the zone of the first that has a part in `window`, else of the first of all."""
    names = attribution(tuple(tables), window) if window else ()
    return next((table.zone for table in tables if table.name in names), tables[0].zone)
