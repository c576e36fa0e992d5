"""Who of two recorders is told what, and when one takes the other's place."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.values import FULL_HD, output, recording, source
from thorsched.recording.lifecycle import (
    Action,
    Ending,
    Order,
    Overlap,
    Phase,
    Recorder,
    Start,
    Stop,
    Update,
)
from thorsched.recording.spec import tail
from thorsched.recording.succession import Role, Verdict, asked, orders, verdict
from thorsched.recording.trouble import Cause, Trouble

NOW_S = 1000.0
USUAL = recording()
EDITED = replace(USUAL, output=replace(USUAL.output, segment_time=timedelta(minutes=1)))
ELSEWHERE = replace(USUAL, output=output(Path("elsewhere")))
TAIL_S = tail(USUAL.latency).total_seconds()
OVERLAP = Overlap("side", EDITED)
STOP = Stop("side", "no longer wanted", 0.7)
KILLED = Trouble(Cause.RECORDER_EXITED, "killed by SIGKILL, without a word")
HUNG_UP = Trouble(Cause.STREAM_ENDED, "the server ended the stream")
STALLED = Trouble(Cause.STALLED, "no new frame for 3.0 s")

RUNNING = Recorder("side", Phase.RECORDING, recording=USUAL, port=9001, grew_at_s=NOW_S)
STARTING = Recorder("side", Phase.STARTING, NOW_S, EDITED)
ARRIVED = replace(STARTING, phase=Phase.RECORDING)
LEAVING = replace(STARTING, phase=Phase.STOPPING)
FAILED = replace(STARTING, phase=Phase.BACKING_OFF, retry_at_s=NOW_S + 1, trouble=KILLED)


def told(recorder: Recorder, action: Action, role: Role) -> list[Order]:
    return [order for whom, order in orders(recorder, action) if whom is role]


def beside(successor: Recorder | None, current: Recorder = RUNNING) -> Recorder:
    return replace(current, successor=successor)


@pytest.mark.parametrize("successor", [None, FAILED])
def test_an_overlap_labels_the_current_one_and_starts_its_successor(
    successor: Recorder | None,
) -> None:
    labelled = replace(EDITED, provenance={"about": "m042"})
    assert orders(beside(successor), Overlap("side", labelled)) == (
        (Role.CURRENT, Update("side", replace(USUAL, provenance={"about": "m042"}))),
        (Role.SUCCESSOR, Start("side", labelled)),
    )


def test_a_successor_that_runs_gets_other_labels_and_ends_if_it_is_edited_again() -> None:
    labelled = replace(EDITED, provenance={"about": "m042"})
    overlap = Overlap("side", labelled)
    assert told(beside(ARRIVED), overlap, Role.SUCCESSOR) == [Update("side", labelled)]
    overlap = Overlap("side", ELSEWHERE)
    assert told(beside(ARRIVED), overlap, Role.SUCCESSOR) == [Stop("side", "edited again")]
    assert told(beside(LEAVING), overlap, Role.SUCCESSOR) == []


@pytest.mark.parametrize("phase", [p for p in Phase if p is not Phase.RECORDING])
def test_only_what_records_is_followed(phase: Phase) -> None:
    assert orders(replace(RUNNING, phase=phase), OVERLAP) == ()


def test_there_is_never_a_third() -> None:
    assert orders(replace(RUNNING, predecessor=LEAVING), OVERLAP) == ()


def test_another_source_is_never_joined() -> None:
    other = Overlap("side", recording(of=source(capability=FULL_HD)))
    assert orders(RUNNING, other) == ()


def test_a_stop_ends_both_and_the_successor_at_once() -> None:
    assert orders(beside(STARTING), STOP) == (
        (Role.CURRENT, STOP),
        (Role.SUCCESSOR, Stop("side", "no longer wanted")),
    )


def test_an_update_takes_the_successor_back() -> None:
    update = Update("side", USUAL)
    assert told(beside(STARTING), update, Role.SUCCESSOR) == [Stop("side", "the edit was undone")]
    assert orders(RUNNING, update) == ((Role.CURRENT, update),)


def test_nothing_starts_anew_before_what_is_beside_is_gone() -> None:
    start = Start("side", EDITED)
    gone = replace(RUNNING, phase=Phase.BACKING_OFF)
    assert orders(beside(LEAVING, gone), start) == ()
    assert orders(replace(gone, predecessor=LEAVING), start) == ()
    assert orders(gone, start) == ((Role.CURRENT, start),)


def test_an_overlap_that_waits_to_be_read_is_planned_for() -> None:
    planned = asked(RUNNING, OVERLAP, now_s=NOW_S)
    assert planned.recording == USUAL
    assert planned.successor is not None
    assert (planned.successor.phase, planned.successor.recording) == (Phase.STARTING, EDITED)
    undone = asked(planned, Update("side", USUAL), now_s=NOW_S)
    assert undone.successor is not None
    assert undone.successor.phase is Phase.STOPPING


def test_an_overlap_takes_back_an_end_that_was_asked_for() -> None:
    ending = replace(RUNNING, ending=Ending(NOW_S + 0.7, "no longer wanted"))
    assert asked(ending, OVERLAP, now_s=NOW_S).ending is None


@pytest.mark.parametrize(
    ("successor", "grew_at_s", "expected"),
    [
        (None, NOW_S + 60, Verdict.WAIT),
        (STARTING, NOW_S + 60, Verdict.WAIT),
        (FAILED, NOW_S + 60, Verdict.WAIT),
        (LEAVING, NOW_S + 60, Verdict.WAIT),
        (ARRIVED, NOW_S, Verdict.WAIT),
        (ARRIVED, NOW_S + TAIL_S - 0.01, Verdict.WAIT),
        (ARRIVED, NOW_S + TAIL_S, Verdict.PROMOTE),
    ],
)
def test_a_successor_takes_over_once_the_old_one_has_written_what_it_received_after_its_call(
    successor: Recorder | None, grew_at_s: float, expected: Verdict
) -> None:
    current = replace(RUNNING, grew_at_s=grew_at_s)
    assert verdict(beside(successor, current)) is expected


DEAD = replace(RUNNING, phase=Phase.BACKING_OFF)
GIVEN_UP = replace(RUNNING, phase=Phase.STOPPING, will_retry=True)


@pytest.mark.parametrize("successor", [STARTING, ARRIVED])
@pytest.mark.parametrize("current", [DEAD, GIVEN_UP])
def test_a_recorder_that_fails_by_itself_is_followed_at_once(
    current: Recorder, successor: Recorder
) -> None:
    for cause in (Cause.RECORDER_EXITED, Cause.STORAGE, Cause.MACHINE):
        failed = replace(current, trouble=Trouble(cause, ""))
        assert verdict(beside(successor, failed)) is Verdict.PROMOTE


@pytest.mark.parametrize("successor", [STARTING, ARRIVED, FAILED])
@pytest.mark.parametrize(
    "current", [replace(DEAD, trouble=HUNG_UP), replace(GIVEN_UP, trouble=STALLED)]
)
def test_where_the_stream_has_ended_nobody_knows_whose_was_joined(
    current: Recorder, successor: Recorder
) -> None:
    assert verdict(beside(successor, current)) is Verdict.ABANDON


def test_one_stream_that_ends_for_both_is_one_stream_all_the_same() -> None:
    proven = replace(DEAD, trouble=HUNG_UP, grew_at_s=NOW_S + TAIL_S)
    assert verdict(beside(ARRIVED, proven)) is Verdict.PROMOTE


def test_a_successor_that_has_failed_takes_nobodys_place() -> None:
    assert verdict(beside(FAILED, replace(DEAD, trouble=KILLED))) is Verdict.ABANDON
