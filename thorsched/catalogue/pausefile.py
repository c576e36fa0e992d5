"""Where pauses are asked for: `ROOT/.thorsched/pauses.json`, read and replaced as a whole.

Written by `thorsched pause` and `resume` under a lock, so that two commands do not undo each other;
read by the running scheduler's `engine/pausewatch.py`, which alone writes the journal.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from thorsched.base import host
from thorsched.base.errors import MachineError
from thorsched.base.text import printable, printable_path
from thorsched.catalogue.entries import Pause
from thorsched.catalogue.pauses import BadPauses, pauses_in, text_of
from thorsched.recording.naming import INTERNAL

# Room for as many pauses as are kept, in whatever script they are explained.
_MOST_CHARS = 8_000_000
_TRIES = 50
_TRY_EVERY_S = 0.1


def pause_file(root: Path) -> Path:
    """Return where the pauses of a storage root are asked for, if any ever was."""
    return root / INTERNAL / "pauses.json"


def asked_below(root: Path) -> tuple[Pause, ...]:
    """Return what is asked for, nothing if nothing ever was. Raises `BadPauses`, `OSError`."""
    try:
        with host.open_regular(pause_file(root), "r") as file:
            text = file.read(_MOST_CHARS + 1)
    except FileNotFoundError:
        return ()
    if len(text) > _MOST_CHARS:
        raise BadPauses("it is too long")
    return pauses_in(text)


def signature(root: Path) -> tuple[int, ...] | None:
    """Return what changes when the file does; None if there is none. Raises `OSError`."""
    try:
        found = pause_file(root).lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def rewrite(
    root: Path, change: Callable[[tuple[Pause, ...]], tuple[Pause, ...]], *, now: datetime
) -> None:
    """Have `change` applied to what is asked for, whole or not at all. Raises `MachineError`."""
    path = pause_file(root)
    shown = printable_path(path)
    try:
        with _locked(path.with_suffix(".lock"), shown):
            there = asked_below(root)
            changed = change(there)
            if changed != there:
                host.write_durably(path, text_of(changed, now=now))
    except BadPauses as error:
        raise MachineError(
            f"{shown} is not as thorsched writes it ({printable(str(error))}); "
            "nothing was changed: mend or remove it, then ask again"
        ) from error
    except OSError as error:
        raise MachineError(
            f"{shown} cannot be written: {error.strerror or error}; nothing was changed"
        ) from error


@contextlib.contextmanager
def _locked(path: Path, shown: str) -> Iterator[None]:
    """Hold the lock of the file. Raises `MachineError` if another has it for long, `OSError`."""
    waiting = threading.Event()
    with host.open_regular(path, "a") as file:
        for _ in range(_TRIES):
            if host.lock_exclusively(file):
                break
            waiting.wait(_TRY_EVERY_S)
        else:
            raise MachineError(f"another program changes {shown} just now; nothing was changed")
        yield
