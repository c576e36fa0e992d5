"""What a ThorVision server says, in JSON, turned into values; everything in it is hostile text.

Called by `server.py`. Tolerant, as the server is not public: unknown fields and
media types are ignored, what is broken is left out and named, the rest is kept. Never guesses:
two devices with one id are both left out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pydantic
import pydantic_core
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from thorsched.base.text import printable
from thorsched.cameras.capability import MEDIA_TYPES, Capability, Device
from thorsched.thorvision.errors import ProtocolError

_MAX_DEVICES = 64
_MAX_CAPABILITIES = 1024
_MAX_NAME_CHARS = 256
_MAX_LOGS = 10_000

_Pixels = Annotated[int, Field(gt=0, le=99_999)]


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class _Caps(_Wire):
    """One capability; the server writes no format for JPEG as a missing key, null or ''."""

    media_type: str
    width: _Pixels
    height: _Pixels
    framerate: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}/[0-9]{1,9}$")]
    format: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{0,32}$")] | None = None

    def capability(self) -> Capability:
        numerator, denominator = self.framerate.split("/")
        return Capability(
            media_type=self.media_type,
            width=self.width,
            height=self.height,
            rate_numerator=int(numerator),
            rate_denominator=int(denominator),
            format=self.format or None,
        )


class _Device(_Wire):
    id: Annotated[int, Field(ge=0, lt=2**31)]
    name: Annotated[str, StringConstraints(max_length=_MAX_NAME_CHARS)]
    caps: list[Any] = Field(max_length=_MAX_CAPABILITIES)


@dataclass(frozen=True, slots=True)
class Listing:
    """A server's list of devices, and in words what of it was left out."""

    devices: tuple[Device, ...]
    complaints: tuple[str, ...]


def parse_listing(body: bytes) -> Listing:
    """Return the usable devices in the server's order, with what was left out.

    Raises `ProtocolError` for anything but a JSON list of at most 64 devices. A device with more
    than 1024 capabilities is left out; so is one whose id another one has too.
    """
    items = _json(body)
    if not isinstance(items, list):
        raise ProtocolError(f"the list of cameras is a JSON {_kind(items)}, not a list")
    if len(items) > _MAX_DEVICES:
        raise ProtocolError(
            f"the list holds {len(items)} cameras; {_MAX_DEVICES} at most are taken"
        )
    complaints: list[str] = []
    devices = [d for n, item in enumerate(items) if (d := _device(item, n, complaints))]
    shared = {id_ for id_, count in Counter(d.id for d in devices).items() if count > 1}
    complaints += [f"several cameras have the id {id_}: all left out" for id_ in sorted(shared)]
    return Listing(tuple(d for d in devices if d.id not in shared), tuple(complaints))


def parse_log_names(body: bytes) -> tuple[str, ...]:
    """Return the names of the server's log files; raises `ProtocolError`."""
    names = _json(body)
    if not isinstance(names, list) or len(names) > _MAX_LOGS:
        raise ProtocolError("the list of log files is not a list of names")
    return tuple(name for name in names if isinstance(name, str))


def _json(body: bytes) -> object:
    try:
        return pydantic_core.from_json(body)
    except ValueError as error:
        raise ProtocolError(f"not JSON: {printable(str(error))}") from error


def _kind(value: object) -> str:
    return "object" if isinstance(value, dict) else "value"


def _device(item: object, place: int, complaints: list[str]) -> Device | None:
    try:
        wire = _Device.model_validate(item)
    except pydantic.ValidationError as error:
        complaints.append(f"camera {place} of the list left out: {_first(error)}")
        return None
    capabilities, broken = _capabilities(wire.caps)
    if broken:
        complaints.append(
            f"camera {wire.id}: {len(broken)} of {len(wire.caps)} capabilities left out, "
            f"the first because of {broken[0]}"
        )
    return Device(wire.id, wire.name, capabilities)


def _capabilities(items: Sequence[object]) -> tuple[tuple[Capability, ...], list[str]]:
    """Return each capability once, in order, and why each of the broken ones is broken."""
    found: dict[Capability, None] = {}
    broken: list[str] = []
    for item in items:
        try:
            caps = _Caps.model_validate(item)
            if caps.media_type in MEDIA_TYPES:
                found[caps.capability()] = None
        except pydantic.ValidationError as error:
            broken.append(_first(error))
        except ValueError as error:
            broken.append(printable(str(error)))
    return tuple(found), broken


def _first(error: pydantic.ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return printable(f"{where}: {first['msg']}" if where else first["msg"])
