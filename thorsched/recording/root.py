"""The storage root: made, proved writable, held by one scheduler at a time, and known again.

Called by `app.py` for each root that a revision names, by `thorsched check`, and before each
attempt. Nothing else makes a root: one that is unmounted or deleted must not be replaced by a bare
directory.
"""

import contextlib
import os
import tempfile
import threading
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import IO

from thorsched.base import host
from thorsched.base.errors import MachineError, UnavailableError
from thorsched.base.text import printable
from thorsched.recording.naming import INTERNAL


class StorageError(UnavailableError):
    """There is no place to record to."""


def prove_writable(root: Path) -> None:
    """Make `root` and write a file in it, which is removed; raises `MachineError` saying why not."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=root, prefix=".thorsched-") as probe:
            probe.write(b"thorsched")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise MachineError(
            f"cannot write to the storage root {root}: {error.strerror or error}; "
            "mend its permissions or its disk, or name another storage.root"
        ) from error


class RootLock:
    """Held while a scheduler records below a root; another one is refused, naming the holder."""

    def __init__(self, root: Path) -> None:
        """Take the lock. Raises `MachineError` if the root is not writable or is held."""
        prove_writable(root)
        self.root = root
        self._turn = threading.Lock()
        self._path = root / INTERNAL / "lock"
        try:
            self._identity = _identity(root.stat())
            self._file, self._file_identity = self._locked()
        except OSError as error:
            raise MachineError(
                f"cannot lock the storage root by {self._path}: {error.strerror or error}; "
                "mend what stands there, or name another storage.root"
            ) from error

    def check(self) -> None:
        """Raise `StorageError` unless the root is the directory that was locked, and locked still.

        A lock file that somebody took away is made anew, if no other scheduler was faster.
        """
        try:
            if _identity(self.root.stat()) != self._identity:
                raise StorageError(
                    f"{self.root} is not the directory that was locked (unmounted or replaced?); "
                    "bring that back, or end thorsched and run it again"
                )
            with self._turn:
                self._keep_locked()
        except OSError as error:
            raise StorageError(
                f"{self.root} cannot be looked at (unmounted?): {error.strerror or error}"
            ) from error
        except MachineError as error:
            raise StorageError(str(error)) from error

    def _keep_locked(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if _identity(self._path.stat()) == self._file_identity:
                return
        file, self._file_identity = self._locked()
        self._file.close()
        self._file = file

    def _locked(self) -> tuple[IO[str], tuple[int, int]]:
        """Return the lock's file, held, and its identity. Raises `MachineError`, `OSError`."""
        with contextlib.ExitStack() as undo:
            self._path.parent.mkdir(exist_ok=True)
            file: IO[str] = self._path.open("a+", encoding="utf-8", errors="replace")
            undo.callback(file.close)
            self._take(file)
            undo.pop_all()
            return file, _identity(os.fstat(file.fileno()))

    def _take(self, file: IO[str]) -> None:
        if not host.lock_exclusively(file):
            file.seek(0)
            holder = printable(file.read(200)) or "unknown"
            raise MachineError(
                f"another thorsched records to {self.root} (process {holder}); "
                "end it first, or name another storage.root"
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()

    def close(self) -> None:
        """Let go of the root; it can be taken again."""
        self._file.close()


def _identity(status: os.stat_result) -> tuple[int, int]:
    """Return what tells a file or directory from any other that may take its name."""
    return status.st_dev, status.st_ino


class Roots:
    """The locks of every root that is recorded to: the running revision's, and older ones in use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Path, RootLock] = {}
        self._newest: Path | None = None

    def hold(self, root: Path) -> None:
        """Hold `root` from now on, as the one that new recordings go to. Raises `MachineError`."""
        if not self._renew(root):
            lock = RootLock(root)  # outside our lock: a disk may take its time
            with self._lock:
                self._held[root] = lock
                self._newest = root

    def _renew(self, root: Path) -> bool:
        with self._lock:
            if root in self._held:
                self._newest = root
            return root in self._held

    def check(self, root: Path) -> None:
        """Raise `StorageError` unless `root` is held and still the directory that was locked."""
        with self._lock:
            lock = self._held.get(root)
        if lock is None:
            raise StorageError(f"{root} is not held any more: the file names another storage.root")
        lock.check()

    def release_all_but(self, in_use: AbstractSet[Path]) -> None:
        """Let go of the roots that are neither `in_use` nor the newest."""
        with self._lock:
            for root in self._held.keys() - in_use - {self._newest}:
                self._held.pop(root).close()

    def close(self) -> None:
        with self._lock:
            for lock in self._held.values():
                lock.close()
            self._held.clear()
