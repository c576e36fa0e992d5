"""The segments of an attempt, as they are handed over while its recorder writes them."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.values import NOON, recording
from thorsched.recording.segments import Segment
from thorsched.recording.trail import Trail


@pytest.mark.fault(45, 49)
@pytest.mark.parametrize("set_s", [3600.0, -3600.0, 1.8e9])
def test_a_segment_that_is_opened_after_the_clock_was_set_counts_by_it(
    tmp_path: Path, set_s: float
) -> None:
    closed: list[Segment] = []
    trail = Trail(recording(), directory=tmp_path, prefix="side_x", zero=NOON, closed=closed.append)
    trail.clock_offset_s = 5.0
    for number, offset_s in enumerate((5.0, 5.4, 5.0 + set_s, 5.0 + set_s)):
        (tmp_path / f"side_x-{number:05}.mkv").write_bytes(b"frames")
        trail.clock_offset_now_s = offset_s
        trail.look()
    trail.end()
    after = NOON + timedelta(seconds=set_s)
    assert [one.zero for one in closed] == [NOON, NOON, after, after]
    assert [one.clock_offset_s for one in closed] == [5.0, 5.0, 5.0 + set_s, 5.0 + set_s]
