"""The revisions of the file that a journal keeps, newest first, each as far as it can be read.

Called by whoever shows them, compares with them, or starts from one. A row that is damaged costs
that row: it comes as the reason why it is none.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from thorsched.base.text import printable
from thorsched.catalogue import columns
from thorsched.catalogue.applied import Difference, How, RevisionApplied
from thorsched.catalogue.applied_text import difference_of
from thorsched.catalogue.reader import JournalReader


@dataclass(frozen=True, slots=True)
class Kept:
    """A revision as it stands in a journal."""

    number: int
    """`revisions.id`: they rise in the order in which revisions were applied."""
    run: int
    """`runs.id` of the scheduler that applied it; 0 if that is not known."""
    applied: RevisionApplied
    is_compared: bool
    """Whether the journal tells what it changed; else the difference is empty."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that is no revision, and why; the words are printable."""

    number: int
    why: str


def kept_revisions(journal: JournalReader) -> Iterator[Kept | Unread]:
    """Yield all of them, newest first, reading one row at a time: their texts may be many.

    Raises `sqlite3.Error` where not even their numbers can be read.
    """
    numbers = journal.revision_numbers()
    for (number, run), earlier in zip_longest(numbers, numbers[1:]):
        is_first = earlier is None or earlier[1] != run
        try:
            yield _kept(journal.revision_row(number), is_first_of_run=is_first)
        except (sqlite3.Error, ValueError, TypeError, IndexError) as error:
            yield Unread(number, printable(str(error)))


def last_revision(journal: JournalReader) -> RevisionApplied | None:
    """Return the one that was applied last: it runs, or ran when there was a run.

    Raises `ValueError` if it cannot be read, and `sqlite3.Error`.
    """
    match next(kept_revisions(journal), None):
        case Unread(_, why):
            raise ValueError(why)
        case Kept(_, _, applied):
            return applied
    return None


def _kept(row: sqlite3.Row | None, *, is_first_of_run: bool) -> Kept:
    if row is None:
        raise ValueError("it is gone")
    found = dict(zip(row.keys(), row, strict=True))
    how = found.get("how")  # none before version 4
    if how is None:
        how = How.START if is_first_of_run else How.EDIT
    difference, is_compared = _difference(found.get("difference"))
    applied = RevisionApplied(
        columns.moment(found["applied"]),
        columns.text(found["hash"]),
        columns.path(found["path"]),
        columns.text(found["text"]),
        How(how),
        difference,
    )
    return Kept(columns.number(found["id"]), columns.number(found["run"]), applied, is_compared)


def _difference(found: object) -> tuple[Difference, bool]:
    """Return what changed, and whether that is known: the text is worth more than it."""
    try:
        return difference_of(columns.text(found)), True
    except ValueError:
        return Difference(), False
