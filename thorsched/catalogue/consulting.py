"""A journal opened by whoever only asks: it is read, never mended, or a clear word says why not.

Called by commands. What the program does with a journal that is not right is `database.py`'s; here
whoever asks is told what mends it.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thorsched.base.errors import MachineError
from thorsched.base.text import printable_path, typed_path
from thorsched.catalogue.database import (
    APPLICATION_ID,
    VERSION,
    is_broken,
    path_below,
)
from thorsched.catalogue.reader import JournalReader
from thorsched.catalogue.reading import Absent, Unusable
from thorsched.catalogue.sidecars import found_below


class _NothingThere(MachineError):
    """There is no journal, nor anything that it could tell of."""


class _Outdated(MachineError):
    """The next `thorsched run` brings it up to date."""


@contextmanager
def consulted(root: Path, *, oldest: int = VERSION) -> Iterator[JournalReader]:
    """Yield the journal of a storage root. Raises `MachineError`, also while it is read.

    `oldest` is the first version whose tables will do; else only today's.
    """
    path = path_below(root)
    shown = printable_path(path)
    with _in_words(shown, root):
        try:
            journal = JournalReader(path)
        except Absent as error:
            raise _absence(root) from error
        with journal:
            _check(journal, shown, root, oldest)
            yield journal


def trouble_with(root: Path) -> str:
    """Return what is wrong with the journal of a root, and what mends it; '' if nothing is.

    Where nothing is recorded, nothing is wrong.
    """
    try:
        with consulted(root) as journal:
            journal.last_run()
    except (_NothingThere, _Outdated):
        return ""
    except MachineError as error:
        return str(error)
    return ""


def holds_recordings(root: Path) -> bool:
    """Return whether segments lie below a root of which a journal could be made."""
    return next(found_below(root), None) is not None


def _absence(root: Path) -> MachineError:
    if holds_recordings(root):
        return MachineError(
            f"there is no journal in {printable_path(root)}, but recordings are: "
            f"thorsched rebuild {typed_path(root)} makes one of what their sidecars tell"
        )
    return _NothingThere(
        f"there is no journal in {printable_path(root)}: thorsched run has not recorded there"
    )


def _anew(root: Path) -> str:
    return f"thorsched rebuild {typed_path(root)} makes it anew, and so does the next thorsched run"


def _check(journal: JournalReader, shown: str, root: Path, oldest: int) -> None:
    application_id, version = journal.form()
    if application_id != APPLICATION_ID:
        raise MachineError(f"{shown} is another program's; {_anew(root)}")
    if version > VERSION:
        raise MachineError(
            f"a newer thorsched wrote {shown} (version {version}, this one knows {VERSION}): "
            "use that one"
        )
    if version < oldest:
        raise _Outdated(
            f"an older thorsched wrote {shown} (version {version}, this one knows {VERSION}): "
            "the next thorsched run brings it up to date"
        )


@contextlib.contextmanager
def _in_words(shown: str, root: Path) -> Iterator[None]:
    try:
        yield
    except Unusable as error:
        raise MachineError(f"{shown} cannot be read: {error}; {_anew(root)}") from error
    except sqlite3.Error as error:
        end = f"; {_anew(root)}" if is_broken(error) else ""
        what = "is damaged" if is_broken(error) else "cannot be read"
        raise MachineError(f"{shown} {what} ({error}){end}") from error
    except OSError as error:
        raise MachineError(f"{shown} cannot be read: {error.strerror}") from error
    except (
        ValueError,
        TypeError,
    ) as error:  # a moment or a cause that is none, a word for a number
        raise MachineError(f"{shown} holds what no journal holds: {error}") from error
