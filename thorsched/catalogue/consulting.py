"""A journal opened by whoever only asks: it is read, never mended, or a clear word says why not.

Called by commands. What the program does with a journal that is not right is `database.py`'s.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thorsched.base.errors import MachineError
from thorsched.base.text import printable
from thorsched.catalogue.database import (
    APPLICATION_ID,
    VERSION,
    is_broken,
    path_below,
)
from thorsched.catalogue.reader import JournalReader
from thorsched.catalogue.reading import Absent, Unusable


@contextmanager
def consulted(root: Path) -> Iterator[JournalReader]:
    """Yield the journal of a storage root. Raises `MachineError`, also while it is read."""
    path = path_below(root)
    shown = printable(str(path), longest=400)
    with _in_words(shown):
        try:
            journal = JournalReader(path)
        except Absent as error:
            raise MachineError(
                f"there is no journal in {printable(str(root), longest=400)}: "
                "thorsched run has not recorded there"
            ) from error
        with journal:
            _check(journal, shown)
            yield journal


_NEXT_RUN = "the next thorsched run sets it aside and begins a new one"


def _check(journal: JournalReader, shown: str) -> None:
    application_id, version = journal.form()
    if application_id != APPLICATION_ID:
        raise MachineError(f"{shown} is another program's; {_NEXT_RUN}")
    if version > VERSION:
        raise MachineError(
            f"a newer thorsched wrote {shown} (version {version}, this one knows {VERSION}): "
            "use that one"
        )
    if version < VERSION:
        raise MachineError(
            f"an older thorsched wrote {shown} (version {version}, this one knows {VERSION}): "
            "the next thorsched run brings it up to date"
        )


@contextlib.contextmanager
def _in_words(shown: str) -> Iterator[None]:
    try:
        yield
    except Unusable as error:
        raise MachineError(f"{shown} cannot be read: {error}; {_NEXT_RUN}") from error
    except sqlite3.Error as error:
        end = f"; {_NEXT_RUN}" if is_broken(error) else ""
        what = "is damaged" if is_broken(error) else "cannot be read"
        raise MachineError(f"{shown} {what} ({error}){end}") from error
    except OSError as error:
        raise MachineError(f"{shown} cannot be read: {error.strerror}") from error
    except (
        ValueError,
        TypeError,
    ) as error:  # a moment or a cause that is none, a word for a number
        raise MachineError(f"{shown} holds what no journal holds: {error}") from error
