"""What the running scheduler makes of a pause: it has the journal say so, as whatever it does.

Called by `command.py` after it has asked. Only reads; what cannot be read just now is read again.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from thorsched.base.clock import Clock
from thorsched.base.errors import MachineError
from thorsched.base.text import printable_path, typed_path
from thorsched.catalogue.database import VERSION, path_below
from thorsched.catalogue.entries import Pause
from thorsched.catalogue.kept import last_revision
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.naming import INTERNAL
from thorsched.recording.root import holder_of
from thorsched.reload.past.recall import is_same_file

PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.1
_FIRST_WITH_PAUSES = 3
"""The version of the journal that a scheduler has which knows pauses."""
_UNREADABLE = (sqlite3.Error, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the journal says."""

    pauses: Mapping[str, Pause] = field(default_factory=dict)
    """By id."""
    open: frozenset[str] = frozenset()
    """Cameras with a recorder that has not ended."""
    recording: frozenset[str] = frozenset()
    """Those of them whose frames have come."""

    def has_ended(self, pause: Pause) -> bool:
        """Return whether the scheduler has ended it, or says when it will."""
        known = self.pauses.get(pause.id)
        return known is not None and known.end is not None


def heard(root: Path) -> Heard:
    """Return what the journal of `root` says now, nothing if it cannot be read."""
    with contextlib.suppress(*_UNREADABLE), JournalReader(path_below(root)) as journal:
        pauses = {one.id: one for one in journal.pauses()}
        attempts = journal.open_attempts()
        return Heard(
            pauses,
            frozenset(one.camera for one in attempts),
            frozenset(one.camera for one in attempts if one.first_bytes is not None),
        )
    return Heard()


def await_answer(root: Path, holder: str, holds: Callable[[Heard], bool], clock: Clock) -> Heard:
    """Return what is heard as soon as that `holds`, or the scheduler is gone, or after a while."""
    deadline_s, waiting = clock.monotonic_s() + PATIENCE_S, threading.Event()
    latest = heard(root)
    while not holds(latest) and holder_of(root) == holder and clock.monotonic_s() < deadline_s:
        waiting.wait(_LOOK_EVERY_S)
        latest = heard(root)
    return latest


def scheduler_of(root: Path, file: Path) -> str:
    """Return the process that records to `root` by `file`, '' if none does.

    Raises `MachineError` where nothing can be asked of it.
    """
    if not (root / INTERNAL).is_dir():
        raise MachineError(
            f"nothing is recorded to {printable_path(root)} as yet, so there is nothing to pause: "
            f"thorsched run {typed_path(file)} makes it"
        )
    holder = holder_of(root)
    if holder:
        _refuse_others(root, file, holder)
    return holder


def _refuse_others(root: Path, file: Path, holder: str) -> None:
    with contextlib.suppress(*_UNREADABLE), JournalReader(path_below(root)) as journal:
        _, version = journal.form()
        if version < _FIRST_WITH_PAUSES:
            raise MachineError(
                f"process {holder} records to {printable_path(root)}, an older thorsched that knows no "
                "pauses; nothing was changed: hand over to this one first"
            )
        applied = last_revision(journal) if version <= VERSION else None
        if applied is not None and not is_same_file(applied.path, file):
            raise MachineError(
                f"process {holder} records to {printable_path(root)} by another file; nothing was "
                f"changed: name {printable_path(applied.path)}"
            )
