"""Which phase of a recorder follows what happened, and what is to be done about it. Pure.

`step` is one total match. It is called by `supervision.py` with what a person, the plan or the
process brought about; it never acts itself.
"""

from dataclasses import replace

from thorsched.base.backoff import backoff_s
from thorsched.recording.lifecycle import (
    BEGINNING_S,
    FIRST_BYTES_LIMIT_S,
    INTERRUPT_GRACE_S,
    PROGRESS_CLEARS_FAILURES_S,
    Cancelled,
    Clue,
    Effect,
    Ending,
    Event,
    Exited,
    Failed,
    Grew,
    Lost,
    Phase,
    Recorder,
    Spawned,
    Start,
    Stop,
    Tick,
    Update,
)
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause, Trouble

Step = tuple[Recorder, Effect | None]


def step(recorder: Recorder, event: Event, *, now_s: float) -> Step:
    """Return the recorder after `event`, and the effect that the event calls for.

    Total: every event is allowed in every phase; what makes no sense there changes nothing.
    """
    match event:
        case Start():
            return _start(recorder, event, now_s)
        case Stop():
            return _stop(recorder, event, now_s)
        case Update():
            return _update(recorder, event.recording), None
        case Spawned(port, location, at) if recorder.phase is Phase.STARTING:
            spawned = replace(recorder, port=port, location=location, began=at)
            return replace(spawned, since_s=now_s, grew_at_s=now_s), None
        case Grew():
            return _grew(recorder, event, now_s), None
        case Failed(trouble) | Exited(trouble):
            return _ended(recorder, trouble, now_s)
        case Cancelled() if recorder.phase is Phase.STARTING:
            return _rest(recorder, now_s), Effect.RELEASE
        case Lost() | Tick():
            return _looked(recorder, event, now_s)
        case Spawned() | Cancelled():  # of an attempt that is over
            return recorder, None


def may_start(
    recorder: Recorder, recording: Recording, *, now_s: float, at_once: bool = False
) -> bool:
    """Return whether an attempt at `recording` may begin: there is none, and none is waited for.

    Of an overlap, what is beside it must be gone. What failed says nothing of another device,
    capability or disk: those are tried at once.
    """
    if recorder.beside:
        return False
    match recorder.phase:
        case Phase.IDLE:
            return True
        case Phase.BACKING_OFF:
            is_due = at_once or now_s >= recorder.retry_at_s
            return is_due or _is_other_try(recorder, recording)
        case Phase.STARTING | Phase.RECORDING | Phase.STOPPING:
            return False


def _is_other_try(recorder: Recorder, recording: Recording) -> bool:
    failed = recorder.recording
    return failed is not None and (
        (failed.source, failed.output, failed.ports)
        != (recording.source, recording.output, recording.ports)
    )


def _start(recorder: Recorder, start: Start, now_s: float) -> Step:
    recording = start.recording
    if not may_start(recorder, recording, now_s=now_s, at_once=start.at_once):
        return recorder, None
    started = replace(
        recorder,
        phase=Phase.STARTING,
        since_s=now_s,
        recording=recording,
        port=None,
        began=None,
        size_bytes=0,
        open_segment=None,
        grew_at_s=now_s,
        failures=0 if _is_other_try(recorder, recording) else recorder.failures,
        warning=None,
        will_retry=False,
        killed=False,
        ending=None,
    )
    return started, Effect.BEGIN


def _stop(recorder: Recorder, stop: Stop, now_s: float) -> Step:
    match recorder.phase:
        case Phase.STARTING | Phase.RECORDING:
            return _linger(recorder, earlier(recorder.ending, stop, now_s), now_s)
        case Phase.BACKING_OFF:  # no process to signal
            return _rest(recorder, now_s), None
        case Phase.STOPPING:
            return replace(recorder, will_retry=False), None
        case Phase.IDLE:
            return recorder, None


def earlier(ending: Ending | None, stop: Stop, now_s: float) -> Ending:
    """Return which of two endings counts."""
    asked_for = Ending(now_s + stop.linger_s, stop.why, stop.cause)
    return ending if ending is not None and ending.at_s <= asked_for.at_s else asked_for


def _linger(recorder: Recorder, ending: Ending, now_s: float) -> Step:
    """Interrupt it at its time."""
    if now_s < ending.at_s:
        return replace(recorder, ending=ending), None
    stopping = replace(recorder, phase=Phase.STOPPING, since_s=now_s, will_retry=False, ending=None)
    return stopping, Effect.INTERRUPT


def _update(recorder: Recorder, recording: Recording) -> Recorder:
    if recorder.recording is None or recorder.recording.source != recording.source:
        return recorder
    return replace(recorder, recording=recording, ending=None)


def _grew(recorder: Recorder, files: Grew, now_s: float) -> Recorder:
    if files.size_bytes <= recorder.size_bytes:
        return recorder
    grown = replace(
        recorder,
        size_bytes=files.size_bytes,
        open_segment=files.segment,
        grew_at_s=now_s,
        warning=files.warning,
    )
    match recorder.phase:
        case Phase.STARTING:
            return replace(grown, phase=Phase.RECORDING, since_s=now_s, trouble=None)
        case Phase.RECORDING if now_s - recorder.since_s >= PROGRESS_CLEARS_FAILURES_S:
            return replace(grown, failures=0)
        case Phase.RECORDING | Phase.STOPPING:
            return grown
        case Phase.IDLE | Phase.BACKING_OFF:
            return recorder


