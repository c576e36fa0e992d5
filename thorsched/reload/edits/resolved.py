"""What a revision's cameras resolve to at a moment, and what another resolves to instead. Pure.

Called by `difference.py`. A server that did not say what it offers may send all the same: what is
asked of it then stands for what would be chosen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from thorsched.cameras.capability import JPEG, Capability
from thorsched.cameras.roster import Roster
from thorsched.cameras.selector import Encoding
from thorsched.config.blocks import Camera
from thorsched.config.fields import ALL
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, Wanted, asked, desired
from thorsched.engine.sources import (
    Chosen,
    Resolved,
    Selectors,
    View,
    cameras_by_server,
    resolve_on_server,
)
from thorsched.recording.spec import Recording, Source
from thorsched.recording.trouble import SERVER_CAUSES, Cause, Trouble

# Of a source that is presumed: no device has such a number.
_NO_ID = -1
_NO_CAPABILITY = Capability(JPEG, 1, 1, 1, 1)


class Resolver:
    """Answers as `resolve` does; what is asked alike of a server is thought through once.

    Of two revisions most cameras are the same, and schedules ask for something else of few.
    """

    def __init__(self, views: Mapping[str, View]) -> None:
        self._views = views
        self._answers: dict[str, list[tuple[_Question, Resolved]]] = {}
        """By the servers' URLs."""

    def resolve(self, config: Config, asked: Mapping[str, Selectors]) -> Resolved:
        resolved: dict[str, Chosen | Trouble] = {}
        for url, cameras in cameras_by_server(config).items():
            own = {camera: asked[camera] for camera in cameras if camera in asked}
            resolved |= self._on_server(url, (cameras, own))
        return resolved

    def _on_server(self, url: str, question: "_Question") -> Resolved:
        known = self._answers.setdefault(url, [])
        found = next((answer for before, answer in known if before == question), None)
        if found is None:
            view = self._views.get(url, View(Roster.unknown()))
            found = resolve_on_server(url, question[0], view, question[1])
            known.append((question, found))
        return found


_Question = tuple[Mapping[str, Camera], Mapping[str, Selectors]]


@dataclass(frozen=True, slots=True)
class Side:
    """A revision, and what its cameras resolve to."""

    config: Config
    own: Resolved
    """By their own capabilities."""
    asked: Mapping[str, Selectors]
    """What schedules ask for instead, at that moment."""
    now: Resolved
    """By these; and what is presumed of those that nobody can ask."""
    schedules: Mapping[str, tuple[str, ...]]
    """The names of the enabled schedules that have a camera, in the file's order."""


def side_of(
    config: Config,
    resolver: Resolver,
    now: datetime,
    horizon: Horizon,
    *,
    running: Mapping[str, Recording],
) -> Side:
    """Return what a revision asks for at `now`; `running` is what records."""
    latencies = _latencies(running)
    by_schedules = asked(config, now=now, horizon=horizon, latencies=latencies)
    own, resolved = (resolver.resolve(config, one) for one in ({}, by_schedules))
    return Side(config, own, by_schedules, resolved, _schedules_of(config))


def _schedules_of(config: Config) -> dict[str, tuple[str, ...]]:
    """Return it for all cameras at once: a schedule's are read once."""
    found: dict[str, list[str]] = {camera: [] for camera in config.cameras}
    for name, schedule in config.schedules.items():
        cameras = config.cameras if schedule.cameras == ALL else schedule.cameras
        for camera in cameras if schedule.enabled else ():
            found[camera].append(name)
    return {camera: tuple(names) for camera, names in found.items()}


def _latencies(running: Mapping[str, Recording]) -> dict[str, timedelta]:
    return {camera: one.latency for camera, one in running.items()}


def source_changes(before: Side, after: Side, camera: str) -> Iterator[str]:
    """Yield what changes of where the frames of a camera come from, as far as that is known."""
    sides = before, after
    urls = [side.config.server_of(camera).url for side in sides]
    devices = [str(side.config.cameras[camera].device) for side in sides]
    selectors = [", ".join(map(str, side.config.cameras[camera].capability)) for side in sides]
    was, becomes = (side.own[camera] for side in sides)
    if urls[0] != urls[1]:
        yield f"server: {urls[0]} -> {urls[1]}"
    if devices[0] != devices[1]:
        yield f"device: {devices[0]} -> {devices[1]}{_same_device(was, becomes)}"
    yield from _capability_changes(was, becomes, selectors)
    if isinstance(becomes, Trouble) and was != becomes:
        yield cannot_be_recorded(becomes)
    elif isinstance(was, Trouble) and not isinstance(becomes, Trouble):
        yield f"can be recorded; it could not before: {was}"


def cannot_be_recorded(trouble: Trouble) -> str:
    """Return what stands in a camera's way; a server that is new is nothing of the kind."""
    if trouble.cause is Cause.ASKING:
        return "what is chosen there is known once the server has answered"
    return f"cannot be recorded as things are: {trouble}"


def _same_device(was: Chosen | Trouble, becomes: Chosen | Trouble) -> str:
    if isinstance(was, Trouble) or isinstance(becomes, Trouble):
        return ""
    ids = [(c.source.server, c.source.device_id, c.source.device_name) for c in (was, becomes)]
    return ", the same device" if ids[0] == ids[1] else ""


def _capability_changes(
    was: Chosen | Trouble, becomes: Chosen | Trouble, selectors: Sequence[str]
) -> Iterator[str]:
    if isinstance(was, Chosen) and isinstance(becomes, Chosen):
        if str(was.source) != str(becomes.source):
            yield f"capability: {was.source} -> {becomes.source}"
        elif selectors[0] != selectors[1]:
            yield f"capability: {selectors[0]} -> {selectors[1]}, which chooses the same"
    elif selectors[0] != selectors[1]:
        yield f"capability: {selectors[0]} -> {selectors[1]}"


def wanted_by(
    side: Side, now: datetime, horizon: Horizon, *, running: Mapping[str, Recording]
) -> Mapping[str, Wanted]:
    """Return what a revision wants at `now`, as a pass of the loop finds it."""
    return desired(
        side.config,
        side.now,
        now=now,
        horizon=horizon,
        latencies=_latencies(running),
        revision="",  # of one revision or two: that alone is no change
    ).wanted


def presuming(side: Side, cameras: Iterable[str]) -> Side:
    """Return it with a source for each of `cameras` whose server did not say what it offers.

    It may be recording all the same. What it is asked for by then stands for what would be chosen.
    """
    unasked = [camera for camera in cameras if _is_unasked(side, camera)]
    return replace(
        side, now={**side.now, **{camera: _presumption(side, camera) for camera in unasked}}
    )


def left_unasked(before: Side, after: Side) -> list[str]:
    """Return the cameras whose server is the one that did not say of `before`, either."""
    return [
        camera
        for camera in after.config.cameras
        if camera in before.config.cameras
        and _is_unasked(before, camera)
        and after.config.server_of(camera).url == before.config.server_of(camera).url
    ]


def _is_unasked(side: Side, camera: str) -> bool:
    known = side.own[camera]
    return isinstance(known, Trouble) and known.cause in SERVER_CAUSES


def _presumption(side: Side, camera: str) -> Chosen:
    spec, url = side.config.cameras[camera], side.config.server_of(camera).url
    selectors = ", ".join(map(str, side.asked.get(camera, spec.capability)))
    source = Source(url, _NO_ID, f"{spec.device}: {selectors}", _NO_CAPABILITY, Encoding.JPEG)
    return Chosen(source, selectors, 0)
