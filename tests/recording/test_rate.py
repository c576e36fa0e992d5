"""The rate of the frames is judged over ten seconds and more, and never by what nobody saw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.recording.rate import COUNT_EVERY_S, Rate
from thorsched.recording.trouble import Cause


class Camera:
    """A camera whose frames are counted as often as is due."""

    def __init__(self, wanted_fps: float) -> None:
        self.now_s = 100.0
        self.frames = 0.0
        self.rate = Rate(wanted_fps, seen_at_s=self.now_s)

    def films(self, fps: float, *, for_s: float) -> str | None:
        """Return what is said of the rate after that, without the reasons."""
        for _ in range(round(for_s / COUNT_EVERY_S)):
            self.now_s += COUNT_EVERY_S
            self.frames += fps * COUNT_EVERY_S
            assert self.rate.is_due(self.now_s)
            self.rate = self.rate.seen(round(self.frames), now_s=self.now_s)
        trouble = self.rate.trouble
        return trouble.detail.partition(":")[0] if trouble else None


@pytest.mark.parametrize(
    ("wanted", "fps", "says"),
    [
        (30, 12, "wanted 30 fps, 12 arrive"),
        (30, 15, "wanted 30 fps, 15 arrive"),
        (5, 60, "wanted 5 fps, 60 arrive"),
    ],
)
def test_a_rate_far_from_the_one_wanted_is_told_with_both(
    wanted: float, fps: float, says: str
) -> None:
    camera = Camera(wanted)
    assert camera.films(fps, for_s=20) == says
    assert camera.rate.trouble is not None
    assert camera.rate.trouble.cause is Cause.WRONG_RATE
    assert ("dark" in camera.rate.trouble.detail) == (fps < wanted)


def test_nothing_is_said_before_ten_seconds_were_seen() -> None:
    camera = Camera(30)
    assert camera.films(3, for_s=10) is None
    assert camera.films(3, for_s=5) == "wanted 30 fps, 3 arrive"


def test_a_camera_of_a_frame_in_ten_seconds_is_given_ten_frames() -> None:
    assert Camera(0.1).films(0.1, for_s=300) is None
    camera = Camera(0.1)
    assert camera.films(0.02, for_s=100) is None
    assert camera.films(0.02, for_s=10) == "wanted 0.1 fps, 0.02 arrive"


def test_what_is_said_stays_as_it_is_until_the_rate_is_right_again() -> None:
    camera, said = Camera(30), "wanted 30 fps, 12 arrive"
    assert camera.films(12, for_s=20) == said
    assert camera.films(19.5, for_s=20) == said
    assert camera.films(30, for_s=20) is None
    assert camera.films(19.5, for_s=20) is None


def test_frames_that_nobody_counted_in_time_are_judged_by_nobody() -> None:
    camera = Camera(30)
    camera.films(30, for_s=20)
    camera.now_s += 60.0  # a disk that hung: whole segments came and went
    assert camera.films(0, for_s=5) is None
    assert camera.films(30, for_s=20) is None


@given(wanted_fps=st.floats(0.1, 240), factor=st.floats(0.75, 1.4))
def test_a_rate_that_is_about_right_is_never_told(wanted_fps: float, factor: float) -> None:
    for_s = 60.0 + 60.0 / wanted_fps
    assert Camera(wanted_fps).films(wanted_fps * factor, for_s=for_s) is None


def test_it_is_not_counted_more_often_than_is_due() -> None:
    assert not Rate(30, seen_at_s=100.0).is_due(100.0 + COUNT_EVERY_S - 0.1)
