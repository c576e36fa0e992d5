"""What changes, camera by camera, when one revision of the file replaces another. Pure.

It is the loop's own `plan` that is asked, for recorders that do what the one revision wants at a
moment and for what the other wants then. Called by `foresight.py`, before anything happens.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from thorsched.cameras.capability import JPEG, Capability
from thorsched.cameras.selector import Encoding
from thorsched.config.comparison import (
    camera_changes,
    file_changes,
    rule_text,
    schedule_changes,
    schedules_of,
)
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, Wanted, desired, timetables
from thorsched.engine.outlook import outlook
from thorsched.engine.plan import plan
from thorsched.engine.sources import Chosen, View, resolve
from thorsched.recording.lifecycle import Action, Overlap, Phase, Recorder, Start, Stop
from thorsched.recording.spec import Recording, Source
from thorsched.recording.trouble import SERVER_CAUSES, Trouble
from thorsched.schedule.intervals import Window

Resolved = Mapping[str, Chosen | Trouble]

# Of a source that is presumed: no device has such a number.
_NO_ID = -1
_NO_CAPABILITY = Capability(JPEG, 1, 1, 1, 1)


class Effect(Enum):
    """What becomes of a camera."""

    STOPPED = "stopped"  # it is not recorded any more
    REPLACED = "replaced"  # its recorder ends, and another begins: frames are missing between
    FOLLOWED = "made before break"  # another recorder begins before its own ends
    STARTED = "started"
    IN_PLACE = "changed in place"  # its recorder, if it has one, goes on
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one camera, and why."""

    camera: str
    effect: Effect
    is_now: bool
    """Whether it is recorded at that moment, or is from then on; else it is of its next window."""
    window: Window | None
    """The current window, or the next; of one that is stopped, what it would have been."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What becomes of all cameras: in the new file's order, then those that it has no longer."""

    cameras: tuple[Change, ...]
    file: tuple[str, ...]
    """What changes besides, and touches no recorder."""

    @property
    def is_empty(self) -> bool:
        return not self.file and all(c.effect is Effect.UNTOUCHED for c in self.cameras)


@dataclass(frozen=True, slots=True)
class _Side:
    """A revision, and what its cameras resolve to."""

    config: Config
    resolved: Resolved


def difference(
    old: Config | None,
    new: Config,
    views: Mapping[str, View],
    *,
    now: datetime,
    horizon: Horizon,
) -> Difference:
    """Return what changes when `new` replaces `old`, or nothing, at `now`, aware UTC.

    `views` are of the servers of both, by URL; the zone of `horizon` is the machine's. Where a
    server did not answer, its cameras are compared by what the files say of them.
    """
    before = _Side(old, resolve(old, views)) if old else None
    after = _Side(new, resolve(new, views))
    if before is not None:
        before, after = _presumed(before, after)
    running = _recording(_wanted(before, now, horizon, running={})) if before else {}
    coming = _wanted(after, now, horizon, running=running)
    observed = {camera: _recorder(one) for camera, one in running.items()}
    actions = {a.camera: a for a in plan(coming, observed, now=now, now_s=0.0, views={})}
    cameras = []
    for camera in _names(before, after):
        was, becomes = running.get(camera), coming.get(camera)
        effect = _at_once(actions.get(camera), was, becomes, now=now)
        if effect is None:
            cameras.append(_later(before, after, camera, now=now, zone=horizon.zone))
            continue
        reasons = _reasons(before, after, camera)
        if effect is Effect.IN_PLACE and not reasons:
            effect = Effect.UNTOUCHED
        one = was if effect is Effect.STOPPED else becomes
        cameras.append(
            Change(camera, effect, one is not None, one.window if one else None, reasons)
        )
    return Difference(tuple(cameras), file_changes(old, new) if old else ())


def _names(before: _Side | None, after: _Side) -> Iterable[str]:
    return dict.fromkeys([*after.config.cameras, *(before.config.cameras if before else ())])


def _wanted(
    side: _Side, now: datetime, horizon: Horizon, *, running: Mapping[str, Recording]
) -> Mapping[str, Wanted]:
    return desired(
        side.config,
        side.resolved,
        now=now,
        horizon=horizon,
        latencies={camera: one.latency for camera, one in running.items()},
        revision="",  # of one revision or two: that alone is no change
    ).wanted


def _recorder(recording: Recording) -> Recorder:
    """Return the recorder that does what is wanted, and has been at it."""
    port = recording.ports.start
    return Recorder(recording.camera, phase=Phase.RECORDING, recording=recording, port=port)


def _at_once(
    action: Action | None, was: Recording | None, becomes: Wanted | None, *, now: datetime
) -> Effect | None:
    """Return what the loop does about a camera; None if it is not inside a window."""
    match action:
        case Start():
            return Effect.STARTED
        case Overlap():
            return Effect.FOLLOWED
        case Stop() if was is not None and now < was.window.end:
            return Effect.REPLACED if isinstance(becomes, Recording) else Effect.STOPPED
    return (
        Effect.IN_PLACE
        if was is not None and becomes is not None and now < becomes.window.end
        else None
    )


