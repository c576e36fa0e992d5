"""How long a frame of a recording is, and how long a silence of its frames it allows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.values import recording, source
from thorsched.cameras.capability import Capability


@pytest.mark.parametrize(
    ("rate", "latency_s", "limit_s"),
    [
        ("30/1", 0.5, 3.0),
        ("1/1", 0.5, 4.5),
        ("1/9", 0.5, 28.5),
        ("1/60", 0.5, 30.5),
        ("1/999999999", 2.0, 32.0),
    ],
)
def test_a_stall_is_three_frames_late_and_half_a_minute_at_most(
    rate: str, latency_s: float, limit_s: float
) -> None:
    capability = Capability.parse(f"image/jpeg,width=640,height=480,framerate={rate}")
    wanted = replace(
        recording(of=source(capability=capability)), latency=timedelta(seconds=latency_s)
    )
    assert wanted.stall_limit_s == pytest.approx(limit_s)


@pytest.mark.parametrize(
    ("rate", "frame_s"), [("30/1", 1 / 30), ("1/20", 20.0), ("1/60", 30.0), ("1/999999999", 30.0)]
)
def test_a_frame_is_as_long_as_the_rate_says_and_half_a_minute_at_most(
    rate: str, frame_s: float
) -> None:
    capability = Capability.parse(f"image/jpeg,width=640,height=480,framerate={rate}")
    assert recording(of=source(capability=capability)).frame_s == pytest.approx(frame_s)
