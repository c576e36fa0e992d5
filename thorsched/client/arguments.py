"""What callers of the client may give, checked and turned into what is to be recorded.

Called by `api.py`. A mistake is a `ConfigError` that says what would be right.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import index
from pathlib import Path
from typing import Any, Literal, SupportsIndex, TypedDict, get_args

from thorsched.base.errors import ConfigError, UnavailableError
from thorsched.base.text import printable
from thorsched.cameras.capability import Camera
from thorsched.cameras.selector import Encoding
from thorsched.client import choosing
from thorsched.client.choosing import AnyCapability
from thorsched.recording.naming import Naming, slug
from thorsched.recording.spec import Output, Recording, Source
from thorsched.schedule.intervals import ALWAYS
from thorsched.thorvision.address import (
    USUAL_LATENCY,
    USUAL_PORT,
    USUAL_STREAM_PORTS,
    AddressError,
    ServerAddress,
)

AnyCamera = int | Camera | Mapping[str, Any]
"""A camera by its id, or as `cameras` or `list_cameras` return it."""

Log = Literal["console", "file", "none"]
Codec = Literal["jpeg", "h265"]

# splitmuxsink takes 0 for no limit, and 2**64 ns is 584 years.
_LONGEST_S = 100 * 365 * 86_400
_SHORTEST_S = 0.1
_LEAST_BYTES = 100_000  # a picture has about as many: a file a frame is a slip of the unit
_MOST = 10**18
_LAST_PORT = 65535
# A URL's beginning up to its port.
_AUTHORITY = re.compile(r"[a-z]+://(?:\[[^\]/]*\]|[^\[\]:/@?#]*)(?P<port>:[^/]*)?", re.IGNORECASE)

Pairs = Mapping[int, AnyCapability] | Iterable[tuple[AnyCamera, AnyCapability]]
"""Cameras, each with what is to be recorded of it."""


class NoSuchCamera(UnavailableError):
    """The server lists no camera of that id now; it may be unplugged."""


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
        seconds = _limit(
            "max_size_time", max_size_time, "seconds", least=_SHORTEST_S, most=_LONGEST_S
        )
        return cls(
            directory=_directory(output_dir),
            segment=timedelta(seconds=seconds),
            segment_bytes=_count("max_size_bytes", max_size_bytes, "bytes", least=_LEAST_BYTES),
            most_files=_count("max_files", max_files, "a number of files", least=1),
            log=gstreamer_log,
            encoding=encoding,
            restart=_flag("restart", restart),
        )


def server_url(host: object, port: object) -> str:
    """Return where the server is; `host` may be a URL or `HOST:PORT` too. Raises `AddressError`."""
    if not isinstance(host, str):
        raise AddressError(f"host is {_shown(host)}; write a name or an IP address as text")
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= _LAST_PORT:
        raise AddressError(
            f"port is {_shown(port)}; write a number from 1 to {_LAST_PORT} "
            f"(ThorVision's is {USUAL_PORT})"
        )
    text = host if "://" in host else f"http://{_bracketed(host)}"
    parts = _AUTHORITY.match(text)
    if parts is None or parts["port"] is None:
        return ServerAddress.parse(f"{parts[0]}:{port}{text[parts.end() :]}" if parts else text).url
    address = ServerAddress.parse(text)
    if port not in (address.port, USUAL_PORT):
        raise AddressError(
            f"host says port {address.port}, and port is {port}; write host={address.host!r}"
        )
    return address.url


def _bracketed(host: str) -> str:
    return f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host


def _directory(output_dir: object) -> Path:
    text = os.fspath(output_dir) if isinstance(output_dir, str | os.PathLike) else None
    if not isinstance(text, str) or "\0" in text:
        raise ConfigError(
            f"output_dir is {_shown(output_dir)}; write a directory, such as './recordings'"
        )
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:  # pathlib's, for a home that nobody has
        raise ConfigError(f"output_dir is {_shown(text)}: {error}") from error


def _among(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        words = " or ".join(repr(word) for word in allowed)
        raise ConfigError(f"{name} is {_shown(value)}; write {words}")


def _limit(name: str, value: object, unit: str, *, least: float, most: float) -> float:
    number = _number(value)
    if number is not None and (number == 0 or least <= number <= most):  # NaN is neither
        return number
    raise ConfigError(
        f"{name} is {_shown(value)}; write {unit}: 0 for no limit, or {least:g} to {most:g}"
    )


def _number(value: object) -> float | None:
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        return index(value)  # NumPy's too
    return value if isinstance(value, float) else None


def _count(name: str, value: object, unit: str, *, least: int) -> int:
    number = _limit(name, value, unit, least=least, most=_MOST)
    if number != int(number):
        raise ConfigError(f"{name} is {_shown(value)}; write {unit}, a whole number")
    return int(number)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{name} is {_shown(value)}; write True or False")
    return value


def _shown(value: object) -> str:
    return printable(repr(value))


def id_of(camera: AnyCamera) -> int:
    """Return the id by which the server knows a camera; raises `ConfigError` for what is none."""
    number: object = camera
    if isinstance(camera, Camera):
        number = camera.id
    elif isinstance(camera, Mapping):
        number = camera.get("id")
    if isinstance(number, bool) or not isinstance(number, SupportsIndex):
        raise ConfigError(
            f"the camera is {_shown(camera)}; write its id, such as 0, "
            "or give one that list_cameras() or cameras() return"
        )
    return index(number)


def several_of(pairs: Pairs) -> list[tuple[AnyCamera, AnyCapability]]:
    """Return the pairs as a list; raises `ConfigError` for anything but pairs."""
    given: Any = pairs.items() if isinstance(pairs, Mapping) else pairs
    is_many = isinstance(given, Iterable) and not isinstance(given, str)
    return [_pair(one) for one in (given if is_many else [given])]


def _pair(one: Any) -> tuple[AnyCamera, AnyCapability]:  # noqa: ANN401 - it may be anything
    match one:
        case (camera, capability):
            return camera, capability
    raise ConfigError(
        f"{_shown(one)} is no pair of a camera and a capability; write "
        "{0: 'jpeg 1280x720', 1: ...} or [(0, 'jpeg 1280x720'), ...]"
    )


def listed(cameras: Sequence[Camera], camera: AnyCamera) -> Camera:
    """Return the camera of that id as the server lists it now; raises `NoSuchCamera`."""
    wanted = id_of(camera)
    for one in cameras:
        if one.id == wanted:
            return one
    there = ", ".join(f"{one.id} ({printable(one.name)})" for one in cameras) or "none"
    raise NoSuchCamera(f"the server has no camera {wanted!r}; it lists {there}")


def recording_of(
    camera: Camera, capability: AnyCapability, settings: Settings, *, server: str
) -> Recording:
    """Return what is to be recorded; raises `NoSuchCapability` or `ConfigError`."""
    demanded = Encoding(settings.encoding) if settings.encoding is not None else None
    chosen, encoding = choosing.chosen(camera, capability, demanded)
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
