"""What callers of the client may give, checked and turned into what is to be recorded.

Called by `api.py`. A mistake is a `ConfigError` that says what would be right.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypedDict, get_args

from thorsched.base.errors import ConfigError, UnavailableError
from thorsched.base.text import printable
from thorsched.cameras.capability import RAW, Capability, Device
from thorsched.cameras.choice import NoMatch, choose
from thorsched.cameras.selector import Encoding, Selector, SelectorError
from thorsched.recording.naming import Naming, slug
from thorsched.recording.spec import Output, Recording, Source
from thorsched.schedule.intervals import ALWAYS
from thorsched.thorvision.address import USUAL_LATENCY, USUAL_STREAM_PORTS

Camera = Device
"""What PyThorVision calls a camera: `id`, `name`, `capabilities`."""

Log = Literal["console", "file", "none"]
Codec = Literal["jpeg", "h265"]

# splitmuxsink takes 0 for no limit, and 2**64 ns is 584 years.
_LONGEST_S = 100 * 365 * 86_400
_MOST_BYTES = 2**62


class NoSuchCamera(UnavailableError):
    """The server lists no camera of that id now; it may be unplugged."""


class NoSuchCapability(ConfigError):
    """The camera does not offer it; the message names what comes nearest."""


class Keywords(TypedDict, total=False):
    """The keywords of a start; see `ThorVisionClient.start_stream_with_recording`."""

    output_dir: str | os.PathLike[str]
    max_size_time: float
    max_size_bytes: int
    gstreamer_log: Log
    max_files: int
    encoding: Codec | None
    restart: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """The keywords of a start."""

    directory: Path
    segment: timedelta
    segment_bytes: int
    most_files: int
    log: Log
    encoding: Codec | None
    restart: bool

    @classmethod
    def of(
        cls,
        *,
        output_dir: str | os.PathLike[str] = "./recordings",
        max_size_time: float = 3600,
        max_size_bytes: int = 2_000_000_000,
        gstreamer_log: Log = "file",
        max_files: int = 0,
        encoding: Codec | None = None,
        restart: bool = True,
    ) -> "Settings":
        """Return them checked, PyThorVision's for those not given; raises `ConfigError`."""
        _among("gstreamer_log", gstreamer_log, get_args(Log))
        if encoding is not None:
            _among("encoding", encoding, get_args(Codec))
        return cls(
            directory=Path(output_dir).absolute(),
            segment=timedelta(seconds=_limit("max_size_time", max_size_time, _LONGEST_S)),
            segment_bytes=int(_limit("max_size_bytes", max_size_bytes, _MOST_BYTES)),
            most_files=int(_limit("max_files", max_files, _MOST_BYTES)),
            log=gstreamer_log,
            encoding=encoding,
            restart=restart,
        )


def _among(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        words = " or ".join(repr(word) for word in allowed)
        raise ConfigError(f"{name} is {printable(repr(value))}; write {words}")


def _limit(name: str, value: float, most: float) -> float:
    if not 0 <= value <= most:  # NaN neither
        raise ConfigError(f"{name} is {value!r}; write a number from 0 (no limit) to {most}")
    return value


def id_of(camera: int | Camera) -> int:
    """Return the id by which the server knows a camera."""
    return camera.id if isinstance(camera, Device) else camera


def listed(cameras: Sequence[Camera], camera: int | Camera) -> Camera:
    """Return the camera of that id as the server lists it now; raises `NoSuchCamera`."""
    wanted = id_of(camera)
    for one in cameras:
        if one.id == wanted:
            return one
    there = ", ".join(f"{one.id} ({printable(one.name)})" for one in cameras) or "none"
    raise NoSuchCamera(f"the server has no camera {wanted!r}; it lists {there}")


def recording_of(
    camera: Camera, capability: str | Capability, settings: Settings, *, server: str
) -> Recording:
    """Return what is to be recorded; raises `NoSuchCapability` or `ConfigError`."""
    chosen, encoding = _chosen(camera, capability)
    if settings.encoding is not None:
        encoding = Encoding(settings.encoding)
        if encoding is Encoding.H265 and chosen.media_type != RAW:
            raise NoSuchCapability(
                f"{chosen} cannot be encoded to H.265: the server does that with raw video only"
            )
    return Recording(
        camera=f"{camera.id}_{slug(camera.name)}",
        source=Source(server, camera.id, camera.name, chosen, encoding),
        output=Output(
            root=settings.directory,
            naming=Naming("{camera}_{local}", settings.directory, log="{attempt}.log", digits=2),
            segment_time=settings.segment,
            segment_bytes=settings.segment_bytes,
            min_free_bytes=0,
        ),
        window=ALWAYS,
        latency=USUAL_LATENCY,
        ports=USUAL_STREAM_PORTS,
    )


def _chosen(camera: Camera, wanted: str | Capability) -> tuple[Capability, Encoding]:
    if isinstance(wanted, str) and "," not in wanted:
        return _selected(camera, wanted)
    try:
        capability = wanted if isinstance(wanted, Capability) else Capability.parse(wanted)
    except ValueError as error:
        raise NoSuchCapability(
            f"{error}; write one of format_camera_capabilities, or a selector such as "
            "'jpeg 1280x720 @30fps'"
        ) from error
    if capability in camera.capabilities:
        return capability, Encoding.JPEG
    nearest = choose((Selector.parse(str(capability)),), camera)
    said = (
        nearest.explain() if isinstance(nearest, NoMatch) else "that is what it has nearest to it"
    )
    raise NoSuchCapability(f"camera {camera.id} does not offer {capability.caps}: {said}")


def _selected(camera: Camera, text: str) -> tuple[Capability, Encoding]:
    try:
        choice = choose((Selector.parse(text),), camera)
    except SelectorError as error:
        raise NoSuchCapability(f"capability {printable(text)!r}: {error}") from error
    if isinstance(choice, NoMatch):
        raise NoSuchCapability(f"camera {camera.id}: {choice.explain()}")
    return choice.capability, choice.encoding
