"""Signals as values: the handler only notes them, the main thread acts.

Made by `cli/run/command.py` before anything records, and by `simulate.py`. The queue is one that a
handler may interrupt itself in; an Event's lock is not.
"""

import queue
import signal
from collections.abc import Sequence
from types import FrameType

# Of these, Windows has the first three; its SIGBREAK is Ctrl-Break, and a console that is closed.
ENDING = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
OF_A_RUN = (*ENDING, "SIGCONT", "SIGWINCH", "SIGUSR1")


def heed_no_hangup() -> None:
    """Let SIGHUP end nothing from now on: whoever holds a root's lock may be sent one.

    What it asks for, a look at the file, is done by whoever starts up in any case. Ignored for good
    it would be by every program that is started then, too.
    """
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda *_: None)


class Signals:
    """The signals of those `names` that this system has, which came and were not yet taken."""

    def __init__(self, names: Sequence[str]) -> None:
        self._noted: queue.SimpleQueue[signal.Signals] = queue.SimpleQueue()
        for name in names:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._noted.put(signal.Signals(number))

    def take(self, *, within_s: float) -> signal.Signals | None:
        """Return the next signal, None if none came in time.

        Always with a limit, and not a long one: a signal that comes in the moment before the
        thread goes to sleep is heard only when it wakes, and on Windows every one.
        """
        try:
            return self._noted.get(timeout=within_s)
        except queue.Empty:
            return None
