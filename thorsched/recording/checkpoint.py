"""What an attempt leaves on the disk for the next scheduler: which recorder runs, and what for.

Made by `attempt.py` before it spawns a recorder, read by `adoption.py` when a scheduler starts and
by `guard.py` when there is none; what it says is `checkpoint_text.py`'s. A recorder inherits the
open file with its lock, so that the lock is the proof of life: it is held for as long as the
recorder runs, however its scheduler ended, and it is gone after a reboot. No process id is written:
it may be another's by the time that it is read. A recorder is found by its command line, which no
other process has.

A checkpoint is written once, before there is a process, and only appended to. It is removed when
all segments of the attempt are described, or when nothing was recorded.
"""

import contextlib
import logging
import secrets
from pathlib import Path
from typing import IO

from thorsched.base import host
from thorsched.recording.naming import INTERNAL

log = logging.getLogger(__name__)

_SUFFIX = ".attempt"
_LONGEST_CHARS = 4_000_000


def directory_of(root: Path) -> Path:
    """Return where the checkpoints of a storage root lie."""
    return root / INTERNAL / "attempts"


class Checkpoint:
    """One attempt's file, open and locked."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self.path = path
        self._file = file

    @classmethod
    def begin(cls, root: Path, prefix: str, line: str) -> "Checkpoint":
        """Write down an attempt whose recorder is about to be spawned. Raises `OSError`."""
        directory = directory_of(root)
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{prefix}-{secrets.token_hex(4)}{_SUFFIX}"
        with contextlib.ExitStack() as undo:
            file: IO[str] = host.open_regular(path, "x")
            undo.callback(host.remove, path)
            undo.callback(file.close)
            host.lock_exclusively(file)
            file.write(line)
            file.flush()
            undo.pop_all()
        return cls(path, file)

    @classmethod
    def resume(cls, path: Path) -> "Checkpoint":
        """Go on with the checkpoint of a recorder that runs. Raises `OSError`."""
        return cls(path, host.open_regular(path, "a"))

    def descriptors(self) -> tuple[int, ...]:
        """Return what the recorder is to inherit."""
        return (self._file.fileno(),)

    def sync(self) -> None:
        """Have it survive a power cut, as far as the disk allows."""
        with contextlib.suppress(OSError):
            host.sync_descriptor(self._file.fileno())

    def add(self, line: str) -> None:
        """Write down what the attempt became; on a disk that takes no more it stays as it was."""
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            why = {"checkpoint": self.path.name, "why": error}
            log.warning("a change is not in the checkpoint", extra=why)

    def close(self) -> None:
        """Leave it to whoever comes next."""
        with contextlib.suppress(OSError):  # what a full disk did not take
            self._file.close()

    def discard(self) -> None:
        """Remove it: there is nothing of the attempt."""
        self.close()  # first: Windows removes no file that is open
        with contextlib.suppress(OSError):
            host.remove(self.path, missing_ok=True)


def paths_below(root: Path) -> list[Path]:
    """Return the checkpoints' files, by name; none where there is nothing to be seen."""
    try:
        return sorted(p for p in directory_of(root).iterdir() if p.suffix == _SUFFIX)
    except OSError:
        return []


def read(path: Path) -> tuple[str, bool]:
    """Return the text of a checkpoint, and whether its recorder runs. Raises `OSError`."""
    with host.open_regular(path, "r") as file:
        return file.read(_LONGEST_CHARS), host.is_locked(file)
