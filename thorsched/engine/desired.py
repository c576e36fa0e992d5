"""What should be true now: for each camera its recording, or why it cannot be. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.capability import Device
from thorsched.config.models import Config
from thorsched.engine.manner import manner, selectors_in, settings_of
from thorsched.engine.pauses import Pauses
from thorsched.engine.sources import Chosen, Resolved, Selectors
from thorsched.engine.turns import Sight, Timetables, Turn, first, left_of, turn_of
from thorsched.recording.naming import INTERNAL, Naming
from thorsched.recording.spec import REQUESTED, SELECTORS, UNMATCHED, Output, Recording, tail
from thorsched.recording.trouble import Trouble
from thorsched.schedule.intervals import Window, clip, window_dict
from thorsched.schedule.parts import Part
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
        return left_of(windows, self.pauses.holes.get(camera, ()), self.until)


@dataclass(frozen=True, slots=True)
class Desired:
    """The full desired set. `next_edge` is no later than the next change by time alone."""

    wanted: Mapping[str, Wanted]
    next_edge: datetime | None
    next_window: datetime | None = None
    """The first of these that is a window's."""
    next_change: datetime | None = None
    """When other settings of schedules hold next in a window that is wanted now."""
    turns: Mapping[str, Turn] = field(default_factory=dict, repr=False)
    """What schedules want of every camera, and for how long that holds."""


def desired(
    config: Config,
    resolved: Resolved,
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
    turns = turns_of(config, now=now, horizon=horizon, latencies=latencies)
    return desired_of(
        turns,
        {
            camera: wanted_of(config, camera, turn, resolved[camera], revision=revision)
            for camera, turn in turns.items()
            if turn.window is not None
        },
    )


def desired_of(turns: Mapping[str, Turn], wanted: Mapping[str, Wanted]) -> Desired:
    """Return the full desired set of cameras with these turns, of which these are `wanted`."""
    return Desired(
        wanted,
        next_edge=first(turn.next_edge for turn in turns.values()),
        next_window=first(turn.next_window for turn in turns.values()),
        next_change=first(turn.next_change for turn in turns.values()),
        turns=turns,
    )


def wanted_of(
    config: Config, camera: str, turn: Turn, chosen: Chosen | Trouble, *, revision: str
) -> Wanted:
    """Return the recording of a camera that is wanted in its turn, or why it cannot be."""
    window, part = turn.window, turn.part
    if window is None or part is None:
        raise ValueError(f"{camera} is not wanted at {turn.since}")
    if isinstance(chosen, Trouble):
        device = config.cameras[camera].device
        return Unready(camera, window, chosen, config.server_of(camera).url, device)
    return _recording(config, camera, chosen, window, part, revision)


def asked(
    config: Config, *, now: datetime, horizon: Horizon, latencies: Mapping[str, timedelta]
) -> dict[str, Selectors]:
    """Return what schedules ask of cameras at `now` instead of their own capabilities."""
    if not any(schedule.capability for schedule in config.schedules.values()):
        return {}
    return asked_in(turns_of(config, now=now, horizon=horizon, latencies=latencies))


def asked_in(turns: Mapping[str, Turn]) -> dict[str, Selectors]:
    """Return what schedules ask of cameras in their turns instead of their own capabilities."""
    return {
        camera: selectors
        for camera, turn in turns.items()
        if turn.part is not None and (selectors := selectors_in(turn.part.settings))
    }


def turns_of(
    config: Config, *, now: datetime, horizon: Horizon, latencies: Mapping[str, timedelta]
) -> dict[str, Turn]:
    """Return each camera's turn at `now`, aware UTC; `latencies` as for `desired`.

    Those that are looked at alike have the same turn, found once.
    """
    found: dict[tuple[int, Sight], Turn] = {}
    turns: dict[str, Turn] = {}
    for camera, tables in all_timetables(config, horizon.zone).items():
        sight = sight_of(config, camera, horizon=horizon, running=latencies.get(camera))
        alike = id(tables), sight
        if alike not in found:
            found[alike] = turn_of(tables, sight, now=now)
        turns[camera] = found[alike]
    return turns


def sight_of(config: Config, camera: str, *, horizon: Horizon, running: timedelta | None) -> Sight:
    """Return how a camera is looked at; `running` is the latency of its recorder, if it has one."""
    latency = max(config.server_of(camera).latency, running or timedelta(0))
    holes = horizon.pauses.holes.get(camera, ())
    return Sight(config.lead, tail(latency), holes, horizon.until)


def all_timetables(config: Config, zone: ZoneInfo) -> dict[str, Timetables]:
    """Return the `timetables` of each camera; those of the same schedules share theirs."""
    tables = {name: timetable(config, name, zone) for name in config.schedules}
    names = {camera: tuple(config.schedules_of(camera)) for camera in config.cameras}
    shared = {own: tuple(tables[name] for name in own) for own in set(names.values())}
    return {camera: shared[own] for camera, own in names.items()}


def timetables(config: Config, camera: str, zone: ZoneInfo) -> Timetables:
    """Return the timetables of the enabled schedules that name `camera`, in the file's order."""
    return tuple(timetable(config, name, zone) for name in config.schedules_of(camera))


def timetable(config: Config, name: str, zone: ZoneInfo) -> Timetable:
    """Return the timetable of a schedule; `zone` is that of files without one."""
    schedule = config.schedules[name]
    return Timetable(
        name=name,
        rule=config.rule_of(name),
        zone=config.zone_of(name) or zone,
        exceptions=schedule.exceptions,
        mode=schedule.mode,
        only=schedule.only or (),
        priority=schedule.priority,
        settings=settings_of(schedule),
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
            REQUESTED: chosen.selector,
            SELECTORS: list(chosen.selectors),
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
    return {"override": override} | ({UNMATCHED: chosen.unmatched} if chosen.unmatched else {})


def naming_of(config: Config, template: str) -> Naming:
    """Return how files are called by `template`, the file's or a schedule's own."""
    logs = config.storage.root / INTERNAL / "logs"
    return Naming(attempt=template, logs=logs)
