"""APScheduler as the clock of the loop, with the real scheduler."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.support.waiting import PATIENCE_S
from thorsched.base.clock import SystemClock
from thorsched.engine.wakeups import Wakeups

FAR = timedelta(hours=1)


class Passes:
    """Counts passes; each asks for the next one `every` later."""

    def __init__(self, every: timedelta = FAR) -> None:
        self.count = 0
        self.every = every
        self.hold = threading.Event()
        self.hold.set()
        self.began = threading.Semaphore(0)
        self.fails = False

    def run_pass(self) -> datetime:
        self.count += 1
        self.began.release()
        assert self.hold.wait(PATIENCE_S)
        if self.fails:
            raise RuntimeError("this pass was made to fail")
        return SystemClock().now() + self.every

    def next_began(self) -> bool:
        return self.began.acquire(timeout=PATIENCE_S)


@pytest.fixture
def passes() -> Passes:
    return Passes()


@pytest.fixture
def wakeups(passes: Passes) -> Iterator[Wakeups]:
    wakeups = Wakeups(passes.run_pass, clock=SystemClock(), resync_s=1.0)
    wakeups.start()
    assert passes.next_began()
    yield wakeups
    passes.hold.set()
    wakeups.close()


def test_the_first_pass_runs_at_once_and_the_next_when_it_said(passes: Passes) -> None:
    passes.every = timedelta(milliseconds=20)
    wakeups = Wakeups(passes.run_pass, clock=SystemClock(), resync_s=3600.0)
    wakeups.start()
    for _ in range(5):
        assert passes.next_began()
    wakeups.close()


def test_a_poke_brings_the_next_pass_forward(wakeups: Wakeups, passes: Passes) -> None:
    wakeups.poke()
    assert passes.next_began()


def test_pokes_during_a_pass_are_kept_for_one_more(wakeups: Wakeups, passes: Passes) -> None:
    passes.hold.clear()
    wakeups.poke()
    assert passes.next_began()
    for _ in range(10):
        wakeups.poke()
    passes.hold.set()
    assert passes.next_began()
    assert not passes.began.acquire(timeout=0.3)


def test_a_storm_of_pokes_is_gathered_into_few_passes(wakeups: Wakeups, passes: Passes) -> None:
    clock = SystemClock()
    began_s, before = clock.monotonic_s(), passes.count
    while (storm_s := clock.monotonic_s() - began_s) < 0.5:
        wakeups.poke()
    assert passes.next_began()
    assert 1 <= passes.count - before <= storm_s / 0.05 + 1


@pytest.mark.fault(43)
def test_a_pass_that_raises_is_followed_by_another(wakeups: Wakeups, passes: Passes) -> None:
    passes.fails = True
    wakeups.poke()
    assert passes.next_began()
    passes.fails = False
    assert passes.next_began()


def test_after_stop_nothing_runs_and_a_poke_does_no_harm(wakeups: Wakeups, passes: Passes) -> None:
    wakeups.close()
    count = passes.count
    wakeups.poke()
    assert not passes.began.acquire(timeout=0.2)
    assert passes.count == count
