"""The journal's file: made, opened, checked, migrated, set aside where it is not what it should be.

Called by `journal.py` in its own thread, for a disk may take its time. What cannot be read is never
deleted: it is renamed with what belongs to it, and a new journal is begun.
"""

import contextlib
import logging
import os
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from thorsched.base import host
from thorsched.catalogue.migration import columns_of, migrate
from thorsched.catalogue.reading import (
    BUSY_S,
    PARTS,
    Absent,
    Unusable,
    part_of,
    reading,
    why_not_a_file,
)
from thorsched.recording.naming import INTERNAL

log = logging.getLogger(__name__)

APPLICATION_ID = int.from_bytes(b"thjr")
VERSION = 4
_SCHEMA = Path(__file__).with_name("schema.sql")
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def path_below(root: Path) -> Path:
    """Return where the journal of a storage root is."""
    return root / INTERNAL / "journal.sqlite3"


def opened(path: Path, *, now: datetime) -> sqlite3.Connection:
    """Return the journal at `path`, open for writing; a new one where it is not what it should be.

    Raises `sqlite3.Error` or `OSError` where the disk, not the file, is in the way.
    """
    try:
        why = why_not_a_file(path)
        if why is None and path.exists():
            return _checked(connected(path))
    except Unusable as error:
        why = str(error)
    except sqlite3.DatabaseError as error:
        if not is_broken(error):
            raise
        why = f"it is damaged ({error})"
    if why is not None:
        set_aside(path, why, now=now)
    create(path)
    return connected(path)


def readable(path: Path) -> sqlite3.Connection | None:
    """Return the journal at `path`, open for reading; None where there is none.

    Raises `Unusable` with the reason if it is not what it should be. Nothing is changed: one of an
    earlier version is read as it is.
    """
    try:
        return _whole(reading(path))
    except Absent:
        return None
    except (sqlite3.Error, OSError) as error:
        why = f"it is damaged ({error})" if is_broken(error) else str(error)
        raise Unusable(why) from error


def _whole(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return the connection if a journal can be read; else raise, with it closed."""
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        why = _why_not_whole(connection)
        if why is not None:
            raise Unusable(why)
        undo.pop_all()
    return connection


def writable(path: Path) -> sqlite3.Connection | None:
    """Return the journal at `path`, open for writing; None where there is none.

    Raises `Unusable`, and `sqlite3.Error` or `OSError` where the disk is in the way.
    """
    why = why_not_a_file(path)
    if why is not None:
        raise Unusable(why)
    try:
        return _checked(connected(path)) if path.exists() else None
    except sqlite3.DatabaseError as error:
        if not is_broken(error):
            raise
        raise Unusable(f"it is damaged ({error})") from error


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return the connection if the journal is ours and whole; else raise, with it closed."""
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        why = _why_not_ours(connection)
        if why is not None:
            raise Unusable(why)
        undo.pop_all()
    return connection


def is_broken(error: Exception) -> bool:
    """Return whether the error tells that the file is damaged, or no database."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _BROKEN


def identity(path: Path) -> tuple[int, int]:
    """Return what tells the file from any other that may take its name. Raises `OSError`."""
    status = path.lstat()
    return status.st_dev, status.st_ino


def _why_not_ours(connection: sqlite3.Connection) -> str | None:
    """Return why this database is not to be written to. Raises `sqlite3.Error`."""
    why = _why_not_whole(connection)
    if why is not None:
        return why
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    with contextlib.closing(sqlite3.connect(":memory:")) as ours:
        ours.executescript(_SCHEMA.read_text(encoding="utf-8"))
        if version < VERSION:
            migrate(connection, ours)
            log.info("the journal has today's form now", extra={"was": version, "is": VERSION})
        return _why_other_tables(connection, ours)


def _why_not_whole(connection: sqlite3.Connection) -> str | None:
    """Return why this database is none of ours that could be read. Raises `sqlite3.Error`."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        return "it is another program's"
    if version > VERSION:
        return f"a newer thorsched wrote it (version {version}, this one knows {VERSION})"
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return None if found == "ok" else f"it is damaged ({found})"


def _why_other_tables(connection: sqlite3.Connection, ours: sqlite3.Connection) -> str | None:
    """Return why entries could not be written, or would set off what is not ours.

    What else a person may have added, an index or a view, does no harm.
    """
    wanted, there = columns_of(ours), columns_of(connection)
    for table, columns in wanted.items():
        if there.get(table) != columns:
            return f"its table {table} is not a journal's"
    has_triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    trigger = connection.execute(has_triggers).fetchone()
    return f"it has a trigger {trigger[0]}" if trigger else None


def connected(path: Path) -> sqlite3.Connection:
    """Return a connection to the file that is there, for writing. Raises `sqlite3.Error`.

    Each commit is synced: `journal.py` makes one for many entries, in a thread of its own, so that
    it costs nobody anything. With less, SQLite syncs at its checkpoints alone, and a power cut
    would cost whatever was written since the last one, hours perhaps.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with contextlib.ExitStack() as undo:
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
        undo.callback(connection.close)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        undo.pop_all()
    return connection


def create(path: Path) -> None:
    """Make a journal without entries, whole or not at all. Raises `sqlite3.Error`, `OSError`."""
    draft = path.with_name(f"{path.name}.part")
    remove(draft)
    try:
        with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            schema = _SCHEMA.read_text(encoding="utf-8")
            connection.executescript(f"BEGIN;\n{schema}\nCOMMIT;")
            connection.execute("PRAGMA journal_mode = WAL")
        host.sync_file(draft)
        host.rename(draft, path)
    finally:
        remove(draft)  # on a full disk it would be in the way of everybody else
    host.sync_directory(path.parent)


def remove(draft: Path) -> None:
    """Remove a journal of ours that nobody has as yet, with its parts. Raises `OSError`."""
    for part in PARTS:
        host.remove(part_of(draft, part), missing_ok=True)


def set_aside(path: Path, why: str, *, now: datetime) -> None:
    """Rename what stands in the journal's place, for a person to look at. Raises `OSError`."""
    aside = free_name(path, now=now)
    rename_aside(path, aside)
    log.warning(
        "the journal cannot be used; it is set aside, and a new one begun",
        extra={"file": path, "why": why, "as": aside.name},
    )


def rename_aside(path: Path, aside: Path) -> None:
    """Rename what stands in the journal's place, if anything does. Raises `OSError`."""
    _rename(path, aside, PARTS)


def set_log_aside(path: Path, *, now: datetime) -> None:
    """Rename the log of a journal that was taken away: it is not that of what is there now.

    SQLite would take it for that, and write its pages there. Raises `OSError`.
    """
    _rename(path, free_name(path, now=now), PARTS[1:])


def _rename(path: Path, aside: Path, parts: Sequence[str]) -> None:
    for part in reversed(parts):
        if os.path.lexists(part_of(path, part)):
            host.rename(part_of(path, part), part_of(aside, part))


def free_name(path: Path, *, now: datetime) -> Path:
    """Return a name that neither a file nor what belongs to it has."""
    stem = f"{path.name}.broken-{now:%Y%m%dT%H%M%SZ}"
    names = (path.with_name(f"{stem}.{number}" if number else stem) for number in count())
    return next(name for name in names if not any(map(os.path.lexists, _all_parts(name))))


def _all_parts(path: Path) -> list[Path]:
    return [part_of(path, part) for part in PARTS]
