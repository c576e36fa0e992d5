"""The journal's writer: a thread of its own, so that nobody else ever waits for its disk.

Made by `app.py`, told by the engine and the recorders. What cannot be written now is kept in memory
and written when it can be; that is said once in the log, and once when all is well again. Each
commit is whole: whatever is killed leaves the journal as of one of them.
"""

import contextlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path

from thorsched.base.clock import Clock
from thorsched.base.threads import started
from thorsched.catalogue import database
from thorsched.catalogue.again import of_found
from thorsched.catalogue.entries import Entry, Gaps, Past, Run
from thorsched.catalogue.reader import past, unsure_since
from thorsched.catalogue.rebuilding.recovery import Recovery, pending
from thorsched.catalogue.sidecars import found_below
from thorsched.catalogue.statements import (
    GAPS_ENDED,
    PLANS_ENDED,
    Statement,
    of_entry,
    of_gaps,
    of_run,
    storable,
)
from thorsched.recording.history import Happened

log = logging.getLogger(__name__)

# Many entries come together, as eight recorders that start at one edge: they share a commit.
GATHER_S = 0.2
AGAIN_AFTER_S = 2.0
# Where nothing else is to be written, passes alone are, this often: it bounds what is not known of
# a program that was killed.
PASSES_APART = timedelta(seconds=4)
# So long whoever starts waits for the past of a journal that was set aside.
AT_ONCE_S = 1.0
MOST_WAITING = 20_000
"""Entries that are kept for a disk that takes none, 20 MB of them; later ones are lost and counted.

The oldest are kept: what an attempt became is worth little without its beginning. Gaps and runs are
no entries, but states: of those the newest is kept, however long that takes.
"""
_NOT_TAKEN = "a bug: the journal does not take an entry"
_ERRORS = (sqlite3.Error, OSError)
# No disk is to blame for these: a bug of ours must cost one entry, not the journal.
_BUGS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError)


