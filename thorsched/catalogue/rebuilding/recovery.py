"""What a journal that was set aside had in it is brought into the new one, beside the recording.

Made by `catalogue/journal.py` when it opens a journal that does not know of one that was set aside.
A thread reads, as far ahead as a few hundred rows, and the journal's writer takes them when it has
the time: nobody waits for it. Ended before its end, it is begun anew by the next program: what is
known is not written twice.
"""

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from thorsched.base.threads import started
from thorsched.catalogue.rebuilding.rebuild import Rebuild, set_aside_below
from thorsched.catalogue.statements import Statement, of_entry
from thorsched.recording.history import Happened

log = logging.getLogger(__name__)

REBUILT = "journal rebuilt"
"""The event that names a journal of which all is known here."""
_ROWS = 200
_MOST_WAITING = 4
_LOOK_S = 0.5


def pending(connection: sqlite3.Connection, root: Path) -> list[Path]:
    """Return what was set aside and is not in this journal, the oldest first."""
    known = {name for (name,) in connection.execute(_KNOWN, (REBUILT,))}
    return [path for path in set_aside_below(root) if path.name not in known]


_KNOWN = "SELECT detail FROM events WHERE what = ?"


def noted(root: Path, names: Sequence[str], *, at: datetime) -> Iterator[Statement]:
    """Yield what says that all is known of journals with these names."""
    for name in names:
        yield from of_entry(Happened(at, REBUILT, name), root=root)


class Recovery:
    """Reads in a thread of its own; `take` what it has read, in the journal's."""

    def __init__(
        self, root: Path, sources: Sequence[Path], *, until: datetime, changed: Callable[[], None]
    ) -> None:
        """`changed` is called when there is something to be taken."""
        self._root = root
        self._rebuild = Rebuild(root, sources, until=until, last_run=-1)
        self._changed = changed
        self._batches: queue.Queue[tuple[Statement, ...]] = queue.Queue(_MOST_WAITING)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal recovery", daemon=True)

    def start(self, *, has_urgent: bool) -> None:
        """Begin; `has_urgent` says whether what `Rebuild.urgent` yields is written."""
        self._rebuild.has_urgent = has_urgent
        started(self._thread, undone="what was set aside is not brought into the journal as yet")

    def urgent(self) -> Iterator[Statement]:
        """Yield what whoever goes on needs at once."""
        made = self._rebuild
        return Rebuild(made.root, made.sources, until=made.until, last_run=-1).urgent()

    @property
    def has_more(self) -> bool:
        return not self._batches.empty()

    def take(self) -> tuple[Statement, ...]:
        """Return the next statements, nothing if there are none as yet. Never waits."""
        try:
            return self._batches.get_nowait()
        except queue.Empty:
            return ()

    def close(self) -> None:
        self._over.set()

    def _run(self) -> None:
        try:
            statements = self._statements()
            while batch := tuple(islice(statements, _ROWS)):
                if not self._put(batch):
                    return
        except Exception:  # a bug of ours: what is old may suffer from it, not what is new
            log.exception("a bug in the recovery of a journal")

    def _statements(self) -> Iterator[Statement]:
        for _, _, statement in self._rebuild.pieces():
            yield statement
        names = [source.name for source in self._rebuild.sources]
        log.info(
            "what a journal had in it that was set aside is known again",
            extra={"journals": ", ".join(names), "lost": "; ".join(self._rebuild.unread)},
        )
        yield from noted(self._root, names, at=self._rebuild.until)

    def _put(self, batch: tuple[Statement, ...]) -> bool:
        """Wait until there is room for a batch; return False if nobody takes any more."""
        while not self._over.is_set():
            try:
                self._batches.put(batch, timeout=_LOOK_S)
            except queue.Full:
                continue
            self._changed()
            return True
        return False
