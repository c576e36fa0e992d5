"""A recorder and the attempt that it is at: what happens to either is carried out on the other.

Made by `worker.py`, used in its thread alone. What happened goes through `transitions.step`, whose
effects are carried out here, slow ones too: nobody else waits for them.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal, Protocol, TypeVar, assert_never

from thorsched.base.clock import Clock
from thorsched.recording.blame import trouble_of
from thorsched.recording.history import AttemptEnded, Note, Story
from thorsched.recording.lifecycle import (
    Cancelled,
    Clue,
    Effect,
    Event,
    Exited,
    Failed,
    Grew,
    Lost,
    Phase,
    Recorder,
    Spawned,
    Stop,
    Tick,
    Update,
)
from thorsched.recording.spec import Recording
from thorsched.recording.succession import Role
from thorsched.recording.transitions import is_overdue, step
from thorsched.recording.trouble import Cause, Trouble

T = TypeVar("T")

log = logging.getLogger(__name__)


class AnAttempt(Protocol):
    """What is supervised; `attempt.Attempt` is the real one."""

    def begin(self) -> Spawned | Failed | Cancelled: ...
    def poll(self) -> Grew | Lost | Exited | Tick: ...
    def clue(self) -> Clue | None: ...
    def interrupt(self) -> None: ...
    def kill(self) -> None: ...
    def relabel(self, recording: Recording) -> None: ...
    def prove(self) -> None: ...
    def release(self) -> None: ...
    def leave(self) -> None: ...


Adopted = tuple[Recorder, AnAttempt]
"""A recorder that runs already, with its attempt."""


class Supervision:
    """Holds one recorder to its lifecycle, attempt after attempt, one at a time.

    A bug of ours in what it calls costs an attempt, never the thread: a camera must not be dead
    for the night because of one exception.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        role: Role,
        attempt: Callable[[Recording], AnAttempt],
        clock: Clock,
        seen: Callable[[], None],
        changed: Callable[[], None],
        noted: Callable[[Note], None],
    ) -> None:
        """`seen` is called whenever `recorder` is another value, `changed` after its phase has.

        `noted` is told what becomes of each attempt.
        """
        self.role = role
        self.recorder = recorder
        self.attempt: AnAttempt | None = None
        self._stumbled = False
        self._new_attempt = attempt
        self._clock = clock
        self._seen = seen
        self._changed = changed
        self._noted = noted
        self._story = Story()

    def leave(self) -> None:
        """Leave the process to the next scheduler."""
        if self.attempt is not None:
            self._guarded(self.attempt.leave, _nothing)

    def look(self, *, is_urgent: Callable[[], bool]) -> None:
        """Look at the process and its files; nothing is concluded when something `is_urgent`.

        After a slow look, an end may have been taken back.
        """
        if self.attempt is not None:
            what = self._guarded(self.attempt.poll, self._blind)
            if not isinstance(what, Tick):
                self.happened(what)
            if not is_urgent():
                self.happened(Tick(self._clue()))

    def _clue(self) -> Clue | None:
        """Return what is known of why no frames come; asked only if none do."""
        now_s = self._clock.monotonic_s()
        if self.attempt is None or not is_overdue(self.recorder, now_s=now_s):
            return None
        return self._guarded(self.attempt.clue, _nothing)

    def _blind(self, trouble: Trouble) -> Exited | Tick:
        """Return what a failed look means: no growth, and the end once it has been killed."""
        return Exited(trouble) if self.recorder.killed else Tick()

    def _guarded(self, act: Callable[[], T], failed: Callable[[Trouble], T]) -> T:
        """Return what `act` returns, or what its failure means. Logs the first of an attempt."""
        try:
            return act()
        except Exception as error:
            level = logging.DEBUG if self._stumbled else logging.ERROR
            self._stumbled = True
            log.log(
                level,
                "a bug in the recorder's supervision",
                extra={"camera": self.recorder.camera},
                exc_info=True,
            )
            return failed(trouble_of(error))

    def happened(self, event: Event) -> None:
        """Take the next step of the recorder's lifecycle."""
        before = self.recorder
        after, effect = step(before, event, now_s=self._clock.monotonic_s())
        self._note(before, after, event)
        if effect is Effect.RELEASE:
            # Whoever sees it at rest finds its files handed over and its stream stopped.
            self._become(replace(after, phase=Phase.STOPPING))
            self._carry_out(effect)
            effect = None
        self._become(after)
        if isinstance(event, Update) and self.attempt is not None and after.recording:
            self.attempt.relabel(after.recording)
        if self.recorder.phase is not before.phase:
            self._log_transition(before, event)
        elif self.recorder.warning != before.warning:
            _log_warning(self.recorder)
        if effect is not None:
            self._carry_out(effect)
        if self.recorder.phase is not before.phase:
            self._guarded(self._changed, _nothing)

    def _note(self, before: Recorder, after: Recorder, event: Event) -> None:
        self._story, notes = self._story.after(before, after, event, at=self._clock.now())
        is_beside = self.role is not Role.CURRENT
        for one in notes:
            note = replace(one, is_beside=is_beside) if isinstance(one, AttemptEnded) else one
            self._guarded(partial(self._noted, note), _nothing)

    def prove(self) -> None:
        """Have its frames be its camera's from now on."""
        if self.attempt is not None:
            self._guarded(self.attempt.prove, _nothing)

    def inherit(self, trouble: Trouble | None) -> None:
        """Have the trouble of whose place it takes, until it has frames itself."""
        if self.recorder.phase is Phase.STARTING:
            self._become(replace(self.recorder, trouble=trouble))

    def _become(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._seen()

    def _carry_out(self, effect: Effect) -> None:
        if effect is Effect.BEGIN:
            self._begin()
        elif self.attempt is not None:  # a bug may have kept it from being made
            self._carry_out_on(self.attempt, effect)

    def _carry_out_on(
        self,
        attempt: AnAttempt,
        effect: Literal[Effect.INTERRUPT, Effect.KILL, Effect.RELEASE],
    ) -> None:
        match effect:
            case Effect.INTERRUPT:
                self._guarded(attempt.interrupt, _nothing)
            case Effect.KILL:
                self._guarded(attempt.kill, _nothing)
            case Effect.RELEASE:
                self.attempt = None
                self._guarded(attempt.release, _nothing)
            case _:
                assert_never(effect)

    def _begin(self) -> None:
        self._stumbled = False
        self.happened(self._guarded(self._begun, Failed))

    def _begun(self) -> Spawned | Failed | Cancelled:
        assert self.recorder.recording is not None  # noqa: S101 - Start has set it
        self.attempt = self._new_attempt(self.recorder.recording)
        return self.attempt.begin()

    def _log_transition(self, before: Recorder, event: Event) -> None:
        after = self.recorder
        is_backing_off = after.phase is Phase.BACKING_OFF
        is_over = after.phase in (Phase.STOPPING, Phase.IDLE)
        ending = before.ending if is_over else None
        end = event if isinstance(event, Stop | Cancelled) else ending
        # What goes wrong while it is about to end is tried again by nobody, and has cost frames.
        trouble = after.trouble if is_backing_off or after.will_retry else None
        if before.ending is not None and isinstance(event, Exited):
            trouble = event.trouble
        log.log(
            _level(before, after),
            "%s %s",
            self.role.value,
            after.phase.value,
            extra={
                "camera": after.camera,
                "was": before.phase.value,
                "why": end.why if end else None,
                "trouble": trouble,
                "retry_in_s": after.retry_at_s - after.since_s if is_backing_off else None,
            },
        )


def _level(before: Recorder, after: Recorder) -> int:
    """Return how loud a transition is: that a device is still not there is told once."""
    missing = after.trouble and after.trouble.cause is Cause.NO_DEVICE
    if missing and before.trouble == after.trouble:
        return logging.DEBUG
    return logging.WARNING if after.phase is Phase.BACKING_OFF else logging.INFO


def _nothing(trouble: Trouble) -> None:
    """Let a failure mean no more than its line in the log."""
    del trouble


def _log_warning(recorder: Recorder) -> None:
    if recorder.warning is not None:
        where = {"camera": recorder.camera, "trouble": recorder.warning}
        log.warning("what arrives is not what was asked for", extra=where)
    else:
        log.info("what was asked for arrives again", extra={"camera": recorder.camera})
