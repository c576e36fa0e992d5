"""What the client prints and returns, in PyThorVision's shapes."""

import inspect
from typing import Any

import pytest

from thorsched import Camera, Capability, ConfigError, ThorVisionClient
from thorsched.client import answers
from thorsched.client.arguments import Keywords, Settings

CAPS = (
    "image/jpeg,width=1280,height=720,framerate=60/1",
    "image/jpeg,width=640,height=480,framerate=30/1",
    "image/jpeg,width=1280,height=720,framerate=15/2",
    "image/jpeg,width=1280,height=720,framerate=30000/1001",
    "video/x-raw,format=YUY2,width=640,height=480,framerate=30/1",
)
VGA = CAPS[1]
BROKEN = {"media_type": "image/jpeg", "width": -1, "height": 1, "framerate": "30/1"}
CAMERA = Camera(3, "HD \x1b[2J Camera", tuple(map(Capability.parse, CAPS)))
PRINTED = """\
Camera 3: HD \\x1b[2J Camera
----------------------------------------
image/jpeg, resolution=1280x720
    image/jpeg,width=1280,height=720,framerate=15/2
    image/jpeg,width=1280,height=720,framerate=30000/1001
    image/jpeg,width=1280,height=720,framerate=60/1
image/jpeg, resolution=640x480
    image/jpeg,width=640,height=480,framerate=30/1
video/x-raw, format=YUY2, resolution=640x480
    video/x-raw,format=YUY2,width=640,height=480,framerate=30/1

"""


def listed(**caps: Any) -> dict[str, Any]:
    camera = answers.camera_dict(CAMERA)
    camera["caps"] += [caps] if caps else []
    return camera


@pytest.mark.parametrize("camera", [CAMERA, listed(), listed(media_type="audio/x-raw", rate=44100)])
def test_capabilities_are_printed_in_groups_and_returned_in_the_servers_order(
    camera: Camera | dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    client = ThorVisionClient("127.0.0.1", 1)
    assert client.format_camera_capabilities([camera]) == {3: list(CAPS)}
    assert capsys.readouterr().out == PRINTED


def test_a_format_may_be_missing_or_null() -> None:
    camera = listed()
    del camera["caps"][0]["format"]
    camera["caps"][1]["format"] = None
    assert [capability.caps for capability in answers.capabilities_of(camera)] == list(CAPS)


def test_a_camera_is_written_as_the_server_writes_it() -> None:
    assert answers.camera_dict(CAMERA)["caps"][0] == {
        "media_type": "image/jpeg",
        "format": "",
        "width": 1280,
        "height": 720,
        "framerate": "60/1",
    }
    assert answers.camera_dict(CAMERA)["caps"][4]["format"] == "YUY2"


@pytest.mark.parametrize("camera", [CAMERA, listed()])
def test_one_camera_does_where_several_do(camera: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert ThorVisionClient().format_camera_capabilities(camera) == {3: list(CAPS)}
    assert capsys.readouterr().out == PRINTED


@pytest.mark.parametrize(
    ("cameras", "words"),
    [
        (5, "5 is no camera; give what list_cameras() or cameras() return"),
        ("0", "'0' is no camera"),
        ([0], "0 is no camera"),
        ({"id": 0}, "is no camera"),
        ([{"id": 0, "name": "", "caps": None}], "is no camera"),
        ([{"name": "", "caps": []}], "is no camera"),
        ([{"id": 0, "name": "", "caps": [VGA]}], "is no capability"),
        ([{"id": 0, "name": "", "caps": [{"width": 640}]}], "media_type, width, height and fr"),
        ([CAMERA, listed(**BROKEN)], "width=-1"),
    ],
)
def test_what_is_no_camera_is_refused_before_anything_is_printed(
    cameras: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError) as refused:
        ThorVisionClient().format_camera_capabilities(cameras)
    assert words in str(refused.value)
    assert capsys.readouterr().out == ""


def test_without_a_stream_there_is_nothing_to_list_or_to_stop() -> None:
    client = ThorVisionClient("127.0.0.1", 1)
    assert client.list_active_streams() == {}
    assert client.stop_stream(0) == {
        "message": "No active stream found",
        "camera_id": 0,
        "output_path": None,
        "files": [],
    }
    client.cleanup()
    client.cleanup()


def test_one_start_and_several_have_the_same_defaults() -> None:
    one = inspect.signature(ThorVisionClient.start_stream_with_recording).parameters
    several = inspect.signature(Settings.of).parameters
    assert {n: p.default for n, p in several.items()} == {n: one[n].default for n in several}
    assert set(several) == set(Keywords.__annotations__)
