"""The journals of every root that is recorded to: an edited file may name another one.

Made by `app.py`; the engine tells it what happens, and it knows in whose journal that belongs.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import assert_never

from thorsched.catalogue.applied import RevisionApplied
from thorsched.catalogue.entries import (
    Audited,
    Copied,
    Entry,
    Gaps,
    Pause,
    Removed,
    Stretches,
)
from thorsched.catalogue.journal import Journal
from thorsched.recording.history import AttemptBegan, AttemptEnded, AttemptRecords, Happened
from thorsched.recording.segments import Described


class Journals:
    """What is about a file goes to the journal of its root, all else to that of the newest root.

    An older one stays open until the end: what was recorded there may be described late. Where a
    revision names another root, both journals have it and the one before it: so whoever knows one
    root finds the other, and what to go back to.
    """

    def __init__(self, journal: Callable[[Path], Journal]) -> None:
        """`journal` makes the one of a root that is held."""
        self._journal = journal
        self._lock = threading.Lock()
        self._of_root: dict[Path, Journal] = {}
        self._newest: Path | None = None
        self._last: tuple[Path, RevisionApplied] | None = None
        """The last revision that was told, and of which root."""
        self._known: dict[Path, RevisionApplied] = {}
        """The last one that each was told."""

    def hold(self, root: Path) -> Journal:
        """Write to this root's journal from now on; return it."""
        with self._lock:
            if root not in self._of_root:
                self._of_root[root] = self._journal(root)
                if self._newest is not None:  # what this run goes on with is in another one
                    self._of_root[root].end_past()
                self._of_root[root].start()
            self._newest = root
            return self._of_root[root]

    def tell(self, entry: Entry) -> None:
        if isinstance(entry, RevisionApplied):
            self._tell_of_move(entry)
        for journal in self._about(_path_of(entry)):
            journal.tell(entry)

    def _tell_of_move(self, applied: RevisionApplied) -> None:
        """Where it names another root, tell the old journal of it, and the new one of before."""
        with self._lock:
            root, last = self._newest, self._last
            if root is None:
                return
            told: dict[Path, RevisionApplied] = {}
            if last is not None and last[0] != root:
                old, before = last
                told[old] = applied
                if self._known.get(root) != before:
                    told[root] = before
            self._known |= {**told, root: applied}
            self._last = root, applied
            journals = [(self._of_root[one], revision) for one, revision in told.items()]
        for journal, revision in journals:
            journal.tell(revision)

    def keep_gaps(self, gaps: Gaps) -> None:
        for journal in self._about(None):
            journal.keep_gaps(gaps)

    def passed(self, at: datetime) -> None:
        for journal in self._about(None):
            journal.passed(at)

    def close(self, *, how: str, patience_s: float) -> None:
        """Write all there is; a disk that does not answer is not waited for."""
        for root, journal in self._of_root.items():
            is_newest = root == self._newest
            journal.close(
                how=how if is_newest else "an edit of storage.root", patience_s=patience_s
            )

    def root_of(self, entry: Entry) -> Path | None:
        """Return the root that an entry is about, or the newest; None without any."""
        with self._lock:
            return self._root_of(_path_of(entry))

    def _about(self, path: Path | None) -> tuple[Journal, ...]:
        with self._lock:
            root = self._root_of(path)
            return () if root is None else (self._of_root[root],)

    def _root_of(self, path: Path | None) -> Path | None:
        roots = [root for root in self._of_root if path and path.is_relative_to(root)]
        return max(roots, key=lambda root: len(root.parts), default=self._newest)


def _path_of(entry: Entry) -> Path | None:
    match entry:
        case AttemptBegan() | AttemptRecords() | AttemptEnded():
            return entry.attempt
        case Described():
            return entry.segment.path
        case Audited() | Copied() | Removed():
            return entry.path
        case Happened() | Stretches() | RevisionApplied() | Pause():
            return None
        case _:
            assert_never(entry)
