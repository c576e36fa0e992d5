"""When a recorder's PTS 0 was, by what GStreamer says of its pipeline."""

from datetime import timedelta

import pytest

from tests.support.values import NOON
from thorsched.recording.basetime import with_base_time, zero_of

LATENCY = timedelta(milliseconds=500)
# As GStreamer 1.22 has it, of a pipeline that began to play at monotonic 66255.031502311 s.
WORDS = """\
Setting pipeline to PLAYING ...
0:00:00.0103 24960 0x55b5 DEBUG pipeline gstpipeline.c:432:gst_pipeline_change_state:<pipeline0> \
selecting clock and base_time
0:00:00.0115 21029 0x5635 DEBUG pipeline gstpipeline.c:494:gst_pipeline_change_state:<pipeline0> \
start_time=0:00:00.000000000, now=18:24:15.031502311, base_time 18:24:15.031502311
New clock: GstSystemClock
"""
BASE_S = 66255.031502


def zero_after(words: str, *, spawned_s: float) -> float | None:
    """Return how long after its spawn a frame would have arrived whose PTS is 0."""
    offset_s = NOON.timestamp() - spawned_s
    zero = zero_of(words, spawned=NOON, latency=LATENCY, clock_offset_s=offset_s)
    return None if zero is None else (zero + LATENCY - NOON).total_seconds()


@pytest.mark.parametrize("late_s", [0.0, 0.04, 0.8, 9.9])
def test_a_pipeline_that_plays_late_is_known_to(late_s: float) -> None:
    assert zero_after(WORDS, spawned_s=BASE_S - late_s) == pytest.approx(late_s, abs=0.001)


@pytest.mark.parametrize("words", ["", "base_time none", WORDS[:200]])
def test_words_that_do_not_tell_leave_it_as_it_was(words: str) -> None:
    assert zero_after(words, spawned_s=BASE_S) is None


@pytest.mark.parametrize("late_s", [-0.1, 11.0, -66000.0])
def test_what_makes_no_sense_is_of_another_recorder_or_another_clock(late_s: float) -> None:
    assert zero_after(WORDS, spawned_s=BASE_S - late_s) is None


def test_of_several_in_a_log_the_first_one_after_the_spawn_counts() -> None:
    words = WORDS.replace("18:24", "18:20") + WORDS + WORDS.replace("24:15", "24:18")
    assert zero_after(words, spawned_s=BASE_S - 0.1) == pytest.approx(0.1, abs=0.001)


@pytest.mark.parametrize(
    ("before", "asked"), [({}, "pipeline:5"), ({"GST_DEBUG": "3"}, "3,pipeline:5")]
)
def test_it_is_asked_for_beside_what_somebody_wants_to_read(
    before: dict[str, str], asked: str
) -> None:
    told = {"GST_DEBUG": asked, "GST_DEBUG_NO_COLOR": "1"}
    assert with_base_time({"HOME": "/home/lab", **before}) == {"HOME": "/home/lab", **told}
