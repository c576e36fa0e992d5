"""What a script may write in a call, and what it is told when it writes something else."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from thorsched import Camera, Capability, ConfigError, ThorVisionClient
from thorsched.cameras.selector import Encoding
from thorsched.client import AddressError, NoSuchCapability, answers
from thorsched.client.arguments import Settings, id_of, recording_of

JPEG = "image/jpeg,width=640,height=480,framerate=30/1"
SMALL = "image/jpeg,width=320,height=240,framerate=60/2"
RAW = "video/x-raw,format=YUY2,width=640,height=480,framerate=15/1"
CAMERA = Camera(3, "HD Camera", tuple(map(Capability.parse, (JPEG, SMALL, RAW))))


def taken(wanted: Any, **keywords: Any) -> tuple[str, str]:
    """Return the caps and the encoding that a start asks the server for."""
    recording = recording_of(CAMERA, wanted, Settings.of(**keywords), server="http://rig:8000")
    return recording.source.capability.caps, recording.source.encoding.value


@pytest.mark.parametrize(
    "wanted",
    [
        JPEG,
        "image/jpeg, width=640, height=480, framerate=30/1",
        " image/jpeg,width=640 ,height = 480,framerate=30 / 1 ",
        "image/jpeg,width=640,height=480,framerate=30",
        "image/jpeg,width=640,height=480,framerate=60/2",
        CAMERA.capabilities[0],
        answers.camera_dict(CAMERA)["caps"][0],
        "jpeg 640x480",
        ["jpeg 1080p", JPEG],
        ("raw 1080p", "jpeg >=640x480", "jpeg 320x240"),
        [Capability.parse(JPEG.replace("640", "641")), "jpeg max"],
    ],
)
def test_a_capability_is_written_in_many_ways(wanted: Any) -> None:
    assert taken(wanted) == (JPEG, "jpeg")


def test_the_server_hears_its_own_spelling_of_a_rate() -> None:
    assert taken("image/jpeg,width=320,height=240,framerate=30/1") == (SMALL, "jpeg")


@pytest.mark.parametrize("wanted", [RAW, "raw", "h265", "any 640x480", "640x480"])
def test_an_encoding_that_is_demanded_decides_what_a_selector_takes(wanted: str) -> None:
    assert taken(wanted, encoding="h265") == (RAW, Encoding.H265.value)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("image/jpg,width=640,height=480,framerate=30/1", "did you mean 'image/jpeg'?"),
        ("image/jpg,width=640", "did you mean 'image/jpeg'?"),
        ("text/plain,width=640,height=480,framerate=30/1", "image/jpeg and video/x-raw"),
        (Capability("image/jpg", 640, 480, 30, 1), "did you mean 'image/jpeg'?"),
        (Capability("image/jpeg", 640_000, 480, 30, 1), "nearest: jpeg 640x480 @30fps"),
        ("image/jpeg,widht=640,height=480,framerate=30/1", "not a capability"),
        ("image/jpeg,width=641,height=480,framerate=30/1", "nearest: jpeg 640x480"),
        (RAW.replace("format=YUY2,", ""), f"nearest to it is {RAW}"),
        ("jpeg 1280by720", "write '1280x720'"),
        (["jpeg 640x480", "jpeg 1280by720"], "write '1280x720'"),
        (["jpeg 1080p", "raw 1080p"], "jpeg 1920x1080 (nearest"),
        (["jpeg 1080p", "raw 1080p"], "raw 1920x1080 (nearest"),
        ([], "the list of capabilities is empty"),
        (None, "the capability is None; write one of format_camera_capabilities, or a sel"),
        (0, "the capability is 0; write"),
    ],
)
def test_a_capability_that_is_not_had_is_refused_with_what_is(wanted: Any, words: str) -> None:
    with pytest.raises(NoSuchCapability) as refused:
        taken(wanted)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("wanted", "encoding", "words"),
    [
        (answers.camera_dict(CAMERA), None, "one of the 'caps' of list_cameras() has"),
        ({"media_type": "image/jpeg", "width": 640}, None, "is no capability"),
        ({**answers.camera_dict(CAMERA)["caps"][0], "width": "wide"}, None, "width=wide"),
        ("h265 640x480", "jpeg", "leave encoding out, or write raw"),
        ("jpeg 640x480", "h265", "raw video only"),
        (JPEG, "h265", "raw video only"),
    ],
)
def test_what_no_camera_could_have_is_refused(
    wanted: Any, encoding: str | None, words: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        taken(wanted, encoding=encoding)
    assert words in str(refused.value)


@pytest.mark.parametrize("camera", [3, CAMERA, answers.camera_dict(CAMERA), Fraction(3).numerator])
def test_a_camera_is_named_by_its_id_or_given_as_it_was_listed(camera: Any) -> None:
    assert id_of(camera) == 3


@pytest.mark.parametrize("camera", [None, "3", 3.0, True, {}, {"id": "3"}, [3]])
def test_what_names_no_camera_is_refused(camera: Any) -> None:
    with pytest.raises(ConfigError, match=r"write its id, such as 0, or give one that list_"):
        ThorVisionClient().stop_stream(camera)


@pytest.mark.parametrize("pairs", [None, 0, [0, 1], "01", [(0,)], ["ab"], [(0, JPEG, JPEG)]])
def test_what_is_no_pair_of_a_camera_and_a_capability_is_refused(pairs: Any) -> None:
    with pytest.raises(ConfigError, match="is no pair of a camera and a capability; write"):
        ThorVisionClient("127.0.0.1", 1).start_streams_with_recording(pairs)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"max_size_time": "10"}, "max_size_time is '10'; write seconds: 0 for no limit, or 0.1"),
        ({"max_size_time": 1e-9}, "max_size_time is 1e-09; write seconds: 0 for no limit, or 0.1"),
        ({"max_size_time": float("inf")}, "max_size_time is inf"),
        ({"max_size_time": None}, "max_size_time is None"),
        ({"max_size_time": timedelta(seconds=3)}, "write seconds"),
        ({"max_size_bytes": 0.5}, "max_size_bytes is 0.5; write bytes: 0 for no limit, or 100000"),
        ({"max_size_bytes": 2}, "max_size_bytes is 2; write bytes"),
        ({"max_size_bytes": 200_000.5}, "write bytes, a whole number"),
        ({"max_size_bytes": 10**400}, "to 1e+18"),
        ({"max_files": 0.5}, "max_files is 0.5; write a number of files: 0 for no limit, or 1"),
        ({"max_files": 1.5}, "write a number of files, a whole number"),
        ({"max_files": True}, "max_files is True"),
        ({"restart": "no"}, "restart is 'no'; write True or False"),
        ({"encoding": ["h265"]}, "encoding is ['h265']; write 'jpeg' or 'h265'"),
        ({"output_dir": None}, "output_dir is None; write a directory, such as './recordings'"),
        ({"output_dir": 3}, "output_dir is 3"),
        ({"output_dir": b"x"}, "output_dir is b'x'"),
        ({"output_dir": "a\0b"}, "output_dir is 'a\\x00b'"),
        ({"output_dir": "~nobody-here/x"}, "output_dir is '~nobody-here/x'"),
    ],
)
def test_a_keyword_that_cannot_be_is_named_with_its_unit(
    keywords: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        Settings.of(**keywords)
    assert words in str(refused.value)


def test_limits_may_be_any_kind_of_number() -> None:
    settings = Settings.of(max_size_time=0.5, max_size_bytes=2e9, max_files=0)  # type: ignore[arg-type]
    assert settings.segment == timedelta(milliseconds=500)
    assert (settings.segment_bytes, settings.most_files) == (2_000_000_000, 0)


def test_a_tilde_is_the_home_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Settings.of(output_dir="~/films").directory == tmp_path / "films"


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("rig-a", 8000, "http://rig-a:8000"),
        ("rig-a", 9000, "http://rig-a:9000"),
        ("rig-a:9000", 8000, "http://rig-a:9000"),
        ("rig-a:9000", 9000, "http://rig-a:9000"),
        ("http://127.0.0.1:8001", 8000, "http://127.0.0.1:8001"),
        ("http://127.0.0.1:8001/", 8000, "http://127.0.0.1:8001"),
        ("http://127.0.0.1", 9000, "http://127.0.0.1:9000"),
        ("http://127.0.0.1/", 9000, "http://127.0.0.1:9000"),
        ("fe80::1", 8000, "http://[fe80::1]:8000"),
        ("[fe80::1]", 8000, "http://[fe80::1]:8000"),
        ("[fe80::1]:9000", 8000, "http://[fe80::1]:9000"),
    ],
)
def test_a_host_is_a_name_an_address_or_a_url(host: str, port: int, url: str) -> None:
    assert ThorVisionClient(host, port).url == url
    assert repr(ThorVisionClient(host, port)) == f"<ThorVisionClient of {url}>"


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        (None, 8000, "host is None; write a name or an IP address"),
        (b"rig", 8000, "host is b'rig'"),
        ("", 8000, "names no host"),
        ("rig a", 8000, "is not a server's address"),
        ("user@rig", 8000, "holds a user name or password"),
        ("user:secret@rig", 8000, "holds a user name or password"),
        ("https://rig", 8000, "https, which ThorVision does not speak"),
        ("http://rig:8000/cameras", 8000, "write it as http://rig:8000"),
        ("rig:99999", 8000, "a port is a number from 1 to 65535"),
        ("rig:9000", 9001, "host says port 9000, and port is 9001; write host='rig'"),
        ("rig", 99999, "port is 99999; write a number from 1 to 65535 (ThorVision's is 8000)"),
        ("rig", 0, "port is 0; write"),
        ("rig", "8000", "port is '8000'; write a number"),
        ("rig", None, "port is None"),
        ("rig", True, "port is True"),
    ],
)
def test_a_host_or_port_that_is_none_is_refused_at_once(host: Any, port: Any, words: str) -> None:
    with pytest.raises(AddressError) as refused:
        ThorVisionClient(host, port)
    assert words in str(refused.value)
    assert "secret" not in str(refused.value)
