"""How one recorder of a camera follows another without a frame between them. Pure.

An `Overlap` begins a successor on the same stream, beside the current recorder. `relay.py` gives
each of the two its `orders`, and asks for the `verdict` after each look at them:

    current RECORDING, successor STARTING     -> wait
    current RECORDING, successor RECORDING    -> promote, once both are known to be of one stream
    current at an end by what is its own       -> promote: the stream goes on
    current at an end with the stream          -> abandon: another camera may have the port by now
    successor BACKING_OFF                      -> wait; the plan asks again

So there are never more than two, and the current one is told to end only when all that it has
received until the successor's first frame is on disk.
"""

from dataclasses import replace
from enum import Enum

from thorsched.recording.lifecycle import (
    Action,
    Order,
    Overlap,
    Phase,
    Recorder,
    Start,
    Stop,
    Update,
)
from thorsched.recording.spec import tail
from thorsched.recording.transitions import earlier, step
from thorsched.recording.trouble import Cause

# By these a recorder ends although its stream goes on.
_OF_ITS_OWN = frozenset(
    {
        Cause.RECORDER_EXITED,
        Cause.TIMESTAMPS,
        Cause.STORAGE,
        Cause.FILE_TAKEN,
        Cause.MACHINE,
    }
)


class Role(Enum):
    """Which of a camera's recorders is meant; the log calls it so."""

    CURRENT = "recorder"
    SUCCESSOR = "successor"
    PREDECESSOR = "predecessor"


class Verdict(Enum):
    """What becomes of a successor."""

    WAIT = "wait"
    PROMOTE = "promote"  # it takes the current one's place; that one ends
    ABANDON = "abandon"  # it ends, and the current one goes on, or begins anew


def orders(recorder: Recorder, action: Action) -> tuple[tuple[Role, Order], ...]:
    """Return what a camera's recorders are told when `action` is asked for, in this order."""
    match action:
        case Overlap():
            return _overlap(recorder, action)
        case Start():
            return ((Role.CURRENT, action),) if not recorder.beside else ()
        case Stop() | Update():
            why = action.why if isinstance(action, Stop) else "the edit was undone"
            drop = ((Role.SUCCESSOR, Stop(action.camera, why)),) if recorder.successor else ()
            return ((Role.CURRENT, action), *drop)


def may_be_followed(recorder: Recorder) -> bool:
    """Return whether a successor may begin, or go on: the stream is ours as long as it grows.

    One that was adopted with its successor has not grown as yet.
    """
    is_adopted = recorder.phase is Phase.STARTING and recorder.successor is not None
    return recorder.predecessor is None and (recorder.phase is Phase.RECORDING or is_adopted)


def _overlap(recorder: Recorder, overlap: Overlap) -> tuple[tuple[Role, Order], ...]:
    wanted, running = overlap.recording, recorder.recording
    if running is None or running.source != wanted.source or not may_be_followed(recorder):
        return ()
    label = Update(overlap.camera, wanted.kept_as(running))
    order = _order_for(recorder.successor or Recorder(overlap.camera), overlap)
    return ((Role.CURRENT, label), *(((Role.SUCCESSOR, order),) if order else ()))


def _order_for(successor: Recorder, overlap: Overlap) -> Order | None:
    """Return what a successor, or one that is not there yet, is told by another overlap."""
    wanted, begun = overlap.recording, successor.recording
    match successor.phase:
        case Phase.IDLE | Phase.BACKING_OFF:
            return Start(overlap.camera, wanted)
        case Phase.STARTING | Phase.RECORDING if begun and wanted.is_kept_as(begun):
            return Update(overlap.camera, wanted)
        case Phase.STARTING | Phase.RECORDING:
            return Stop(overlap.camera, "edited again")
        case Phase.STOPPING:
            return None


def asked(recorder: Recorder, action: Action, *, now_s: float) -> Recorder:
    """Return how to plan for the recorder while `action` waits for its worker.

    An end that was asked for can be taken back, and one that was taken back asked for again, before
    the worker has read of either.
    """
    for role, order in orders(recorder, action):
        if role is Role.SUCCESSOR:
            successor = recorder.successor or Recorder(action.camera)
            recorder = replace(recorder, successor=step(successor, order, now_s=now_s)[0])
        elif isinstance(order, Update):
            recorder = step(recorder, order, now_s=now_s)[0]
        elif isinstance(order, Stop) and recorder.phase in (Phase.STARTING, Phase.RECORDING):
            recorder = replace(recorder, ending=earlier(recorder.ending, order, now_s))
    return recorder


def verdict(recorder: Recorder) -> Verdict:
    """Return what becomes of the recorder's successor now."""
    successor = recorder.successor
    if successor is None or successor.phase is Phase.STOPPING:
        return Verdict.WAIT
    match recorder.phase:
        case Phase.STARTING | Phase.RECORDING:
            return Verdict.PROMOTE if _is_proven(recorder, successor) else Verdict.WAIT
        case Phase.STOPPING | Phase.BACKING_OFF if _has_failed(recorder):
            return _after_failure(recorder, successor)
        case Phase.STOPPING | Phase.BACKING_OFF | Phase.IDLE:
            return Verdict.ABANDON


def _is_proven(recorder: Recorder, successor: Recorder) -> bool:
    """Return whether both are of one stream, and no frame is between them.

    Nothing in a stream names its camera. But a recorder does not call twice: what it writes later
    than its tail after the successor's first frames, it has received after the successor's call.
    So its stream was alive then, and it was that stream which was called.
    """
    if successor.phase is not Phase.RECORDING or recorder.recording is None:
        return False
    tail_s = tail(recorder.recording.latency).total_seconds()
    return recorder.grew_at_s >= successor.since_s + tail_s


def _has_failed(recorder: Recorder) -> bool:
    return recorder.phase is Phase.BACKING_OFF or recorder.will_retry


def _after_failure(recorder: Recorder, successor: Recorder) -> Verdict:
    goes_on = recorder.trouble is not None and recorder.trouble.cause in _OF_ITS_OWN
    is_running = successor.phase in (Phase.STARTING, Phase.RECORDING)
    is_one_stream = goes_on or _is_proven(recorder, successor)
    return Verdict.PROMOTE if is_running and is_one_stream else Verdict.ABANDON
