"""Signals as values: the handler only notes them, the main thread acts.

Made by `run.py` before anything records. The queue is one that a handler may interrupt itself in;
an Event's lock is not.
"""

import queue
import signal
from types import FrameType

# Of these, Windows has the first three; its SIGBREAK is Ctrl-Break, and a console that is closed.
_NAMES = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP", "SIGCONT", "SIGWINCH", "SIGUSR1")


class Signals:
    """The signals that came and were not yet taken."""

    def __init__(self) -> None:
        self._noted: queue.SimpleQueue[signal.Signals] = queue.SimpleQueue()
        for name in _NAMES:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._noted.put(signal.Signals(number))

    def take(self, *, within_s: float) -> signal.Signals | None:
        """Return the next signal, None if none came in time."""
        try:
            return self._noted.get(timeout=within_s)
        except queue.Empty:
            return None
