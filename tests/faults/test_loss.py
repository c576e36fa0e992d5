"""Packets are lost on the way: what SRT repairs costs nothing, what it cannot is counted."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order, lab_of
from tests.faults.relay import Relay
from tests.support.frames import sent_meanwhile
from thorsched import metadata

pytestmark = pytest.mark.real


@contextmanager
def losing(loss: float, directory: Path, *, latency: str) -> Iterator[Lab]:
    """Yield a lab whose program has recorded some segments while packets were lost."""
    with (
        lab_of(1, directory) as lab,
        closing(Relay(lab.simulator.host, http=lab.simulator.port, ports=lab.ports)) as relay,
    ):
        lab.url = relay.url
        lab.write(latency=latency)
        with lab.recording() as running:
            relay.loss = loss
            lab.await_segments(running, 4)
            relay.loss = 0.0
            lab.await_segments(running, 5)
            assert len(lab.pids()) == 1
            ends_in_order(running, lab)
        assert relay.lost > 50, "nothing was lost"
        yield lab


@pytest.mark.fault(9)
def test_a_tenth_of_the_packets_may_be_lost_and_no_frame_is(tmp_path: Path) -> None:
    # Time enough for SRT to ask again, and for a busy machine to answer.
    with losing(0.1, tmp_path, latency="2s") as lab:
        lab.assert_nothing_lost()
        lab.assert_no_gap(["cam0"])


@pytest.mark.fault(9)
def test_frames_that_cannot_be_repaired_are_counted_by_their_metadata(tmp_path: Path) -> None:
    with losing(0.6, tmp_path, latency="300ms") as lab:
        frames = metadata.load(lab.files())
        found = [int(sample) // 1000 for sample in frames["sample_index"][frames["is_valid"]]]
        sent = len(sent_meanwhile(lab.simulator.truth(0), found))
        gaps = metadata.gaps(frames)
        # Between two files many frames in a row look as if recording had paused.
        pauses = gaps[gaps["kind"] == "pause"]["step_samples"] // 1000 - 1
        missing = int(gaps["missing_frames"].sum() + pauses.sum())
        assert found == sorted(set(found))
        assert missing > 0
        # What has a frame's place and not its metadata is counted by the one or the other. Numbers
        # that a busy server has left out look as if they were lost.
        assert sent - len(frames) <= missing <= found[-1] - found[0] + 1 - len(found)
