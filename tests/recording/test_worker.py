"""A camera's thread: it does what the lifecycle says, one thing at a time, and never dies."""

import logging
import random
import threading
from dataclasses import replace

import pytest

from tests.recording.conftest import LogLines
from tests.recording.scripted import ENDED, Fate, ScriptedAttempt, as_usual
from tests.recording.supervised import BUG, REFUSED, START, STOP, WANTED, Bench
from tests.support.waiting import eventually, pause
from thorsched.base.backoff import LONGEST_BACKOFF_S
from thorsched.recording.history import Happened
from thorsched.recording.lifecycle import (
    FIRST_BYTES_LIMIT_S,
    INTERRUPT_GRACE_S,
    Cancelled,
    Clue,
    Lost,
    Phase,
    Update,
)
from thorsched.recording.trouble import Cause, Trouble

LINGER = replace(STOP, linger_s=2.0)
TAKEN = Trouble(Cause.FILE_TAKEN, "side-00000.mkv was removed while it was recorded")
SLOW = Trouble(Cause.WRONG_RATE, "wanted 30 fps, 12 arrive")


def is_alive() -> bool:
    return any(thread.name == "recorder side" for thread in threading.enumerate())


def test_a_recording_from_start_to_stop(bench: Bench) -> None:
    bench.starts()
    assert bench.attempt.recording == WANTED
    bench.worker.post(STOP)
    bench.reaches(Phase.IDLE)
    assert bench.has_left(Fate.INTERRUPTED)
    assert len(bench.script.attempts) == 1


def test_each_change_of_phase_is_announced(bench: Bench) -> None:
    bench.starts()
    assert eventually(lambda: bench.changes == 2)
    bench.worker.post(STOP)
    bench.reaches(Phase.IDLE)
    assert eventually(lambda: bench.changes == 4)


