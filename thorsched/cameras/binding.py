"""Which device each camera of the file is: bound, missing, or not to be told from another.

`config/` reads the rules; `engine/sources.py` binds, on every pass and for `thorsched check`, with
the cameras of one server and the devices of its roster. Never guesses: a camera that could be two
devices is none, because days of the wrong cage are worse than a message.
"""

import fnmatch
import functools
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from thorsched.base.text import did_you_mean, printable
from thorsched.cameras.capability import Device

_LISTED: Final = 8
_WILD: Final = frozenset("*?")


def _composed(name: str) -> str:
    """Return it in NFC: an accent typed here may be other code points there."""
    return unicodedata.normalize("NFC", name)


def _fits(glob: str, name: str) -> bool:
    start = glob[:-1]
    if glob.endswith("*") and not _WILD.intersection(start):
        return name.startswith(start)  # so are most: an expression takes ten times as long
    return bool(_expression(glob).match(name))


# A file has 256 cameras at most.
@functools.lru_cache(maxsize=256)
def _expression(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(glob.replace("[", "[[]")))


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """What a device must have: a name that fits the glob, an id, or both.

    In the glob `*` stands for any characters and `?` for one; `[` and `]` are themselves, as
    they are in the names of real cameras. Upper and lower case differ. Raises `ValueError` for a
    rule that asks for nothing.
    """

    name: str | None = None
    id: int | None = None

    def __post_init__(self) -> None:
        if self.name is None and self.id is None:
            raise ValueError('a device needs a name, an id or both, such as {name: "HD USB*"}')

    def fits(self, device: Device) -> bool:
        return self.fits_name(device) and self.fits_id(device)

    def fits_id(self, device: Device) -> bool:
        return self.id is None or self.id == device.id

    def fits_name(self, device: Device) -> bool:
        return self.name is None or _fits(_composed(self.name), _composed(device.name))

    @property
    def start(self) -> str:
        """What the name of a device begins with, composed: all before the first `*` or `?`."""
        glob = _composed(self.name or "")
        return glob[: next((n for n, one in enumerate(glob) if one in _WILD), len(glob))]

    def __str__(self) -> str:
        """Return e.g. `name 'HD USB*' and id 0`, safe to print."""
        name = [] if self.name is None else [f"name '{printable(self.name)}'"]
        number = [] if self.id is None else [f"id {self.id}"]
        return " and ".join(name + number)


@dataclass(frozen=True, slots=True)
class Bound:
    """The camera is this device, and no other camera is."""

    device: Device


@dataclass(frozen=True, slots=True)
class Missing:
    """No device fits; `reason` is one printable line."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several devices fit, or one that another camera claims too; `reason` is a printable line."""

    reason: str


Binding = Bound | Missing | Ambiguous


def bind(rules: Mapping[str, DeviceRule], devices: Iterable[Device]) -> dict[str, Binding]:
    """Return for each camera, by its name in the file, the one device that its rule fits.

    The order of `devices` decides nothing; one that is listed twice alike counts once.
    """
    offered = _Offered(devices)
    found = {camera: _find(rule, offered) for camera, rule in rules.items()}
    claims: dict[int, list[str]] = {}
    for camera, binding in found.items():
        if isinstance(binding, Bound):
            claims.setdefault(binding.device.id, []).append(camera)
    return {camera: _unshared(camera, binding, claims) for camera, binding in found.items()}


class _Offered:
    """Devices in order, by id and by name: a file of many cameras asks for most of them once."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self.devices = sorted(set(devices), key=lambda d: (d.id, d.name, d.capabilities))
        self._by_id: dict[int, list[Device]] = {}
        for device in self.devices:
            self._by_id.setdefault(device.id, []).append(device)
        named = [(_composed(device.name), device) for device in self.devices]
        self._named = sorted(named, key=lambda one: one[0])

    def fitting(self, rule: DeviceRule) -> tuple[Device, ...]:
        """Return the devices that `rule` fits, and those that share an id with one of them.

        Streams are asked for by id, so these cannot be told apart by name either.
        """
        if rule.id is not None:
            ids = {rule.id} if any(map(rule.fits_name, self._by_id.get(rule.id, ()))) else set()
        else:
            ids = {device.id for device in self._beginning_with(rule.start) if rule.fits(device)}
        return tuple(device for id_ in sorted(ids) for device in self._by_id[id_])

    def _beginning_with(self, start: str) -> Iterator[Device]:
        first = bisect_left(self._named, start, key=lambda one: one[0])
        for place in range(first, len(self._named)):
            name, device = self._named[place]
            if not name.startswith(start):
                return
            yield device


def _find(rule: DeviceRule, offered: _Offered) -> Binding:
    match offered.fitting(rule):
        case (device,):
            return Bound(device)
        case ():
            return Missing(_missing(rule, offered.devices))
        case fitting:
            return Ambiguous(_ambiguous(rule, fitting))


def _unshared(camera: str, binding: Binding, claims: Mapping[int, Sequence[str]]) -> Binding:
    if not isinstance(binding, Bound):
        return binding
    others = [printable(other) for other in claims[binding.device.id] if other != camera]
    if not others:
        return binding
    return Ambiguous(
        f"device {_shown(binding.device)} is claimed by {' and '.join(others)}, too; "
        "give each camera a device of its own",
    )


def _ambiguous(rule: DeviceRule, fitting: Sequence[Device]) -> str:
    ids = sorted({device.id for device in fitting})
    if len(ids) == 1:
        return f"the server gives id {ids[0]} to several: {_listed(fitting)}; restart the server"
    choices = " or ".join(f"id: {i}" for i in ids[:_LISTED])
    return f"{rule} fits {len(fitting)} devices: {_listed(fitting)}; say which with {choices}"


def _missing(rule: DeviceRule, offered: Sequence[Device]) -> str:
    if not offered:
        return f"no device fits {rule}: the server offers none"
    half = [device for device in offered if rule.fits_name(device) and rule.name is not None]
    names = [printable(device.name) for device in offered]
    near = "" if half else did_you_mean((rule.name or "").replace("*", ""), names)
    moved = f"; the name alone fits {_listed(half)}: has the id changed?" if half else near
    return f"no device fits {rule}; the server offers {_listed(offered)}{moved}"


def _listed(devices: Sequence[Device]) -> str:
    """Return the first few of `devices` with their ids, and how many more there are."""
    first = ", ".join(_shown(device) for device in devices[:_LISTED])
    more = len(devices) - _LISTED
    return f"{first} and {more} more" if more > 0 else first


def _shown(device: Device) -> str:
    return f"{device.id} '{printable(device.name)}'"
