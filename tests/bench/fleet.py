"""A loop over any number of plain cameras that record: what `passes.py` takes the time of.

As many servers as it takes, of 64 devices each; each camera is wanted by three of eight schedules,
of which one asks for another capability. All are in their windows, and nothing is to be done.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from tests.engine.plain import PlainArchive, PlainJournal, PlainPauses, PlainRecorders, PlainServers
from tests.support.clocks import FakeClock
from thorsched.cameras.capability import JPEG, RAW, Capability, Device
from thorsched.cameras.roster import Roster
from thorsched.catalogue.applied import Difference, How, RevisionApplied
from thorsched.config.load import Loaded
from thorsched.config.models import Config
from thorsched.config.readers import MAX_NAMES
from thorsched.engine.chronicle import Chronicle
from thorsched.engine.filenews import Standing
from thorsched.engine.horizons import Horizons
from thorsched.engine.loop import Loop
from thorsched.engine.sources import View
from thorsched.recording.lifecycle import Grew, Phase
from thorsched.reload.edits.difference import Situation, difference

DEVICES = 64
"""Of a server."""
ZONE = ZoneInfo("Europe/Berlin")
# 12:20 there, in windows of all schedules; none begins or ends for a quarter of an hour.
_NOON = datetime(2026, 3, 2, 11, 20, tzinfo=UTC)
_PASS_S = 5.0
_SIZES = ((1920, 1080), (1280, 720), (640, 480))
_CAPABILITIES = (
    *(Capability(JPEG, width, height, fps, 1) for width, height in _SIZES for fps in (60, 30)),
    *(Capability(RAW, width, height, 30, 1, "YUY2") for width, height in _SIZES),
    Capability(JPEG, 320, 240, 15, 1),
)
_RULES: Sequence[Mapping[str, Any]] = (
    {"always": True},
    {"daily": "06:00-22:00", "days": "mon-fri"},
    {"every": "1h", "for": "45min"},
    {"cron": "0 * * * *", "for": "40min"},
    {"from": "2026-02-24T09:00", "to": "2026-11-24T17:30"},
    {"zt": "2-10"},
    {"daily": "11:00-13:00", "capability": "jpeg 1080p @30fps", "priority": 2},
    {"daily": "08:00-20:00", "except": ["2026-12-24..2026-12-26"]},
)
_OF_A_CAMERA = (0, 3, 6)
"""The steps from a camera's number to its schedules."""


def fleet(cameras: int) -> Config:
    """Return a file of so many cameras; as text no more than 256 are read."""
    parts = [_part(range(n, min(n + MAX_NAMES, cameras))) for n in range(0, cameras, MAX_NAMES)]
    first = parts[0]
    schedules = {
        name: schedule.model_copy(
            update={"cameras": tuple(c for part in parts for c in part.schedules[name].cameras)}
        )
        for name, schedule in first.schedules.items()
    }
    return first.model_copy(
        update={
            "servers": {name: one for part in parts for name, one in part.servers.items()},
            "cameras": {name: one for part in parts for name, one in part.cameras.items()},
            "schedules": schedules,
        }
    )


def text(cameras: int) -> str:
    """Return the file as text."""
    return yaml.safe_dump(_blocks(range(cameras)), sort_keys=False)


def _part(numbers: range) -> Config:
    return Config.model_validate(_blocks(numbers))


