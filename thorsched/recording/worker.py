"""A camera's own thread: it alone touches that camera's recorder, so never two at once.

`launcher.py` makes one per camera and posts actions to its mailbox; between them the worker
looks at the process and its files. What happened goes through `transitions.step`, whose effects
it carries out, slow ones too: nobody else waits for them.
"""

import contextlib
import itertools
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal, Protocol, TypeVar, assert_never

from thorsched.base.clock import Clock
from thorsched.recording.blame import trouble_of
from thorsched.recording.history import Note, Story
from thorsched.recording.lifecycle import (
    LOOK_S,
    QUICK_LOOK_S,
    Action,
    Cancelled,
    Effect,
    Event,
    Exited,
    Failed,
    Grew,
    Phase,
    Recorder,
    Spawned,
    Stop,
    Tick,
    Update,
)
from thorsched.recording.spec import Recording
from thorsched.recording.transitions import asked, is_overdue, step
from thorsched.recording.trouble import Trouble

T = TypeVar("T")

log = logging.getLogger(__name__)


class AnAttempt(Protocol):
    """What a worker needs of an attempt; `attempt.Attempt` is the real one."""

    def begin(self) -> Spawned | Failed | Cancelled: ...
    def poll(self) -> Grew | Exited | Tick: ...
    def waits_for_disk(self) -> bool: ...
    def interrupt(self) -> None: ...
    def kill(self) -> None: ...
    def relabel(self, recording: Recording) -> None: ...
    def release(self) -> None: ...
    def leave(self) -> None: ...


