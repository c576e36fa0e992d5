"""Which attempts below a root somebody is at, or was, by their checkpoints; and who holds the root.

Made by `verify.py`. Only the names of the checkpoints are believed: those of a later version have
the same.
"""

import contextlib
import sqlite3
from datetime import datetime
from pathlib import Path

from thorsched.base import host
from thorsched.catalogue.database import path_below
from thorsched.catalogue.fsck.findings import attempt_name
from thorsched.catalogue.reader import JournalReader
from thorsched.recording import checkpoint
from thorsched.recording.checkpoint_text import BadCheckpoint, parse
from thorsched.recording.root import holder_of


def begun_below(root: Path) -> list[tuple[str, datetime]]:
    """Return whose attempts are not all described, and since when they have recorded."""
    begun = []
    for path in checkpoint.paths_below(root):
        with contextlib.suppress(OSError, BadCheckpoint):
            attempt, _ = parse(checkpoint.read(path)[0], root)
            begun.append((attempt.recording.camera, attempt.zero))
    return begun


def records_below(root: Path, holder: str) -> bool:
    """Return whether the process that holds a root is a run, as far as the journal knows."""
    try:
        with JournalReader(path_below(root)) as journal:
            return any(run.ended is None and str(run.pid) == holder for run in journal.runs())
    except (sqlite3.Error, OSError, ValueError, TypeError):
        return False


class UnderWay:
    """Looks anew each time that it is asked, for it is asked of few."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def words_of(self, segment: Path) -> str:
        """Return what is being done with a segment, nothing if nobody is at it."""
        if self.is_held(segment):
            return "its recorder runs"
        is_left = bool(self._checkpoints_of(segment))
        return "it is described soon" if is_left and holder_of(self._root) else ""

    def is_held(self, segment: Path) -> bool:
        """Return whether its recorder runs."""
        for path in self._checkpoints_of(segment):
            with contextlib.suppress(OSError):
                if checkpoint.read(path)[1] or not host.inherits_locks():
                    return True
        return False

    def _checkpoints_of(self, segment: Path) -> list[Path]:
        attempt = attempt_name(segment)
        found = checkpoint.paths_below(self._root)
        return [path for path in found if path.stem.rpartition("-")[0] == attempt]
