"""What should be true now: for each camera its recording, or why it cannot be. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.capability import Device
from thorsched.config.models import Config
from thorsched.engine.manner import manner, selectors_in, settings_of
from thorsched.engine.pauses import Pauses
from thorsched.engine.sources import Chosen, Selectors
from thorsched.recording.naming import INTERNAL, Naming
from thorsched.recording.spec import Output, Recording, tail
from thorsched.recording.trouble import Trouble
from thorsched.schedule.holes import next_edge
from thorsched.schedule.intervals import ALWAYS, Window, clip, subtract, window_dict
from thorsched.schedule.parts import Part, are_divided, parts
from thorsched.schedule.windows import Timetable, attribution, wanted


@dataclass(frozen=True, slots=True)
class Unready:
    """A camera that is wanted now and cannot be recorded, and why."""

    camera: str
    window: Window
    trouble: Trouble
    server: str
    device: DeviceRule

    def allows(self, running: Recording | None) -> bool:
        """Return whether the file still allows what a recorder was started with."""
        if running is None:
            return True
        source = running.source
        device = Device(source.device_id, source.device_name, (source.capability,))
        return source.server == self.server and self.device.fits(device)


Wanted = Recording | Unready


@dataclass(frozen=True, slots=True)
class Horizon:
    """Where the program looks from: the zone of files without one, and when all must end."""

    zone: ZoneInfo
    until: datetime | None = None
    """No window goes on beyond it: the end of `--for`, or the moment of a Ctrl-C."""
    pauses: Pauses = field(default_factory=Pauses)

    def left_of(self, windows: tuple[Window, ...], camera: str) -> tuple[Window, ...]:
        """Return the time of `windows`, sorted and disjoint, in which `camera` is wanted at all."""
        left = subtract(windows, self.pauses.holes.get(camera, ()))
        return left if self.until is None else clip(left, Window(ALWAYS.start, self.until))


@dataclass(frozen=True, slots=True)
class Desired:
    """The full desired set. `next_edge` is no later than the next change by time alone."""

    wanted: Mapping[str, Wanted]
    next_edge: datetime | None
    next_window: datetime | None = None
    """The first of these that is a window's."""
    next_change: datetime | None = None
    """When other settings of schedules hold next in a window that is wanted now."""


def desired(
    config: Config,
    resolved: Mapping[str, Chosen | Trouble],
    *,
    now: datetime,
    horizon: Horizon,
    latencies: Mapping[str, timedelta],
    revision: str,
) -> Desired:
    """Return what `config` asks for at `now`, aware UTC.

    `latencies` are those that running recorders were started with: an edit does not shorten theirs.

    A camera is wanted from `lead` before its window until `tail` after it: windows that close
    together are one uninterrupted recording. `resolved` is of what is `asked` of cameras now.
    """
    wanted_now: dict[str, Wanted] = {}
    edges: list[datetime] = []
    changes: list[datetime] = []
    before_changes: list[datetime] = []
    for camera in config.cameras:
        tables = timetables(config, camera, horizon.zone)
        device = config.cameras[camera].device
        reach = _reach(config, camera, now, horizon, latencies)
        edges += _edges(tables, reach)
        window = _window(tables, reach)
        if window is not None:
            chosen, part = resolved[camera], _part(tables, window, reach)
            own = _changes(tables, window, reach)
            changes += own
            before_changes += [change - (reach.soon - now) for change in own]
            wanted_now[camera] = (
                Unready(camera, window, chosen, config.server_of(camera).url, device)
                if isinstance(chosen, Trouble)
                else _recording(config, camera, chosen, window, part, revision)
            )
    return Desired(
        wanted_now,
        next_edge=_next([*edges, *changes, *before_changes], now),
        next_window=_next(edges, now),
        next_change=_next(changes, now),
    )


def _next(moments: Iterable[datetime], now: datetime) -> datetime | None:
    return min((moment for moment in moments if moment > now), default=None)


def asked(
    config: Config, *, now: datetime, horizon: Horizon, latencies: Mapping[str, timedelta]
) -> dict[str, Selectors]:
    """Return what schedules ask of cameras at `now` instead of their own capabilities."""
    found: dict[str, Selectors] = {}
    if not any(schedule.capability for schedule in config.schedules.values()):
        return found
    for camera in config.cameras:
        tables = timetables(config, camera, horizon.zone)
        reach = _reach(config, camera, now, horizon, latencies)
        if are_divided(tables) and (window := _window(tables, reach)):
            selectors = selectors_in(_part(tables, window, reach).settings)
            found |= {camera: selectors} if selectors else {}
    return found


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a camera is looked at for, around `now`."""

    camera: str
    now: datetime
    before: timedelta
    """The lead."""
    after: timedelta
    """The tail."""
    horizon: Horizon

    @property
    def soon(self) -> datetime:
        """By then it is settled what is recorded: one recorder ends, and another has its lead."""
        return self.now + self.after + self.before

    def left_of(self, windows: tuple[Window, ...]) -> tuple[Window, ...]:
        return self.horizon.left_of(windows, self.camera)


def _reach(
    config: Config,
    camera: str,
    now: datetime,
    horizon: Horizon,
    latencies: Mapping[str, timedelta],
) -> _Reach:
    latency = max(config.server_of(camera).latency, latencies.get(camera, timedelta(0)))
    return _Reach(camera, now, config.lead, tail(latency), horizon)


def timetables(config: Config, camera: str, zone: ZoneInfo) -> tuple[Timetable, ...]:
    """Return the timetables of the enabled schedules that name `camera`, in the file's order."""
    return tuple(
        Timetable(
            name=name,
            rule=config.rule_of(name),
            zone=config.zone_of(name) or zone,
            exceptions=schedule.exceptions,
            mode=schedule.mode,
            only=schedule.only or (),
            priority=schedule.priority,
            settings=settings_of(schedule),
        )
        for name, schedule in config.schedules_of(camera).items()
    )


