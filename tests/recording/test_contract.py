"""The scripted attempt and the real one behave alike, as far as a worker can tell."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recording.rig import Rig
from tests.recording.scripted import ScriptedAttempt
from tests.support.claims import granted
from tests.support.values import recording
from tests.support.waiting import eventually
from thorsched.base.claims import Claims
from thorsched.recording.attempt import Attempt
from thorsched.recording.lifecycle import Exited, Failed, Grew, Spawned, Tick
from thorsched.recording.listings import Listings
from thorsched.recording.segments import Segment
from thorsched.recording.streams import Streams
from thorsched.recording.supervision import AnAttempt
from thorsched.simulator.server import Simulator
from thorsched.thorvision.ports import PortPool

pytestmark = pytest.mark.real


def real(rig: Rig) -> Attempt:
    closed: list[Segment] = []
    return Attempt(
        rig.recording(),
        ports=PortPool(granted),
        streams=Streams(Claims()),
        listings=Listings(),
        check_root=rig.roots.check,
        clock=rig.clock,
        closed=closed.append,
        noted=lambda _: None,
        is_closing=threading.Event(),
        outlives=True,
    )


@pytest.fixture(params=["real", "scripted"])
def attempt(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnAttempt]:
    if request.param == "scripted":
        yield ScriptedAttempt(recording())
        return
    with Simulator(cameras=1) as simulator, Rig(simulator, tmp_path / "root") as rig:
        made = real(rig)
        yield made
        made.kill()
        made.release()


def comes(attempt: AnAttempt, event: type) -> bool:
    return eventually(lambda: isinstance(attempt.poll(), event))


def test_it_spawns_grows_ends_when_interrupted_and_can_be_released(attempt: AnAttempt) -> None:
    assert attempt.clue() is None
    assert isinstance(attempt.begin(), Spawned)
    assert comes(attempt, Grew)
    first = attempt.poll()
    assert isinstance(first, Grew)

    def has_grown() -> bool:
        later = attempt.poll()
        assert isinstance(later, Grew | Tick)
        return isinstance(later, Grew) and later.size_bytes > first.size_bytes

    assert eventually(has_grown)
    attempt.interrupt()
    assert comes(attempt, Exited)
    assert isinstance(attempt.poll(), Exited)
    attempt.release()


def test_a_kill_ends_it(attempt: AnAttempt) -> None:
    assert not isinstance(attempt.begin(), Failed)
    attempt.kill()
    assert comes(attempt, Exited)
    attempt.interrupt()
    attempt.kill()
    attempt.release()
