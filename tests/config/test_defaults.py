"""What `defaults` says counts for each camera that does not say it; its mistakes are told once."""

from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from tests.config.files import RIGHT, complaints, loaded
from tests.support.effort import within_cpu_s
from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.selector import Selector
from thorsched.catalogue.keeping.retention import rules_of
from thorsched.config.blocks import Camera, Defaults
from thorsched.config.models import Config
from thorsched.config.schema import json_schema
from thorsched.config.yaml.document import parse

# The line of `defaults` is the third.
SHARED = """\
servers: {a: http://10.0.0.1:8000, b: http://10.0.0.2:8000}
defaults:
  capability: jpeg 1280x720 @30fps
  server: a
cameras:
  side:
    device: {id: 0}
  top:
    device: {id: 1}
schedules:
  ever: {cameras: all, always: true}
"""
CAPABILITY = "  capability: jpeg 1280x720 @30fps\n"
JPEG, RAW = Selector.parse("jpeg 1280x720 @30fps"), Selector.parse("raw 640x480")


def shared(*lines: str, own: str = "") -> str:
    """The file above with further lines of `defaults`, and with a line of `top`."""
    more = "".join(f"  {line}\n" for line in lines)
    text = SHARED.replace("  server: a\n", f"  server: a\n{more}")
    return text.replace("{id: 1}\n", f"{{id: 1}}\n    {own}\n") if own else text


def config(*lines: str, own: str = "") -> Config:
    return loaded(shared(*lines, own=own)).config


def test_it_takes_every_key_of_a_camera_but_what_tells_one_from_another() -> None:
    of_camera, of_all = Camera.model_fields, Defaults.model_fields
    assert of_all.keys() == of_camera.keys() - {"device"}
    assert all(not field.is_required() for field in of_all.values())


def test_a_camera_has_what_it_does_not_say_itself_from_defaults() -> None:
    made = config(own="capability: raw 640x480")
    assert made.cameras["side"].capability == (JPEG,)
    assert made.cameras["top"].capability == (RAW,)
    assert made.server_name_of("side") == made.server_name_of("top") == "a"
    assert config(own="server: b").server_name_of("top") == "b"


def test_blocks_of_keys_are_merged_key_by_key_the_cameras_first_the_files_last() -> None:
    made = config("segment: {time: 5min}", own="segment: {size: 1GB}")
    assert made.segment_of("side").time == made.segment_of("top").time == timedelta(minutes=5)
    assert (made.segment_of("side").size, made.segment_of("top").size) == (2 * 10**9, 10**9)
    own = config("segment: {time: 5min, size: 3GB}", own="segment: {time: 1min}").segment_of("top")
    assert (own.time, own.size) == (timedelta(minutes=1), 3 * 10**9)
    text = shared("about: {cage: 3, room: 10}", own="about: {cage: 4, subject: m1}")
    made = loaded(text + "about: {room: 9, lab: x}\n").config
    assert made.about_of("side") == {"lab": "x", "room": 10, "cage": 3}
    assert made.about_of("top") == {"lab": "x", "room": 10, "cage": 4, "subject": "m1"}


def test_how_long_files_are_kept_may_be_said_for_all_cameras_and_for_one() -> None:
    text = shared("keep: {age: 30d, size: 2TB}", "hold: true", own="keep: {age: 90d}")
    rules = rules_of(loaded(text + "storage: {keep: {size: 9TB}}\n").config)
    side, top = rules.of_camera["side"], rules.of_camera["top"]
    assert (side.age, top.age) == (timedelta(days=30), timedelta(days=90))
    assert side.size_bytes == top.size_bytes == 2 * 10**12
    assert side.has_own_size
    assert side.is_held
    assert not rules_of(config("hold: true", own="hold: false")).of_camera["top"].is_held
    assert rules.shared.age is None
    assert not rules.shared.has_own_size


def test_defaults_that_no_camera_uses_are_right() -> None:
    assert (
        complaints(shared(own="capability: raw").replace("{id: 0}", "{id: 0}\n    capability: raw"))
        == []
    )
    assert complaints(RIGHT + "defaults: {}\n") == []
    assert complaints(RIGHT + "defaults: {segment: {time: 5min}}\n") == []


