"""The loop's plain recorders and servers behave like the real ones, as far as a pass can tell."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.plain import PlainRecorders, PlainServers
from tests.recording.rig import rig_of
from tests.support.clocks import FakeClock
from tests.support.values import recording, window
from tests.support.waiting import eventually
from thorsched.base.clock import SystemClock
from thorsched.engine.loop import Recorders, Servers
from thorsched.engine.watches import ServerWatches
from thorsched.recording.lifecycle import Phase, Recorder, Start, Stop, Update
from thorsched.recording.spec import Recording
from thorsched.simulator.server import Simulator

BROKEN = "broken"
"""A camera that cannot be recorded."""

WHY = "no longer wanted"


class Recorded:
    """Recorders, and what the camera `cam0` of theirs may be wanted to record."""

    def __init__(self, recorders: Recorders, wanted: Recording) -> None:
        self.recorders = recorders
        self.wanted = wanted

    @property
    def cam0(self) -> Recorder:
        return self.recorders.observe()["cam0"]

    def comes_to(self, phase: Phase, camera: str = "cam0") -> bool:
        return eventually(lambda: self.recorders.observe()[camera].phase is phase)


@pytest.fixture(params=["plain", pytest.param("real", marks=pytest.mark.real)])
def recorded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Recorded]:
    if request.param == "plain":
        plain = PlainRecorders(FakeClock())
        plain.broken = {BROKEN}
        yield Recorded(plain, recording("cam0"))
        return
    with rig_of(1, tmp_path / "root") as rig:
        yield Recorded(rig.launcher, rig.recording())


def test_recorders_are_known_from_their_first_action_on(recorded: Recorded) -> None:
    assert recorded.recorders.observe() == {}
    recorded.recorders.carry_out([])
    assert recorded.recorders.observe() == {}
    recorded.recorders.carry_out([Stop("cam0", WHY)])
    assert recorded.recorders.observe() == {"cam0": Recorder("cam0")}


def test_a_recorder_records_what_it_is_told_until_it_is_told_to_stop(recorded: Recorded) -> None:
    start, stop = Start("cam0", recorded.wanted), Stop("cam0", WHY)
    recorded.recorders.carry_out([start])
    assert recorded.comes_to(Phase.RECORDING)
    assert recorded.cam0.recording == recorded.wanted
    assert recorded.cam0.trouble is None
    assert recorded.cam0.size_bytes > 0
    recorded.recorders.carry_out([start, start])
    assert recorded.comes_to(Phase.RECORDING)
    recorded.recorders.carry_out([stop, stop])
    assert recorded.comes_to(Phase.IDLE)


def test_an_update_leaves_the_recorder_at_its_work(recorded: Recorded) -> None:
    recorded.recorders.carry_out([Start("cam0", recorded.wanted)])
    assert recorded.comes_to(Phase.RECORDING)
    longer = replace(recorded.wanted, window=window(0, 120))
    recorded.recorders.carry_out([Update("cam0", longer)])
    assert eventually(lambda: recorded.cam0.recording == longer)
    assert recorded.cam0.phase is Phase.RECORDING


def test_a_start_that_fails_is_a_trouble_and_waits_for_its_retry(recorded: Recorded) -> None:
    nowhere = replace(recorded.wanted, source=replace(recorded.wanted.source, server=""))
    recorded.recorders.carry_out([Start(BROKEN, replace(nowhere, camera=BROKEN))])
    assert recorded.comes_to(Phase.BACKING_OFF, BROKEN)
    assert recorded.recorders.observe()[BROKEN].trouble is not None
    recorded.recorders.carry_out([Stop(BROKEN, WHY)])
    assert recorded.comes_to(Phase.IDLE, BROKEN)


@pytest.fixture(params=["plain", "real"])
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    if request.param == "plain":
        yield PlainServers()
        return
    with closing(ServerWatches(clock=SystemClock(), changed=lambda: None)) as watches:
        yield watches


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Simulator(cameras=2) as simulator:
        yield simulator.url


def test_what_is_followed_is_viewed_and_nothing_else(servers: Servers, url: str) -> None:
    assert servers.views() == {}
    servers.follow({url})
    assert servers.views().keys() == {url}
    assert eventually(lambda: servers.views()[url].roster.known)
    view = servers.views()[url]
    assert [device.id for device in view.roster.devices] == [0, 1]
    assert view.problem is None
    servers.follow({url})
    assert servers.views() == {url: view}
    servers.follow(set())
    assert servers.views() == {}
