"""What changes, camera by camera, when one revision of the file replaces another. Pure.

It is the loop's own `plan` that is asked, of the recorders that are there: what it does about each
for what the old revision wants at a moment, and for what the new one wants. Called before anything
happens, and as it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from thorsched.catalogue.applied import Change, Difference, Effect
from thorsched.config.comparison import file_changes
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon
from thorsched.engine.plan import plan
from thorsched.engine.sources import View
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.spec import Recording
from thorsched.reload.edits.fates import Fate, Outcome, effect_of, outcome
from thorsched.reload.edits.reasons import Reasons
from thorsched.reload.edits.resolved import (
    Resolver,
    Side,
    left_unasked,
    presuming,
    side_of,
    wanted_by,
)
from thorsched.reload.edits.words import losses

_NOTHING = Outcome(Fate.ENDS, None)
_RUNNING = (Phase.STARTING, Phase.RECORDING)


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is as one revision takes the place of another."""

    views: Mapping[str, View]
    """Of the servers of both, by URL."""
    now: datetime
    """Aware UTC."""
    horizon: Horizon
    """Its zone is the machine's."""
    recorders: Mapping[str, Recorder] | None = None
    """Those that are there; None presumes such as do what the old revision wants."""
    now_s: float = 0.0
    """`now` by the monotonic clock, by which recorders wait."""
    is_running: bool = True
    """Whether a scheduler does; without one nothing is recorded, and all is of what comes."""


def difference(old: Config | None, new: Config, there: Situation) -> Difference:
    """Return what changes when `new` replaces `old`, or nothing.

    Where recorders are presumed and a server did not answer, its cameras are compared by what the
    files say of them.
    """
    before, after, observed = _sides(old, new, there)
    own = _outcomes(before, observed, there) if before else {}
    coming = _outcomes(after, observed, there)
    reasons = Reasons(before, after, now=there.now, horizon=there.horizon)
    is_of_now = there.is_running or before is None
    names = dict.fromkeys([*new.cameras, *(old.cameras if old else ())])
    cameras = []
    for camera in names:
        recorder = observed.get(camera, Recorder(camera))
        was, becomes = own.get(camera, _NOTHING), coming.get(camera, _NOTHING)
        effect = effect_of(recorder, was, becomes) if is_of_now else None
        change = effect and _change(effect, recorder, was, becomes, reasons, now=there.now)
        cameras.append(change or _later(camera, before, after, reasons))
    return Difference(tuple(cameras), file_changes(old, new) if old else ())


def dated(seen: Difference, since: Mapping[str, datetime]) -> Difference:
    """Return it with the moments `since` when frames of cameras came, where they now end."""
    lost = {one.camera for one in losses(seen)} & since.keys()
    return replace(
        seen,
        cameras=tuple(
            replace(one, since=max(since[one.camera], one.window.start))
            if one.window and one.camera in lost
            else one
            for one in seen.cameras
        ),
    )


def _sides(
    old: Config | None, new: Config, there: Situation
) -> tuple[Side | None, Side, Mapping[str, Recorder]]:
    """Return both revisions, and the recorders that are there, or are presumed to be."""
    resolver = Resolver(there.views)
    if there.recorders is not None:
        running = _recordings(there.recorders)
        before = _side(old, resolver, there, running) if old else None
        return before, _side(new, resolver, there, running), there.recorders
    before = _side(old, resolver, there, {}) if old else None
    before = presuming(before, before.own) if before else None
    presumed = _presumed(before, there) if before else {}
    after = _side(new, resolver, there, _recordings(presumed))
    after = presuming(after, left_unasked(before, after)) if before else after
    return before, after, presumed


def _side(
    config: Config, resolver: Resolver, there: Situation, running: Mapping[str, Recording]
) -> Side:
    return side_of(config, resolver, there.now, there.horizon, running=running)


def _recordings(recorders: Mapping[str, Recorder]) -> dict[str, Recording]:
    return {name: one.recording for name, one in recorders.items() if one.recording}


def _presumed(before: Side, there: Situation) -> dict[str, Recorder]:
    """Return recorders that do what is wanted, and have been at it."""
    if not there.is_running:
        return {}
    wanted = wanted_by(before, there.now, there.horizon, running={})
    return {
        camera: Recorder(camera, Phase.RECORDING, recording=one, port=one.ports.start)
        for camera, one in wanted.items()
        if isinstance(one, Recording)
    }


def _outcomes(side: Side, observed: Mapping[str, Recorder], there: Situation) -> dict[str, Outcome]:
    """Return what the loop makes of each camera by a revision."""
    now = there.now
    wanted = wanted_by(side, now, there.horizon, running=_recordings(observed))
    views = there.views if there.recorders is not None else {}
    cameras = side.config.cameras
    planned = plan(wanted, observed, now=now, now_s=there.now_s, views=views, cameras=cameras)
    actions = {action.camera: action for action in planned}
    return {
        camera: outcome(
            observed.get(camera, Recorder(camera)),
            wanted.get(camera),
            actions.get(camera),
            now=now,
        )
        for camera in wanted.keys() | observed.keys()
    }


def _change(
    effect: Effect,
    recorder: Recorder,
    was: Outcome,
    becomes: Outcome,
    reasons: Reasons,
    *,
    now: datetime,
) -> Change | None:
    """Return what becomes of a camera in the window of now; None if it is not inside of one."""
    wanted = was.wanted if effect is Effect.STOPPED else becomes.wanted
    is_early = wanted is not None and now < wanted.window.start
    if wanted is None or now >= wanted.window.end or (effect is Effect.STOPPED and is_early):
        return None
    why = reasons.of(recorder.camera)
    if effect is Effect.IN_PLACE and not why:
        return Change(recorder.camera, Effect.UNTOUCHED, not is_early, wanted.window, ())
    goes_on = recorder.phase in _RUNNING and becomes.fate in (Fate.GOES_ON, Fate.FOLLOWED)
    is_at_it = goes_on or effect is not Effect.IN_PLACE
    why = (*why, *reasons.circumstances(recorder, becomes))
    return Change(recorder.camera, effect, is_at_it and not is_early, wanted.window, why)


def _later(camera: str, before: Side | None, after: Side, reasons: Reasons) -> Change:
    """Return what becomes of a camera that is not recorded at the moment."""
    had, has = _is_scheduled(before, camera), _is_scheduled(after, camera)
    why = reasons.of(camera)
    if had != has:
        effect = Effect.STARTED if has else Effect.STOPPED
    else:
        effect = Effect.IN_PLACE if why else Effect.UNTOUCHED
    window = reasons.next_window(after if has or before is None else before, camera)
    return Change(camera, effect, is_now=False, window=window, reasons=why)


def _is_scheduled(side: Side | None, camera: str) -> bool:
    return side is not None and bool(side.schedules.get(camera))
