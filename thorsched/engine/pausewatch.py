"""What pauses are asked for, looked up beside the loop: a disk that hangs costs a thread, no pass.

Made by `app.py`. The file is small and changes a few times a week, so its status is looked at twice
a second: an event for it would come with every line that the journal writes beside it. A text that
cannot be read changes nothing: what was asked for before holds, until its time is over.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from thorsched.base.clock import Clock
from thorsched.base.errors import MachineError
from thorsched.base.threads import started
from thorsched.catalogue.entries import Pause
from thorsched.catalogue.pausefile import asked_below, rewrite, signature
from thorsched.catalogue.pauses import BadPauses, active, settled, together

log = logging.getLogger(__name__)

LOOK_S = 0.5
# A disk that does not answer must not keep the program from ending.
_CLOSE_LIMIT_S = 1.0


@dataclass(slots=True)
class _Seen:
    """Of which root, and which state of its file, all is known."""

    root: Path | None = None
    signature: tuple[int, ...] | None = None


class PauseWatch:
    """Keeps what is asked for; any thread may read `asked`."""

    def __init__(
        self, root: Callable[[], Path], *, clock: Clock, changed: Callable[[], None]
    ) -> None:
        """`root` says which storage root is recorded to; `changed` is called when `asked` has."""
        self._root = root
        self._clock = clock
        self._changed = changed
        self._seen = _Seen()
        self._has_looked = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pauses", daemon=True)
        self._over: queue.SimpleQueue[Pause] = queue.SimpleQueue()
        self.asked: tuple[Pause, ...] = ()

    def start(self, *, patience_s: float) -> None:
        """Begin, and wait for the first look: whoever is paused is not to be recorded first."""
        if started(self._thread, undone="no pause is heeded"):
            self._has_looked.wait(patience_s)

    def over(self, pauses: Iterable[Pause]) -> None:
        """Have it written down, soon, that these are over; from any thread, never waits.

        Of a machine whose clock begins at 1970 each time, nothing else tells the next run.
        """
        for pause in pauses:
            self._over.put(pause)

    def close(self) -> None:
        """Look no more; a look that does not end is left behind."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_LIMIT_S)

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except Exception:  # a bug of ours must not end the pauses of a night
                log.exception("the pauses could not be looked at")
            self._has_looked.set()
            if self._closing.wait(LOOK_S):
                return

    def look(self) -> None:
        """Read what is asked for if it has changed. Not from two threads at once."""
        root = self._root()
        if self._seen.root not in {None, root}:
            self._carry_to(root)
        self._write_down(root)
        try:
            seen = _Seen(root, signature(root))
            if seen == self._seen:
                return
            found = asked_below(root)
        except (BadPauses, OSError) as error:
            self._complain(_Seen(root, _signature(root)), error)
            return
        self._seen = seen
        asked = together(self.asked, found)
        if asked != self.asked:
            self.asked = asked
            self._changed()

    def _write_down(self, root: Path) -> None:
        over: list[Pause] = []
        while not self._over.empty():
            over.append(self._over.get())
        with contextlib.suppress(MachineError):  # it is over all the same
            if over:
                rewrite(root, lambda there: settled(there, over), now=self._clock.now())

    def _carry_to(self, root: Path) -> None:
        """Have what goes on known below a root that an edit names: `resume` looks there."""
        now = self._clock.now()
        goes_on = active(self.asked, now=now).values()
        try:
            if goes_on:
                rewrite(root, lambda there: together(there, goes_on), now=now)
        except MachineError as error:
            log.warning("the pauses are not known in the new root", extra={"why": error})
        self._seen = _Seen(root)

    def _complain(self, seen: _Seen, error: Exception) -> None:
        if seen != self._seen:
            log.warning(
                "the pauses that are asked for cannot be read, those of before hold on",
                extra={"root": seen.root, "why": error},
            )
        self._seen = seen


def _signature(root: Path) -> tuple[int, ...] | None:
    try:
        return signature(root)
    except OSError:
        return None
