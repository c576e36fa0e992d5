"""What a journal that was set aside still gives: its rows, one by one, as far as they can be read.

Called by `rebuild.py`. Reads, and believes nothing: whoever writes the rows into a journal has it
check them. A page that is damaged costs the rows in it; those before and behind it are read.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Generator, Iterator
from pathlib import Path

from thorsched.catalogue.database import APPLICATION_ID
from thorsched.catalogue.migration import columns_of
from thorsched.catalogue.reading import Unusable, reading
from thorsched.catalogue.statements import Value

log = logging.getLogger(__name__)

RawRow = dict[str, Value]
# The keys of the tables that have no numbers of rows.
_KEYS = {
    "recordings": ("camera", "start"),
    "audits": ("path",),
    "copies": ("path", "destination"),
    "gaps": ("camera", "start"),
    "pauses": ("id",),
}
# A damaged page may lead back to an earlier one, for ever.
_LEAST_BYTES_A_ROW = 16
_MOST_LEAPS = 64


class Salvage:
    """A database that may be damaged, open for reading; close it."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises `Unusable` if it is none of ours, or nothing of it can be read."""
        self.path = path
        self.damages: list[str] = []
        """Which tables could not be read whole, in words."""
        try:
            self._most_rows = path.stat().st_size // _LEAST_BYTES_A_ROW
            self._connection = _opened(path)
        except Unusable:
            raise
        except (sqlite3.Error, OSError) as error:
            raise Unusable(f"nothing of it can be read ({error})") from error
        self.columns = columns_of(self._connection)

    def rows(self, table: str, wanted: tuple[str, ...]) -> Iterator[RawRow]:
        """Yield the rows of a table, with those of the wanted columns that it has.

        A row may come twice where the table is damaged.
        """
        there = [name for name, _ in self.columns.get(table, ()) if name in wanted]
        if not there:
            return
        seen = _Reader(self._connection, table, there, most_rows=self._most_rows)
        yield from seen.rows()
        if seen.why:
            self.damages.append(f"{table}: {seen.why}")

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


def _opened(path: Path) -> sqlite3.Connection:
    """Return a connection to what has our tables. Raises `Unusable`, `sqlite3.Error`."""
    with contextlib.ExitStack() as undo:
        connection = reading(path, is_set_aside=True)
        undo.callback(connection.close)
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        if application_id != APPLICATION_ID:
            raise Unusable("it is another program's")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        undo.pop_all()
    return connection


class _Reader:
    """Reads one table forwards, then backwards, then what is between two damages."""

    def __init__(
        self, connection: sqlite3.Connection, table: str, columns: list[str], *, most_rows: int
    ) -> None:
        self.why = ""
        self._connection = connection
        names = ", ".join(f'"{name}"' for name in columns)
        self._has_numbers = table not in _KEYS
        self._columns = ["rowid", *columns] if self._has_numbers else columns
        number = "rowid, " if self._has_numbers else ""
        self._query = f"SELECT {number}{names} FROM {table}"  # noqa: S608 - ours
        self._backwards = ", ".join(f'"{name}" DESC' for name in _KEYS.get(table, ("rowid",)))
        self._left = most_rows

    def rows(self) -> Iterator[RawRow]:
        last = yield from self._read("")
        if not self.why:
            return
        first = yield from self._read(f"ORDER BY {self._backwards}")
        if self._has_numbers and last is not None and first is not None:
            yield from self._between(last, first)

    def _between(self, last: int, first: int) -> Iterator[RawRow]:
        """Leap over what is damaged, further each time."""
        leap = 1
        for _ in range(_MOST_LEAPS):
            if last + leap >= first:
                return
            came = yield from self._read(f"WHERE rowid > {last + leap} AND rowid < {first}")
            if came is None:
                leap *= 2
            else:
                last, leap = came, 1

    def _read(self, how: str) -> Generator[RawRow, None, int | None]:
        """Yield rows until something is in the way; return the number of the last, if any."""
        number: int | None = None
        try:
            for values in self._connection.execute(f"{self._query} {how}"):
                self._left -= 1
                if self._left < 0:
                    self.why = "it has no end"
                    return None
                row = dict(zip(self._columns, values, strict=True))
                if self._has_numbers:
                    number = row.pop("rowid")
                if not any(map(_is_torn, row.values())):
                    yield row
        except sqlite3.Error as error:
            self.why = str(error)
        return number


def _is_torn(value: object) -> bool:
    """Return whether a value is none of ours: what was cut off reads as zeros."""
    return isinstance(value, bytes) or (isinstance(value, str) and "\0" in value)