class Journal:
    """Writes what it is told into the journal of a root. Any thread may call it; none waits."""

    def __init__(self, root: Path, run: Run, *, clock: Clock) -> None:
        self._root = root
        self._run = run
        self._clock = clock
        self._changed = threading.Condition()
        self._entries: deque[Entry] = deque()
        self._gaps: dict[str, Gaps] = {}
        self._lost = 0
        self._is_closing = False
        self._is_well = True
        self._past: Past | None = None
        self._is_past_over = False
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._written_run: Run | None = None
        self._recovery: Recovery | None = None
        self._recovered: tuple[Statement, ...] = ()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)

        self.tell(Happened(run.began, "run began", f"process {run.pid}, version {run.version}"))

    def start(self) -> None:
        started(self._thread, undone="no journal is written")

    def end_past(self) -> None:
        """End what went on in an earlier run: nobody asks for it. Call it before `start`."""
        self._is_past_over = True

    def past(self, *, patience_s: float) -> Past | None:
        """Return what the journal told when it was opened; None if its disk does not answer."""
        with self._changed:
            self._changed.wait_for(lambda: self._past is not None, patience_s)
            return self._past

    def tell(self, entry: Entry) -> None:
        """Write down an entry, soon."""
        with self._changed:
            if len(self._entries) >= MOST_WAITING:
                self._lost += 1
                return
            self._entries.append(entry)
            self._changed.notify_all()

    def keep_gaps(self, gaps: Gaps) -> None:
        """Write down what is known of a camera's gaps, soon."""
        with self._changed:
            before = self._gaps.get(gaps.camera)
            self._gaps[gaps.camera] = gaps if before is None else gaps.after(before)
            self._changed.notify_all()

    def passed(self, at: datetime) -> None:
        """Note that the cameras were held to the file at `at`."""
        with self._changed:
            self._run = replace(self._run, last_pass=at)
            self._changed.notify_all()

    def close(self, *, how: str, patience_s: float) -> bool:
        """Note what has ended the run, and write all there is; return whether that was done."""
        with self._changed:
            ended = self._clock.now()
            self._run = replace(self._run, ended=ended, how=how)
            self._entries.append(Happened(ended, "run ended", how))
            self._is_closing = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(patience_s)
        left = len(self._entries) + self._lost
        if left:
            log.error("the journal is left unfinished", extra={"entries": left})
        return not left

    def _work(self) -> None:
        is_over = False
        while not is_over:
            self._await_work()
            try:
                self._write()
            except _ERRORS as error:
                self._failed(error)
            except Exception as error:  # a bug of ours: only the journal may suffer from it
                log.exception("a bug in the journal")
                self._failed(error)
            with self._changed:
                is_over = self._is_closing and (not self._entries or not self._is_well)
        if self._recovery is not None:
            self._recovery.close()
        self._let_go()

    def _await_work(self) -> None:
        """Wait until there is something to write, and for what comes together with it."""
        with self._changed:
            if not self._is_well:
                self._changed.wait_for(lambda: self._is_closing, AGAIN_AFTER_S)
            else:
                self._changed.wait_for(self._has_work)
                if self._past is not None:  # whoever begins waits for that
                    self._changed.wait_for(lambda: self._is_closing, GATHER_S)

    def _has_work(self) -> bool:
        written = self._written_run
        has_passed = (  # also back: a clock that was ahead is set right
            written is None or abs(self._run.last_pass - written.last_pass) >= PASSES_APART
        )
        has_more = self._recovery is not None and self._recovery.has_more
        return bool(self._entries or self._gaps) or has_passed or has_more or self._is_closing

    def _write(self) -> None:
        """Commit all that waits. Raises `sqlite3.Error`, `OSError`; then it waits still."""
        connection = self._open()
        with self._changed:
            run, entries, gaps = self._run, tuple(self._entries), dict(self._gaps)
        if self._recovery is not None and not self._recovered:
            self._recovered = self._recovery.take()
        if not (entries or gaps or self._recovered) and run == self._written_run:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            _put(connection, [of_run(run)])
            for entry in entries:
                _put(connection, of_entry(entry, root=self._root))
            for one in gaps.values():
                _put(connection, of_gaps(one))
            _put(connection, self._recovered)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._recovered = ()
        self._written(run, len(entries), gaps)

    def _written(self, run: Run, entries: int, gaps: dict[str, Gaps]) -> None:
        with self._changed:
            for _ in range(entries):
                self._entries.popleft()
            for camera, one in gaps.items():
                if self._gaps.get(camera) is one:
                    del self._gaps[camera]
            self._written_run = run
            was_well, self._is_well = self._is_well, True
            lost, self._lost = self._lost, 0
        if not was_well:
            log.info("the journal is written again", extra={"entries": entries, "lost": lost})
            detail = f"{entries} entries had waited, {lost} are lost"
            self.tell(Happened(self._clock.now(), "journal written again", detail))

    def _open(self) -> sqlite3.Connection:
        """Return the journal's connection, to the file that stands there now."""
        path = database.path_below(self._root)
        if not path.parent.is_dir():
            self._let_go()
            raise FileNotFoundError(
                f"there is no {path.parent} any more (removed, or its disk not mounted?)"
            )
        if self._connection is not None and _identity(path) != self._identity:
            log.warning("the journal was taken away; a new one is begun", extra={"file": path})
            self._let_go()
            database.set_log_aside(path, now=self._clock.now())
        if self._connection is None:
            self._connection = database.opened(path, now=self._clock.now())
            self._identity = database.identity(path)
            self._written_run = None
            self._recover(self._connection)
            self._recall(self._connection)
        return self._connection

    def _recover(self, connection: sqlite3.Connection) -> None:
        """Have what was set aside be known again: at once what the past needs, the rest later."""
        sources = pending(connection, self._root)
        if not sources:
            return
        if self._recovery is not None:
            self._recovery.close()
        self._recovered = ()
        self._recovery = Recovery(self._root, sources, until=self._clock.now(), changed=self._poke)
        self._recovery.start(has_urgent=self._past is None and self._has_written_urgent(connection))

    def _has_written_urgent(self, connection: sqlite3.Connection) -> bool:
        """Write what is needed at once; return whether there was the time for all of it."""
        deadline_s = self._clock.monotonic_s() + AT_ONCE_S
        if self._recovery is None:
            return False
        connection.execute("BEGIN IMMEDIATE")
        statements = self._recovery.urgent()
        in_time = takewhile(lambda _: self._clock.monotonic_s() < deadline_s, statements)
        _put(connection, in_time)
        connection.execute("COMMIT")
        return next(statements, None) is None and self._clock.monotonic_s() < deadline_s

    def _poke(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _recall(self, connection: sqlite3.Connection) -> None:
        """Read what was known before this run, once."""
        if self._past is not None:
            return
        now = self._clock.now()
        self._find(connection, since=unsure_since(connection, now=now))
        try:
            found = past(connection, now=now)
        except ValueError as error:  # written by hand
            log.warning("the journal's past cannot be read", extra={"why": error})
            found = Past(None, {})
        for sql in (*PLANS_ENDED, *(GAPS_ENDED if self._is_past_over else ())):
            connection.execute(sql)
        with self._changed:
            self._past = found
            self._changed.notify_all()

    def _find(self, connection: sqlite3.Connection, *, since: datetime) -> None:
        """Write down the segments that lie there, and that the last run did not come to note."""
        before = connection.total_changes
        connection.execute("BEGIN IMMEDIATE")
        found_rows = (told.row for told in found_below(self._root, since=since))
        for row in sorted(found_rows, key=lambda row: row.first_frame):  # retention relies on that
            _put(connection, of_found(row))
        connection.execute("COMMIT")
        if found := connection.total_changes - before:
            log.info("segments that the journal did not know", extra={"segments": found})

    def _failed(self, error: Exception) -> None:
        """Keep what waits. A file that is found damaged is set aside; a disk is waited for."""
        has_written = self._written_run is not None
        self._let_go()
        path = database.path_below(self._root)
        if database.is_broken(error) and has_written:
            with contextlib.suppress(OSError):
                database.set_aside(path, f"it is damaged ({error})", now=self._clock.now())
                return
        if self._is_well:
            self._is_well = False
            log.warning(
                "the journal cannot be written, what happens is kept in memory",
                extra={"file": path, "why": error},
            )

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error as error:
                log.debug("the journal was not closed in order", extra={"why": error})


def _put(connection: sqlite3.Connection, statements: Iterable[Statement]) -> None:
    """Execute what writes one entry. Raises `sqlite3.Error` where the disk is in the way."""
    try:
        for sql, values in statements:
            connection.execute(sql, storable(values))
    except _BUGS:
        log.exception(_NOT_TAKEN)
    except sqlite3.Error:
        raise
    except Exception:
        log.exception(_NOT_TAKEN)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        return database.identity(path)
    except FileNotFoundError:
        return None
