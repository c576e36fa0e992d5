"""`thorsched history FILE --restore REV`: a text that ran before is put back, which is the undo.

Says what a running scheduler makes of it: whoever undoes something wants to know that it is undone.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from thorsched.base.clock import SystemClock
from thorsched.base.errors import ConfigError, MachineError
from thorsched.base.text import printable_path, typed_path
from thorsched.catalogue.applied import Kept, RevisionApplied, restoring
from thorsched.cli.console import harmless, print_said
from thorsched.cli.exits import ExitCode
from thorsched.cli.history.command import known_of
from thorsched.cli.reload.answer import heard
from thorsched.config.load import load_bytes
from thorsched.config.roots import possible_roots
from thorsched.reload.edits.words import lines, summary
from thorsched.reload.past.history import History
from thorsched.reload.past.lineage import content_of, named, short
from thorsched.reload.past.restoring import Restored
from thorsched.reload.past.restoring import restore as write_back

_PATIENCE_S = 10.0
_LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was done, and what came of it."""

    path: Path
    history: History
    """As it was before."""
    wanted: Kept
    restored: Restored
    applied: RevisionApplied | None
    """What a running scheduler has made of it; None if it has not."""

    @property
    def runs_already(self) -> bool:
        """Whether a scheduler runs by that text, and did before."""
        return bool(self.history.pid) and _is_of(self.history, self.wanted)

    @property
    def is_heeded(self) -> bool:
        return not self.history.pid or self.runs_already or self.applied is not None


def restore(path: Path, name: str, *, root: Path | None, as_json: bool) -> int:
    """Put a revision's text back; return the exit code. Raises `ConfigError`, `MachineError`."""
    history = known_of(path, root=root)
    wanted = named(history.revisions, name)
    content = _content(wanted, path)
    kept = {one.applied.revision for one in history.revisions if content_of(one) is not None}
    roots = dict.fromkeys([*possible_roots(content, path)[:1], *history.roots])
    before = {root: heard(root).number for root in roots if history.pid}
    restored = write_back(path, content, kept=kept)
    is_awaited = history.pid and not _is_of(history, wanted)
    applied = _applied(before, wanted) if is_awaited else None
    outcome = _Outcome(path, history, wanted, restored, applied)
    if as_json:
        print(json.dumps(_as_object(outcome), indent=2))
    else:
        print_said(map(harmless, _words(outcome)))
    return ExitCode.DONE if outcome.is_heeded else ExitCode.NOT_READY


def _is_of(history: History, wanted: Kept) -> bool:
    return history.newest.applied.revision == wanted.applied.revision


def _content(wanted: Kept, path: Path) -> bytes:
    """Return the text to write. Raises where it would be wrong, or is not what it was."""
    content = content_of(wanted)
    if content is None:
        raise MachineError(
            f"the journal's text of revision {short(wanted)} is not the one that its hash is of; "
            "nothing was changed"
        )
    try:
        load_bytes(content, path)
    except ConfigError as error:
        error.add_note(
            f"revision {short(wanted)} is none that this version reads; nothing was changed: "
            f"thorsched history {typed_path(path)} {short(wanted)} --text prints it"
        )
        raise
    return content


def _applied(before: Mapping[Path, int], wanted: Kept) -> RevisionApplied | None:
    """Wait until a scheduler runs by it; None if that takes too long.

    `before` has the numbers of the last revisions below all roots, as a clock may be set back.
    """
    clock, waiting = SystemClock(), threading.Event()
    deadline_s = clock.monotonic_s() + _PATIENCE_S
    while clock.monotonic_s() < deadline_s:
        for root, number in before.items():
            now = heard(root)
            is_new = now.applied is not None and now.number > number
            if is_new and now.applied and now.applied.revision == wanted.applied.revision:
                return now.applied
        waiting.wait(_LOOK_EVERY_S)
    return None


def _words(outcome: _Outcome) -> list[str]:
    file, revision = printable_path(outcome.path), short(outcome.wanted)
    restored = outcome.restored
    if not restored.is_written:
        said = [f"{file} is revision {revision} already: nothing was changed"]
    else:
        said = [f"{file} is revision {revision} again"]
        if restored.path != outcome.path:
            said[0] += f": written to {printable_path(restored.path)}, where its link leads"
    if restored.backup is not None:
        said.append(f"what stood there never ran, and is kept in {printable_path(restored.backup)}")
    return [*said, *_outcome(outcome), *_undo(outcome)]


def _outcome(outcome: _Outcome) -> list[str]:
    history, applied = outcome.history, outcome.applied
    command = typed_path(outcome.path)
    if not history.pid:
        return [f"no scheduler runs: thorsched run {command} begins with it"]
    if outcome.runs_already:
        return [f"process {history.pid} runs by it, and goes on"]
    if applied is None:
        return [
            f"process {history.pid} has not applied it within {_PATIENCE_S:.0f} s: its log says why"
        ]
    said = f"process {history.pid} has applied it: {summary(applied.difference)}"
    is_told = not applied.difference.is_empty
    # How to undo what has just been undone is said of the file, below.
    changed = lines(replace(applied, was=""), history.zone) if is_told else ()
    return [said, *(f"  {line}" for line in changed)]


def _undo(outcome: _Outcome) -> list[str]:
    restored = outcome.restored
    if not restored.is_written or not restored.was:
        return []
    if restored.backup is not None:
        backup = typed_path(restored.backup)
        return [f"to undo: mv {backup} {typed_path(restored.path)}"]
    return [f"to undo: {restoring(outcome.path, restored.was)}"]


def _as_object(outcome: _Outcome) -> dict[str, Any]:
    restored = outcome.restored
    return {
        "version": 1,
        "file": str(outcome.path.absolute()),
        "restored": outcome.wanted.applied.revision,
        "written": str(restored.path.absolute()) if restored.is_written else None,
        "was": restored.was or None,
        "backup": str(restored.backup.absolute()) if restored.backup else None,
        "pid": int(outcome.history.pid) if outcome.history.pid.isdecimal() else None,
        "heeded": outcome.is_heeded,
    }
