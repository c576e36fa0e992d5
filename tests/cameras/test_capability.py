"""Capabilities: their texts read back, and a list of them has one order."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cameras.strategies import capabilities, capability_lists, thorough
from thorsched.cameras.capability import JPEG, RAW, Capability


@thorough
@given(capabilities())
def test_the_servers_own_text_is_kept_to_the_letter(capability: Capability) -> None:
    assert Capability.parse(capability.caps) == capability


@thorough
@given(st.text() | st.text("image/jpeg,widthframes=0123456789-x", max_size=60))
def test_text_from_a_server_is_a_capability_or_a_value_error(text: str) -> None:
    try:
        capability = Capability.parse(text)
    except ValueError:
        return
    assert capability.caps == text or capability.width > 0


def test_a_rate_is_not_shortened_in_what_the_server_is_told() -> None:
    caps = "video/x-raw,format=YUY2,width=640,height=480,framerate=60/2"

    assert Capability.parse(caps).caps == caps
    assert Capability.parse(caps).rate_fps == 30


@pytest.mark.parametrize(
    "caps",
    [
        "image/jpeg,width=640,height=480,framerate=0/1",
        "image/jpeg,width=640,height=480,framerate=30/0",
        "image/jpeg,width=0,height=480,framerate=30/1",
        "image/jpeg,width=640,height=480",
        "image/jpeg, width=640, height=480, framerate=30/1",
        "image/jpeg,width=٦٤٠,height=480,framerate=30/1",
        "image/jpeg,width=123456,height=480,framerate=30/1",
        "image/jpeg,format=x!y,width=640,height=480,framerate=30/1",
        "image/jpeg,width=640,height=480,framerate=30/1\n",
    ],
)
def test_what_is_no_mode_of_a_camera_is_refused(caps: str) -> None:
    with pytest.raises(ValueError, match="capability"):
        Capability.parse(caps)


@pytest.mark.parametrize(
    ("capability", "words"),
    [
        (Capability(JPEG, 1920, 1080, 30, 1), "jpeg 1920x1080 @30fps"),
        (Capability(RAW, 640, 480, 15, 2, "YUY2"), "raw 640x480 @7.5fps format=YUY2"),
        (Capability("video/x-h264", 640, 480, 60, 2), "video/x-h264 640x480 @30fps"),
    ],
)
def test_a_capability_is_said_in_a_selectors_words(capability: Capability, words: str) -> None:
    assert str(capability) == words


@thorough
@given(capability_lists, st.randoms(use_true_random=False))
def test_capabilities_sort_to_one_order_with_and_without_a_format(
    offered: list[Capability], chance: random.Random
) -> None:
    shuffled = list(offered)
    chance.shuffle(shuffled)

    assert sorted(shuffled) == sorted(offered)


def test_a_mode_without_a_format_sorts_before_its_like_with_one() -> None:
    plain, yuy2 = Capability(RAW, 640, 480, 30, 1), Capability(RAW, 640, 480, 30, 1, "YUY2")

    assert sorted([yuy2, plain]) == [plain, yuy2]
    assert plain < yuy2
    assert yuy2 >= plain


def test_capabilities_that_differ_have_an_order() -> None:
    plain, empty = Capability(RAW, 640, 480, 30, 1), Capability(RAW, 640, 480, 30, 1, "")

    assert plain != empty
    assert sorted([empty, plain]) == sorted([plain, empty])
