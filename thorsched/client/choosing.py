"""Which capability a caller of the client means: a text, a value, a dict, or a list of them.

Called by `arguments.py`. Never asks a server. A mistake is a `ConfigError` that says what would be
right.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from thorsched.base.errors import ConfigError
from thorsched.base.text import did_you_mean, printable
from thorsched.cameras.bounds import Bounds, Size
from thorsched.cameras.capability import MEDIA_TYPES, RAW, Camera, Capability
from thorsched.cameras.choice import NoMatch, choose
from thorsched.cameras.selector import Codec, Encoding, Selector, SelectorError
from thorsched.client import answers

OneCapability = str | Capability | Mapping[str, Any]
"""A caps text, a selector, a `Capability`, or one of the `caps` of `list_cameras`."""
AnyCapability = OneCapability | Sequence[OneCapability]
"""One, or several that are tried in order."""

_HINT = "write one of format_camera_capabilities, or a selector such as 'jpeg 1280x720 @30fps'"
_SPACES = re.compile(r"\s*([,=/])\s*")
_WHOLE_RATE = re.compile(r"(,framerate=[0-9]+)$")


class NoSuchCapability(ConfigError):
    """The camera does not offer it; the message names what comes nearest."""


def chosen(
    camera: Camera, wanted: AnyCapability, encoding: Encoding | None
) -> tuple[Capability, Encoding]:
    """Return what is taken of a camera, and what its stream is to carry.

    `encoding` is what the caller demands. Raises `NoSuchCapability`, or `ConfigError` for what no
    camera could have; a mistake in a list is told even if another member of it matches.
    """
    several = wanted if isinstance(wanted, list | tuple) else (wanted,)
    if not several:
        raise NoSuchCapability(f"the list of capabilities is empty; {_HINT}")
    refused = []
    for one in [_read(one, encoding) for one in several]:
        taken = (
            _selected(camera, one) if isinstance(one, Selector) else _given(camera, one, encoding)
        )
        if not isinstance(taken, str):
            return taken
        refused.append(taken)
    raise NoSuchCapability(f"camera {camera.id}: " + "; ".join(refused))


def _read(wanted: object, encoding: Encoding | None) -> Capability | Selector:
    match wanted:
        case str() if "," not in wanted:
            return _selector(wanted, encoding)
        case str():
            capability = _caps(wanted)
        case Capability():
            capability = wanted
        case Mapping():
            capability = answers.capability_of(wanted)
        case _:
            raise NoSuchCapability(f"the capability is {printable(repr(wanted))}; {_HINT}")
    _require_known(capability.media_type)
    return capability


def _caps(text: str) -> Capability:
    """Return what a caps text says, with spaces or without, and the rate as a fraction or not."""
    tight = _WHOLE_RATE.sub(r"\1/1", _SPACES.sub(r"\1", text.strip()))
    try:
        return Capability.parse(tight)
    except ValueError as error:
        _require_known(tight.partition(",")[0])
        raise NoSuchCapability(f"not a capability: {printable(repr(text))}; {_HINT}") from error


def _require_known(media_type: str) -> None:
    if media_type not in MEDIA_TYPES:
        meant = did_you_mean(media_type, MEDIA_TYPES) or f"; they are {' and '.join(MEDIA_TYPES)}"
        raise NoSuchCapability(f"'{printable(media_type)}' is no media type of a camera{meant}")


def _selector(text: str, encoding: Encoding | None) -> Selector:
    """Return the selector; with an `encoding` demanded, one that agrees with it."""
    try:
        selector = Selector.parse(text)
    except SelectorError as error:
        raise NoSuchCapability(f"capability {printable(repr(text))}: {error}") from error
    if encoding is Encoding.JPEG and selector.codec is Codec.H265:
        raise ConfigError(
            f"'{selector}' is H.265, and encoding is 'jpeg'; leave encoding out, or write raw"
        )
    if encoding is Encoding.H265 and selector.codec is Codec.JPEG:
        raise _no_h265(str(selector))
    return replace(selector, codec=Codec.H265) if encoding is Encoding.H265 else selector


def _selected(camera: Camera, selector: Selector) -> tuple[Capability, Encoding] | str:
    """Return what a selector takes, or why it takes nothing."""
    choice = choose((selector,), camera)
    if isinstance(choice, NoMatch):
        return choice.explain()
    return choice.capability, choice.encoding


def _given(
    camera: Camera, wanted: Capability, encoding: Encoding | None
) -> tuple[Capability, Encoding] | str:
    """Return the capability in the server's own spelling, or what it has instead."""
    if encoding is Encoding.H265 and wanted.media_type != RAW:
        raise _no_h265(str(wanted))
    same = [one for one in camera.capabilities if _mode(one) == _mode(wanted)]
    if same:
        return (wanted if wanted in same else same[0]), encoding or Encoding.JPEG
    nearest = choose((_like(wanted),), camera)
    said = (
        nearest.explain()
        if isinstance(nearest, NoMatch)
        else f"nearest to it is {nearest.capability.caps}"
    )
    return f"{wanted.caps} is not offered: {said}"


def _like(capability: Capability) -> Selector:
    size, rate = Size(capability.width, capability.height), capability.rate_fps
    return Selector(
        codec=Codec.RAW if capability.media_type == RAW else Codec.JPEG,
        size=Bounds(size, size),
        rate_fps=Bounds(rate, rate),
        format=capability.format.upper() if capability.format else None,
    )


def _mode(capability: Capability) -> tuple[object, ...]:
    size = (capability.width, capability.height)
    return capability.media_type, capability.format, *size, capability.rate_fps


def _no_h265(wanted: str) -> NoSuchCapability:
    return NoSuchCapability(
        f"{wanted} cannot be encoded to H.265: the server does that with raw video only"
    )
