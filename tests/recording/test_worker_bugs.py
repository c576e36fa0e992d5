"""Bugs of ours: each costs an attempt, never the camera's thread."""

import logging

import pytest

from tests.recording.conftest import LogLines
from tests.recording.scripted import Fate, Preparation, as_usual
from tests.recording.supervised import BUG, START, STOP, WANTED, Bench
from tests.support.waiting import eventually
from thorsched.base.backoff import LONGEST_BACKOFF_S
from thorsched.recording.lifecycle import INTERRUPT_GRACE_S, Phase
from thorsched.recording.trouble import Cause


def set_bug(name: str) -> Preparation:
    return lambda attempt: attempt.bugs.update({name: BUG})


def backs_off_and_recovers(bench: Bench) -> None:
    bench.reaches(Phase.BACKING_OFF)
    bench.script.prepare = as_usual
    bench.clock.advance(LONGEST_BACKOFF_S)
    bench.starts()


def test_a_bug_in_the_start_is_called_one(bench: Bench, log_lines: LogLines) -> None:
    bench.script.prepare = set_bug("begin")
    bench.worker.post(START)
    bench.reaches(Phase.BACKING_OFF)
    trouble = bench.worker.recorder.trouble
    assert trouble is not None
    assert trouble.cause is Cause.BUG
    assert "this bug was made for a test" in trouble.detail
    assert bench.has_left(Fate.NEVER_RAN)
    assert len(log_lines.of(logging.ERROR)) == 1
    backs_off_and_recovers(bench)


def test_an_attempt_that_cannot_even_be_made_is_a_failure(bench: Bench) -> None:
    bench.script.bug = BUG
    bench.worker.post(START)
    bench.reaches(Phase.BACKING_OFF)
    bench.script.bug = None
    backs_off_and_recovers(bench)


def test_a_bug_in_looking_is_a_stall_and_said_once(bench: Bench, log_lines: LogLines) -> None:
    bench.starts()
    bench.attempt.bugs["poll"] = BUG
    assert eventually(lambda: log_lines.of(logging.ERROR))
    assert bench.worker.recorder.phase is Phase.RECORDING
    bench.clock.advance(WANTED.stall_limit_s)
    bench.reaches(Phase.STOPPING)
    bench.clock.advance(INTERRUPT_GRACE_S)
    backs_off_and_recovers(bench)
    assert bench.script.attempts[0].has_left(Fate.INTERRUPTED)
    assert len(log_lines.of(logging.ERROR)) == 1


@pytest.mark.parametrize("name", ["interrupt", "release"])
def test_a_bug_in_ending_does_not_keep_the_camera_from_recording_again(
    bench: Bench, name: str, log_lines: LogLines
) -> None:
    bench.script.prepare = set_bug(name)
    bench.starts()
    bench.worker.post(STOP)
    bench.reaches(Phase.STOPPING if name == "interrupt" else Phase.IDLE)
    bench.attempt.end()
    bench.reaches(Phase.IDLE)
    assert eventually(lambda: len(log_lines.of(logging.ERROR)) == 1)
    bench.script.prepare = as_usual
    bench.starts()


def test_a_bug_in_whoever_is_told_of_changes_does_no_harm(
    bench: Bench, log_lines: LogLines
) -> None:
    bench.change_fails = True
    bench.starts()
    assert eventually(lambda: len(log_lines.of(logging.ERROR)) == 1)
    bench.worker.post(STOP)
    bench.reaches(Phase.IDLE)
