"""The recorder's command line, word by word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.values import recording, source
from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding
from thorsched.recording.pipeline import arguments, elements

PREFIX = "side_20260301T120000Z"


def test_the_recorder_is_told_exactly_this() -> None:
    assert arguments(recording(), host="192.168.177.100", port=9001, prefix=PREFIX) == (
        *("-e", "-m"),
        *("srtclientsrc", "uri=srt://192.168.177.100:9001", "latency=500", "auto-reconnect=false"),
        "blocksize=1456",
        *("!", "queue", "max-size-buffers=0", "max-size-time=0", "max-size-bytes=67108864"),
        *("!", "jpegparse"),
        *("!", "capssetter", "replace=true"),
        "caps=image/jpeg,parsed=(boolean)true,width=1280,height=720,framerate=30/1",
        *("!", "splitmuxsink", "muxer-factory=matroskamux"),
        *("max-size-time=600000000000", "max-size-bytes=2000000000"),
        "location=side_20260301T120000Z-%05d.mkv",
    )


def test_h265_has_a_parser_of_its_own() -> None:
    raw = Capability.parse("video/x-raw,format=YUY2,width=640,height=480,framerate=30/1")
    wanted = recording(of=replace(source(capability=raw), encoding=Encoding.H265))
    said = arguments(wanted, host="rig", port=9001, prefix=PREFIX)
    assert "h265parse" in said
    assert "jpegparse" not in said


@pytest.mark.parametrize(
    ("host", "uri"),
    [("rig", "uri=srt://rig:9001"), ("::1", "uri=srt://[::1]:9001")],
)
def test_an_ipv6_address_stands_in_brackets(host: str, uri: str) -> None:
    assert uri in arguments(recording(), host=host, port=9001, prefix=PREFIX)


def test_times_are_given_in_the_units_of_each_element() -> None:
    wanted = recording()
    output = replace(wanted.output, segment_time=timedelta(seconds=1.5), segment_bytes=10**6)
    short = replace(wanted, output=output, latency=timedelta(milliseconds=20.9))
    said = arguments(short, host="rig", port=9001, prefix=PREFIX)
    assert {"latency=20", "max-size-time=1500000000", "max-size-bytes=1000000"} <= set(said)


def test_the_elements_are_those_that_the_encodings_need() -> None:
    always = {"srtclientsrc", "queue", "splitmuxsink", "matroskamux"}
    assert set(elements({Encoding.JPEG})) == always | {"jpegparse", "capssetter"}
    both = elements({Encoding.JPEG, Encoding.H265})
    assert set(both) == always | {"jpegparse", "capssetter", "h265parse"}