def test_a_failed_start_is_released_and_retried_when_its_time_has_come(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: setattr(attempt, "outcome", REFUSED)
    bench.worker.post(START)
    bench.reaches(Phase.BACKING_OFF)
    assert bench.worker.recorder.trouble == REFUSED.trouble
    for _ in range(3):
        bench.worker.post(START)
    pause(0.2)
    assert len(bench.script.attempts) == 1, "it did not wait"
    assert bench.has_left(Fate.NEVER_RAN)
    bench.script.prepare = as_usual
    bench.clock.advance(LONGEST_BACKOFF_S)
    bench.starts()
    assert len(bench.script.attempts) == 2


def test_a_start_that_is_called_off_is_no_failure(bench: Bench, log_lines: LogLines) -> None:
    bench.script.prepare = lambda attempt: setattr(attempt, "outcome", Cancelled("closing; late"))
    bench.worker.post(START)
    assert eventually(lambda: "recorder idle" in log_lines.of(logging.INFO))
    assert bench.has_left(Fate.NEVER_RAN)
    assert vars(log_lines.records[-1])["why"] == "closing; late"
    assert log_lines.of(logging.WARNING) == []


def test_a_recorder_that_exits_is_released_and_retried(bench: Bench) -> None:
    bench.starts()
    bench.attempt.end()
    bench.reaches(Phase.BACKING_OFF)
    assert bench.worker.recorder.trouble == ENDED
    assert bench.has_left(Fate.ENDED)
    bench.clock.advance(LONGEST_BACKOFF_S)
    bench.starts()


@pytest.mark.fault(21)
def test_a_stall_that_ignores_the_interrupt_is_killed(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: setattr(attempt, "obeys", False)
    bench.starts()
    bench.attempt.grows = False
    bench.clock.advance(WANTED.stall_limit_s)
    bench.reaches(Phase.STOPPING)
    bench.clock.advance(INTERRUPT_GRACE_S - 0.1)
    pause(0.3)
    assert bench.attempt.fate is Fate.RUNS, "it was killed too soon"
    bench.clock.advance(0.1)
    bench.reaches(Phase.BACKING_OFF)
    assert bench.has_left(Fate.KILLED)
    trouble = bench.worker.recorder.trouble
    assert trouble is not None
    assert trouble.cause is Cause.STALLED


@pytest.mark.parametrize(
    ("bugs", "cause"),
    [({}, Cause.STORAGE), ({"clue": BUG}, Cause.STALLED)],
    ids=["held", "not to be known"],
)
def test_a_stall_of_a_process_that_its_disk_holds_is_the_disks_fault(
    bench: Bench, bugs: dict[str, Exception], cause: Cause
) -> None:
    bench.starts()
    bench.attempt.bugs.update(bugs)
    bench.attempt.known = Clue.DISK
    bench.attempt.grows = False
    bench.clock.advance(WANTED.stall_limit_s)
    bench.reaches(Phase.BACKING_OFF)
    trouble = bench.worker.recorder.trouble
    assert trouble is not None
    assert trouble.cause is cause


def test_what_is_known_of_a_stream_is_why_nothing_comes_of_it(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: setattr(attempt, "grows", False)
    bench.worker.post(START)
    bench.reaches(Phase.STARTING)
    bench.attempt.known = Clue.GARBAGE
    bench.clock.advance(FIRST_BYTES_LIMIT_S)
    bench.reaches(Phase.BACKING_OFF)
    trouble = bench.worker.recorder.trouble
    assert trouble is not None
    assert trouble.cause is Cause.GARBAGE


def test_frames_that_go_elsewhere_end_the_attempt_at_once(bench: Bench) -> None:
    bench.starts()
    bench.attempt.lost = Lost(TAKEN)
    bench.reaches(Phase.BACKING_OFF)
    assert bench.has_left(Fate.INTERRUPTED)
    assert bench.worker.recorder.trouble == TAKEN


def test_what_is_wrong_with_frames_that_arrive_is_logged_once_and_ends_nothing(
    bench: Bench, log_lines: LogLines
) -> None:
    bench.starts()
    bench.attempt.warning = SLOW
    assert eventually(lambda: bench.worker.recorder.warning == SLOW)
    bench.attempt.warning = None
    assert eventually(lambda: bench.worker.recorder.warning is None)
    assert bench.worker.recorder.phase is Phase.RECORDING
    assert log_lines.of(logging.WARNING) == ["what arrives is not what was asked for"]
    assert "what was asked for arrives again" in log_lines.of(logging.INFO)
    noted = [note.what for note in bench.notes if isinstance(note, Happened)]
    assert noted == ["wrong rate", "the warning is over"]


def test_nothing_on_disk_is_given_up_after_its_time(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: setattr(attempt, "grows", False)
    bench.worker.post(START)
    bench.reaches(Phase.STARTING)
    bench.clock.advance(FIRST_BYTES_LIMIT_S)
    bench.reaches(Phase.BACKING_OFF)
    trouble = bench.worker.recorder.trouble
    assert trouble is not None
    assert trouble.cause is Cause.NO_FIRST_FRAME


def test_other_labels_reach_the_attempt(bench: Bench) -> None:
    bench.starts()
    labelled = replace(WANTED, provenance={"about": {"subject": "m042"}})
    bench.worker.post(Update("side", labelled))
    assert eventually(lambda: bench.attempt.recording == labelled)
    assert bench.attempt.fate is Fate.RUNS


def test_a_stop_that_lingers_lets_the_attempt_record_until_its_time(bench: Bench) -> None:
    bench.starts()
    bench.worker.post(LINGER)
    assert eventually(lambda: bench.worker.recorder.ending is not None)
    bench.clock.advance(LINGER.linger_s - 0.1)
    grown = bench.worker.recorder.size_bytes
    assert eventually(lambda: bench.worker.recorder.size_bytes > grown), "it does not look"
    assert bench.attempt.fate is Fate.RUNS, "it was interrupted too soon"
    bench.clock.advance(0.2)
    bench.reaches(Phase.IDLE)
    assert bench.has_left(Fate.INTERRUPTED)


def test_of_stops_that_wait_together_the_one_that_lingers_least_counts(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: attempt.may_begin.clear()
    bench.worker.post(START)
    bench.reaches(Phase.STARTING)
    for stop in (LINGER, STOP, LINGER):
        bench.worker.post(stop)
    bench.attempt.may_begin.set()
    bench.reaches(Phase.IDLE)
    assert bench.has_left(Fate.INTERRUPTED)


def test_an_end_that_is_taken_back_in_time_leaves_the_attempt_alone(bench: Bench) -> None:
    bench.starts()
    bench.worker.post(LINGER)
    assert eventually(lambda: bench.worker.recorder.ending is not None)
    bench.worker.post(Update("side", WANTED))
    assert eventually(lambda: bench.worker.recorder.ending is None)
    bench.clock.advance(LINGER.linger_s)
    pause(0.3)
    assert bench.attempt.fate is Fate.RUNS


def test_what_waits_to_be_read_is_seen_by_whoever_plans(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: attempt.may_begin.clear()
    bench.worker.post(START)
    bench.reaches(Phase.STARTING)
    bench.worker.post(STOP)
    asked, known = bench.worker.as_asked(), bench.worker.recorder
    assert asked.ending is not None
    assert asked.ending.why == STOP.why
    assert (asked.phase, known.ending) == (Phase.STARTING, None)
    bench.worker.post(Update("side", WANTED))
    assert bench.worker.as_asked().ending is None, "the end that was taken back is still seen"
    bench.attempt.may_begin.set()
    bench.reaches(Phase.RECORDING)
    assert bench.attempt.fate is Fate.RUNS, "the end that was taken back came all the same"


def test_closing_does_not_wait_for_an_attempt_that_lingers(bench: Bench) -> None:
    bench.starts()
    bench.worker.post(LINGER)
    assert eventually(lambda: bench.worker.recorder.ending is not None)
    bench.worker.close()
    bench.worker.join()
    assert bench.has_left(Fate.INTERRUPTED)


def test_a_stop_during_a_slow_start_is_carried_out_after_it(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: attempt.may_begin.clear()
    bench.worker.post(START)
    bench.reaches(Phase.STARTING)
    bench.worker.post(STOP)
    pause(0.1)
    bench.attempt.may_begin.set()
    bench.reaches(Phase.IDLE)
    assert bench.has_left(Fate.INTERRUPTED)


@pytest.mark.parametrize("phase", list(Phase))
def test_closing_ends_the_recording_and_the_thread_whatever_it_does(phase: Phase) -> None:
    bench = Bench()
    if phase is Phase.STARTING:
        bench.script.prepare = lambda attempt: setattr(attempt, "grows", False)
    if phase is Phase.STOPPING:
        bench.script.prepare = lambda attempt: setattr(attempt, "obeys", False)
    if phase is Phase.BACKING_OFF:
        bench.script.prepare = lambda attempt: setattr(attempt, "outcome", REFUSED)
    if phase is not Phase.IDLE:
        bench.worker.post(START)
    if phase is Phase.STOPPING:
        bench.reaches(Phase.RECORDING)
        bench.worker.post(STOP)
    bench.reaches(phase)
    bench.worker.close()
    bench.worker.close()
    if phase is Phase.STOPPING:
        pause(0.2)
        assert is_alive(), "it left its process behind"
        bench.attempt.end()
    bench.worker.join()
    assert bench.worker.recorder.phase is Phase.IDLE
    assert not is_alive()
    assert all(attempt.is_released for attempt in bench.script.attempts)
    bench.worker.join()


def test_of_what_was_wanted_while_a_call_hung_only_the_last_counts(bench: Bench) -> None:
    def hang_and_fail(attempt: ScriptedAttempt) -> None:
        attempt.may_begin.clear()
        attempt.outcome = REFUSED

    bench.script.prepare = hang_and_fail
    bench.worker.post(START)
    assert eventually(lambda: len(bench.script.attempts) == 1)
    bench.clock.advance(LONGEST_BACKOFF_S)
    for action in (START, START, STOP):
        bench.worker.post(action)
    bench.attempt.may_begin.set()
    bench.reaches(Phase.IDLE)
    pause(0.2)
    assert len(bench.script.attempts) == 1, "it began what was wanted no longer"


@pytest.mark.fault(25)
def test_whatever_is_asked_at_once_there_is_one_attempt_at_a_time(bench: Bench) -> None:
    def pester(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(60):
            bench.worker.post(START if dice.random() < 0.7 else STOP)
            if dice.random() < 0.1:
                bench.clock.advance(20)
            pause(dice.random() * 0.01)

    threads = [threading.Thread(target=pester, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.worker.post(STOP)
    bench.reaches(Phase.IDLE)
    assert len(bench.script.attempts) > 1
    assert bench.has_left(Fate.INTERRUPTED)
    assert all(attempt.has_left(Fate.INTERRUPTED) for attempt in bench.script.attempts)
    assert bench.script.most_at_once == 1
