"""A camera's thread while one recorder takes the place of another."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.recording.conftest import LogLines
from tests.recording.scripted import Fate, Script, ScriptedAttempt, as_usual
from tests.support.clocks import FakeClock
from tests.support.values import SPAWNED, recording
from tests.support.waiting import eventually, pause
from thorsched.base.backoff import LONGEST_BACKOFF_S
from thorsched.recording.history import AttemptEnded, Note
from thorsched.recording.lifecycle import (
    Failed,
    Overlap,
    Phase,
    Recorder,
    Start,
    Stop,
    Update,
    adopted,
)
from thorsched.recording.spec import tail
from thorsched.recording.trouble import Cause, Trouble
from thorsched.recording.worker import Worker

USUAL = recording()
EDITED = replace(USUAL, output=replace(USUAL.output, segment_time=timedelta(minutes=1)))
OVERLAP = Overlap("side", EDITED)
STOP = Stop("side", "no longer wanted")
TAIL_S = tail(USUAL.latency).total_seconds()
NO_ROOM = Failed(Trouble(Cause.STORAGE, "no room"))


class Bench:
    """A worker that records as usual, and may be told to overlap; its clock stands still."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.script = Script()
        self.notes: list[Note] = []
        self.worker = Worker(
            "side",
            attempt=self.script.attempt,
            clock=self.clock,
            changed=lambda: None,
            noted=self.notes.append,
        )
        self.worker.post(Start("side", USUAL))
        assert eventually(lambda: self.recorder.phase is Phase.RECORDING)

    @property
    def recorder(self) -> Recorder:
        return self.worker.recorder

    @property
    def old(self) -> ScriptedAttempt:
        return self.script.attempts[0]

    @property
    def new(self) -> ScriptedAttempt:
        return self.script.attempts[1]

    def ended(self) -> list[tuple[str, bool]]:
        """Return of each recorder that has ended why, and whether another was beside it."""
        ends = [note for note in self.notes if isinstance(note, AttemptEnded)]
        return [(one.why, one.is_beside) for one in ends]

    def successor_reaches(self, phase: Phase) -> None:
        def has_reached() -> bool:
            successor = self.recorder.successor
            return successor is not None and successor.phase is phase

        assert eventually(has_reached), self.recorder

    def grows(self) -> None:
        grown = self.recorder.size_bytes
        assert eventually(lambda: self.recorder.size_bytes > grown)

    def both_record(self) -> None:
        self.worker.post(OVERLAP)
        self.successor_reaches(Phase.RECORDING)

    def changes_over(self) -> None:
        self.both_record()
        self.clock.advance(TAIL_S)
        assert eventually(lambda: self.recorder.recording == EDITED), self.recorder

    def end(self) -> None:
        for attempt in self.script.attempts:
            attempt.end()
        self.worker.close()
        self.worker.join()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.end()


def test_the_old_one_ends_when_the_new_one_is_known_to_record_the_same(
    bench: Bench, log_lines: LogLines
) -> None:
    bench.both_record()
    pause(0.3)
    assert bench.old.fate is Fate.RUNS, "it was ended before its tail was on disk"
    assert bench.recorder.recording == USUAL
    bench.clock.advance(TAIL_S)
    assert eventually(lambda: bench.recorder == replace(bench.recorder, recording=EDITED))
    assert eventually(lambda: bench.old.has_left(Fate.INTERRUPTED))
    assert eventually(lambda: bench.recorder.everyone == (bench.recorder,))
    assert bench.recorder.phase is Phase.RECORDING
    assert (bench.new.fate, bench.new.beside) == (Fate.RUNS, bench.old)
    assert bench.new.is_proven
    assert bench.script.most_at_once == 2
    assert log_lines.of(logging.WARNING) == []
    assert "recorder changed over" in log_lines.of(logging.INFO)


def test_an_old_one_that_does_not_end_is_killed_beside_the_new_one(bench: Bench) -> None:
    bench.old.obeys = False
    bench.changes_over()
    assert eventually(lambda: bench.recorder.predecessor)
    for _ in range(5):
        bench.clock.advance(2.5)  # less than what would be a stall
        bench.grows()
    assert eventually(lambda: bench.old.has_left(Fate.KILLED))
    assert bench.recorder.phase is Phase.RECORDING


