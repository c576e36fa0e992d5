"""What should be true now: for each camera its recording, or why it cannot be. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.capability import Device
from thorsched.config.models import Config
from thorsched.engine.pauses import Pauses
from thorsched.engine.sources import Chosen
from thorsched.recording.naming import INTERNAL, Naming
from thorsched.recording.spec import Output, Recording, tail
from thorsched.recording.trouble import Trouble
from thorsched.schedule.holes import next_edge
from thorsched.schedule.intervals import ALWAYS, Window, clip, subtract
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
    together are one uninterrupted recording.
    """
    wanted_now: dict[str, Wanted] = {}
    edges: list[datetime] = []
    for camera in config.cameras:
        tables = timetables(config, camera, horizon.zone)
        device = config.cameras[camera].device
        after = tail(max(config.server_of(camera).latency, latencies.get(camera, timedelta(0))))
        lead = config.lead
        edges += _edges(tables, camera, horizon, now=now, before=lead, after=after)
        window = _window(tables, camera, horizon, now=now, before=lead, after=after)
        if window is not None:
            chosen = resolved[camera]
            wanted_now[camera] = (
                Unready(camera, window, chosen, config.server_of(camera).url, device)
                if isinstance(chosen, Trouble)
                else _recording(config, camera, chosen, window, tables, revision)
            )
    return Desired(wanted_now, min((edge for edge in edges if edge > now), default=None))


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
        )
        for name, schedule in config.schedules.items()
        if schedule.enabled and camera in config.cameras_of(name)
    )


def wanted_between(
    config: Config, camera: str, *, between: Window, horizon: Horizon
) -> tuple[Window, ...]:
    """Return the time inside `between` that `config` wants recorded, without lead and tail."""
    found = clip(wanted(timetables(config, camera, horizon.zone), between=between), between)
    return horizon.left_of(found, camera)


def schedules_of(config: Config, camera: str, window: Window, horizon: Horizon) -> tuple[str, ...]:
    """Return the names of the schedules that want some of the time of `window` recorded."""
    return attribution(timetables(config, camera, horizon.zone), window)


def _window(
    tables: tuple[Timetable, ...],
    camera: str,
    horizon: Horizon,
    *,
    now: datetime,
    before: timedelta,
    after: timedelta,
) -> Window | None:
    """Return the window to be recorded at `now`: the current one, or the next, or the last."""
    reach = Window(now - after, now + before + timedelta.resolution)
    left = horizon.left_of(wanted(tables, between=reach), camera)
    near = [window for window in left if window.meets(reach)]
    current = [window for window in near if window.holds(now)]
    coming = [window for window in near if window.start > now]
    return next(iter([*current, *coming, *near[-1:]]), None)


def _edges(
    tables: tuple[Timetable, ...],
    camera: str,
    horizon: Horizon,
    *,
    now: datetime,
    before: timedelta,
    after: timedelta,
) -> list[datetime]:
    """Return moments of which one is no later than the next start or end of a recorder."""
    holes, until = horizon.pauses.holes.get(camera, ()), horizon.until
    starts = next_edge(tables, holes, at=now + before)
    ends = next_edge(tables, holes, at=now - after)
    return [
        edge
        for edge in (
            starts - before if starts else None,
            ends + after if ends else None,
            until + after if until else None,
        )
        if edge is not None
    ]


def _recording(
    config: Config,
    camera: str,
    chosen: Chosen,
    window: Window,
    tables: tuple[Timetable, ...],
    revision: str,
) -> Recording:
    server, segment = config.server_of(camera), config.segment_of(camera)
    return Recording(
        camera=camera,
        source=chosen.source,
        output=Output(
            root=config.storage.root,
            naming=naming_of(config),
            segment_time=segment.time,
            segment_bytes=segment.size,
            min_free_bytes=config.storage.min_free,
        ),
        window=window,
        latency=server.latency,
        ports=server.ports,
        provenance={
            "schedules": list(attribution(tables, window)),
            "requested": chosen.selector,
            "revision": revision,
            "about": config.about_of(camera),
        },
    )


def naming_of(config: Config) -> Naming:
    """Return how the files of every camera are called."""
    return Naming(attempt=config.storage.template, logs=config.storage.root / INTERNAL / "logs")
