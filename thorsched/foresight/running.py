"""Which revision of a file runs below a root, or ran there last, as its journal tells.

Called by commands; reads the journal and looks at the lock, and changes nothing.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from thorsched.base.errors import ConfigError, MachineError, ThorschedError
from thorsched.base.text import short_hash
from thorsched.catalogue.applied import RevisionApplied
from thorsched.catalogue.consulting import consulted, trouble_with
from thorsched.catalogue.kept import FIRST_WITH_REVISIONS, last_revision
from thorsched.catalogue.pausefile import asked_below
from thorsched.catalogue.pauses import BadPauses
from thorsched.config.load import Loaded, load_bytes
from thorsched.config.roots import possible_roots
from thorsched.engine.pauses import Pauses
from thorsched.foresight.foreseen import Found, Running
from thorsched.foresight.patience import Patience, Silent
from thorsched.recording.root import holder_of
from thorsched.reload.past.recall import recall


def running_in(root: Path, *, patience: Patience) -> Found:
    """Return what runs below `root`, or ran there last, and which pauses are asked for."""
    try:
        return patience.ask(lambda: replace(_applied_last(root), pauses=_pauses(root)), root)
    except Silent as error:
        return Found(None, str(error))


def running_of(loaded: Loaded, *, patience: Patience) -> Found:
    """Return what runs of a file, or ran last, though it may name another root since.

    Where nothing has run below its root, the others are asked that it may have had.
    """
    root = loaded.config.storage.root
    found = running_in(root, patience=patience)
    if found.running is not None:
        return found
    others = [one for one in possible_roots(loaded.text.encode(), loaded.path) if one != root]
    try:
        recalled = recall(loaded.path, others, asking=patience)[0] if others else None
    except ThorschedError:
        recalled = None
    if recalled is None:
        return found
    pid = recalled.holder if recalled.kept[0] is recalled.own[0] else ""
    elsewhere = _found(recalled.own[0].applied, pid)
    return replace(elsewhere, pauses=found.pauses) if elsewhere.running else found


def _applied_last(root: Path) -> Found:
    pid = holder_of(root)
    try:
        with consulted(root, oldest=FIRST_WITH_REVISIONS) as journal:
            applied = last_revision(journal)
    except MachineError:
        return Found(None, trouble_with(root) or "nothing has run below its storage.root yet")
    if applied is None:
        return Found(None, "nothing has run below its storage.root yet")
    return _found(applied, pid)


def _found(applied: RevisionApplied, pid: str) -> Found:
    try:
        loaded = load_bytes(applied.text.encode(), applied.path)
    except ConfigError:  # of a version that read other files
        words = f"revision {short_hash(applied.revision)} is none that this version reads"
        return Found(None, words)
    loaded = Loaded(loaded.config, loaded.path, applied.revision, loaded.text)
    return Found(Running(loaded, applied.at, pid))


def _pauses(root: Path) -> Pauses:
    """Return nothing where it cannot be read: who runs holds to those of before."""
    with suppress(BadPauses, OSError):
        return Pauses.of(asked_below(root))
    return Pauses()
