"""From what should be true and what is true to what to do now. Pure.

Level-triggered: a plan knows no history, so a pass that was missed, or carried out twice, does no
harm. One camera's trouble never touches another.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from thorsched.base.text import printable, short_hash
from thorsched.cameras.capability import Device
from thorsched.config.blocks import Camera
from thorsched.engine.desired import Unready, Wanted
from thorsched.engine.sources import View
from thorsched.engine.upgrades import (
    Verdict,
    asked_by,
    is_same_device,
    judge,
    labelled_for,
)
from thorsched.recording.lifecycle import (
    Action,
    Overlap,
    Phase,
    Recorder,
    Start,
    Stop,
    Update,
)
from thorsched.recording.spec import Recording
from thorsched.recording.succession import may_be_followed
from thorsched.recording.transitions import may_start
from thorsched.recording.trouble import Cause

_AT_REST = (Phase.IDLE, Phase.BACKING_OFF)
_NONE: Mapping[str, Camera] = MappingProxyType({})
# From an attempt's vain question to its being over: for a server that does not answer, and for one
# that answers without the device.
_FAILING_S = {Cause.SERVER_UNREACHABLE: 1.0, Cause.NO_DEVICE: 0.25}
# How often a server is asked while a recording waits: a look costs it one GET, and 0.3 ms here.
# Of a camera that is plugged in, an event tells, as a rule.
SERVER_LOOK_S = 0.25
DEVICE_LOOK_S = 1.0


def plan(
    wanted: Mapping[str, Wanted],
    observed: Mapping[str, Recorder],
    *,
    now: datetime,
    now_s: float,
    views: Mapping[str, View],
    revision: str = "",
    cameras: Mapping[str, Camera] = _NONE,
) -> tuple[Action, ...]:
    """Return what to do now, stops first; empty when in step.

    `observed` lacks the cameras that never recorded; `now` is aware UTC, `now_s` monotonic; `views`
    are what is known of the servers, by URL; `revision` is that of the file which wants it so,
    `cameras` are its own. A camera that is wanted but not ready (its device is gone, say) keeps the
    recorder it has, unless the file names another device by now: as long as frames arrive, they are
    worth more than a list. See `upgrades.py`.
    """
    actions: list[Action] = []
    for camera in sorted(wanted.keys() | observed.keys()):
        recorder, one = observed.get(camera, Recorder(camera)), wanted.get(camera)
        if isinstance(one, Recording) and recorder.phase in _AT_REST:
            view = views.get(one.source.server)
            is_back = view is not None and _is_back(view, recorder, one.source.device_id)
            action = _begin(one, recorder, is_back=is_back, now=now, now_s=now_s)
        else:
            settings = cameras.get(camera)
            action = _act(one, recorder, views, settings, revision, now=now, now_s=now_s)
        if action is not None:
            actions.append(action)
    return tuple(sorted(actions, key=lambda action: not isinstance(action, Stop)))


def _is_back(view: View, recorder: Recorder, device_id: int) -> bool:
    """Return whether server or device came since the attempt failed, or while it was failing."""
    came_at_s = view.roster.listed_since_s.get(device_id, view.reached_at_s)
    missing = _missed_by(recorder)
    failing_s = _FAILING_S[missing] if missing else 0.0
    return max(came_at_s, view.reached_at_s) > recorder.since_s - failing_s


def _begin(
    wanted: Recording, recorder: Recorder, *, is_back: bool, now: datetime, now_s: float
) -> Action | None:
    """Start what is due; after the window's end there is nothing left to begin, or to wait for.

    A server or device that `is_back` is waited for no longer, whatever was the trouble with it.
    """
    if now >= wanted.window.end:
        over = Stop(wanted.camera, "the window is over")
        return over if recorder.phase is Phase.BACKING_OFF else None
    at_once = is_back and recorder.phase is Phase.BACKING_OFF
    if not may_start(recorder, wanted, now_s=now_s, at_once=at_once):
        return None
    return Start(wanted.camera, wanted, at_once=at_once)


def _act(
    wanted: Wanted | None,
    recorder: Recorder,
    views: Mapping[str, View],
    camera: Camera | None,
    revision: str,
    *,
    now: datetime,
    now_s: float,
) -> Action | None:
    match wanted, recorder.phase:
        case _, Phase.STOPPING:
            return None
        case None, Phase.IDLE:
            return None
        case None, _:
            return _unwanted(recorder, revision, now)
        case Unready(), Phase.STARTING | Phase.RECORDING if not wanted.allows(recorder.recording):
            return _end_by(recorder, revision, "the file names another device", now)
        case Unready(), _:
            return _go_on(recorder, recorder.recording)
        case Recording(), _:
            return _keep(wanted, recorder, views, camera, now=now, now_s=now_s)


def _unwanted(recorder: Recorder, revision: str, now: datetime) -> Action | None:
    """End it, and let nothing take its place."""
    running = recorder.recording
    if running is not None and now >= running.window.end:
        return _end(recorder, "the window is over", now)
    return _end_by(recorder, revision, "no longer wanted", now)


def _end_by(
    recorder: Recorder, revision: str, why: str, now: datetime, *, what: str = ""
) -> Action | None:
    """End it, by an edit unless the file is its own: then somebody has asked for that.

    In each pass a recorder that goes on is labelled with the revision that wants it.
    """
    running = recorder.recording
    if not revision or running is None or running.provenance.get("revision") == revision:
        return _end(recorder, f"{why}{what}", now)
    return _end(recorder, f"{why} since revision {short_hash(revision)}{what}", now, Cause.EDITED)


def _replace(
    recorder: Recorder, running: Recording, wanted: Recording, now: datetime
) -> Action | None:
    """End it for another source; where a schedule asks for that, what it costs is nobody's fault.

    A device streams one capability at a time: so there is nothing to overlap with.
    """
    by, last = asked_by(wanted), asked_by(running)
    if by == last or not is_same_device(running, wanted):
        revision = str(wanted.provenance.get("revision", ""))
        what = f": {_change(running, wanted)}"
        return _end_by(recorder, revision, "replaced", now, what=what)
    who = f"by schedule {by}" if by else f"at the end of schedule {last}"
    why = f"{who}: {running.source} -> {wanted.source}"
    return _end(recorder, why, now, Cause.CAPABILITY_CHANGED)


def _end(
    recorder: Recorder, why: str, now: datetime, cause: Cause = Cause.STOPPED
) -> Action | None:
    """End it once what was filmed until now is on disk; it is asked for once.

    A recorder that has not been spawned has nothing on its way.
    """
    if recorder.ending is not None:
        return None
    running = recorder.recording if recorder.port is not None else None
    linger_s = running.unwritten_s(now) if running is not None else 0.0
    return Stop(recorder.camera, why, linger_s, cause)


def _go_on(recorder: Recorder, labelled: Recording | None) -> Action | None:
    """Let it run on under these labels; an end that was asked for is taken back."""
    is_in_step = labelled == recorder.recording and recorder.ending is None
    return None if labelled is None or is_in_step else Update(recorder.camera, labelled)


def _keep(
    wanted: Recording,
    recorder: Recorder,
    views: Mapping[str, View],
    camera: Camera | None,
    *,
    now: datetime,
    now_s: float,
) -> Action | None:
    """Replace a recorder of another source; let one that is kept otherwise be followed."""
    running = recorder.recording
    if running is None:
        return None
    if wanted.source != running.source:
        match _verdict(wanted, running, views, camera):
            case Verdict.REPLACE:
                return _replace(recorder, running, wanted, now)
            case Verdict.UPGRADE:
                why = f"by upgrade: at_once: {running.source} -> {wanted.source}"
                return _end(recorder, why, now, Cause.CAPABILITY_CHANGED)
            case Verdict.KEEP if not is_same_device(running, wanted):
                return _go_on(recorder, running)
            case Verdict.KEEP:
                wanted = labelled_for(running, wanted)
    is_kept_otherwise = not wanted.is_kept_as(running) and now < wanted.window.end
    if is_kept_otherwise and may_be_followed(recorder):
        return _change_over(wanted, recorder, running, now_s=now_s)
    if recorder.successor is not None and not _is_leaving(recorder.successor):
        return Update(recorder.camera, wanted.kept_as(running))
    return _go_on(recorder, wanted.kept_as(running))


def _change_over(
    wanted: Recording, recorder: Recorder, running: Recording, *, now_s: float
) -> Action | None:
    """Have a successor begun, or begun again, or labelled anew."""
    is_labelled = recorder.recording == wanted.kept_as(running) and recorder.ending is None
    is_under_way = _is_under_way(recorder.successor, wanted, now_s=now_s)
    return None if is_labelled and is_under_way else Overlap(recorder.camera, wanted)


def _is_under_way(successor: Recorder | None, wanted: Recording, *, now_s: float) -> bool:
    if successor is None or may_start(successor, wanted, now_s=now_s):
        return False
    is_waiting = successor.phase in (Phase.STOPPING, Phase.BACKING_OFF)
    return is_waiting or successor.recording == wanted


def _is_leaving(successor: Recorder) -> bool:
    return successor.phase is Phase.STOPPING and not successor.will_retry


def _verdict(
    wanted: Recording, running: Recording, views: Mapping[str, View], camera: Camera | None
) -> Verdict:
    """Return what becomes of a recorder of another source.

    A server that lists something else for a moment, while its bus resets, must not cost a
    recording: what has changed is to be believed.
    """
    sources = (running.source, wanted.source)
    is_fresh = any(
        s.server in views and s.device_id in views[s.server].roster.fresh_ids for s in sources
    )
    view, of = views.get(wanted.source.server), wanted.source
    device = Device(of.device_id, of.device_name, (of.capability,))
    is_held = view is not None and view.roster.is_held(device, of.capability)
    return judge(
        running,
        wanted,
        rule=camera.device if camera else None,
        is_at_once=camera is not None and camera.upgrade == "at_once",
        is_believed=not (is_fresh or is_held),
    )


def _change(running: Recording, wanted: Recording) -> str:
    before, after = running.source, wanted.source
    if before.server != after.server:
        return f"server {before.server} -> {after.server}"
    if before.device_id != after.device_id:
        return f"device {before.device_id} -> {after.device_id}"
    if before.device_name != after.device_name:
        names = f"'{printable(before.device_name)}' -> '{printable(after.device_name)}'"
        return f"device {before.device_id}, {names}"
    return f"capability {before} -> {after}"


def next_retry_s(wanted: Mapping[str, Wanted], observed: Mapping[str, Recorder]) -> float | None:
    """Return when, in monotonic seconds, the first wanted recorder that backs off may start."""
    retries_s = [
        one.retry_at_s
        for camera, recorder in observed.items()
        for one in recorder.everyone
        if one.phase is Phase.BACKING_OFF and isinstance(wanted.get(camera), Recording)
    ]
    return min(retries_s, default=None)


def awaited(wanted: Mapping[str, Wanted], observed: Mapping[str, Recorder]) -> dict[str, float]:
    """Return every how many seconds a server is to be asked, by URL, because a recording waits.

    For the server itself, which does not answer, or for a device that it does not list.
    """
    waits: list[tuple[str, Cause | None]] = []
    for camera, one in wanted.items():
        if isinstance(one, Unready):
            waits.append((one.server, one.trouble.cause))
        else:
            missing = _missed_by(observed.get(camera, Recorder(camera)))
            waits.append((one.source.server, missing))
    devices = {url: DEVICE_LOOK_S for url, missing in waits if missing is Cause.NO_DEVICE}
    servers = {url: SERVER_LOOK_S for url, missing in waits if missing is Cause.SERVER_UNREACHABLE}
    return devices | servers


def _missed_by(recorder: Recorder) -> Cause | None:
    """Return what its attempt has missed, if it has not even come to call the stream."""
    if recorder.phase is not Phase.BACKING_OFF or recorder.port is not None:
        return None
    cause = recorder.trouble.cause if recorder.trouble else None
    return cause if cause in _FAILING_S else None
