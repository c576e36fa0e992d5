"""A root's journal is made anew while nobody records there: `thorsched rebuild`.

Called by `cli/rebuild.py`. The new one is written under another name; the old one is renamed, never
deleted, when all is there. Whatever ends this before has changed nothing.
"""

import contextlib
import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from thorsched.base import host
from thorsched.base.errors import MachineError
from thorsched.catalogue import database
from thorsched.catalogue.rebuilding.rebuild import TABLES, Rebuild, set_aside_below
from thorsched.catalogue.rebuilding.recovery import noted
from thorsched.catalogue.statements import storable
from thorsched.recording.root import RootLock
from thorsched.recording.trouble import Cause

_ROWS_A_COMMIT = 10_000


@dataclass(slots=True)
class Renewed:
    """What has come of it."""

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many were written, by table and by where they are from."""
    totals: dict[str, int] = field(default_factory=dict)
    unexplained: int = 0
    """How many gaps have no known cause."""
    unread: list[str] = field(default_factory=list)
    aside: list[Path] = field(default_factory=list)
    """The old journals, as they are called now."""


def renew(root: Path, *, now: datetime, advance: Callable[[], None]) -> Renewed:
    """Make the journal of a root anew; `advance` is called for each row.

    Raises `MachineError` if somebody records there, or the disk does not take it.
    """
    lock = RootLock(root)
    try:
        return _renewed(root, now, advance)
    except (OSError, sqlite3.Error) as error:
        raise MachineError(
            f"the journal of {root} cannot be made anew: {error}; the old one is as it was"
        ) from error
    finally:
        lock.close()


def _renewed(root: Path, now: datetime, advance: Callable[[], None]) -> Renewed:
    path = database.path_below(root)
    draft = path.with_name(f"{path.name}.rebuilt")
    old = [path] if os.path.lexists(path) else []
    rebuild = Rebuild(root, [*set_aside_below(root), *old], until=now)
    renewed, aside = Renewed(), database.free_name(path, now=now)
    database.remove(draft)  # the log of one that was killed would be taken for the new one's
    database.create(draft)
    try:
        with contextlib.closing(database.connected(draft)) as connection:
            _fill(connection, rebuild, renewed, advance)
            names = [source.name for source in rebuild.sources if source != path]
            for sql, values in noted(root, [*names, aside.name], at=now):
                connection.execute(sql, storable(values))
            renewed.totals = {table: _count(connection, table) for table in TABLES}
            unknown = f"gaps WHERE cause = '{Cause.UNKNOWN.value}'"
            renewed.unexplained = _count(connection, unknown)
        renewed.unread = rebuild.unread
        database.rename_aside(path, aside)
        host.rename(draft, path)
        host.sync_directory(path.parent)
    finally:
        database.remove(draft)
    renewed.aside = set_aside_below(root)
    return renewed


def _fill(
    connection: sqlite3.Connection, rebuild: Rebuild, renewed: Renewed, advance: Callable[[], None]
) -> None:
    """Write all pieces, in few commits. Raises `sqlite3.Error`."""
    connection.execute("BEGIN")
    for number, (table, source, (sql, values)) in enumerate(rebuild.pieces(), 1):
        if _is_written(connection, sql, storable(values)):
            renewed.rows[table, source] += 1
        advance()
        if number % _ROWS_A_COMMIT == 0:
            connection.execute("COMMIT")
            connection.execute("BEGIN")
    connection.execute("COMMIT")


def _is_written(
    connection: sqlite3.Connection, sql: str, values: dict[str, str | int | float | None]
) -> bool:
    try:
        return connection.execute(sql, values).rowcount > 0
    except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError):
        return False  # what a damaged page gave


def _count(connection: sqlite3.Connection, rows: str) -> int:
    (number,) = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()  # noqa: S608 - ours
    return int(number)
