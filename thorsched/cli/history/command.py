"""`thorsched history FILE`: every revision of it that ran, what each changed, and one put back.

Reads the journal of the file's root, and changes nothing but the file that it puts back.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from tzlocal import get_localzone

from thorsched.base.errors import ConfigError, MachineError
from thorsched.cli.exits import ExitCode
from thorsched.cli.history.forms import as_object
from thorsched.cli.history.text import show_one, show_patches_of, show_table_of
from thorsched.config.roots import possible_roots
from thorsched.config.yaml.source import read_file
from thorsched.foresight.patience import Patience
from thorsched.reload.past.history import History, history_of
from thorsched.reload.past.lineage import Line, content_of, lines, merged, named, short
from thorsched.reload.past.recall import content_at, recall

_SHELL_S = 1.0  # for whoever has pressed Tab


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be shown, as it was typed."""

    revision: str = ""
    root: Path | None = None
    everything: bool = False
    patches: bool = False
    text: bool = False
    as_json: bool = False


def show(path: Path, wish: Wish) -> int:
    """Print what is wished for; return the exit code. Raises `ConfigError`, `MachineError`."""
    history = known_of(path, root=wish.root, folded=not wish.everything)
    line = _line(history, wish.revision) if wish.revision else None
    if wish.text and line is not None:
        return _print_text(line)
    if wish.as_json:
        told, has_patch = [line] if line else history.lines, wish.patches or line is not None
        found = as_object(history, told, with_patch=has_patch, with_text=line is not None)
        print(json.dumps(found, indent=2))
        return ExitCode.DONE
    if line is not None:
        show_one(history, line)
    elif wish.patches:
        show_patches_of(history)
    else:
        show_table_of(history)
    for trouble in dict.fromkeys(history.troubles):
        print(trouble, file=sys.stderr)
    return ExitCode.DONE


def known_of(path: Path, *, root: Path | None, folded: bool = True) -> History:
    """Return the history of a file. Raises `MachineError`."""
    machine = get_localzone()
    root = root.absolute() if root is not None else None  # as others name it: it is one root
    try:
        return history_of(path, root=root, machine=machine, folded=folded, asking=Patience())
    except MachineError as error:
        if (unread := _unreadable(path)) is None:
            raise
        raise MachineError(f"{unread}\n{error}") from error


def _unreadable(path: Path) -> ConfigError | None:
    """Return why the file cannot be read; None if it can."""
    try:
        read_file(path)
    except ConfigError as error:
        return error
    return None


def names_of(path: Path) -> list[str]:
    """Return which revisions can be named, as a shell completes them. Raises `MachineError`."""
    roots = possible_roots(content_at(path), path)
    recalled = recall(path, roots, asking=Patience(limit_s=_SHELL_S))
    revisions = merged([one.own for one in recalled])
    return list(dict.fromkeys(short(line.kept) for line in lines(revisions)))


def _line(history: History, name: str) -> Line:
    """Return where the revision that is meant last came into force. Raises `ConfigError`."""
    wanted = named(history.revisions, name).applied.revision
    found = [one for one in history.lines if one.kept.applied.revision == wanted]
    return next((one for one in found if one.is_edit), found[-1])


def _print_text(line: Line) -> int:
    content = content_of(line.kept)
    if content is None:
        raise MachineError(
            f"the journal's text of revision {short(line.kept)} is not the one that its hash is of"
        )
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    return ExitCode.DONE
