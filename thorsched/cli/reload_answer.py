"""What the running scheduler makes of an edit, as its journal tells: which revision, or why none.

Called by `reload.py`, before it asks and while it waits. Only reads; what cannot be read just now
is read again.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from thorsched.base.clock import Clock
from thorsched.catalogue.database import path_below
from thorsched.catalogue.kept import Kept, kept_revisions
from thorsched.catalogue.reader import JournalReader
from thorsched.cli.reload_heard import PATIENCE_S, Heard, Waited, at_last, since
from thorsched.engine.filenews import LOOKED
from thorsched.engine.happenings import NOT_APPLIED

_LOOK_EVERY_S = 0.1
_UNREADABLE = (sqlite3.Error, OSError, ValueError)


def heard(root: Path) -> Heard:
    """Return what the journal of `root` says now, nothing if it cannot be read."""
    with contextlib.suppress(*_UNREADABLE), JournalReader(path_below(root)) as journal:
        looked, refused = journal.last_event(LOOKED), journal.last_event(NOT_APPLIED)
        newest, *earlier = [*islice(kept_revisions(journal), 2), None, None][:2]
        if not isinstance(newest, Kept):
            return Heard(0, None, looked, refused)
        was = [one.applied.revision for one in earlier if isinstance(one, Kept)]
        applied = replace(newest.applied, was="".join(was))
        return Heard(newest.number, applied, looked, refused)
    return Heard()


def await_answer(
    before: Mapping[Path, Heard], roots: Sequence[Path], asked: str, clock: Clock
) -> Waited:
    """Return what has come of the `asked` revision, as soon as that is known, or after a while."""
    deadline_s, waiting = clock.monotonic_s() + PATIENCE_S, threading.Event()
    while clock.monotonic_s() < deadline_s:
        if told := since(before, {root: heard(root) for root in roots}, asked):
            return told
        waiting.wait(_LOOK_EVERY_S)
    return at_last(before, {root: heard(root) for root in roots}, asked)
