"""The blocks of the file that say what: servers, segments, devices, cameras, their defaults.

Parts of `models.py`, which says how they are built and by whom they are read. One model a block,
one field a key; frozen. `blocks_storage.py` holds those that say where, `blocks_time.py` the one
that says when. The descriptions are what an editor shows.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, GetPydanticSchema, PlainSerializer
from pydantic_core import core_schema

from thorsched.base.text import printable
from thorsched.base.units import parse_duration, parse_size
from thorsched.cameras.binding import DeviceRule
from thorsched.config.blocks_storage import Keep
from thorsched.config.fields import (
    Latency,
    Name,
    SegmentSize,
    SegmentTime,
    Truth,
)
from thorsched.config.fields_rig import (
    About,
    DeviceId,
    DeviceName,
    Ports,
    Selectors,
    Upgrade,
    Url,
)
from thorsched.config.problems import FileModel, Problem
from thorsched.thorvision.address import USUAL_LATENCY, USUAL_STREAM_PORTS

DEFAULT_URL = "http://192.168.177.100:8000"
PARTS_OF_A_SELECTOR = dict.fromkeys(
    ("resolution", "size", "width", "height", "fps", "framerate", "frame_rate", "rate"),
    "it into the selector, such as capability: jpeg 1280x720 @30fps",
) | dict.fromkeys(("codec", "format"), "it into the selector, such as capability: jpeg @30fps")
"""Keys that people write beside `capability`, and what is right instead."""


class Server(FileModel):
    """One ThorVision server; its URL alone may stand here instead of the block."""

    example = "{url: http://192.168.177.100:8000}"

    url: Url = Field(
        description="Where the server listens: http://HOST:PORT.",
        examples=["http://192.168.177.100:8000"],
    )
    ports: Ports = Field(
        USUAL_STREAM_PORTS,
        description="UDP ports that streams of this server may use, one a camera. Change it if "
        "other programs that record from the same server use these.",
    )
    latency: Latency = Field(
        USUAL_LATENCY,
        description="SRT's buffer. Longer survives worse networks; every recording runs this "
        "much longer than its window, so that nothing of it is lost.",
    )

    @classmethod
    def expanded(cls, written: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        return {"url": written} if isinstance(written, str) else written


class SegmentLimits(FileModel):
    """When a recording goes on in a new file; whichever comes first."""

    example = "{time: 10min, size: 2GB}"

    time: SegmentTime = Field(
        parse_duration("10min"), description="A file's length. Shorter files lose less if damaged."
    )
    size: SegmentSize = Field(parse_size("2GB"), description="A file's size.")


class CameraSegmentLimits(FileModel):
    """What differs from the file's `segment` for one camera, or from a camera's for a schedule."""

    example = "{time: 5min}"

    time: SegmentTime | None = Field(None, description="A file's length, here.")
    size: SegmentSize | None = Field(None, description="A file's size, here.")


class Device(FileModel):
    """Which device of the server a camera is; what stands here must all hold."""

    example = "{id: 0}"

    name: DeviceName | None = Field(
        None,
        description="The device's name, as `thorsched cameras` lists it; * stands for any "
        "characters, ? for one.",
        examples=["HD USB Camera*"],
    )
    id: DeviceId | None = Field(
        None,
        description="The device's number. Needed where two devices have one name; it may change "
        "when a camera is plugged in again.",
    )

    @classmethod
    def expanded(cls, written: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        return (
            {"name": written.name, "id": written.id} if isinstance(written, DeviceRule) else written
        )

    @classmethod
    def instead_of(cls, written: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        match written:
            case bool():
                return cls.example
            case int():
                return f"{{id: {written}}}"
            case str():
                return f'{{name: "{printable(written, longest=60)}"}}'
        return cls.example

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        if not written:
            yield Problem((), 'is empty; write {id: 0} or {name: "HD USB Camera*"} or both keys')


def _rule_of(device: Device) -> DeviceRule:
    return DeviceRule(device.name, device.id)


def _device_text(rule: DeviceRule) -> dict[str, str | int]:
    keys = {"name": rule.name, "id": rule.id}
    return {key: value for key, value in keys.items() if value is not None}


class Camera(FileModel):
    """A camera: which device it is and how it records."""

    example = "{device: {id: 0}, capability: jpeg 1280x720 @30fps}"
    misnomers = PARTS_OF_A_SELECTOR | {
        "id": "device: {id: 0}",
        "name": 'device: {name: "HD USB Camera*"}',
    }

    server: Name | None = Field(
        None, description="Its server's name; needed only where the file has several servers."
    )
    device: Annotated[
        DeviceRule,
        GetPydanticSchema(
            lambda _, handler: core_schema.no_info_after_validator_function(
                _rule_of, handler(Device)
            )
        ),
        PlainSerializer(_device_text),
    ] = Field(
        description="Which device of the server it is, by name, id or both.",
        examples=[{"id": 0}],
    )
    capability: Selectors = Field(
        description="Which of the device's modes to record: a selector such as "
        "jpeg >=1280x720 @30fps, or a list of them, of which the first that matches is taken.",
        examples=[
            "jpeg 1280x720 @30fps",
            "jpeg >=1280x720 @>=30fps",
            "raw 640x480 @60fps format=YUY2",
            "jpeg @30fps max",
            ["jpeg 1280x720 @60fps", "jpeg >=640x480 @>=30fps"],
        ],
    )
    upgrade: Upgrade = Field(
        "next_window",
        description="When a selector that stands further ahead is taken again, once the device "
        "lists what it wants: next_window costs no frame; at_once ends what records, and costs "
        "about a second.",
    )
    segment: CameraSegmentLimits | None = Field(
        None, description="What differs from the file's `segment` for this camera."
    )
    keep: Keep | None = Field(
        None,
        description="What differs from the file's `storage.keep` for this camera; `size` is then "
        "the total of its own files.",
    )
    hold: Truth = Field(
        default=False, description="Whether nothing of this camera is ever deleted."
    )
    about: About = Field(
        default_factory=dict,
        description="Keys of your own, copied with the file's `about` into this camera's sidecars; "
        "where both have a key, this one counts.",
    )


class Defaults(FileModel):
    """What counts for each camera that does not say it itself: every key of one but `device`."""

    example = "{capability: jpeg 1280x720 @30fps}"
    misnomers = PARTS_OF_A_SELECTOR

    server: Name | None = Field(
        None, description="The name of the server of cameras that name none."
    )
    capability: Selectors | None = Field(
        None, description="What cameras without a `capability` record; as it is written there."
    )
    upgrade: Upgrade | None = Field(
        None, description="When a better selector is taken again, by cameras that do not say it."
    )
    segment: CameraSegmentLimits | None = Field(
        None, description="What differs from the file's `segment`; a camera's keys count before it."
    )
    keep: Keep | None = Field(
        None,
        description="What differs from the file's `storage.keep`; a camera's keys count before "
        "it. `size` is the total of each camera's own files.",
    )
    hold: Truth | None = Field(
        None, description="Whether nothing of cameras that do not say it is ever deleted."
    )
    about: About = Field(
        default_factory=dict,
        description="Keys of your own, copied into every camera's sidecars: they count before the "
        "file's `about`, and a camera's before them.",
    )

    @classmethod
    def place_of(cls, key: str, value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        del value
        if key == "device":
            return "two cameras cannot be one device; write `device` below each camera"
        return ""
