"""A scheduler that ends while one recorder takes the place of another; everything is real."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order, kill, lab_of
from tests.support.frames import sent_meanwhile
from tests.support.program import Program
from thorsched.simulator.stream import Stream

pytestmark = pytest.mark.real

LATENCY = "2s"  # so an overlap takes four seconds and more
LONG = "1h"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with lab_of(1, tmp_path) as lab:
        lab.write(segment="1s", latency=LATENCY)
        yield lab


def await_overlap(lab: Lab, running: Program) -> None:
    """Edit the segments' length, and wait until a second recorder has frames on disk."""
    lab.write(segment=LONG, latency=LATENCY)

    def both_record() -> bool:
        attempts = {path.stem.rpartition("-")[0] for path in lab.files()}
        return len(attempts) == len(lab.pids()) == 2

    running.until(both_record, what="a second recorder")


def changes_over_and_ends(lab: Lab, second: Program, stream: Stream | None) -> None:
    """Wait until one recorder is left, still on that stream; then end the program."""
    changed = "recorder changed over"
    second.until(lambda: second.says(changed), what=changed)
    second.until(lambda: len(lab.pids()) == 1, what="the end of the old one")
    assert lab.simulator.stream(0) is stream is not None
    ends_in_order(second, lab)


def assert_no_frame_is_missing(lab: Lab) -> None:
    recorded = lab.numbers()
    union = sorted(set(recorded))
    assert union == sent_meanwhile(lab.simulator.truth(0), union)
    assert len(union) < len(recorded), "nothing has overlapped"
    lab.assert_all_described()


@pytest.mark.long
def test_killed_during_an_overlap_the_next_run_brings_it_to_its_end(lab: Lab) -> None:
    with lab.recording() as first:
        stream = lab.simulator.stream(0)
        await_overlap(lab, first)
        before = lab.pids()
        kill(first)
        assert lab.pids() == before, "there was no overlap any more"
        with lab.running() as second:
            second.until(lambda: second.says("adopted a recorder"), what="an adoption")
            changes_over_and_ends(lab, second, stream)
        assert lab.simulator.stream(0) is None
        assert second.err.read_text().count("adopted a recorder") == 2
    assert len({path.stem.rpartition("-")[0] for path in lab.files()}) == 2
    assert_no_frame_is_missing(lab)


@pytest.mark.long
def test_a_handover_during_an_overlap_leaves_one_recorder_which_is_followed_then(lab: Lab) -> None:
    with lab.recording() as first:
        before, stream = lab.pids(), lab.simulator.stream(0)
        await_overlap(lab, first)
        first.process.send_signal(signal.SIGUSR1)
        assert first.ends() == 0, first.outputs
        assert lab.pids() == before, "the overlap was over already"
        with lab.running() as second:
            changes_over_and_ends(lab, second, stream)
    assert_no_frame_is_missing(lab)
