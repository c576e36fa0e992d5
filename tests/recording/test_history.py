"""What is noted of an attempt, told by the steps of its lifecycle."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.support.values import NOON, SPAWNED, recording
from thorsched.recording.history import AttemptEnded, AttemptRecords, Note, Story
from thorsched.recording.lifecycle import (
    INTERRUPT_GRACE_S,
    Event,
    Exited,
    Failed,
    Grew,
    Recorder,
    Start,
    Stop,
    Tick,
)
from thorsched.recording.transitions import step
from thorsched.recording.trouble import Cause, Trouble

ATTEMPT = Path("side/side_20260301T120000Z")
SECOND = replace(SPAWNED, location=Path("side/side_20260301T130000Z-%05d.mkv"))
EXITED = Exited(Trouble(Cause.RECORDER_EXITED, "killed by SIGKILL, without a word"))
START = Start("side", recording())
STOP = Stop("side", "the window is over")
STALL_S = recording().stall_limit_s


class Life:
    """A recorder and its story; each event comes `after_s` later than the one before."""

    def __init__(self) -> None:
        self.recorder = Recorder("side")
        self.story = Story()
        self.notes: list[Note] = []
        self.now_s = 1000.0

    def happens(self, *events: Event, after_s: float = 1.0) -> None:
        for event in events:
            self.now_s += after_s
            before, at = self.recorder, NOON + timedelta(seconds=self.now_s)
            self.recorder, _ = step(before, event, now_s=self.now_s)
            self.story, notes = self.story.after(before, self.recorder, event, at=at)
            self.notes += notes

    @property
    def end(self) -> AttemptEnded:
        """The end that was noted last; what was noted of the attempt before is its frames."""
        records, ended = self.notes[-2:]
        assert isinstance(records, AttemptRecords)
        assert isinstance(ended, AttemptEnded)
        assert records.attempt == ended.attempt
        return ended


def recording_since() -> Life:
    life = Life()
    life.happens(START, SPAWNED, Grew(1))
    return life


def test_the_first_bytes_are_noted_once() -> None:
    life = recording_since()
    life.happens(Grew(2), Grew(3), Tick())
    at = NOON + timedelta(seconds=1003)
    assert life.notes == [AttemptRecords(at, ATTEMPT, "side")]


def test_a_recorder_that_exits_has_ended_by_its_trouble() -> None:
    life = recording_since()
    life.happens(EXITED)
    assert (life.end.attempt, life.end.trouble, life.end.why) == (ATTEMPT, EXITED.trouble, "")
    assert life.end.at == NOON + timedelta(seconds=1004)


def test_one_that_stalls_has_ended_by_that_though_it_exits_in_order() -> None:
    life = recording_since()
    life.happens(Tick(), after_s=STALL_S + 1)
    life.happens(EXITED)
    assert life.end.trouble is not None
    assert life.end.trouble.cause is Cause.STALLED


def test_so_has_one_that_stalls_and_is_not_wanted_by_the_time_that_it_is_gone() -> None:
    life = recording_since()
    life.happens(Tick(), after_s=STALL_S + 1)
    life.happens(STOP, EXITED)
    assert life.end.trouble is not None
    assert life.end.trouble.cause is Cause.STALLED


def test_one_that_is_told_to_end_says_why_and_nothing_went_wrong() -> None:
    life = recording_since()
    life.happens(STOP, EXITED)
    assert (life.end.trouble, life.end.why) == (None, "the window is over")


def test_so_does_one_that_lingers_and_one_that_has_to_be_killed() -> None:
    life = recording_since()
    life.happens(replace(STOP, linger_s=2.0), Tick(), Tick(), Tick())
    life.happens(Tick(), after_s=INTERRUPT_GRACE_S)
    life.happens(EXITED)
    assert (life.end.trouble, life.end.why) == (None, "the window is over")


def test_one_that_dies_while_it_lingers_has_ended_by_its_trouble() -> None:
    life = recording_since()
    life.happens(replace(STOP, linger_s=2.0), EXITED)
    assert (life.end.trouble, life.end.why) == (EXITED.trouble, "the window is over")


def test_a_start_that_fails_is_no_attempt_and_the_one_before_ends_once() -> None:
    life = recording_since()
    life.happens(EXITED)
    noted = list(life.notes)
    failed = Failed(Trouble(Cause.SERVER_UNREACHABLE, "no route"))
    for _ in range(3):
        life.happens(replace(START, at_once=True), failed)
    assert life.notes == noted
    life.happens(STOP)
    assert life.notes == noted


def test_the_next_attempt_has_a_story_of_its_own() -> None:
    life = recording_since()
    life.happens(Tick(), after_s=STALL_S + 1)
    life.happens(EXITED, replace(START, at_once=True), SECOND, Grew(1), STOP, EXITED)
    assert life.end.attempt == Path("side/side_20260301T130000Z")
    assert (life.end.trouble, life.end.why) == (None, "the window is over")


def test_one_that_never_had_a_frame_ends_by_that() -> None:
    life = Life()
    life.happens(START, SPAWNED)
    life.happens(Tick(), after_s=10)
    life.happens(EXITED)
    (ended,) = life.notes
    assert isinstance(ended, AttemptEnded)
    assert ended.trouble is not None
    assert ended.trouble.cause is Cause.NO_FIRST_FRAME