@pytest.mark.parametrize(
    ("old", "new", "mistakes"),
    [
        (
            "1280x720",
            "12x",
            ["3:20: defaults.capability: '12x' is not a term of a selector"],
        ),
        ("capability", "capabilty", ["3:3: defaults.capabilty: there is no such key here; did"]),
        ("capability: jpeg", "capabilty: jpg", ["3:3: defaults.capabilty", "3:14: defaults.cap"]),
        (CAPABILITY, "  capability:\n", ["3:14: defaults.capability: has no value"]),
        (
            CAPABILITY,
            "",
            [
                "5:3: cameras.side.capability: is missing; write for instance capability:",
                "7:3: cameras.top.capability: is missing; write for instance capability:",
            ],
        ),
        (f"{CAPABILITY}  server: a\n", "  5\n", ["3:3: defaults: 5 stands here instead of keys"]),
        (f"{CAPABILITY}  server: a\n", "", ["2:10: defaults: has no value; write one"]),
        (
            "server: a",
            "server: c",
            ["4:11: defaults.server: there is no server 'c'; write server: a or server: b"],
        ),
        ("server: a", "server: [a]", ["4:11: defaults.server: a list stands here"]),
        ("server: a", "sever: a", ["4:3: defaults.sever: there is no such key here; did you mean"]),
        ("defaults:", "default:", ["2:1: default: there is no such key here; did you mean"]),
        (
            "server: a",
            "device: {id: 0}",
            [
                (
                    "4:3: defaults.device: two cameras cannot be one device; "
                    "write `device` below each camera"
                ),
                "6:3: cameras.side.server: is missing",
                "8:3: cameras.top.server: is missing",
            ],
        ),
        (
            "server: a",
            "server: a\n  segment: {tim: 5min, size: 3}",
            ["5:13: defaults.segment.tim: there is no such", "5:30: defaults.segment.size: 3 has"],
        ),
        ("server: a", "server: a\n  keep: {}", ["5:9: defaults.keep: is empty; write {age: 30d"]),
        ("server: a", "server: a\n  hold: yes", ["5:9: defaults.hold: 'yes' is neither true nor"]),
        ("server: a", "server: a\n  about: {x: [1]}", ["5:14: defaults.about.x: a list stands"]),
        (
            "server: a",
            "server: a\n  fps: 30",
            ["5:3: defaults.fps: there is no such key here; write it into the selector"],
        ),
        (
            "device: {id: 1}",
            "device: {id: 0}",
            ["9:13: cameras.top.device: is the device of 'side', too"],
        ),
        (
            "device: {id: 1}",
            "device: {id: 1}\n    capabilty: jpg",
            [
                "10:5: cameras.top.capabilty: there is no such",
                "10:16: cameras.top.capabilty: 'jpg'",
            ],
        ),
        (
            "  top:\n    device: {id: 1}",
            "  device: {id: 1}",
            ["8:3: cameras.device: `device` stands where a name should; indent it two spaces"],
        ),
        (
            "http://10.0.0.1:8000",
            "{url: http://10.0.0.1:8000, ports: 9001}",
            ["1:49: servers.a.ports: 1 ports for 2 cameras; write at least 9001-9002"],
        ),
    ],
)
def test_a_mistake_in_defaults_is_told_once_and_where_it_stands(
    old: str, new: str, mistakes: list[str]
) -> None:
    said = complaints(SHARED.replace(old, new, 1))
    assert len(said) == len(mistakes), said
    for line, beginning in zip(said, mistakes, strict=True):
        assert line.startswith(beginning)


def test_cameras_that_are_made_in_python_have_what_they_do_not_say_from_defaults_too() -> None:
    made = Config.model_validate(
        {
            "defaults": Defaults(hold=True, capability=(JPEG,)),
            "cameras": {
                "side": Camera(device=DeviceRule(id=0), capability=(RAW,)),
                "top": {"device": {"id": 1}},
            },
            "schedules": {"ever": {"cameras": "all", "always": True}},
        }
    )
    assert made.cameras["side"].capability == (RAW,)
    assert made.cameras["top"].capability == (JPEG,)
    assert made.cameras["side"].hold
    assert made.cameras["top"].hold


def test_the_schema_needs_a_capability_in_a_camera_only_where_defaults_have_none() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    right: Any = parse(SHARED).data
    wrong: Any = parse(SHARED.replace(CAPABILITY, "")).data
    assert validator.is_valid(right)
    places = {".".join(map(str, error.path)) for error in validator.iter_errors(wrong)}
    assert places == {"cameras.side", "cameras.top"}
    assert not validator.is_valid(parse(SHARED.replace("server: a", "device: {id: 0}")).data)


def test_what_is_said_for_all_cameras_costs_no_more_for_many_of_them() -> None:
    cameras = "".join(f"  c{number}:\n    device: {{id: {number}}}\n" for number in range(256))
    about = "".join(f"    key{number}: {number}\n" for number in range(4000))
    selectors = ", ".join(["jpeg 1280x720 @30fps"] * 32)
    text = f"cameras:\n{cameras}schedules: {{ever: {{cameras: all, always: true}}}}\n"
    text += f"defaults:\n  capability: [{selectors}]\n  about:\n{about}"
    with within_cpu_s(3.0):
        assert complaints(text) == []
    with within_cpu_s(3.0):
        assert len(complaints(text.replace("30fps", "30fsp"))) == 32
