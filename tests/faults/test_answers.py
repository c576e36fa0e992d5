"""A server whose HTTP goes mad while its streams go on: no recorder is touched, nothing lost."""

from functools import partial

import pytest

from tests.faults.lab import Lab, ends_in_order
from tests.support.program import Program
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


@pytest.mark.fault(11, 12, 13)
def test_whatever_http_says_recorders_go_on_and_lose_nothing(lab: Lab) -> None:
    with lab.recording() as running:
        before = lab.pids()
        for fault in WRONG:
            lab.simulator.faults.answer(fault)
        lab.simulator.faults.events(Delivery.DUPLICATED)
        lab.simulator.faults.disconnect_events()  # whoever comes back asks for the list
        running.until(partial(running.says, "answered 500"), what="the failure")
        running.until(partial(running.says, "longer than 4 MB"), what="the flood")
        running.until(partial(reached_again, running), what="an answer")
        lab.await_segments(running, len(lab.files()) + 1)
        assert lab.pids() == before
        ends_in_order(running, lab)
    lab.assert_nothing_lost()
    assert lab.gaps("cam0") == lab.gaps("cam1") == []
