"""What the client's calls return and print, in PyThorVision's shapes. Called by `api.py`."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any, TypedDict

from thorsched.base.text import printable
from thorsched.cameras.capability import MEDIA_TYPES, Capability, Device
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.spec import Recording

_RULE = "-" * 40
_INDENT = " " * 4


class Stream(TypedDict):
    """A recording as `start_stream_with_recording` returns it."""

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


class StoppedStream(TypedDict):
    """What `stop_stream` has done."""

    message: str
    camera_id: int
    output_path: str | None


def stream(recording: Recording, recorder: Recorder) -> Stream:
    """Return what a start has begun."""
    return {
        "camera_id": recording.source.device_id,
        "port": recorder.port,
        "capability": recording.source.capability.caps,
        "recording": recorder.phase is Phase.RECORDING,
        "output_path": output_path(recorder),
    }


def active_stream(recording: Recording, recorder: Recorder) -> ActiveStream:
    """Return how a recording does now."""
    is_recording = recorder.phase is Phase.RECORDING
    return {
        "port": recorder.port,
        "recording": is_recording,
        "output_path": output_path(recorder),
        "capability": recording.source.capability.caps,
        "reason": None if is_recording else _reason(recorder),
    }


def stopped(number: int, path: str | None, message: str) -> StoppedStream:
    """Return what a stop has done."""
    return {"message": message, "camera_id": number, "output_path": path}


def _reason(recorder: Recorder) -> str:
    return f"{recorder.phase.value}: {recorder.trouble or 'no frames on disk as yet'}"


def output_path(recorder: Recorder) -> str | None:
    """Return where the files are, with `%02d` for their number; None before there are any."""
    return str(recorder.location) if recorder.location is not None else None


def camera_dict(camera: Device) -> dict[str, Any]:
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


def capabilities_of(camera: Mapping[str, Any]) -> list[Capability]:
    """Return the capabilities of a camera as the server writes it; raises `ValueError`."""
    return [_capability(cap) for cap in camera["caps"] if cap["media_type"] in MEDIA_TYPES]


def _capability(cap: Mapping[str, Any]) -> Capability:
    form = f",format={cap['format']}" if cap.get("format") else ""
    size = f"width={cap['width']},height={cap['height']}"
    return Capability.parse(f"{cap['media_type']}{form},{size},framerate={cap['framerate']}")


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
