"""What is told of cameras that are recorded by a later selector than their first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.values import FULL_HD, HD, NOON, SPAWNED, source
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.roster import Roster
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, Wanted, desired
from thorsched.engine.drift import Drift, drifts, nth
from thorsched.engine.reports import Reports
from thorsched.engine.sources import Chosen, View, resolve
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Trouble

SELECTORS = ["jpeg 1920x1080", "jpeg 1280x720 @30fps"]
BEGAN = NOON - timedelta(minutes=58)
DRIFTS = "wanted jpeg 1920x1080, recording jpeg 1280x720 @30fps since 11:02, second selector of 2: "
AVAILABLE = DRIFTS + "jpeg 1920x1080 is available again, and taken "
RIG = "http://rig:8000"


def file(rule: Mapping[str, object], **camera: object) -> Config:
    own = {"device": {"id": 0}, "capability": SELECTORS, **camera}
    schedules = {"night": {"cameras": "all", **rule}}
    return Config.model_validate(
        {"timezone": "UTC", "server": RIG, "cameras": {"side": own}, "schedules": schedules}
    )


@dataclass(frozen=True, slots=True)
class World:
    """A file, and what a device lists at a moment."""

    config: Config
    listed: tuple[Capability, ...]
    now: datetime = NOON
    until: datetime | None = None

    @property
    def horizon(self) -> Horizon:
        return Horizon(ZoneInfo("UTC"), self.until)

    @property
    def resolved(self) -> Mapping[str, Chosen | Trouble]:
        devices = (Device(0, source().device_name, self.listed),)
        return resolve(self.config, {RIG: View(Roster.unknown().fold(devices, now_s=0.0))})

    @property
    def wanted(self) -> Mapping[str, Wanted]:
        return desired(
            self.config,
            self.resolved,
            now=self.now,
            horizon=self.horizon,
            latencies={},
            revision="r",
        ).wanted

    def recorder(self) -> Recorder:
        """Return the one that has begun then."""
        wanted = self.wanted["side"]
        assert isinstance(wanted, Recording)
        port = SPAWNED.port
        return Recorder("side", Phase.RECORDING, recording=wanted, port=port, began=BEGAN)

    def drifts(self, running: Recorder) -> dict[str, Drift]:
        return drifts(self.config, self.wanted, self.resolved, {"side": running}, self.horizon)


def told(world: World, running: Recorder) -> str:
    (drift,) = world.drifts(running).values()
    return drift.told(lambda moment: f"{moment:%H:%M}")


NIGHT = {"daily": "11:00-13:00"}
TOUCHING = {"daily": ["11:00-13:00", "13:00-14:00", "14:00:02-15:00", "20:00-21:00"]}
LATER = "when a recorder begins next; upgrade: at_once does not wait for that"


@pytest.mark.parametrize(
    ("rule", "camera", "until_h", "when"),
    [
        (NIGHT, {}, None, "at the next window, at 11:00"),
        (NIGHT, {}, 12, LATER),
        (NIGHT, {"upgrade": "at_once"}, None, "at once"),
        (TOUCHING, {}, None, "at the next window, at 20:00"),
        ({"always": True}, {}, None, LATER),
        ({"daily": "00:00-24:00"}, {}, None, LATER),
        ({"from": "2026-03-01T11:00", "to": "2026-03-01T13:00"}, {}, None, LATER),
    ],
)
def test_a_line_says_when_a_better_selector_is_taken(
    rule: Mapping[str, object], camera: Mapping[str, object], until_h: int | None, when: str
) -> None:
    config = file(rule, **camera)
    until = None if until_h is None else NOON + timedelta(hours=until_h)
    poor = World(config, (HD,), until=until)
    running = poor.recorder()
    assert told(poor, running).startswith(f"{DRIFTS}no capability matches jpeg 1920x1080 (nearest:")
    assert told(replace(poor, listed=(HD, FULL_HD)), running) == AVAILABLE + when


def test_what_is_recorded_by_the_first_selector_is_no_drift_whatever_the_list_says() -> None:
    config = file(NIGHT)
    running = World(config, (HD, FULL_HD)).recorder()
    for listed in ((FULL_HD,), (HD,), ()):
        assert World(config, listed).drifts(running) == {}


def test_a_drift_goes_on_while_the_device_lists_nothing_that_matches() -> None:
    config = file(NIGHT)
    running = World(config, (HD,)).recorder()
    assert "no matching capability: no capability matches" in told(World(config, ()), running)


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.STOPPING, Phase.BACKING_OFF])
def test_only_what_records_drifts(phase: Phase) -> None:
    world = World(file(NIGHT), (HD,))
    assert world.drifts(replace(world.recorder(), phase=phase)) == {}
    assert replace(world, now=NOON + timedelta(hours=2)).drifts(world.recorder()) == {}


def test_a_drift_is_noted_as_it_begins_and_ends_and_not_while_a_recorder_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    reports, poor = Reports(), World(file(NIGHT), (HD,))
    rich = replace(poor, listed=(HD, FULL_HD))
    lesser, best = poor.recorder(), rich.recorder()

    def look(world: World, running: Recorder) -> list[str]:
        observed = {"side": running}
        found = reports.drifts(world.drifts(running), observed, world.wanted, now=world.now)
        return [one.what for one in found]

    assert look(poor, lesser) == ["drift"]
    assert look(poor, lesser) == []
    assert look(poor, replace(lesser, phase=Phase.BACKING_OFF)) == []
    assert look(poor, replace(lesser, began=NOON)) == []
    assert look(rich, lesser) == []
    assert look(rich, lesser) == []
    assert look(rich, best) == ["drift over"]
    assert look(rich, best) == []
    assert look(poor, lesser) == ["drift"]
    after = replace(poor, now=NOON + timedelta(hours=2))
    assert look(after, replace(lesser, phase=Phase.STOPPING)) == ["drift over"]
    assert [record.message for record in caplog.records] == [
        "drift", "better selector available", "drift over", "drift", "drift over"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rank", "count", "words"),
    [(1, 2, "second selector of 2"), (8, 9, "ninth selector of 9"), (9, 30, "selector 10 of 30")],
)
def test_the_place_of_a_selector_is_told_in_words(rank: int, count: int, words: str) -> None:
    assert nth(rank, count) == words
