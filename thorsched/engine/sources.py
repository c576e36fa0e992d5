"""From what servers offer to where each camera's frames come from, or why from nowhere. Pure."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import assert_never

from thorsched.cameras.binding import Ambiguous, Bound, Missing, bind
from thorsched.cameras.capability import Capability, Device
from thorsched.cameras.choice import Choice, NoMatch, choose
from thorsched.cameras.roster import Roster
from thorsched.cameras.selector import Selector
from thorsched.config.blocks import Camera
from thorsched.config.models import Config
from thorsched.recording.spec import Source
from thorsched.recording.trouble import Cause, Trouble

Selectors = tuple[Selector, ...]
_NOTHING: Mapping[str, Selectors] = {}


@dataclass(frozen=True, slots=True)
class View:
    """A server as last seen; `problem` says why the last reading failed, if it did."""

    roster: Roster
    problem: Trouble | None = None
    reached_at_s: float = -math.inf
    """Monotonic; when it answered for the first time, or again after it had not."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A camera's source; `selector` is the one that chose, `rank` its place in `selectors`."""

    source: Source
    selector: str
    rank: int
    selectors: tuple[str, ...] = ()
    """All that are tried, in that order: a schedule's, if one asks, then the camera's own."""
    asked: int = 0
    """How many of them are a schedule's."""
    unmet: str = ""
    """Why it is none of those before `rank`."""

    @property
    def unmatched(self) -> str:
        """Why it is the camera's own capability, where a schedule asks for another."""
        return self.unmet if self.rank >= self.asked > 0 else ""


Resolved = Mapping[str, Chosen | Trouble]
"""What each camera resolves to, or why to nothing."""


def resolve(
    config: Config, views: Mapping[str, View], asked: Mapping[str, Selectors] = _NOTHING
) -> dict[str, Chosen | Trouble]:
    """Return for each camera of `config` its source, or what stands in the way.

    `views` are by server URL; a server that is missing there has not been asked yet. What is
    `asked` of a camera counts before its own capability, which is recorded where a device has
    nothing of the kind: frames of another rate are worth more than none.
    """
    resolved: dict[str, Chosen | Trouble] = {}
    for url, cameras in cameras_by_server(config).items():
        view = views.get(url, View(Roster.unknown()))
        resolved |= resolve_on_server(url, cameras, view, asked)
    return resolved


def resolving(config: Config, views: Mapping[str, View]) -> Callable[[Selectors], Resolved]:
    """Return what tells what cameras resolve to, each if it is asked for the same selectors."""

    @cache
    def resolved(asked: Selectors) -> Resolved:
        return resolve(config, views, dict.fromkeys(config.cameras, asked))

    return resolved


def cameras_by_server(config: Config) -> dict[str, dict[str, Camera]]:
    """Return the cameras of `config`, by their servers' URLs."""
    found: dict[str, dict[str, Camera]] = {}
    for camera, spec in config.cameras.items():
        found.setdefault(config.server_of(camera).url, {})[camera] = spec
    return found


def resolve_on_server(
    url: str, cameras: Mapping[str, Camera], view: View, asked: Mapping[str, Selectors]
) -> dict[str, Chosen | Trouble]:
    """Return it for the cameras of one server."""
    if not view.roster.known:
        return dict.fromkeys(cameras, view.problem or Trouble(Cause.ASKING, url))
    rules = {camera: spec.device for camera, spec in cameras.items()}
    bindings = bind(rules, view.roster.devices)
    resolved: dict[str, Chosen | Trouble] = {}
    for camera, binding in bindings.items():
        match binding:
            case Missing(reason):
                resolved[camera] = Trouble(Cause.NO_DEVICE, reason)
            case Ambiguous():
                resolved[camera] = Trouble(Cause.AMBIGUOUS_DEVICE, binding.reason)
            case Bound(device):
                resolved[camera] = _choose(
                    url, cameras[camera].capability, device, asked.get(camera, ())
                )
            case _:
                assert_never(binding)
    return resolved


# Half a millisecond for each camera, and the same answer for all devices of a model. What is kept
# holds lists of capabilities: a third of a megabyte each, if a server lists all it may, and it may
# list something else every time.
@lru_cache(maxsize=64)
def _choose_once(selectors: Selectors, capabilities: tuple[Capability, ...]) -> Choice | NoMatch:
    return choose(selectors, Device(0, "any", capabilities))


def _choose(url: str, own: Selectors, device: Device, asked: Selectors) -> Chosen | Trouble:
    choice = _choose_once((*asked, *own), device.capabilities)
    if isinstance(choice, NoMatch):
        return Trouble(Cause.NO_CAPABILITY, _why_not(own, device))
    source = Source(
        server=url,
        device_id=device.id,
        device_name=device.name,
        capability=choice.capability,
        encoding=choice.encoding,
    )
    selectors = texts((*asked, *own))
    unmet = _why_not((*asked, *own)[: choice.rank], device)
    return Chosen(source, selectors[choice.rank], choice.rank, selectors, len(asked), unmet)


# Many cameras ask for the same, and a selector takes 20 us to write.
@lru_cache(maxsize=64)
def texts(selectors: Selectors) -> tuple[str, ...]:
    """Return selectors as a person writes them."""
    return tuple(map(str, selectors))


def _why_not(better: Selectors, device: Device) -> str:
    """Return why none of `better` was chosen; '' if there are none."""
    found = _choose_once(better, device.capabilities) if better else None
    return found.explain() if isinstance(found, NoMatch) else ""