def _blocks(numbers: range) -> dict[str, Any]:
    rigs = sorted({number // DEVICES for number in numbers})
    return {
        "timezone": ZONE.key,
        "experiment": {"start": "2026-02-24", "lights_on": "07:00"},
        "servers": {f"rig{rig}": _url(rig) for rig in rigs},
        "cameras": {f"cam{n}": _camera(n) for n in numbers},
        "schedules": {
            f"s{k}": {"cameras": _cameras_of(k, numbers), **rule} for k, rule in enumerate(_RULES)
        },
    }


def _url(rig: int) -> str:
    return f"http://10.0.{rig // 250}.{rig % 250 + 1}:8000"


def _camera(number: int) -> Mapping[str, Any]:
    rig, device_id = divmod(number, DEVICES)
    by_id, by_name = {"id": device_id}, {"name": f"Camera {rig}-{device_id} *"}
    device = (by_id, by_name, by_id | by_name)[number % 3]
    capability = ["jpeg 720p @60fps", "jpeg >=640x480"]
    return {"server": f"rig{rig}", "device": device, "capability": capability}


def _cameras_of(schedule: int, numbers: range) -> list[str]:
    steps = {(schedule - step) % len(_RULES) for step in _OF_A_CAMERA}
    return [f"cam{n}" for n in numbers if n % len(_RULES) in steps]


class Rigs(PlainServers):
    """Servers that have answered, each with 64 devices of ten capabilities."""

    def __init__(self, cameras: int) -> None:
        super().__init__()
        self._views = {_url(rig): _view(rig) for rig in range(-(-cameras // DEVICES))}

    def views(self) -> Mapping[str, View]:
        return self._views.copy()


def _view(rig: int) -> View:
    devices = [Device(n, f"Camera {rig}-{n} (HD)", _CAPABILITIES) for n in range(DEVICES)]
    # Listed for long: none of it is too new to be believed.
    return View(Roster.unknown().fold(devices, now_s=0.0).fold(devices, now_s=900.0))


class Edited:
    """What runs is what was last applied: no file, no watch."""

    def __init__(self, config: Config, *, clock: FakeClock) -> None:
        self._clock = clock
        self.apply(config, Difference())

    def apply(self, config: Config, what: Difference) -> None:
        path, now = Path("/fleet.yaml"), self._clock.now()
        revision = f"{id(config):064x}"
        applied = RevisionApplied(now, revision, path, "", How.EDIT, what)
        self.standing = Standing(Loaded(config, path, revision, ""), applied)


class Fleet:
    """A loop over so many cameras, of which all record."""

    def __init__(self, cameras: int) -> None:
        self.clock = FakeClock(_NOON)
        self.config = fleet(cameras)
        self.servers = Rigs(cameras)
        self.recorders = PlainRecorders(self.clock)
        self.horizons = Horizons(ZONE, PlainPauses())
        self.revisions = Edited(self.config, clock=self.clock)
        self.loop = Loop(
            self.revisions,
            clock=self.clock,
            recorders=self.recorders,
            servers=self.servers,
            archive=PlainArchive(),
            chronicle=Chronicle(PlainJournal()),
            horizons=self.horizons,
        )
        self._edits = 0
        for _ in range(3):
            self.advance()
            self.grow()
            self.loop.run_pass()
        assert set(self.recorders.phases().values()) == {Phase.RECORDING}
        assert len(self.recorders.recorders) == cameras

    def advance(self) -> None:
        """Let the time of a pass go by."""
        self.clock.advance(_PASS_S)

    def grow(self) -> None:
        """Have a frame come to each camera."""
        for camera, recorder in self.recorders.recorders.items():
            more = recorder.size_bytes + 50_000
            self.recorders.happened(camera, Grew(more, recorder.open_segment))

    def edit(self) -> Config:
        """Return the file with an edit of its first camera: what is told about it."""
        self._edits += 1
        cameras = dict(self.revisions.standing.loaded.config.cameras)
        name, camera = next(iter(cameras.items()))
        cameras[name] = camera.model_copy(update={"about": {"edit": self._edits}})
        return self.config.model_copy(update={"cameras": cameras})

    def compare(self, edited: Config) -> Difference:
        """Return what the program finds of an edit before it applies it."""
        there = Situation(
            self.servers.views(),
            self.clock.now(),
            self.horizons.latest,
            self.recorders.observe(),
            self.clock.monotonic_s(),
        )
        return difference(self.revisions.standing.loaded.config, edited, there)
