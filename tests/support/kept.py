"""A journal that is made row by row: runs, the revisions that they applied, what was recorded."""

import contextlib
import hashlib
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from thorsched.base.units import format_utc
from thorsched.catalogue.applied import Difference, How
from thorsched.catalogue.applied_text import difference_text
from thorsched.catalogue.database import create, path_below

_RUN = "INSERT INTO runs (pid, version, began, last_pass, ended, how) VALUES (?,'0.1.0',?,?,?,?)"
_REVISION = """
    INSERT INTO revisions (run, hash, applied, path, text, how, difference)
    SELECT max(runs.id), ?, ?, ?, ?, ?, ? FROM runs
"""
_SEGMENT = """
    INSERT INTO segments (path, attempt, camera, first_frame, last_frame_end, frames, size_bytes,
    finalised) VALUES (?, 'a', ?, ?, ?, 18000, 2000000000, 1)
"""


class MadeJournal:
    """The journal of a storage root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = path_below(root)
        self.path.parent.mkdir(parents=True)
        create(self.path)

    def execute(self, sql: str, *values: object) -> None:
        """Run SQL, whatever the table's checks say: anybody may write to a journal."""
        with contextlib.closing(sqlite3.connect(self.path)) as journal:
            journal.execute("PRAGMA ignore_check_constraints = ON")
            assert journal.execute(sql, values).rowcount > 0, "nothing was written"
            journal.commit()

    def run(self, at: datetime, *, pid: int = 42, ended: datetime | None = None) -> None:
        """Have a program begin."""
        began, last = format_utc(at), format_utc(ended or at)
        self.execute(_RUN, pid, began, last, format_utc(ended), "SIGTERM" if ended else None)

    def apply(
        self,
        file: Path,
        text: str,
        at: datetime,
        *,
        how: How = How.EDIT,
        difference: Difference | None = None,
    ) -> str:
        """Have the last program apply a file of this text; return its hash."""
        revision = hashlib.sha256(text.encode()).hexdigest()
        told = difference_text(difference or Difference())
        row = (revision, format_utc(at), file.as_posix(), text, how.value, told)
        self.execute(_REVISION, *row)
        return revision

    def segment(self, camera: str, first: datetime, length: timedelta) -> None:
        """Have a file be recorded."""
        path = f"{camera}/{first:%Y-%m-%d}/{camera}_{first:%Y%m%dT%H%M%SZ}-00000.mkv"
        self.execute(_SEGMENT, path, camera, format_utc(first), format_utc(first + length))