def _later(
    before: _Side | None, after: _Side, camera: str, *, now: datetime, zone: ZoneInfo
) -> Change:
    """Return what becomes of a camera that is not recorded at the moment."""
    had, has = _is_scheduled(before, camera), _is_scheduled(after, camera)
    reasons = _reasons(before, after, camera)
    if had != has:
        effect = Effect.STARTED if has else Effect.STOPPED
    else:
        effect = Effect.IN_PLACE if reasons else Effect.UNTOUCHED
    side = after if has or before is None else before
    window = _next(side, camera, now, zone)
    return Change(camera, effect, is_now=False, window=window, reasons=reasons)


def _recording(wanted: Mapping[str, Wanted]) -> dict[str, Recording]:
    return {camera: one for camera, one in wanted.items() if isinstance(one, Recording)}


def _is_scheduled(side: _Side | None, camera: str) -> bool:
    config = side.config if side else None
    return config is not None and camera in config.cameras and bool(schedules_of(config, camera))


def _next(side: _Side, camera: str, now: datetime, zone: ZoneInfo) -> Window | None:
    tables = timetables(side.config, camera, zone) if camera in side.config.cameras else ()
    return outlook(tables, now=now).next if tables else None


def _reasons(before: _Side | None, after: _Side, camera: str) -> tuple[str, ...]:
    if camera not in after.config.cameras:
        return ("is not in the file any more",)
    if before is None or camera not in before.config.cameras:
        rules = [
            (name, rule_text(after.config, name)) for name in schedules_of(after.config, camera)
        ]
        new = ("is new",) if before else ()
        return (*new, *(f"schedule {name}: {rule}" for name, rule in rules))
    return (
        *_source_changes(before, after, camera),
        *camera_changes(before.config, after.config, camera),
        *schedule_changes(before.config, after.config, camera),
    )


def _source_changes(before: _Side, after: _Side, camera: str) -> Iterator[str]:
    """Yield what changes of where the frames of a camera come from, as far as that is known."""
    sides = before, after
    urls = [side.config.server_of(camera).url for side in sides]
    devices = [str(side.config.cameras[camera].device) for side in sides]
    selectors = [", ".join(map(str, side.config.cameras[camera].capability)) for side in sides]
    was, becomes = (side.resolved[camera] for side in sides)
    if urls[0] != urls[1]:
        yield f"server: {urls[0]} -> {urls[1]}"
    if devices[0] != devices[1]:
        yield f"device: {devices[0]} -> {devices[1]}{_same_device(was, becomes)}"
    yield from _capability_changes(was, becomes, selectors)
    if isinstance(becomes, Trouble) and was != becomes:
        yield f"cannot be recorded as things are: {becomes}"
    elif isinstance(was, Trouble) and not isinstance(becomes, Trouble):
        yield f"can be recorded; it could not before: {was}"


def _same_device(was: Chosen | Trouble, becomes: Chosen | Trouble) -> str:
    if isinstance(was, Trouble) or isinstance(becomes, Trouble):
        return ""
    ids = [(c.source.server, c.source.device_id, c.source.device_name) for c in (was, becomes)]
    return ", the same device" if ids[0] == ids[1] else ""


def _capability_changes(
    was: Chosen | Trouble, becomes: Chosen | Trouble, selectors: Sequence[str]
) -> Iterator[str]:
    if isinstance(was, Chosen) and isinstance(becomes, Chosen) and not _is_presumed(becomes):
        if str(was.source) != str(becomes.source):
            yield f"capability: {was.source} -> {becomes.source}"
        elif selectors[0] != selectors[1]:
            yield f"capability: {selectors[0]} -> {selectors[1]}, which chooses the same"
    elif selectors[0] != selectors[1]:
        yield f"capability: {selectors[0]} -> {selectors[1]}"


def _presumed(before: _Side, after: _Side) -> tuple[_Side, _Side]:
    """Return both with a source for each camera whose server did not say what it offers.

    It may be recording all the same. What it is asked for by then stands for what would be chosen.
    """
    known = {
        camera: _presumption(before.config, camera)
        for camera, chosen in before.resolved.items()
        if _is_unasked(chosen)
    }
    coming = {
        camera: _presumption(after.config, camera)
        for camera, chosen in after.resolved.items()
        if camera in known
        and _is_unasked(chosen)
        and after.config.server_of(camera).url == before.config.server_of(camera).url
    }
    return (
        replace(before, resolved={**before.resolved, **known}),
        replace(after, resolved={**after.resolved, **coming}),
    )


def _is_unasked(chosen: Chosen | Trouble) -> bool:
    return isinstance(chosen, Trouble) and chosen.cause in SERVER_CAUSES


def _is_presumed(chosen: Chosen) -> bool:
    return chosen.source.device_id == _NO_ID


def _presumption(config: Config, camera: str) -> Chosen:
    spec = config.cameras[camera]
    selectors = ", ".join(map(str, spec.capability))
    asked = f"{spec.device}: {selectors}"
    source = Source(config.server_of(camera).url, _NO_ID, asked, _NO_CAPABILITY, Encoding.JPEG)
    return Chosen(source, selectors, 0)
