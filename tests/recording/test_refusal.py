"""What a refused start means: somebody else's camera, somebody else's port, or just no."""

import pytest

from thorsched.recording.blame import trouble_of
from thorsched.recording.refusal import explained, is_port_taken
from thorsched.recording.trouble import Cause, Trouble
from thorsched.thorvision.errors import Refused


def meaning(words: str, *others: int, status: int = 400) -> Trouble:
    refused = Refused("http://aio:8000/jpeg", status, words, "a hint")
    return trouble_of(explained(refused, others))


@pytest.mark.parametrize(
    "words",
    [
        "Camera 0 is already streaming",
        "device busy",
        "camera in use",
        "Resource occupied by another client",
    ],
)
def test_a_camera_that_is_somebody_elses_is_said_to_be(words: str) -> None:
    trouble = meaning(words, 9003)
    assert trouble.cause is Cause.DEVICE_TAKEN
    assert words in trouble.detail
    assert "UDP port 9003; end its stream there" in trouble.detail


@pytest.mark.parametrize(
    "words",
    ["UDP port 9001 is taken by another stream", "Address already in use", "camera not streaming"],
)
def test_a_port_that_is_somebody_elses_is_not_the_camera(words: str) -> None:
    assert meaning(words).cause is Cause.SERVER_REFUSED


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("UDP port 9001 is taken by another stream", "taken"),
        ("Address already in use", "taken"),
        ("camera 0 is already streaming", "something else"),
        ("no port 9001 for you", "something else"),
    ],
)
def test_that_somebody_has_the_port_is_told_from_other_refusals(words: str, means: str) -> None:
    refused = Refused("http://aio:8000/jpeg", 500, words, "a hint")
    assert is_port_taken(refused) == (means == "taken")


def test_where_others_stream_is_told_of_a_refusal_that_says_nothing() -> None:
    trouble = meaning("", *range(9000, 9006))
    assert trouble.cause is Cause.SERVER_REFUSED
    assert "UDP ports 9000, 9001, 9002, 9003 and 2 more: is it this camera" in trouble.detail
    assert "a hint" in trouble.detail


def test_a_refusal_that_nothing_explains_stays_as_it_is() -> None:
    refused = Refused("http://aio:8000/jpeg", 422, "no such capability", "a hint")
    assert explained(refused, []) is refused


def test_a_server_that_has_failed_blames_nobody() -> None:
    assert meaning("already broken", 9000, status=503).cause is Cause.SERVER_REFUSED
