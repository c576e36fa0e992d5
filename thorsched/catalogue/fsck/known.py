"""What the journal of a root says of the files in a directory: read only, never waited for.

Made by `verify.py`. A journal of an earlier version is read as it is. One that cannot be read is
told once, and nothing is known then. Of a row that holds what no journal holds nothing is known;
how many there are is told.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from thorsched.base.text import counted, printable
from thorsched.catalogue import columns, database
from thorsched.catalogue.fsck.findings import Finding, Kind, Row
from thorsched.catalogue.migration import columns_of
from thorsched.catalogue.statements import name_in


class Known:
    """A journal, open for reading, or none; close it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._unusable: Finding | None = None
        self._strange: dict[object, str] = {}
        """Rows that no journal holds, by what should be their path, and why."""
        self._rows = ""
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = database.readable(database.path_below(root))
            tables = columns_of(self._connection) if self._connection else {}
        except sqlite3.Error as error:
            self._give_up(error)
            return
        names = {column for column, _ in tables.get("segments", ())}
        removed = "s.removed IS NOT NULL" if "removed" in names else "0"
        joined = "LEFT JOIN audits AS a USING (path)" if "audits" in tables else ""
        # An audit from before a repair is of another file.
        sha256 = "CASE WHEN a.size_bytes = s.size_bytes THEN a.sha256 END" if joined else "NULL"
        self._rows = f"SELECT path, s.size_bytes, {sha256}, {removed} FROM segments AS s {joined}"  # noqa: S608 - ours

    @property
    def is_there(self) -> bool:
        return self._connection is not None

    def rows_in(self, directory: Path) -> dict[str, Row]:
        """Return the segments right in a directory below the root, by the names of their files."""
        within = "s.path >= :first AND s.path < :end"
        rows: dict[str, Row] = {}
        for found in self._select(f"{self._rows} WHERE {within}", directory):
            known = self._row(found)
            if known is not None and known[0].parent == _inside(self._root, directory):
                rows[known[0].name] = known[1]
        return rows

    def attempts_in(self, directory: Path) -> frozenset[str]:
        """Return the attempts that are known to have recorded there, by their files' names."""
        query = "SELECT id FROM attempts WHERE id >= :first AND id < :end"
        found = (name for (name,) in self._select(query, directory) if isinstance(name, str))
        return frozenset(Path(name).name for name in found)

    def row_of(self, path: Path) -> Row | None:
        """Return what the journal says of one segment, by its name in it."""
        if self._connection is None:
            return None
        with contextlib.suppress(sqlite3.Error, UnicodeError):
            query = f"{self._rows} WHERE s.path = ?"
            for found in self._connection.execute(query, (path.as_posix(),)):
                known = self._row(found)
                return known[1] if known else None
        return None

    def all_rows(self) -> Iterator[tuple[Path, Row]]:
        """Yield all segments, those that were removed, too."""
        if self._connection is None:
            return
        try:
            for found in self._connection.execute(self._rows):
                known = self._row(found)
                if known is not None:
                    yield known
        except sqlite3.Error as error:
            self._give_up(error)

    def flaws(self) -> Iterator[Finding]:
        """Yield what is to be told of the journal itself, when all of it was read."""
        if self._unusable is not None:
            yield self._unusable
        if self._strange:
            rows = counted(len(self._strange), "row")
            first = next(iter(self._strange.values()))
            yield self._finding(f"{rows} of it hold what no journal holds ({first})")

    def _row(self, found: tuple[object, ...]) -> tuple[Path, Row] | None:
        """Return a segment's path and what is said of it; None for what no journal holds."""
        name, size_bytes, sha256, is_removed = found
        try:
            path = columns.inner_path(name)
            said = None if sha256 is None else columns.text(sha256)
            return path, Row(columns.count(size_bytes), said, bool(is_removed))
        except ValueError as error:
            self._strange.setdefault(name, str(error))
            return None

    def _select(self, query: str, directory: Path) -> list[tuple[object, ...]]:
        inside = _inside(self._root, directory).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        # '0' is the character after '/': all that begins with the directory stands between.
        bounds = {"first": prefix, "end": f"{prefix[:-1]}0" if prefix else "\U0010ffff"}
        if self._connection is None:
            return []
        try:
            return self._connection.execute(query, bounds).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            if not isinstance(error, UnicodeError):  # a name that is no Unicode is in no journal
                self._give_up(error)
            return []

    def _give_up(self, error: Exception) -> None:
        self._unusable = self._finding(printable(str(error)))
        self.close()

    def _finding(self, why: str) -> Finding:
        path = Path(name_in(self._root, database.path_below(self._root)))
        return Finding(Kind.JOURNAL, path, f"{why}: `thorsched rebuild` makes it anew")

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()


def _inside(root: Path, directory: Path) -> Path:
    return directory.relative_to(root)
