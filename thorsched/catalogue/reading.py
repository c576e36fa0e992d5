"""A journal's file, opened for reading: by whoever reports, verifies, salvages or decides.

The one way to do so. What stands in its place is looked at first, for it may be anything: a FIFO
would hold its reader for ever. Nothing is written, and no lock that somebody holds is passed by.
"""

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

# With what SQLite looks for beside the file: the write-ahead log, the index of it, and the log of
# another mode, which we never have.
PARTS = ("", "-wal", "-shm", "-journal")
# Somebody may hold it for a moment, to look at it or to copy it.
BUSY_S = 2.0
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_ALONE = "&immutable=1"


class Unusable(sqlite3.DatabaseError):
    """A database that is not to be used, and why."""


class Absent(Unusable):
    """There is none."""


def reading(path: Path, *, is_set_aside: bool = False) -> sqlite3.Connection:
    """Return a connection to whatever database is at `path`, of whatever version.

    SQLite makes the index of the log beside the file. Where there is no room for it (a disk that is
    full, or mounted to be read only) the file is read alone, without what its log has in it. One
    that `is_set_aside`, so that nobody writes to it any more, is read alone where it has no log, so
    that nothing is left beside it; and it is read as far as that goes, however damaged it is.

    Raises `Unusable` where that is no plain file, `Absent` where there is none, `sqlite3.Error`
    where it cannot be read, or somebody holds it locked, and `OSError`.
    """
    why = why_not_a_file(path)
    if why is not None:
        raise Unusable(why)
    if not path.exists():
        raise Absent(f"there is no {path.name}")
    damaged = "ON" if is_set_aside else "OFF"
    if is_set_aside and not part_of(path, "-wal").exists():
        return _opened(path, _ALONE, damaged)
    try:
        return _opened(path, "", damaged)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _LOCKED:
            raise
        return _opened(path, _ALONE, damaged)


def _opened(path: Path, how: str, damaged: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro{how}"
    with contextlib.ExitStack() as undo:
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        undo.callback(connection.close)
        connection.execute("PRAGMA trusted_schema = OFF")
        # With it, one whose end is missing, or its list of tables torn, opens all the same.
        connection.execute(f"PRAGMA writable_schema = {damaged}")
        connection.execute("PRAGMA schema_version").fetchone()  # the first look at the file
        undo.pop_all()
    return connection


def why_not_a_file(path: Path) -> str | None:
    """Return why there is nothing to be opened at `path`; None if there is, or nothing at all."""
    found: dict[str, os.stat_result] = {}
    for part in PARTS:
        try:
            found[part] = part_of(path, part).lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(found[part].st_mode):
            return f"{part_of(path, part).name} is not a plain file"
    if found and "" not in found:
        return "its main file is gone"  # the rest would be taken for a new one's
    if found and found[""].st_size == 0:
        return "it is empty"
    return None


def part_of(path: Path, part: str) -> Path:
    """Return one of the `PARTS` of the journal at `path`."""
    return path.with_name(path.name + part)