def _ended(recorder: Recorder, trouble: Trouble, now_s: float) -> Step:
    match recorder.phase:
        case Phase.STARTING | Phase.RECORDING if recorder.ending is None:
            return _back_off(recorder, trouble, now_s), Effect.RELEASE
        case Phase.STOPPING if recorder.will_retry:
            return _back_off(recorder, recorder.trouble or trouble, now_s), Effect.RELEASE
        case Phase.STARTING | Phase.RECORDING | Phase.STOPPING:
            return _rest(recorder, now_s), Effect.RELEASE
        case Phase.IDLE | Phase.BACKING_OFF:
            return recorder, None


def _looked(recorder: Recorder, event: Lost | Tick, now_s: float) -> Step:
    match event, recorder.phase:
        case Tick(clue), _:
            return _tick(recorder, now_s, clue)
        case Lost(trouble), Phase.STARTING | Phase.RECORDING:
            return _give_up(recorder, trouble, now_s)
        case _:
            return recorder, None


def _tick(recorder: Recorder, now_s: float, clue: Clue | None) -> Step:
    waited_s = now_s - recorder.since_s
    match recorder.phase:
        case Phase.STARTING | Phase.RECORDING if recorder.ending and now_s >= recorder.ending.at_s:
            return _linger(recorder, recorder.ending, now_s)
        case Phase.STARTING | Phase.RECORDING if is_overdue(recorder, now_s=now_s):
            return _give_up(recorder, _overdue(recorder, now_s, clue), now_s)
        case Phase.STOPPING if waited_s >= INTERRUPT_GRACE_S and not recorder.killed:
            return replace(recorder, killed=True), Effect.KILL
        case Phase():
            return recorder, None


def is_overdue(recorder: Recorder, *, now_s: float) -> bool:
    """Return whether the first frames, or the next ones, should be on disk by now."""
    if recorder.phase is Phase.STARTING:
        return now_s - recorder.since_s >= _first_bytes_limit_s(recorder)
    return is_stalled(recorder, now_s=now_s)


def _overdue(recorder: Recorder, now_s: float, clue: Clue | None) -> Trouble:
    """Return what it means that no frames come."""
    cause, detail = Cause.STALLED, f"no new frame for {now_s - recorder.grew_at_s:.1f} s"
    if recorder.phase is Phase.STARTING:
        waited_s = now_s - recorder.since_s
        cause, detail = Cause.NO_FIRST_FRAME, f"nothing on disk {waited_s:.0f} s after the start"
    match clue:
        case None:
            return Trouble(cause, detail)
        case Clue.DISK:
            return Trouble(Cause.STORAGE, f"{clue.value}: {detail}")
        case Clue.FILE_TAKEN:
            return Trouble(Cause.FILE_TAKEN, f"{detail}: {clue.value}")
        case Clue.GARBAGE:
            return Trouble(Cause.GARBAGE, f"{detail}: {clue.value}")
        case Clue.SILENCE:
            return Trouble(cause, f"{detail}: {clue.value}")


def _first_bytes_limit_s(recorder: Recorder) -> float:
    """Return how long the first bytes may take: longer with a long latency, and slow frames."""
    stall_limit_s = recorder.recording.stall_limit_s if recorder.recording else 0.0
    return max(FIRST_BYTES_LIMIT_S, BEGINNING_S + stall_limit_s)


def is_stalled(recorder: Recorder, *, now_s: float) -> bool:
    """Return whether frames have stopped arriving on disk."""
    if recorder.phase is not Phase.RECORDING or recorder.recording is None:
        return False
    return now_s - recorder.grew_at_s >= recorder.recording.stall_limit_s


def _give_up(recorder: Recorder, trouble: Trouble, now_s: float) -> Step:
    stopping = replace(
        recorder,
        phase=Phase.STOPPING,
        since_s=now_s,
        will_retry=recorder.ending is None,
        trouble=trouble,
        ending=None,
    )
    return stopping, Effect.INTERRUPT


def _back_off(recorder: Recorder, trouble: Trouble, now_s: float) -> Recorder:
    """Wait, but not after an attempt that has recorded, unless another failed right before it.

    Timestamps out of order are a passing thing: nothing is better the next time for a wait.
    """
    is_passing = recorder.failures == 0 or trouble.cause is Cause.TIMESTAMPS
    is_worth_it = is_passing and recorder.size_bytes > 0
    wait_s = 0.0 if is_worth_it else backoff_s(recorder.camera, recorder.failures)
    return replace(
        recorder,
        phase=Phase.BACKING_OFF,
        since_s=now_s,
        open_segment=None,
        warning=None,
        failures=recorder.failures + 1,
        retry_at_s=now_s + wait_s,
        trouble=trouble,
        will_retry=False,
    )


def _rest(recorder: Recorder, now_s: float) -> Recorder:
    return Recorder(camera=recorder.camera, since_s=now_s)
