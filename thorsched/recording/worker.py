"""A camera's own thread: it alone touches that camera's recorders, so none begins twice.

`launcher.py` makes one per camera and posts actions to its mailbox; between them the worker has
the process and its files looked at: by a `Relay`, whose calls may be slow; nobody else waits for
them.
"""

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Sequence

from thorsched.base.clock import Clock
from thorsched.recording.history import Note
from thorsched.recording.lifecycle import LOOK_S, QUICK_LOOK_S, Action, Phase, Recorder, Stop
from thorsched.recording.relay import MakeAttempt, Relay
from thorsched.recording.succession import asked
from thorsched.recording.supervision import Adopted


class Worker:
    """Supervises one camera's recorder, and the one that follows it, until it is closed."""

    def __init__(
        self,
        camera: str,
        *,
        attempt: MakeAttempt,
        clock: Clock,
        changed: Callable[[], None],
        noted: Callable[[Note], None],
        adopted: Sequence[Adopted] = (),
    ) -> None:
        """Start the thread. `changed` is called from it whenever a phase has changed.

        `noted` is told from it what becomes of each attempt; `adopted` is for `Relay`.
        """
        self.is_closed = False
        """Whether `close` was called: what is posted afterwards may be read by nobody."""
        self._is_closing = False
        self._is_leaving = False
        self._clock = clock
        self._relay = Relay(
            camera, attempt=attempt, clock=clock, changed=changed, noted=noted, adopted=adopted
        )
        self._mailbox: queue.SimpleQueue[tuple[int, Action | None]] = queue.SimpleQueue()
        self._numbers = itertools.count(1)  # of what is posted
        self._last_posted: tuple[int, Action] | None = None
        self._last_read = 0
        self._thread = threading.Thread(target=self._run, name=f"recorder {camera}", daemon=True)
        self._thread.start()

    @property
    def recorder(self) -> Recorder:
        """The recorder as of now, with who is beside it; a value that never changes."""
        return self._relay.recorder

    def as_asked(self) -> Recorder:
        """Return the recorder as of now, and what is `asked` of it but not yet read."""
        posted, recorder = self._last_posted, self.recorder
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
        self.post(Stop(self.recorder.camera, "shutting down"))
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
                self._relay.do(action)
            self._last_read = number
            # After actions too, or a stream of them would make it blind.
            self._relay.look(is_urgent=lambda: not self._mailbox.empty())
            if self._is_leaving:
                self._relay.do_without_successor("the next scheduler goes on with one")
        self._relay.leave()

    def _is_over(self) -> bool:
        recorder = self.recorder
        is_running = recorder.phase in (Phase.STARTING, Phase.RECORDING) and not recorder.beside
        return self._is_closing and (not self._relay.is_busy or (self._is_leaving and is_running))

    def _next(self) -> tuple[int, Action | None]:
        """Wait for something to do, or until it is time to look or to close: None then.

        And return the number of what was read last.

        Of several actions that wait the last counts: each says all that is wanted at its time, and
        a call that hung for seconds must not be followed by what was wanted before it. Of stops
        one after the other, though, that which lingers least: it was wanted all the while.
        """
        recorder = self.recorder
        is_calm = recorder.phase is Phase.RECORDING and recorder.ending is None
        look_s = LOOK_S if is_calm and not recorder.beside else QUICK_LOOK_S
        wait_s = look_s if self._relay.is_busy else None
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
