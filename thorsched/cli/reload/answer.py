"""What the running scheduler makes of an edit, as its journal tells: which revision, or why none.

Called by `command.py`, before it asks and while it waits. Only reads; what cannot be read just now
is read again.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from thorsched.base.clock import Clock
from thorsched.base.errors import ConfigError
from thorsched.catalogue.applied import Kept
from thorsched.catalogue.database import path_below
from thorsched.catalogue.kept import kept_revisions
from thorsched.catalogue.reader import JournalReader
from thorsched.cli.reload.heard import PATIENCE_S, Heard, Waited, at_last, since
from thorsched.config.load import Loaded, revision_of
from thorsched.config.yaml.source import read_file
from thorsched.engine.filenews import LOOKED
from thorsched.engine.happenings import APPLIED, AS_BEFORE, NOT_APPLIED

_LOOK_EVERY_S = 0.1
_UNREADABLE = (sqlite3.Error, OSError, ValueError)


def heard(root: Path, *, after: int = 0) -> Heard:
    """Return what the journal of `root` says now, nothing if it cannot be read.

    Of events only those with a number `after` one are looked for.
    """
    with contextlib.suppress(*_UNREADABLE), JournalReader(path_below(root)) as journal:
        events = journal.events_until_now()
        looked = journal.last_event(LOOKED, after=after)
        latest = journal.last_event(NOT_APPLIED, APPLIED, AS_BEFORE, after=after)
        refused = latest if latest and latest[1].what == NOT_APPLIED else None
        newest = next(kept_revisions(journal), None)
        if isinstance(newest, Kept):
            return Heard(newest.number, newest.applied, looked, refused, events)
        return Heard(0, None, looked, refused, events)
    return Heard()


def await_answer(before: Mapping[Path, Heard], loaded: Loaded, clock: Clock) -> Waited:
    """Return what has come of the file, as soon as that is known, or after a while.

    `before` is what the journals of all roots said as it was asked. Where a look is told of that
    saw another text, it was one of before, unless the file was edited again by now.
    """
    deadline_s, waiting = clock.monotonic_s() + PATIENCE_S, threading.Event()
    asked = loaded.revision
    while clock.monotonic_s() < deadline_s:
        now = {root: heard(root, after=one.events) for root, one in before.items()}
        told = since(before, now, asked)
        if told and (told.is_about(asked) or not _is_on_disk(loaded)):
            return told
        before = {
            root: replace(one, events=max(one.events, now[root].events))
            for root, one in before.items()
        }
        waiting.wait(_LOOK_EVERY_S)
    return at_last(before, {root: heard(root) for root in before}, asked)


def _is_on_disk(loaded: Loaded) -> bool:
    try:
        return revision_of(read_file(loaded.path)) == loaded.revision
    except ConfigError:
        return False