def test_a_new_one_that_fails_leaves_the_old_one_alone_and_is_tried_again(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: setattr(attempt, "outcome", NO_ROOM)
    bench.worker.post(OVERLAP)
    bench.successor_reaches(Phase.BACKING_OFF)
    bench.worker.post(OVERLAP)
    pause(0.3)
    assert len(bench.script.attempts) == 2, "it did not wait"
    assert bench.new.has_left(Fate.NEVER_RAN)
    assert bench.recorder.trouble is None
    assert bench.old.fate is Fate.RUNS
    bench.script.prepare = as_usual
    bench.clock.advance(1.0)
    bench.grows()
    bench.both_record()
    bench.clock.advance(TAIL_S)
    assert eventually(lambda: bench.recorder.recording == EDITED)


def test_an_old_one_that_dies_is_followed_at_once(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: setattr(attempt, "grows", False)
    bench.worker.post(OVERLAP)
    bench.successor_reaches(Phase.STARTING)
    bench.old.end()
    assert eventually(lambda: bench.recorder.recording == EDITED)
    assert bench.recorder.phase is Phase.STARTING
    assert bench.recorder.trouble is not None, "nobody can tell why frames are missing"
    assert bench.recorder.trouble.cause is Cause.RECORDER_EXITED
    bench.new.grows = True
    assert eventually(lambda: bench.recorder.phase is Phase.RECORDING)
    assert bench.old.is_released
    assert bench.script.most_at_once == 2


def test_a_stream_that_stalls_while_it_is_joined_is_asked_for_anew(bench: Bench) -> None:
    bench.worker.post(OVERLAP)
    bench.successor_reaches(Phase.RECORDING)
    bench.old.grows = False
    pause(0.3)
    bench.clock.advance(USUAL.stall_limit_s)
    assert eventually(lambda: bench.new.has_left(Fate.INTERRUPTED)), "it may be another camera's"
    assert not bench.new.is_proven
    assert eventually(lambda: bench.recorder.phase is Phase.BACKING_OFF)
    assert eventually(lambda: bench.recorder.everyone == (bench.recorder,))
    bench.clock.advance(LONGEST_BACKOFF_S)
    bench.worker.post(Start("side", EDITED))
    assert eventually(lambda: bench.recorder.phase is Phase.RECORDING)
    assert bench.script.attempts[2].beside is None


def test_an_edit_that_is_undone_ends_the_new_one(bench: Bench) -> None:
    bench.both_record()
    bench.worker.post(Update("side", USUAL))
    assert eventually(lambda: bench.new.has_left(Fate.INTERRUPTED))
    bench.clock.advance(TAIL_S)
    pause(0.3)
    assert bench.recorder.everyone == (bench.recorder,)
    assert (bench.recorder.recording, bench.old.fate) == (USUAL, Fate.RUNS)
    assert bench.ended() == [("the edit was undone", True)]


def test_another_edit_replaces_the_new_one(bench: Bench) -> None:
    bench.both_record()
    again = replace(EDITED, output=replace(EDITED.output, segment_bytes=10**9))
    bench.worker.post(Overlap("side", again))
    assert eventually(lambda: bench.new.has_left(Fate.INTERRUPTED))
    assert eventually(lambda: bench.recorder.successor is None)
    bench.worker.post(Overlap("side", again))
    bench.successor_reaches(Phase.RECORDING)
    bench.clock.advance(TAIL_S)
    assert eventually(lambda: bench.recorder.recording == again)
    assert bench.script.most_at_once == 2


def test_a_stop_ends_both(bench: Bench) -> None:
    bench.both_record()
    bench.worker.post(STOP)
    assert eventually(lambda: bench.recorder.phase is Phase.IDLE)
    assert bench.old.has_left(Fate.INTERRUPTED)
    assert eventually(lambda: bench.new.has_left(Fate.INTERRUPTED))
    both = {(STOP.why, False), (STOP.why, True)}
    assert eventually(lambda: set(bench.ended()) == both), bench.ended()


def test_closing_waits_for_both(bench: Bench) -> None:
    bench.both_record()
    bench.new.obeys = False
    bench.worker.close()
    assert eventually(lambda: bench.old.has_left(Fate.INTERRUPTED))
    assert not bench.worker.join(0.3), "it left its process behind"
    bench.new.end()
    assert bench.worker.join()
    assert bench.new.is_released


def test_one_that_leaves_during_an_overlap_leaves_the_old_one_alone(bench: Bench) -> None:
    bench.both_record()
    bench.new.obeys = False
    bench.worker.leave()
    assert not bench.worker.join(0.3), "it left two recorders"
    assert bench.old.fate is Fate.RUNS
    bench.new.end()
    assert bench.worker.join()
    assert bench.new.is_released
    assert (bench.old.fate, bench.old.is_left) == (Fate.RUNS, True)


def test_an_overlap_that_is_adopted_is_brought_to_its_end() -> None:
    clock, script = FakeClock(), Script()
    now_s = clock.monotonic_s()
    pair = [ScriptedAttempt(USUAL), ScriptedAttempt(EDITED)]
    for attempt in pair:
        attempt.begin()
    worker = Worker(
        "side",
        attempt=script.attempt,
        clock=clock,
        changed=lambda: None,
        noted=lambda _: None,
        adopted=[(adopted("side", one.recording, SPAWNED, now_s=now_s), one) for one in pair],
    )
    first = worker.recorder
    assert (first.phase, first.recording) == (Phase.STARTING, USUAL)
    worker.post(OVERLAP)  # as the plan may before it has grown
    assert eventually(lambda: worker.recorder.phase is Phase.RECORDING)
    assert eventually(lambda: [one.phase for one in worker.recorder.beside] == [Phase.RECORDING])
    assert pair[0].fate is Fate.RUNS
    clock.advance(TAIL_S)
    assert eventually(lambda: pair[0].has_left(Fate.INTERRUPTED))
    assert worker.recorder.recording == EDITED
    assert script.attempts == []
    worker.close()
    assert worker.join()
    assert pair[1].has_left(Fate.INTERRUPTED)


def test_what_is_asked_but_not_read_is_seen_by_whoever_plans(bench: Bench) -> None:
    bench.script.prepare = lambda attempt: attempt.may_begin.clear()
    bench.worker.post(OVERLAP)
    bench.successor_reaches(Phase.STARTING)
    bench.worker.post(Update("side", USUAL))
    planned = bench.worker.as_asked().successor
    assert planned is not None
    assert planned.phase is Phase.STOPPING
    bench.new.may_begin.set()
    assert eventually(lambda: bench.new.has_left(Fate.INTERRUPTED))
