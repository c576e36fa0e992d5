"""Audits closed segments, one at a time, when they are described: a thread that nobody waits for.

Made by `app.py`. What the archivist has settled comes first, as it is still in the machine's memory
and costs the disk nothing; then what earlier runs have left, by their journal, oldest first. An
audit goes into the sidecar and then to the journal, so what has been cut off anywhere is done again
by the next run. A segment that cannot be audited is told of once, and tried again every hour. What
has no sidecar is left to who writes that.
"""

import contextlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from thorsched.base.clock import Clock
from thorsched.base.threads import started
from thorsched.catalogue.auditing.examiner import Unexamined
from thorsched.catalogue.auditing.verdict import GOOD, audited, from_sidecar, in_sidecar
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Audited
from thorsched.catalogue.keeping.inventory import is_inside
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.sidecars import NoSidecar, extend_sidecar, read_sidecar
from thorsched.video.findings import Examination

log = logging.getLogger(__name__)

LOOKS_BACK_EVERY_S = 3600.0
AGAIN_AFTER_S = 30.0
MOST_UNWRITTEN = 1000
"""Audits that wait for a disk that takes no sidecars; others are done again later."""
MOST_COMPLAINTS = 100
"""Segments that are told of in a run: a disk that dies has no use for a line each."""
_PAGE = 500


class Examining(Protocol):
    """Whoever reads a file from end to end."""

    def examine(self, path: Path) -> Examination:
        """Raises `Unexamined`."""

    def close(self) -> None: ...


class Auditor:
    """Audits what it is told to, and what the journals of the roots that it holds lack."""

    def __init__(
        self, examiner: Examining, *, clock: Clock, told: Callable[[str, Audited], None]
    ) -> None:
        """`told` is called with a camera's name and the audit, in the thread of `start`.

        Without a name it is an audit of an earlier run, of which the journal does not know.
        """
        self._examiner = examiner
        self._clock = clock
        self._told = told
        self._changed = threading.Condition()
        self._fresh: deque[Path] = deque()
        self._roots: set[Path] = set()
        self._backlog: Iterator[Path] = iter(())
        self._looks_back_at_s = 0.0
        self._unwritten: dict[Path, tuple[str, Audited]] = {}
        self._written_at_s = 0.0
        self._complained: set[Path] = set()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="auditor", daemon=True)

    def start(self) -> None:
        started(self._thread, undone="nothing is audited")

    def hold(self, root: Path) -> None:
        """Audit what has been left in this root, too."""
        with self._changed:
            self._roots.add(root)
            self._looks_back_at_s = 0.0
            self._changed.notify_all()

    def take(self, segment: Path) -> None:
        """Audit a segment that has its sidecar, soon; from any thread."""
        with self._changed:
            self._fresh.append(segment)
            self._changed.notify_all()

    def close(self, *, patience_s: float) -> None:
        """Stop at once; what is left is audited by the next run."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._examiner.close()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _run(self) -> None:
        while (segment := self._next()) is not None:
            try:
                self._audit(segment)
            except Exception:  # of all segments, only this one may suffer from a bug of ours
                log.exception("segment not audited", extra={"file": segment})

    def _next(self) -> Path | None:
        """Return the next segment when there is one, None when there will be none."""
        while True:
            with self._changed:
                if self._is_closing:
                    return None
                if self._fresh:
                    return self._fresh.popleft()
            self._write_again()
            if (left := next(self._backlog, None)) is not None:
                return left
            self._look_back()

    def _look_back(self) -> None:
        """Wait for something to do; look into the journals again if it is time for that."""
        with self._changed:
            wait_s = self._looks_back_at_s - self._clock.monotonic_s()
            if wait_s > 0 and not self._fresh and not self._is_closing:
                self._changed.wait(min(wait_s, AGAIN_AFTER_S))
            if self._clock.monotonic_s() < self._looks_back_at_s:
                return
            self._looks_back_at_s = self._clock.monotonic_s() + LOOKS_BACK_EVERY_S
            roots = sorted(self._roots)
        self._backlog = (path for root in roots for path in unaudited_below(root))

    def _audit(self, segment: Path) -> None:
        if segment in self._unwritten:
            return
        try:
            told, why = read_sidecar(segment), None
        except NoSidecar as error:
            told, why = {}, str(error)
        except FileNotFoundError:  # not written as yet, or taken away with its segment
            return
        except OSError as error:
            self._complain(segment, error)
            return
        camera, known = str(told.get("camera", "")), from_sidecar(segment, told)
        if known is not None:  # by an earlier run, whose journal did not come to know of it
            self._told("", known)
            return
        try:
            found = self._examiner.examine(segment)
        except Unexamined as error:
            self._complain(segment, error)
            return
        entry = audited(segment, found, at=self._clock.now(), told_bytes=told.get("size_bytes"))
        _report(camera, entry)
        if why is None:
            self._write(camera, entry)
        else:
            log.warning("sidecar left as it is", extra={"file": segment, "why": why})
            self._told(camera, entry)

    def _complain(self, segment: Path, why: Exception) -> None:
        """Say once why a segment is not audited; a look into the journal will find it again."""
        if self._is_closing or segment in self._complained:
            return
        level = logging.DEBUG
        if len(self._complained) < MOST_COMPLAINTS:
            self._complained.add(segment)
            level = logging.WARNING
        log.log(level, "segment not audited as yet", extra={"file": segment, "why": why})

    def _write(self, camera: str, entry: Audited) -> None:
        """Tell sidecar and journal; keep what a full disk does not take."""
        try:
            extend_sidecar(entry.path, in_sidecar(entry))
        except NoSidecar as error:  # it was, a moment ago
            log.warning("sidecar left as it is", extra={"file": entry.path, "why": error})
        except OSError as error:
            if not self._unwritten:
                log.warning("audit not written as yet", extra={"file": entry.path, "why": error})
            if len(self._unwritten) < MOST_UNWRITTEN and entry.path.exists():
                self._unwritten[entry.path] = camera, entry
            self._written_at_s = self._clock.monotonic_s()
            return
        self._unwritten.pop(entry.path, None)
        self._told(camera, entry)

    def _write_again(self) -> None:
        if self._clock.monotonic_s() - self._written_at_s < AGAIN_AFTER_S:
            return
        for camera, entry in list(self._unwritten.values()):
            self._write(camera, entry)
            if entry.path in self._unwritten:
                return


def unaudited_below(root: Path) -> Iterator[Path]:
    """Yield the closed segments without an audit in a root's journal, the oldest first.

    Anybody may have written it: a path that does not lead below the root is none.
    """
    after = ("", "")
    # It is looked at again, and others complain.
    with contextlib.suppress(sqlite3.Error, ValueError):
        while True:
            with JournalReader(path_below(root)) as journal:
                page = journal.unaudited(after=after, most=_PAGE)
            if not page:
                return
            yield from (root / name for _, name in page if is_inside(name))
            after = page[-1]


def _report(camera: str, entry: Audited) -> None:
    where = {"camera": camera, "file": entry.path}
    if entry.verdict == GOOD:
        log.debug("segment audited", extra={**where, "frames": entry.frames})
    else:
        log.warning(
            "segment is not good",
            extra={**where, "verdict": entry.verdict, "detail": entry.detail},
        )
