"""A server whose HTTP goes mad while its streams go on: no recorder is touched, nothing lost."""

from functools import partial

import pytest

from tests.faults.lab import Lab, ends_in_order
from tests.support.program import Program
from thorsched.recording.trouble import Cause
from thorsched.simulator.answers import AnswerFault, AnswerTrouble
from thorsched.simulator.events import Delivery

pytestmark = pytest.mark.real

WRONG = (
    AnswerFault(AnswerTrouble.EMPTY, "/cameras", times=1),
    AnswerFault(AnswerTrouble.STATUS, "/cameras", times=1),
    AnswerFault(AnswerTrouble.HUGE, "/cameras", times=1),
)


def reached_again(running: Program) -> bool:
    return running.err.read_text().count("server reached") > 1


@pytest.mark.fault(13)
@pytest.mark.long
def test_a_camera_that_leaves_and_comes_back_is_recorded_again_whatever_events_tell(
    lab: Lab,
) -> None:
    with lab.recording() as running:
        untouched = lab.recorders("cam0")
        for delivery in (Delivery.LOST, Delivery.DUPLICATED, Delivery.REORDERED):
            lab.simulator.faults.events(delivery)
            lab.simulator.faults.unplug(1)
            running.until(lambda: lab.recorders("cam1") == [], what="the end of cam1's recorder")
            lab.simulator.faults.replug(1)
            again = partial(lab.has_segments, "cam1", len(lab.files("cam1")) + 2)
            running.until(again, what=f"segments of cam1 with events {delivery.value}")
        lab.simulator.faults.disconnect_events()
        running.until(partial(running.says, "not hearing of cameras"), what="the lost connection")
        assert lab.recorders("cam0") == untouched
        ends_in_order(running, lab)
    lab.assert_nothing_lost(["cam0"])
    lab.assert_no_gap(["cam0"])
    causes = [gap.trouble.cause for gap in lab.gaps("cam1")]
    assert len(causes) == 3
    assert set(causes) <= {Cause.STREAM_ENDED, Cause.NO_DEVICE}


@pytest.mark.fault(11, 12)
@pytest.mark.long
def test_whatever_http_says_recorders_go_on_and_lose_nothing(lab: Lab) -> None:
    with lab.recording() as running:
        before = lab.pids()
        for fault in WRONG:
            lab.simulator.faults.answer(fault)
        lab.simulator.faults.disconnect_events()  # whoever comes back asks for the list
        # The faults come in their order: the empty list was told before the failure.
        running.until(partial(running.says, "answered 500"), what="the failure")
        running.until(partial(running.says, "longer than 4 MB"), what="the flood")
        running.until(partial(reached_again, running), what="an answer")
        lab.await_segments(running, len(lab.files()) + 1)
        assert lab.pids() == before
        ends_in_order(running, lab)
    lab.assert_nothing_lost()
    lab.assert_no_gap(["cam0", "cam1"])
