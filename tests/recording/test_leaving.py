"""A worker that ends without its recorder, and one that begins with it."""

from collections.abc import Callable

import pytest

from tests.recording.scripted import Fate, Script, ScriptedAttempt
from tests.support.clocks import FakeClock
from tests.support.values import SPAWNED, recording
from tests.support.waiting import eventually
from thorsched.recording.lifecycle import (
    FIRST_BYTES_LIMIT_S,
    Phase,
    Recorder,
    Start,
    Stop,
    adopted,
)
from thorsched.recording.trouble import Cause
from thorsched.recording.worker import Worker

WANTED = recording()


class Bench:
    def __init__(self, running: ScriptedAttempt | None = None) -> None:
        self.clock, self.script = FakeClock(), Script()
        now_s = self.clock.monotonic_s()
        self.worker = Worker(
            "side",
            attempt=self.script.attempt,
            clock=self.clock,
            changed=lambda: None,
            noted=lambda _: None,
            adopted=[(adopted("side", WANTED, SPAWNED, now_s=now_s), running)] if running else [],
        )

    def is_in(self, phase: Phase) -> Callable[[], bool]:
        return lambda: self.worker.recorder.phase is phase

    def reaches(self, phase: Phase) -> None:
        assert eventually(self.is_in(phase)), self.worker.recorder


def running() -> ScriptedAttempt:
    attempt = ScriptedAttempt(WANTED)
    attempt.begin()
    return attempt


def test_a_recorder_that_records_is_left_as_it_is() -> None:
    bench = Bench()
    bench.worker.post(Start("side", WANTED))
    bench.reaches(Phase.RECORDING)
    bench.worker.leave()
    assert bench.worker.join(30)
    (attempt,) = bench.script.attempts
    assert (attempt.fate, attempt.is_left, attempt.is_released) == (Fate.RUNS, True, False)


def test_one_that_is_about_to_end_is_waited_for() -> None:
    bench = Bench()
    bench.script.prepare = lambda attempt: setattr(attempt, "obeys", False)
    bench.worker.post(Start("side", WANTED))
    bench.reaches(Phase.RECORDING)
    bench.worker.post(Stop("side", "over"))
    bench.reaches(Phase.STOPPING)
    bench.worker.leave()
    assert not bench.worker.join(0.5)
    (attempt,) = bench.script.attempts
    attempt.end()
    assert bench.worker.join(30)
    assert (attempt.is_left, attempt.is_released) == (False, True)


@pytest.mark.parametrize("outcome", [Phase.IDLE, Phase.BACKING_OFF])
def test_where_nothing_runs_there_is_nothing_to_leave(outcome: Phase) -> None:
    bench = Bench()
    if outcome is Phase.BACKING_OFF:
        bench.worker.post(Start("side", WANTED))
        bench.reaches(Phase.RECORDING)
        bench.script.attempts[0].end()
        bench.reaches(Phase.BACKING_OFF)
    bench.worker.leave()
    assert bench.worker.join(30)
    assert not any(attempt.is_left for attempt in bench.script.attempts)


def test_an_adopted_recorder_records_once_it_grows_and_ends_like_any_other() -> None:
    attempt = running()
    bench = Bench(attempt)
    bench.reaches(Phase.RECORDING)
    assert bench.worker.recorder.recording == WANTED
    bench.worker.post(Stop("side", "over"))
    bench.reaches(Phase.IDLE)
    assert attempt.has_left(Fate.INTERRUPTED)
    assert bench.script.attempts == []
    bench.worker.close()
    assert bench.worker.join(30)


def test_an_adopted_recorder_that_does_not_grow_is_given_up() -> None:
    attempt = running()
    attempt.grows = False
    bench = Bench(attempt)
    assert bench.worker.recorder.phase is Phase.STARTING
    bench.clock.advance(FIRST_BYTES_LIMIT_S + 1)
    bench.reaches(Phase.BACKING_OFF)
    trouble = bench.worker.recorder.trouble
    assert trouble is not None
    assert trouble.cause is Cause.NO_FIRST_FRAME
    bench.worker.close()
    assert bench.worker.join(30)


def test_an_adopted_recorder_is_not_said_to_record_before_it_has_grown() -> None:
    one = adopted("side", WANTED, SPAWNED, now_s=9.0)
    assert one == Recorder(
        "side",
        phase=Phase.STARTING,
        since_s=9.0,
        recording=WANTED,
        port=SPAWNED.port,
        location=SPAWNED.location,
        grew_at_s=9.0,
        began=SPAWNED.at,
    )
