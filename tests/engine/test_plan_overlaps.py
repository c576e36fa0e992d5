"""A change that keeps the stream is made beside what records, before that ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.values import FULL_HD, NOON, output, recording, source, window
from thorsched.engine import plan as planning
from thorsched.engine.desired import Wanted
from thorsched.engine.plan import next_retry_s
from thorsched.recording.lifecycle import Action, Ending, Overlap, Phase, Recorder, Stop, Update
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause, Trouble

USUAL = recording()
EDITED = replace(USUAL, output=replace(USUAL.output, segment_time=timedelta(minutes=1)))
LABELLED = replace(EDITED, provenance={"about": {"subject": "m042"}})
RUNNING = Recorder("side", Phase.RECORDING, recording=USUAL, port=9001)
SUCCESSOR = Recorder("side", Phase.STARTING, recording=EDITED, port=9001)
CHANGING = replace(RUNNING, successor=SUCCESSOR)
FULL = Trouble(Cause.STORAGE, "no room")


def plan(
    wanted: Wanted | None, recorder: Recorder, *, now_s: float = 0.0, now: datetime = NOON
) -> tuple[Action, ...]:
    wanted_now = {} if wanted is None else {"side": wanted}
    return planning.plan(wanted_now, {"side": recorder}, now=now, now_s=now_s, views={})


@pytest.mark.parametrize(
    "edited",
    [
        EDITED,
        replace(USUAL, output=replace(USUAL.output, segment_bytes=10**9)),
        replace(USUAL, output=output(Path("elsewhere"))),
        replace(USUAL, latency=timedelta(seconds=2)),
    ],
    ids=["segment time", "segment size", "root", "latency"],
)
def test_what_is_kept_otherwise_is_begun_beside_what_records(edited: Recording) -> None:
    assert plan(edited, RUNNING) == (Overlap("side", edited),)


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.STOPPING])
def test_what_does_not_record_yet_or_any_more_is_not_followed(phase: Phase) -> None:
    assert plan(EDITED, replace(RUNNING, phase=phase)) == ()


def test_after_the_windows_end_nothing_is_begun() -> None:
    assert plan(EDITED, RUNNING, now=window().end) == ()


def test_one_that_was_about_to_end_is_followed_too() -> None:
    ending = replace(RUNNING, ending=Ending(0.7, "no longer wanted"))
    assert plan(EDITED, ending) == (Overlap("side", EDITED),)


def test_an_overlap_is_asked_for_once() -> None:
    assert plan(EDITED, CHANGING) == ()


def test_other_labels_reach_both() -> None:
    assert plan(LABELLED, CHANGING) == (Overlap("side", LABELLED),)


def test_a_third_one_waits_until_the_second_is_gone() -> None:
    other = replace(EDITED, output=replace(EDITED.output, segment_bytes=10**9))
    assert plan(other, CHANGING) == (Overlap("side", other),)
    leaving = replace(RUNNING, successor=replace(SUCCESSOR, phase=Phase.STOPPING))
    assert plan(other, leaving) == ()
    followed = replace(RUNNING, predecessor=replace(RUNNING, phase=Phase.STOPPING))
    assert plan(other, followed) == ()


def test_an_edit_that_is_undone_ends_what_was_begun_for_it() -> None:
    assert plan(USUAL, CHANGING) == (Update("side", USUAL),)
    leaving = replace(RUNNING, successor=replace(SUCCESSOR, phase=Phase.STOPPING))
    assert plan(USUAL, leaving) == ()


def test_another_capability_ends_both() -> None:
    (stop,) = plan(recording(of=source(capability=FULL_HD)), CHANGING)
    assert isinstance(stop, Stop)


def test_a_successor_that_failed_is_tried_again_when_its_time_has_come() -> None:
    failed = replace(SUCCESSOR, phase=Phase.BACKING_OFF, retry_at_s=10.0, trouble=FULL)
    recorder = replace(RUNNING, successor=failed)
    assert plan(EDITED, recorder, now_s=9.9) == ()
    assert plan(EDITED, recorder, now_s=10.0) == (Overlap("side", EDITED),)
    assert next_retry_s({"side": EDITED}, {"side": recorder}) == 10.0


def test_a_successor_elsewhere_is_tried_at_once() -> None:
    failed = replace(SUCCESSOR, phase=Phase.BACKING_OFF, retry_at_s=10.0, trouble=FULL)
    elsewhere = replace(USUAL, output=output(Path("elsewhere")))
    recorder = replace(RUNNING, successor=failed)
    assert plan(elsewhere, recorder) == (Overlap("side", elsewhere),)


def test_nothing_is_begun_anew_before_what_is_beside_is_gone() -> None:
    gone = Recorder("side", Phase.BACKING_OFF, recording=USUAL, retry_at_s=0.0)
    beside = replace(gone, successor=replace(SUCCESSOR, phase=Phase.STOPPING))
    assert plan(EDITED, beside, now_s=1.0) == ()
