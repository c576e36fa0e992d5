"""What becomes of recordings when the server, or the way to it, goes away and comes back.

The program and the network are real. A recording is to go on within a second of the return; here it
may take three, for the machine may be busy.
"""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.lab import Lab, assert_is, ends_in_order, lab_of
from tests.faults.network import cable
from tests.support.program import Program
from tests.support.waiting import pause
from thorsched.base.clock import SystemClock
from thorsched.catalogue.entries import Gap
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real

OUTAGES_S = (0.3, 2.0, 8.0)
# A shorter pause of a recorder that goes on is none: see `video/pauses.py`.
LEAST_S = 0.6
SOON_S = 3.0
# Of the frames that a busy machine sends late, or not at all.
_HITCH_S = 0.2


def await_segments_more(lab: Lab, running: Program, camera: str = "cam0") -> None:
    wanted = len(lab.files(camera)) + 2
    running.until(lambda: len(lab.files(camera)) >= wanted, what="further segments")


def holes(lab: Lab, camera: str = "cam0") -> list[tuple[float, float]]:
    """Return when the frames were due between which some are missing, in seconds since 1970."""
    due = [lab.due(camera)[number] for number in lab.numbers(camera)]
    return [(last, first) for last, first in pairwise(due) if first - last > _HITCH_S]


def covers(gap: Gap, last: float, first: float) -> bool:
    """Return whether the journal admits that nothing is there between two moments, within 1 s."""
    end = gap.end.timestamp() if gap.end else float("inf")
    return abs(gap.start.timestamp() - last) < 1 and abs(end - first) < 1


@pytest.mark.fault(10)
@pytest.mark.long
def test_a_pulled_cable_costs_what_was_sent_meanwhile_and_no_more(tmp_path: Path) -> None:
    plugged_s = []
    with cable() as between, lab_of(1, tmp_path, host=between.server) as lab:
        lab.inside = between.inside
        with lab.recording() as running:
            for outage_s in OUTAGES_S:
                between.pull(for_s=outage_s)
                plugged_s.append(SystemClock().now().timestamp())
                await_segments_more(lab, running)
            ends_in_order(running, lab)
        # Which it is depends on whether the server is asked before it is back.
        causes = {Cause.STALLED, Cause.SERVER_UNREACHABLE}
        assert {gap.trouble.cause for gap in lab.gaps()} <= causes
        assert_is(lab.gaps()[-1], lab.missed())
        for last, first in holes(lab):
            assert first - last < LEAST_S or any(covers(gap, last, first) for gap in lab.gaps())
            (plugged,) = (at for at in plugged_s if abs(at - first) < SOON_S)
            assert first < plugged + SOON_S
            assert first - last < OUTAGES_S[plugged_s.index(plugged)] + SOON_S
        assert lab.missed()[1] - lab.missed()[0] > OUTAGES_S[-1] - 1, "nothing was missed"


@pytest.mark.fault(2)
def test_a_server_that_was_killed_is_recorded_from_as_soon_as_it_is_back(tmp_path: Path) -> None:
    with lab_of(1, tmp_path) as lab:
        with lab.recording() as running:
            lab.simulator.faults.down()
            running.until(lambda: running.says("retry_in_s=1."), what="a second failure")
            pause(3)
            lab.simulator.faults.up()
            up_s = SystemClock().now().timestamp()
            await_segments_more(lab, running)
            ends_in_order(running, lab)
        (gap,) = lab.gaps()
        assert_is(gap, lab.missed())
        assert 0 < lab.missed()[1] - up_s < SOON_S
