"""The heartbeat sees what the wall clock hides."""

import pytest

from tests.support.clocks import FakeClock
from thorsched.engine.heartbeat import Heartbeat


class Calls:
    def __init__(self) -> None:
        self.pokes = 0
        self.hung = 0

    def poke(self) -> None:
        self.pokes += 1

    def hang(self) -> None:
        self.hung += 1


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def heartbeat(clock: FakeClock, calls: Calls) -> Heartbeat:
    return Heartbeat(clock=clock, poke=calls.poke, hung=calls.hang, silence_limit_s=60.0)


@pytest.mark.fault(45)
@pytest.mark.parametrize("step_s", [3600.0, -3600.0, 315e6, -315e6, 1.5])
def test_a_jump_of_the_wall_clock_brings_the_loop_forward_once(
    heartbeat: Heartbeat, clock: FakeClock, calls: Calls, step_s: float
) -> None:
    clock.step_wall(step_s)
    heartbeat.beat()
    heartbeat.beat()
    assert calls.pokes == 1


def test_clocks_in_step_poke_nobody(heartbeat: Heartbeat, clock: FakeClock, calls: Calls) -> None:
    for _ in range(50):
        clock.advance(1.0)
        clock.step_wall(0.001)
        heartbeat.beat()
    assert calls.pokes == 0


def beats(heartbeat: Heartbeat, clock: FakeClock, seconds: int) -> bool:
    """Beat once a second; return the last answer."""
    alive = True
    for _ in range(seconds):
        clock.advance(1.0)
        alive = heartbeat.beat()
    return alive


@pytest.mark.fault(43)
def test_a_loop_without_passes_is_taken_for_dead(heartbeat: Heartbeat, clock: FakeClock) -> None:
    assert beats(heartbeat, clock, 59)
    heartbeat.passed()
    assert beats(heartbeat, clock, 59)
    assert not beats(heartbeat, clock, 1)


@pytest.mark.fault(47)
def test_a_program_that_stood_still_gives_its_loop_the_time_to_pass(
    heartbeat: Heartbeat, clock: FakeClock, calls: Calls
) -> None:
    clock.advance(3600.0)
    assert heartbeat.beat()
    assert calls.pokes == 1
    assert beats(heartbeat, clock, 59)
    assert not beats(heartbeat, clock, 1)


def test_a_dead_loop_is_reported_by_the_thread(clock: FakeClock, calls: Calls) -> None:
    heartbeat = Heartbeat(clock=clock, poke=calls.poke, hung=calls.hang, silence_limit_s=0.0)
    heartbeat.start()
    heartbeat.join()
    assert calls.hung == 1
