"""The revisions of the file that a journal keeps, newest first, each as far as it can be read.

Called by whoever shows them, compares with them, or starts from one. A row that is damaged costs
that row: it comes as the reason why it is none.
"""

import sqlite3
from collections.abc import Iterator
from itertools import zip_longest

from thorsched.base.text import printable
from thorsched.catalogue import columns
from thorsched.catalogue.applied import Difference, How, Kept, RevisionApplied, Unread
from thorsched.catalogue.applied_text import difference_of
from thorsched.catalogue.reader import JournalReader

FIRST_WITH_REVISIONS = 2
"""The first version of a journal that keeps any."""


def kept_revisions(journal: JournalReader) -> Iterator[Kept | Unread]:
    """Yield all of them, newest first, reading one row at a time: their texts may be many.

    Raises `sqlite3.Error` where not even their numbers can be read.
    """
    rows, pids = journal.revision_numbers(), journal.pids()
    for (number, run, _), earlier in zip_longest(rows, rows[1:]):
        was = earlier[2] if earlier is not None and earlier[1] == run else b""
        try:
            yield _kept(journal.revision_row(number), was=was, pid=pids.get(run))
        except (sqlite3.Error, ValueError, TypeError, IndexError) as error:
            yield Unread(number, printable(str(error)))


def last_revision(journal: JournalReader) -> RevisionApplied | None:
    """Return the one that was applied last: it runs, or ran when there was a run.

    Raises `ValueError` if it cannot be read, and `sqlite3.Error`.
    """
    match next(kept_revisions(journal), None):
        case Unread(_, why):
            raise ValueError(why)
        case Kept() as kept:
            return kept.applied
    return None


def _kept(row: sqlite3.Row | None, *, was: object, pid: object) -> Kept:
    """Return a row as a value; `was` is the hash of the one before it in its run, if any."""
    if row is None:
        raise ValueError("it is gone")
    found = dict(zip(row.keys(), row, strict=True))
    how = found.get("how")  # none before version 4
    if how is None:
        how = How.EDIT if was else How.START
    difference, is_compared = _difference(found.get("difference"))
    applied = RevisionApplied(
        columns.moment(found["applied"]),
        columns.digest(found["hash"]),
        columns.path(found["path"]),
        columns.text(found["text"]),
        How(how),
        difference,
        _hash_of(was),
    )
    return Kept(
        number=columns.number(found["id"]),
        run=columns.number(found["run"]),
        pid=pid if isinstance(pid, int) else None,
        applied=applied,
        is_compared=is_compared,
    )


def _hash_of(was: object) -> str:
    """Return the hash of a row that need not be one; '' if it has none."""
    try:
        return columns.digest(was.decode("ascii", "replace")) if isinstance(was, bytes) else ""
    except ValueError:
        return ""


def _difference(found: object) -> tuple[Difference, bool]:
    """Return what changed, and whether that is known: the text is worth more than it."""
    try:
        return difference_of(columns.text(found)), True
    except ValueError:
        return Difference(), False