class Worker:
    """Supervises one camera's recorder until it is closed.

    A bug of ours in what it calls costs an attempt, never the thread: a camera must not be dead
    for the night because of one exception.
    """

    def __init__(
        self,
        camera: str,
        *,
        attempt: Callable[[Recording], AnAttempt],
        clock: Clock,
        changed: Callable[[], None],
        noted: Callable[[Note], None],
        adopted: tuple[Recorder, AnAttempt] | None = None,
    ) -> None:
        """Start the thread. `changed` is called from it whenever the phase has changed.

        `noted` is told from it what becomes of each attempt; `adopted` is a recorder that runs
        already, with its attempt.
        """
        self.is_closed = False
        """Whether `close` was called: what is posted afterwards may be read by nobody."""
        self._stumbled = False
        self._is_closing = False
        self._is_leaving = False
        self._new_attempt = attempt
        self._clock = clock
        self._changed = changed
        self._recorder = adopted[0] if adopted else Recorder(camera)
        self._attempt: AnAttempt | None = adopted[1] if adopted else None
        self._noted = noted
        self._story = Story()
        self._mailbox: queue.SimpleQueue[tuple[int, Action | None]] = queue.SimpleQueue()
        self._numbers = itertools.count(1)  # of what is posted
        self._last_posted: tuple[int, Action] | None = None
        self._last_read = 0
        self._thread = threading.Thread(target=self._run, name=f"recorder {camera}", daemon=True)
        self._thread.start()

    @property
    def recorder(self) -> Recorder:
        """The recorder as of now; a value that never changes."""
        return self._recorder

    def as_asked(self) -> Recorder:
        """Return the recorder as of now, and what is `asked` of it but not yet read."""
        posted, recorder = self._last_posted, self._recorder
        if posted is None or posted[0] <= self._last_read:
            return recorder
        return asked(recorder, posted[1], now_s=self._clock.monotonic_s())

    def post(self, action: Action) -> None:
        number = next(self._numbers)
        self._last_posted = number, action
        self._mailbox.put((number, action))

    def close(self) -> None:
        """Stop recording in an orderly way, then end the thread; `join` waits for it."""
        self.is_closed = True
        self.post(Stop(self._recorder.camera, "shutting down"))
        self._mailbox.put((next(self._numbers), None))

    def leave(self) -> None:
        """End the thread, and leave a recorder that runs to the next scheduler."""
        self.is_closed = self._is_leaving = True
        self._mailbox.put((next(self._numbers), None))

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread's end, for ever if None; return whether it has come."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._is_over():
            number, action = self._next()
            if action is not None:
                self._happened(action)
            self._last_read = number
            self._look()  # after actions too, or a stream of them would make it blind

        if self._attempt is not None:
            self._guarded(self._attempt.leave, _nothing)

    def _is_over(self) -> bool:
        is_running = self._recorder.phase in (Phase.STARTING, Phase.RECORDING)
        return self._is_closing and (self._attempt is None or (self._is_leaving and is_running))

    def _next(self) -> tuple[int, Action | None]:
        """Wait for something to do, or until it is time to look or to close: None then.

        And return the number of what was read last.

        Of several actions that wait the last counts: each says all that is wanted at its time, and
        a call that hung for seconds must not be followed by what was wanted before it. Of stops
        one after the other, though, that which lingers least: it was wanted all the while.
        """
        is_calm = self._recorder.phase is Phase.RECORDING and self._recorder.ending is None
        look_s = LOOK_S if is_calm else QUICK_LOOK_S
        wait_s = None if self._attempt is None else look_s
        number, latest = self._last_read, None
        with contextlib.suppress(queue.Empty):
            number, posted = self._mailbox.get(timeout=wait_s)
            while True:
                if posted is None:
                    self._is_closing = True
                elif isinstance(latest, Stop) and isinstance(posted, Stop):
                    latest = min(latest, posted, key=lambda stop: stop.linger_s)
                else:
                    latest = posted
                number, posted = self._mailbox.get_nowait()
        return number, latest

    def _look(self) -> None:
        if self._attempt is not None:
            self._happened(self._guarded(self._attempt.poll, self._blind))
            if self._mailbox.empty():  # else, after a slow look, an end that was taken back came
                self._happened(Tick(for_disk=self._waits_for_disk()))

    def _waits_for_disk(self) -> bool:
        """Return whether the disk is why no frames come; asked only if none do."""
        if self._attempt is None:
            return False
        is_overdue_now = is_overdue(self._recorder, now_s=self._clock.monotonic_s())
        return is_overdue_now and self._guarded(self._attempt.waits_for_disk, _unknown)

    def _blind(self, trouble: Trouble) -> Exited | Tick:
        """Return what a failed look means: no growth, and the end once it has been killed."""
        return Exited(trouble) if self._recorder.killed else Tick()

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
                extra={"camera": self._recorder.camera},
                exc_info=True,
            )
            return failed(trouble_of(error))

    def _happened(self, event: Event) -> None:
        before = self._recorder
        after, effect = step(before, event, now_s=self._clock.monotonic_s())
        self._note(before, after, event)
        if effect is Effect.RELEASE:
            # Whoever sees it at rest finds its files handed over and its stream stopped.
            self._recorder = replace(after, phase=Phase.STOPPING)
            self._carry_out(effect)
            effect = None
        self._recorder = after
        if isinstance(event, Update) and self._attempt is not None and self._recorder.recording:
            self._attempt.relabel(self._recorder.recording)
        if self._recorder.phase is not before.phase:
            _log_transition(before, self._recorder, event)
        if effect is not None:
            self._carry_out(effect)
        if self._recorder.phase is not before.phase:
            self._guarded(self._changed, _nothing)

    def _note(self, before: Recorder, after: Recorder, event: Event) -> None:
        self._story, notes = self._story.after(before, after, event, at=self._clock.now())
        for note in notes:
            self._guarded(partial(self._noted, note), _nothing)

    def _carry_out(self, effect: Effect) -> None:
        if effect is Effect.BEGIN:
            self._begin()
        elif self._attempt is not None:  # a bug may have kept it from being made
            self._carry_out_on(self._attempt, effect)

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
                self._attempt = None
                self._guarded(attempt.release, _nothing)
            case _:
                assert_never(effect)

    def _begin(self) -> None:
        self._stumbled = False
        self._happened(self._guarded(self._begun, Failed))

    def _begun(self) -> Spawned | Failed | Cancelled:
        assert self._recorder.recording is not None  # noqa: S101 - Start has set it
        self._attempt = self._new_attempt(self._recorder.recording)
        return self._attempt.begin()


def _nothing(trouble: Trouble) -> None:
    """Let a failure mean no more than its line in the log."""
    del trouble


def _unknown(trouble: Trouble) -> bool:
    """Let a failed question be answered with no."""
    del trouble
    return False


def _log_transition(before: Recorder, after: Recorder, event: Event) -> None:
    is_backing_off = after.phase is Phase.BACKING_OFF
    is_over = after.phase in (Phase.STOPPING, Phase.IDLE)
    ending = before.ending if is_over else None
    end = event if isinstance(event, Stop | Cancelled) else ending
    # What goes wrong while it is about to end is tried again by nobody, and has cost frames.
    trouble = after.trouble if is_backing_off or after.will_retry else None
    if before.ending is not None and isinstance(event, Exited):
        trouble = event.trouble
    level = logging.WARNING if is_backing_off else logging.INFO
    log.log(
        level,
        "recorder %s",
        after.phase.value,
        extra={
            "camera": after.camera,
            "was": before.phase.value,
            "why": end.why if end else None,
            "trouble": trouble,
            "retry_in_s": after.retry_at_s - after.since_s if is_backing_off else None,
        },
    )
