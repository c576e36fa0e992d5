"""How long the disk of a root lasts, with what a file has recorded there. Pure.

Called by `thorsched check` and `plan`, which ask the servers, the disk and the journal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from zoneinfo import ZoneInfo

from thorsched.catalogue.keeping.inventory import EMPTY, Inventory
from thorsched.catalogue.keeping.passage import Passage
from thorsched.catalogue.keeping.retention import rules_of
from thorsched.config.models import Config
from thorsched.engine.desired import timetables
from thorsched.engine.manner import manner
from thorsched.engine.sources import Selectors, View, resolving
from thorsched.foresight.disk.course import Course, Disk, Flow, course
from thorsched.foresight.disk.fullness import Day, Filling, Need
from thorsched.foresight.disk.turnover import Copies
from thorsched.foresight.rates import RateOf, Samples, remembered
from thorsched.recording.spec import tail
from thorsched.recording.trouble import Trouble
from thorsched.schedule.days import days
from thorsched.schedule.intervals import Window, union
from thorsched.schedule.localtime import local_day
from thorsched.schedule.parts import are_divided, parts
from thorsched.schedule.windows import Settings, Timetable, state, wanted

HORIZON = timedelta(days=60)
"""So far it is looked ahead."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the disks and the journal tell; `why_not` is why the disk tells nothing."""

    free_bytes: int | None
    why_not: str = ""
    copies: Copies = field(default_factory=Copies)
    samples: Samples = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stock:
    """The files that are there, where the rules are about them, and the time as it was seen."""

    known: Inventory = EMPTY
    passage: Passage | None = None


def filling(
    config: Config,
    views: Mapping[str, View],
    looked: Looked,
    *,
    stock: Stock,
    now: datetime,
    zone: ZoneInfo,
) -> Filling:
    """Return how long the disk of the root lasts from `now`, aware UTC, on.

    `views` are of the servers, `zone` is for schedules without one.
    """
    if looked.free_bytes is None:
        return Filling(None, looked.why_not)
    between, rate_of = Window(now, now + HORIZON), remembered(looked.samples)
    needs = list(_needs(config, views, rate_of, between=between, zone=zone))
    flows = [Flow(one.camera, one.windows, one.rate.bytes_per_s) for one in needs if one.rate]
    disk = Disk(
        free_bytes=looked.free_bytes,
        rules=rules_of(config),
        known=stock.known,
        passage=stock.passage,
        copies=looked.copies,
        segment=_longest_file(config),
    )
    ends = _day_ends(between, config.zone or zone)
    seen = course(disk, flows, between=between, marks=list(ends.values()))
    return Filling(
        course=seen,
        free_bytes=looked.free_bytes,
        min_free_bytes=config.storage.min_free,
        needs=tuple(needs),
        last_end=_last_end(config, needs, between, zone),
        uncopied=_uncopied(disk, flows, between),
        deletes=disk.rules.ever_delete,
        days=tuple(map(Day, ends, seen.free_bytes)),
    )


def _day_ends(between: Window, zone: ZoneInfo) -> dict[date, datetime]:
    """Return the days that end `between`, and when they do."""
    found = days(between, zone)
    return {day: own.end for day, own in found if own.end == local_day(day, zone).closes}


def _uncopied(disk: Disk, flows: Sequence[Flow], between: Window) -> Course | None:
    if not disk.copies.are_made or not disk.rules.ever_delete:
        return None
    return course(replace(disk, copies=Copies()), flows, between=between)


def _needs(
    config: Config,
    views: Mapping[str, View],
    rate_of: RateOf,
    *,
    between: Window,
    zone: ZoneInfo,
) -> Iterator[Need]:
    """Yield what is to be recorded, lead and tail and all, by camera and by what is asked of it."""
    known: dict[object, Mapping[Selectors, tuple[Window, ...]]] = {}
    by_settings = cache(partial(_by_settings, between=between))
    resolved = resolving(config, views)
    for camera in config.cameras:
        tables, after = timetables(config, camera, zone), tail(config.server_of(camera).latency)
        alike = (tables, after, config.cameras[camera].capability)
        if alike not in known:
            known[alike] = _by_selectors(config, camera, by_settings(tables), after)
        for selectors, windows in known[alike].items():
            chosen = resolved(selectors)[camera]
            whence = selectors if isinstance(chosen, Trouble) else chosen.source
            yield Need(camera, selectors, windows, rate_of(camera, whence))


def _by_selectors(
    config: Config, camera: str, found: Mapping[Settings, Sequence[Window]], after: timedelta
) -> Mapping[Selectors, tuple[Window, ...]]:
    """Return the same time, lead and tail and all, by what is asked of a camera then."""
    asked: dict[Selectors, list[Window]] = {}
    for settings, windows in found.items():
        own = asked.setdefault(manner(config, camera, settings).selectors, [])
        own += [_widened(window, config.lead, after) for window in windows]
    return {selectors: union(windows) for selectors, windows in asked.items()}


def _by_settings(
    tables: tuple[Timetable, ...], *, between: Window
) -> Mapping[Settings, Sequence[Window]]:
    """Return when what is wanted, by the settings that hold then."""
    if not are_divided(tables):
        windows = wanted(tables, between=between) if tables else ()
        return {(): windows} if windows else {}
    found: dict[Settings, list[Window]] = {}
    for part in parts(tables, between=between):
        found.setdefault(part.settings, []).append(part.window)
    return found


def _longest_file(config: Config) -> timedelta:
    cameras = [config.segment_of(camera).time for camera in config.cameras]
    asked = [one.segment.time for one in config.schedules.values() if one.segment]
    return max([*cameras, *(time for time in asked if time)])


def _widened(window: Window, before: timedelta, after: timedelta) -> Window:
    start, end = window.bounds
    return Window(start - before if start else window.start, end + after if end else window.end)


def _last_end(
    config: Config, needs: Sequence[Need], between: Window, zone: ZoneInfo
) -> datetime | None:
    """Return the end of the last window of all, if that is one `between`."""
    ends = [need.windows[-1].end for need in needs]
    if not ends or max(ends) >= between.end:
        return None
    tables = {timetables(config, need.camera, zone) for need in needs}
    goes_on = any(state(own, at=between.end).next_edge for own in tables)
    return None if goes_on else max(ends)
