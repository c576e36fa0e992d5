"""Notices by the monotonic clock what the wall clock hides: its own jumps, and a loop that hangs.

APScheduler waits by the wall clock, so after a step back of an hour nothing would fire for an
hour; the heartbeat pokes the loop. When passes stop altogether it ends the program, non-zero: a
supervisor can start a program that is gone, not one that hangs. Called by `app.py`.
"""

import contextlib
import logging
import threading
from collections.abc import Callable

from thorsched.base.clock import Clock

log = logging.getLogger(__name__)

BEAT_S = 1.0
JUMP_S = 1.0
STOPPED_S = 5.0
_WORDS_LIMIT_S = 1.0
_CLOSE_LIMIT_S = 5.0


class Heartbeat:
    """A thread that beats once a second."""

    def __init__(
        self,
        *,
        clock: Clock,
        poke: Callable[[], None],
        hung: Callable[[], None],
        silence_limit_s: float,
    ) -> None:
        """`hung` is called once when no pass was reported for `silence_limit_s`."""
        self._clock = clock
        self._poke = poke
        self._hung = hung
        self._silence_limit_s = silence_limit_s
        self._closing = threading.Event()
        self._passed_at_s = clock.monotonic_s()
        self._beat_at_s = self._passed_at_s
        self._offset_s = self._wall_offset_s()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_LIMIT_S)

    def join(self) -> None:
        """Wait until the thread has ended, by `close` or because the loop hung."""
        self._thread.join()

    def passed(self) -> None:
        """Report that a pass was completed."""
        self._passed_at_s = self._clock.monotonic_s()

    def beat(self) -> bool:
        """Look at the clocks once; False when the loop is taken for dead.

        When the beats themselves stood still (a suspended machine, Ctrl-Z), so did the loop: it
        gets its time anew.
        """
        before_s, self._beat_at_s = self._beat_at_s, self._clock.monotonic_s()
        if self._beat_at_s - before_s > STOPPED_S:
            _say(logging.WARNING, "the program stood still", for_s=self._beat_at_s - before_s)
            self._passed_at_s = self._beat_at_s
            self._poke()
        offset_s = self._wall_offset_s()
        if abs(offset_s - self._offset_s) > JUMP_S:
            _say(logging.WARNING, "the clock jumped", by_s=offset_s - self._offset_s)
            self._offset_s = offset_s
            self._poke()
        return self._beat_at_s - self._passed_at_s < self._silence_limit_s

    def _wall_offset_s(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic_s()

    def _run(self) -> None:
        while not self._closing.wait(BEAT_S):
            if not self.beat():
                _say(logging.CRITICAL, "no pass was completed", for_s=self._silence_limit_s)
                self._hung()
                return


def _say(level: int, words: str, **extra: float) -> None:
    """Log, but wait no longer than a moment: what has hung the loop may be the log itself."""
    with contextlib.suppress(RuntimeError):  # no more threads: the beat matters more than its words
        thread = threading.Thread(
            target=log.log, args=(level, words), kwargs={"extra": extra}, daemon=True
        )
        thread.start()
        thread.join(_WORDS_LIMIT_S)
