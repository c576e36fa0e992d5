"""Which scheduler runs by a file, and where it records: also if an edit names another root.

Called by `command.py`. The locks of the roots tell it, and where the file does not name the root
any more, the programs that were started with it.
"""

import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from thorsched.cli.reload.answer import heard
from thorsched.cli.reload.heard import Heard
from thorsched.config.roots import possible_roots
from thorsched.recording.naming import INTERNAL
from thorsched.recording.root import holder_of
from thorsched.reload.past.recall import content_at, is_same_file


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A program that records by a file, and what its journal says."""

    pid: int
    root: Path
    """Of the revision that runs, as far as that is known."""
    heard: Heard


def scheduler_of(file: Path, roots: Iterable[Path]) -> Scheduler | None:
    """Return who records by `file` to one of `roots`; None if nobody does.

    It holds every root that it has recorded to: the one meant has the newest revision.
    """
    found = [one for root in roots if (one := _at(root)) and _is_by(one, file)]
    return max(found, key=_applied, default=None)


def _at(root: Path) -> Scheduler | None:
    holder = holder_of(root)
    return Scheduler(int(holder), root, heard(root)) if holder.isdecimal() else None


def _is_by(scheduler: Scheduler, file: Path) -> bool:
    applied = scheduler.heard.applied
    return applied is None or is_same_file(applied.path, file)


def _applied(scheduler: Scheduler) -> float:
    applied = scheduler.heard.applied
    return applied.at.timestamp() if applied else 0.0


def roots_of(file: Path, named: Iterable[Path]) -> tuple[Path, ...]:
    """Return where a scheduler of `file` may record to: what it names, and where it did before.

    `named` are the roots that the file itself is known to name. Also what programs hold that were
    started with it, what a wrong file may mean, and where the journals there say that it went on.
    """
    found = [*named, *_roots_of_runs(file), *possible_roots(content_at(file), file)]
    return tuple(dict.fromkeys([*found, *_told_of(found, file)]))


def _told_of(roots: Iterable[Path], file: Path) -> Iterator[Path]:
    for root in roots:
        applied = heard(root).applied
        if applied is not None and is_same_file(applied.path, file):
            text = applied.text.encode("utf-8", "replace")
            yield possible_roots(text, applied.path)[0]


def _roots_of_runs(file: Path) -> Iterator[Path]:
    """Yield the roots held by programs that were started with `file`, as far as it can be known."""
    if sys.platform == "win32":  # where to ask for the files of a process may hang
        return
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if not _is_run_of(process, file):
                continue
            for one in process.open_files():
                path = Path(one.path)
                if path.name == "lock" and path.parent.name == INTERNAL:
                    yield path.parent.parent


def _is_run_of(process: psutil.Process, file: Path) -> bool:
    words = process.cmdline()
    if "run" not in words:
        return False
    directory = Path(process.cwd())
    return any(
        is_same_file(directory / word, file) for word in words if Path(word).name == file.name
    )
