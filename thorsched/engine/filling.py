"""How long the disk of a root lasts, with what a file has recorded there. Pure.

Called by `thorsched check` and `plan`, which ask the servers, the disk and the journal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.catalogue.keeping.passage import Passage
from thorsched.catalogue.keeping.retention import Kept, rules_of
from thorsched.catalogue.keeping.turnover import Copies
from thorsched.config.models import Config
from thorsched.engine.desired import timetables
from thorsched.engine.disk import Course, Disk, Flow, course
from thorsched.engine.manner import manner
from thorsched.engine.rates import Rate, RateOf, Samples, remembered
from thorsched.engine.room import Day, Filling
from thorsched.engine.sources import Chosen, Selectors, View, resolve
from thorsched.recording.spec import Source, tail
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import Window, union
from thorsched.schedule.localtime import first_instant, midnight
from thorsched.schedule.parts import parts
from thorsched.schedule.windows import Timetable, state, wanted

A_DAY = timedelta(days=1)
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

    known: Sequence[Kept] = ()
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
    between = Window(now, now + HORIZON)
    resolved = resolve(config, views)
    windows = wanted_windows(config, between, zone)
    rate_of = remembered(looked.samples)
    rates = {
        camera: rate_of(camera, _whence(resolved[camera], config.cameras[camera].capability))
        for camera in windows
    }
    counted = {camera: rate for camera, rate in rates.items() if rate}
    flows = [Flow(camera, windows[camera], rate.bytes_per_s) for camera, rate in counted.items()]
    flows += _overrides(config, views, counted, rate_of, between=between, zone=zone)
    disk = Disk(
        free_bytes=looked.free_bytes,
        rules=rules_of(config),
        known=stock.known,
        passage=stock.passage,
        copies=looked.copies,
        segment=max(config.segment_of(camera).time for camera in config.cameras),
    )
    days = dict(_days(between, config.zone or zone))
    seen = course(disk, flows, between=between, marks=list(days.values()))
    return Filling(
        course=seen,
        free_bytes=looked.free_bytes,
        min_free_bytes=config.storage.min_free,
        rates=counted,
        unknown=tuple(camera for camera, rate in rates.items() if rate is None),
        last_end=_last_end(config, windows, between, zone),
        uncopied=_uncopied(disk, flows, between),
        deletes=disk.rules.ever_delete,
        days=tuple(map(Day, days, seen.free_bytes)),
    )


def _days(between: Window, zone: ZoneInfo) -> Iterator[tuple[date, datetime]]:
    """Yield the days that end `between`, and when they do."""
    day = between.start.astimezone(zone).date()
    while (end := first_instant(midnight(day + A_DAY), zone)) <= between.end:
        yield day, end
        day += A_DAY


def _uncopied(disk: Disk, flows: Sequence[Flow], between: Window) -> Course | None:
    if not disk.copies.are_made or not disk.rules.ever_delete:
        return None
    return course(replace(disk, copies=Copies()), flows, between=between)


def wanted_windows(
    config: Config, between: Window, zone: ZoneInfo
) -> dict[str, tuple[Window, ...]]:
    """Return when each camera is recorded, lead and tail and all; none that is not wanted then."""
    found: dict[str, tuple[Window, ...]] = {}
    of_tables: dict[tuple[Timetable, ...], tuple[Window, ...]] = {}
    for camera in config.cameras:
        tables = timetables(config, camera, zone)
        if tables not in of_tables:
            of_tables[tables] = wanted(tables, between=between) if tables else ()
        after = tail(config.server_of(camera).latency)
        if of_tables[tables]:
            found[camera] = union(_widened(w, config.lead, after) for w in of_tables[tables])
    return found


def _widened(window: Window, before: timedelta, after: timedelta) -> Window:
    start, end = window.bounds
    return Window(start - before if start else window.start, end + after if end else window.end)


def _last_end(
    config: Config,
    windows: Mapping[str, Sequence[Window]],
    between: Window,
    zone: ZoneInfo,
) -> datetime | None:
    """Return the end of the last window of all, if that is one `between`."""
    ends = [own[-1].end for own in windows.values()]
    if not ends or max(ends) >= between.end:
        return None
    tables = [timetables(config, camera, zone) for camera in windows]
    goes_on = any(state(own, at=between.end).next_edge for own in tables)
    return None if goes_on else max(ends)


def _overrides(
    config: Config,
    views: Mapping[str, View],
    usual: Mapping[str, Rate],
    rate_of: RateOf,
    *,
    between: Window,
    zone: ZoneInfo,
) -> Iterator[Flow]:
    """Yield what is written more, or less, than usual while schedules ask for something else."""
    for camera, rate in usual.items():
        own, tables = config.cameras[camera].capability, timetables(config, camera, zone)
        asked: dict[Selectors, list[Window]] = {}
        for part in parts(tables, between=between) if any(t.settings for t in tables) else ():
            selectors = manner(config, camera, part.settings).selectors
            if selectors != own:
                asked.setdefault(selectors, []).append(part.window)
        for selectors, windows in asked.items():
            chosen = resolve(config, views, {camera: selectors})[camera]
            other = rate_of(camera, _whence(chosen, selectors)) or rate
            yield Flow(camera, windows, other.bytes_per_s - rate.bytes_per_s)


def _whence(chosen: Chosen | Trouble, asked: Selectors) -> Source | Selectors:
    return asked if isinstance(chosen, Trouble) else chosen.source
