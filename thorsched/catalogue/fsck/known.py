"""What the journal of a root says of the files in a directory: read only, never waited for.

Made by `verify.py`. A journal of an earlier version is read as it is. One that cannot be read is
told once, and nothing is known then.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from thorsched.base.text import printable
from thorsched.catalogue import database
from thorsched.catalogue.fsck.findings import Finding, Kind, Row
from thorsched.catalogue.migration import columns_of
from thorsched.catalogue.statements import name_in


class Known:
    """A journal, open for reading, or none; close it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.unusable: Finding | None = None
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
        found = self._select(f"{self._rows} WHERE {within}", directory)
        rows: dict[str, Row] = {}
        for path, size_bytes, sha256, is_removed in found:
            if Path(path).parent == _inside(self._root, directory):
                rows[Path(path).name] = Row(int(size_bytes), sha256, bool(is_removed))
        return rows

    def attempts_in(self, directory: Path) -> frozenset[str]:
        """Return the attempts that are known to have recorded there, by their files' names."""
        query = "SELECT id FROM attempts WHERE id >= :first AND id < :end"
        return frozenset(Path(name).name for (name,) in self._select(query, directory))

    def row_of(self, path: Path) -> Row | None:
        """Return what the journal says of one segment, by its name in it."""
        with contextlib.suppress(sqlite3.Error):
            query = f"{self._rows} WHERE s.path = ?"
            if self._connection is not None:
                for _, size_bytes, sha256, is_removed in self._connection.execute(
                    query, (path.as_posix(),)
                ):
                    return Row(int(size_bytes), sha256, bool(is_removed))
        return None

    def all_paths(self) -> Iterator[Path]:
        """Yield the segments that are to be there."""
        if self._connection is None:
            return
        try:
            for path, _, _, is_removed in self._connection.execute(self._rows):
                if not is_removed:
                    yield Path(path)
        except sqlite3.Error as error:
            self._give_up(error)

    def _select(self, query: str, directory: Path) -> list[tuple[str, ...]]:
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
        path = Path(name_in(self._root, database.path_below(self._root)))
        self.unusable = Finding(
            Kind.JOURNAL, path, f"{printable(str(error))}: `thorsched rebuild` makes it anew"
        )
        self.close()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()


def _inside(root: Path, directory: Path) -> Path:
    return directory.relative_to(root)
