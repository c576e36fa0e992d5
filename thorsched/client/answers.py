"""What the client's calls return and print, in PyThorVision's shapes. Called by `api.py`."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any, TypedDict

from thorsched.base.errors import ConfigError
from thorsched.base.text import printable
from thorsched.cameras.capability import JPEG, MEDIA_TYPES, Camera, Capability
from thorsched.recording.keeper import Kept, Stopped
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.spec import Recording

_RULE = "-" * 40
_INDENT = " " * 4
_CAP_KEYS = {"media_type", "width", "height", "framerate"}


class Stream(TypedDict):
    """A recording as `start_stream_with_recording` returns it."""

    message: str
    camera_id: int
    port: int | None
    capability: str
    recording: bool
    output_path: str | None


class ActiveStream(TypedDict):
    """A recording as `list_active_streams` shows it; `reason` says why it does not record now."""

    port: int | None
    recording: bool
    output_path: str | None
    capability: str
    reason: str | None
    files: list[str]


class StoppedStream(TypedDict):
    """What `stop_stream` has done."""

    message: str
    camera_id: int
    output_path: str | None
    files: list[str]


STARTED = "Stream and recording started"
ALREADY = "the camera records already"
GOES_ON = "the camera records already, and goes on as it was started"


def stream(recording: Recording, recorder: Recorder, message: str) -> Stream:
    """Return what a start has begun, or found; `message` is one of those above."""
    return {
        "message": message,
        "camera_id": recording.source.device_id,
        "port": recorder.port,
        "capability": recording.source.capability.caps,
        "recording": recorder.phase is Phase.RECORDING,
        "output_path": output_path(recorder),
    }


def active_stream(kept: Kept, recorder: Recorder, files: Iterable[Path]) -> ActiveStream:
    """Return how a recording does now."""
    is_recording = recorder.phase is Phase.RECORDING
    return {
        "port": recorder.port,
        "recording": is_recording,
        "output_path": output_path(recorder),
        "capability": kept.recording.source.capability.caps,
        "reason": None if is_recording else _reason(kept, recorder),
        "files": [str(path) for path in files],
    }


def stopped(end: Stopped) -> StoppedStream:
    """Return what a stop has done."""
    return {
        "message": _end(end),
        "camera_id": end.recording.source.device_id,
        "output_path": str(end.location) if end.location is not None else None,
        "files": [str(path) for path in end.files],
    }


def not_there(number: int) -> StoppedStream:
    """Return what a stop says of a camera that is not recorded."""
    return {
        "message": "No active stream found",
        "camera_id": number,
        "output_path": None,
        "files": [],
    }


def _end(end: Stopped) -> str:
    if not end.is_at_rest:
        return "the recorder does not end, and is stopped still: see the log"
    if end.stream_left:
        return f"recording finalised; the server did not stop the stream: {end.stream_left}"
    if end.ended_by is not None:
        return f"the recording had ended before: {end.ended_by}"
    return "Stream and recording stopped"


def _reason(kept: Kept, recorder: Recorder) -> str:
    what = "ended" if kept.has_ended(recorder) else recorder.phase.value
    return f"{what}: {recorder.trouble or 'no frames on disk as yet'}"


def output_path(recorder: Recorder) -> str | None:
    """Return where the files are, with `%02d` for their number; None before there are any."""
    return str(recorder.location) if recorder.location is not None else None


def camera_dict(camera: Camera) -> dict[str, Any]:
    """Return a camera as the server writes it."""
    return {
        "id": camera.id,
        "name": camera.name,
        "caps": [
            {
                "media_type": capability.media_type,
                "format": capability.format or "",
                "width": capability.width,
                "height": capability.height,
                "framerate": f"{capability.rate_numerator}/{capability.rate_denominator}",
            }
            for capability in camera.capabilities
        ],
    }


def camera_dicts(cameras: object) -> list[Mapping[str, Any]]:
    """Return cameras, one or several in any of their shapes, as the server writes them.

    Raises `ConfigError` for what is none, a capability that cannot be read included.
    """
    several = [cameras] if isinstance(cameras, Camera | Mapping) else cameras
    if isinstance(several, str) or not isinstance(several, Iterable):
        raise _no_camera(several)
    listed = [_as_dict(camera) for camera in several]
    for camera in listed:
        capabilities_of(camera)
    return listed


def _as_dict(camera: object) -> Mapping[str, Any]:
    if isinstance(camera, Camera):
        return camera_dict(camera)
    if not isinstance(camera, Mapping) or not isinstance(camera.get("caps"), list | tuple):
        raise _no_camera(camera)
    if not {"id", "name"} <= camera.keys():
        raise _no_camera(camera)
    return {**camera, "name": str(camera["name"])}


def _no_camera(camera: object) -> ConfigError:
    return ConfigError(
        f"{printable(repr(camera))} is no camera; give what list_cameras() or cameras() return"
    )


def capabilities_of(camera: Mapping[str, Any]) -> list[Capability]:
    """Return the capabilities of a camera as the server writes it; raises `ConfigError`."""
    return [
        capability_of(cap)
        for cap in camera["caps"]
        if not isinstance(cap, Mapping) or cap.get("media_type", JPEG) in MEDIA_TYPES
    ]


def capability_of(cap: object) -> Capability:
    """Return a capability, of any media type, as the server writes it; raises `ConfigError`."""
    if not isinstance(cap, Mapping) or not cap.keys() >= _CAP_KEYS:
        raise ConfigError(
            f"{printable(repr(cap))} is no capability; one of the 'caps' of list_cameras() has "
            "media_type, width, height and framerate"
        )
    form = f",format={cap['format']}" if cap.get("format") else ""
    size = f"width={cap['width']},height={cap['height']}"
    try:
        return Capability.parse(f"{cap['media_type']}{form},{size},framerate={cap['framerate']}")
    except ValueError as error:
        raise ConfigError(printable(str(error))) from error


def print_capabilities(camera: Mapping[str, Any]) -> None:
    """Print a camera and its capabilities, grouped by media type, format and resolution."""
    print(f"Camera {camera['id']}: {printable(camera['name'])}")
    print(_RULE)
    for (media_type, form, width, height), group in groupby(
        _grouped(capabilities_of(camera)), key=_group_of
    ):
        said = f", format={form}" if form else ""
        print(f"{media_type}{said}, resolution={width}x{height}")
        for capability in sorted(group, key=_rate_of):
            print(f"{_INDENT}{capability.caps}")
    print()


def _grouped(capabilities: list[Capability]) -> list[Capability]:
    """Return the members of each group together, the groups in the order of their first."""
    first = {_group_of(c): n for n, c in reversed(list(enumerate(capabilities)))}
    return sorted(capabilities, key=lambda capability: first[_group_of(capability)])


def _group_of(capability: Capability) -> tuple[str, str | None, int, int]:
    return capability.media_type, capability.format, capability.width, capability.height


def _rate_of(capability: Capability) -> Fraction:
    return capability.rate_fps
