"""The segments that a journal knows, as retention and offload need them.

Called by `housekeeper.py`, `offload.py`, `backlog.py` and `foresight/disk/departures.py`. Never
writes. Of a row that holds what no journal holds nothing is known: its file is neither copied nor
deleted, and others are.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import numpy as np

from thorsched.base.units import epoch_us
from thorsched.catalogue import columns
from thorsched.catalogue.keeping.inventory import (
    EMPTY,
    Inventory,
    are_inside,
    is_inside,
    joined,
    numbered,
)
from thorsched.catalogue.reading import reading

# Of years there are too many for all of them at once.
_AT_ONCE = 10_000
# What a row tells of its file, in one number: a column less takes a tenth of the time.
_CLOSED, _SET_APART, _AUDITED, _COPIED = 1, 2, 4, 8
# An audit of another size is not of this file, and a copy of another content is no copy.
_IS_COPIED = "(c.state IS 'verified' AND c.sha256 IS a.sha256)"
_IS_TO_BE_COPIED = f"""
    s.removed IS NULL AND s.finalised AND s.quarantined = ''
        AND NOT {_IS_COPIED} AND (:is_checked OR c.state IS NOT 'unchecked')
"""
_KEPT = f"""
    SELECT
        s.path, s.camera, s.last_frame_end, s.size_bytes, a.at,
        (s.finalised IS 1) * {_CLOSED} | (s.quarantined IS NOT '') * {_SET_APART}
            | (a.size_bytes IS s.size_bytes) * {_AUDITED} | {_IS_COPIED} * {_COPIED}
    FROM segments AS s
    LEFT JOIN audits AS a ON a.path = s.path
    LEFT JOIN copies AS c ON c.path = s.path AND c.destination = :destination
    WHERE s.removed IS NULL
    ORDER BY s.rowid
"""  # noqa: S608 - ours
_DUE = f"""
    SELECT s.path, s.size_bytes, a.sha256
    FROM segments AS s
    JOIN audits AS a ON a.path = s.path AND a.size_bytes = s.size_bytes
    LEFT JOIN copies AS c ON c.path = s.path AND c.destination = :destination
    WHERE {_IS_TO_BE_COPIED}
    ORDER BY s.rowid
"""  # noqa: S608 - ours
_WAITING = f"""
    SELECT s.path, s.size_bytes, c.state IS 'failed', coalesce(c.detail, '')
    FROM segments AS s
    LEFT JOIN audits AS a ON a.path = s.path
    LEFT JOIN copies AS c ON c.path = s.path AND c.destination = :destination
    WHERE {_IS_TO_BE_COPIED}
    ORDER BY s.rowid
"""  # noqa: S608 - ours


@dataclass(frozen=True, slots=True)
class Due:
    """A segment that is to be copied; `sha256` is of what was audited."""

    path: PurePosixPath
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A closed segment that has no copy as yet, audited or not; `why` is of one that failed."""

    path: PurePosixPath
    size_bytes: int
    has_failed: bool
    why: str


Read = TypeVar("Read", Due, Inventory, Waiting)


def kept(journal: Path, *, destination: str = "") -> Inventory:
    """Return the segments that are not removed, in the journal's order; raises `sqlite3.Error`.

    `destination` is where the file wants copies of them, '' if nowhere.
    """
    wanted = {"destination": destination}
    with closing(reading(journal)) as connection:
        cursor = connection.execute(_KEPT, wanted)
        return joined(_inventory(rows) for rows in iter(partial(cursor.fetchmany, _AT_ONCE), []))


def due(journal: Path, *, destination: str, is_checked: bool) -> list[Due]:
    """Return what is closed and audited, and not copied there; raises `sqlite3.Error`.

    Where copies are checked, those that were made before they were are due again.
    """
    wanted: Mapping[str, str | bool] = {"destination": destination, "is_checked": is_checked}
    found = (_read(_due, row) for row in _rows(journal, _DUE, wanted))
    return [one for one in found if one and is_inside(one.path.as_posix())]


def waiting(journal: Path, *, destination: str, is_checked: bool) -> list[Waiting]:
    """Return what is closed and not copied there, as `due` has it, and what is to be audited first.

    Raises `sqlite3.Error`.
    """
    wanted: Mapping[str, str | bool] = {"destination": destination, "is_checked": is_checked}
    rows = _rows(journal, _WAITING, wanted)
    return [one for row in rows if (one := _read(_waiting, row))]


def _rows(journal: Path, query: str, wanted: Mapping[str, str | bool]) -> list[tuple[Any, ...]]:
    """Return what is found in the journal. What is not known to it as yet is left alone."""
    with closing(reading(journal)) as connection:
        return connection.execute(query, wanted).fetchall()


def _read(kind: Callable[[tuple[Any, ...]], Read], row: tuple[Any, ...]) -> Read | None:
    """Return what a row says, None if it cannot be."""
    with contextlib.suppress(ValueError):
        return kind(row)
    return None


def _due(row: tuple[Any, ...]) -> Due:
    path, size_bytes, sha256 = row
    return Due(PurePosixPath(columns.text(path)), columns.count(size_bytes), columns.text(sha256))


def _waiting(row: tuple[Any, ...]) -> Waiting:
    path, size_bytes, has_failed, why = row
    return Waiting(
        path=PurePosixPath(columns.text(path)),
        size_bytes=columns.count(size_bytes),
        has_failed=bool(has_failed),
        why=columns.text(why),
    )


def _inventory(rows: Sequence[tuple[Any, ...]]) -> Inventory:
    """Return what those of the rows say that can be."""
    try:
        return _columns(rows)
    except ValueError:
        right = [row for row in rows if _read(lambda row: _columns([row]), row)]
        return _columns(right) if right else EMPTY


def _columns(rows: Sequence[tuple[Any, ...]]) -> Inventory:
    """Return what the rows say. Raises `ValueError` if one of them cannot be."""
    paths, cameras, ends, sizes, audited, told = zip(*rows, strict=True)
    states = np.array(told, np.int64)
    columns.check_texts(paths)
    columns.check_texts(cameras)
    names, camera = numbered(cameras)
    return Inventory(
        paths=paths,
        names=names,
        camera=camera,
        end_us=np.array([epoch_us(columns.moment(end)) for end in ends], np.int64),
        size_bytes=np.array(columns.counts(sizes), np.int64),
        is_closed=(states & _CLOSED).astype(np.bool_),
        is_audited=(states & _AUDITED).astype(np.bool_),
        is_copied=(states & _COPIED).astype(np.bool_),
        is_removed=np.zeros(len(paths), np.bool_),
        is_quarantined=(states & _SET_APART).astype(np.bool_),
        is_inside=are_inside(paths),
        audited=[None if at is None else columns.moment(at) for at in audited],
    )
