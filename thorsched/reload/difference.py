"""What changes, camera by camera, when one revision of the file replaces another. Pure.

It is the loop's own `plan` that is asked, for recorders that do what the one revision wants at a
moment and for what the other wants then. Called before anything happens, and as it does.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from thorsched.catalogue.applied import Change, Difference, Effect
from thorsched.config.comparison import (
    camera_changes,
    file_changes,
    rule_text,
    schedule_changes,
)
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, Wanted, timetables
from thorsched.engine.outlook import outlook
from thorsched.engine.plan import plan
from thorsched.engine.sources import View
from thorsched.recording.lifecycle import Action, Overlap, Phase, Recorder, Start, Stop
from thorsched.recording.spec import Recording
from thorsched.reload.resolved import (
    Side,
    left_unasked,
    presuming,
    side_of,
    source_changes,
    wanted_by,
)
from thorsched.schedule.intervals import Window


def difference(
    old: Config | None,
    new: Config,
    views: Mapping[str, View],
    *,
    now: datetime,
    horizon: Horizon,
    is_running: bool,
) -> Difference:
    """Return what changes when `new` replaces `old`, or nothing, at `now`, aware UTC.

    `views` are of the servers of both, by URL; the zone of `horizon` is the machine's. Where a
    server did not answer, its cameras are compared by what the files say of them. Unless a
    scheduler `is_running`, nothing is recorded, and all is of what comes.
    """
    before = side_of(old, views, now, horizon, running={}) if old else None
    before = presuming(before, before.own) if before else None
    running = (
        _recording(wanted_by(before, now, horizon, running={})) if before and is_running else {}
    )
    after = side_of(new, views, now, horizon, running=running)
    after = presuming(after, left_unasked(before, after)) if before else after
    coming = wanted_by(after, now, horizon, running=running)
    observed = {camera: _recorder(one) for camera, one in running.items()}
    actions = {
        action.camera: action
        for action in plan(coming, observed, now=now, now_s=0.0, views={})
        if is_running or before is None
    }
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
        window = one.window if one else None
        cameras.append(Change(camera, effect, is_now=True, window=window, reasons=reasons))
    return Difference(tuple(cameras), file_changes(old, new) if old else ())


def _names(before: Side | None, after: Side) -> Iterable[str]:
    return dict.fromkeys([*after.config.cameras, *(before.config.cameras if before else ())])


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
        case Stop() if isinstance(becomes, Recording) and now < becomes.window.end:
            return Effect.REPLACED
        case Stop():
            return Effect.STOPPED if was is not None and now < was.window.end else None
    return (
        Effect.IN_PLACE
        if was is not None and becomes is not None and now < becomes.window.end
        else None
    )


def _later(
    before: Side | None, after: Side, camera: str, *, now: datetime, zone: ZoneInfo
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


def _is_scheduled(side: Side | None, camera: str) -> bool:
    config = side.config if side else None
    return config is not None and camera in config.cameras and bool(config.schedules_of(camera))


def _next(side: Side, camera: str, now: datetime, zone: ZoneInfo) -> Window | None:
    tables = timetables(side.config, camera, zone) if camera in side.config.cameras else ()
    return outlook(tables, now=now).next if tables else None


def _reasons(before: Side | None, after: Side, camera: str) -> tuple[str, ...]:
    if camera not in after.config.cameras:
        return ("is not in the file any more",)
    if before is None or camera not in before.config.cameras:
        rules = [
            (name, rule_text(after.config, name)) for name in after.config.schedules_of(camera)
        ]
        new = ("is new",) if before else ()
        return (*new, *(f"schedule {name}: {rule}" for name, rule in rules))
    return (
        *source_changes(before, after, camera),
        *camera_changes(before.config, after.config, camera),
        *schedule_changes(before.config, after.config, camera),
    )