def wanted_between(
    config: Config, camera: str, *, between: Window, horizon: Horizon
) -> tuple[Window, ...]:
    """Return the time inside `between` that `config` wants recorded, without lead and tail."""
    found = clip(wanted(timetables(config, camera, horizon.zone), between=between), between)
    return horizon.left_of(found, camera)


def schedules_in(config: Config, camera: str, window: Window, horizon: Horizon) -> tuple[str, ...]:
    """Return the names of the schedules that want some of the time of `window` recorded."""
    return attribution(timetables(config, camera, horizon.zone), window)


def _window(tables: tuple[Timetable, ...], reach: _Reach) -> Window | None:
    """Return the window to be recorded now: the current one, or the next, or the last."""
    near = Window(reach.now - reach.after, reach.now + reach.before + timedelta.resolution)
    found = [one for one in reach.left_of(wanted(tables, between=near)) if one.meets(near)]
    current = [window for window in found if window.holds(reach.now)]
    coming = [window for window in found if window.start > reach.now]
    return next(iter([*current, *coming, *found[-1:]]), None)


def _part(tables: tuple[Timetable, ...], window: Window, reach: _Reach) -> Part:
    """Return the part of `window` by whose settings is recorded now.

    That is the current one, unless one of a higher rank begins so soon that the recorder of the
    current one has to end: what a changeover costs is of the lower rank. Before the first part it
    is the first, after the last the last.
    """
    if not are_divided(tables):
        names = attribution(tables, window)
        return Part(window, names[0], names)
    near = Window(reach.now - reach.after, reach.soon + timedelta.resolution)
    found = [part for part in parts(tables, between=near) if part.window.meets(window)]
    left = [part for part in found if part.window.end > reach.now] or found[-1:]
    part = max(left, key=lambda part: part.rank)
    cut = clip([part.window], window)[0]
    return replace(part, window=cut, names=attribution(tables, cut))


def _changes(tables: tuple[Timetable, ...], window: Window, reach: _Reach) -> list[datetime]:
    """Return when parts of `window` give way to the next, of those that are near."""
    if not are_divided(tables):
        return []
    near = Window(reach.now, reach.soon + timedelta.resolution)
    found = [part.window for part in parts(tables, between=near)]
    return [one.end for one in found if one.meets(window) and one.end < window.end]


def _edges(tables: tuple[Timetable, ...], reach: _Reach) -> list[datetime]:
    """Return moments of which one is no later than the next start or end of a recorder."""
    holes, until = reach.horizon.pauses.holes.get(reach.camera, ()), reach.horizon.until
    starts = next_edge(tables, holes, at=reach.now + reach.before)
    ends = next_edge(tables, holes, at=reach.now - reach.after)
    return [
        edge
        for edge in (
            starts - reach.before if starts else None,
            ends + reach.after if ends else None,
            until + reach.after if until else None,
        )
        if edge is not None
    ]


def _recording(
    config: Config,
    camera: str,
    chosen: Chosen,
    window: Window,
    part: Part,
    revision: str,
) -> Recording:
    server, how = config.server_of(camera), manner(config, camera, part.settings)
    return Recording(
        camera=camera,
        source=chosen.source,
        output=Output(
            root=config.storage.root,
            naming=naming_of(config, how.template),
            segment_time=how.segment_time,
            segment_bytes=how.segment_bytes,
            min_free_bytes=config.storage.min_free,
        ),
        window=window,
        latency=server.latency,
        ports=server.ports,
        provenance={
            "schedules": list(part.names),
            "requested": chosen.selector,
            **_override(part, chosen),
            "revision": revision,
            "about": config.about_of(camera),
        },
    )


def _override(part: Part, chosen: Chosen) -> dict[str, object]:
    """Return what sidecars say of the schedules whose settings hold, and in vain, if they do."""
    if not part.settings:
        return {}
    override: dict[str, object] = {"by": dict(part.said_by), **window_dict(part.window)}
    return {"override": override} | ({"unmatched": chosen.unmatched} if chosen.unmatched else {})


def naming_of(config: Config, template: str) -> Naming:
    """Return how files are called by `template`, the file's or a schedule's own."""
    logs = config.storage.root / INTERNAL / "logs"
    return Naming(attempt=template, logs=logs)
