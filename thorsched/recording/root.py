"""The storage root: made, proved writable, held by one scheduler at a time, and known again.

Called by `app.py` for each root that a revision names, and by `attempt.py` before each attempt.
Nothing else makes a root: one that is unmounted or deleted must not be replaced by a bare
directory.
"""

import contextlib
import logging
import os
import re
import threading
import uuid
from pathlib import Path
from typing import IO

from thorsched.base import host
from thorsched.base.errors import MachineError, UnavailableError
from thorsched.base.text import printable
from thorsched.recording.naming import INTERNAL
from thorsched.recording.probe import STORAGE_ROOT, not_writable, write_in

log = logging.getLogger(__name__)

# A disk that is gone may hold whoever closes a file on it; neither loop nor exit must wait for it.
_LET_GO_LIMIT_S = 1.0
# `check` holds the lock for an instant, to see whether somebody holds it.
_TRIES = 10
_TRY_EVERY_S = 0.03
MARK = re.compile(r"[0-9a-f]{32}")


class StorageError(UnavailableError):
    """There is no place to record to."""


def _lock_below(root: Path) -> Path:
    return root / INTERNAL / "lock"


def holder_of(root: Path) -> str:
    """Return the process that records to `root`; '' if none does, or none that can be known.

    To look is to hold it for an instant, so once is enough.
    """
    try:
        with host.open_regular(_lock_below(root), "r") as file:
            holder = printable(file.read(20)) or "unknown"
            return holder if host.is_locked(file) else ""
    except OSError:
        return ""


def may_hold(pid: int, root: Path) -> bool:
    """Return whether the process has the lock's file open, as far as that can be known.

    Whoever may write to the root may have written any process's id into it. Raises `OSError`.
    """
    with host.open_regular(_lock_below(root), "r") as lock:
        return host.has_open(pid, lock) is not False


def prove_writable(root: Path, *, setting: str = STORAGE_ROOT) -> None:
    """Make `root` and write a file in it, which is removed; raises `MachineError` that says why.

    `setting` is what names the root: the file's `storage.root`, or an argument.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        write_in(root)
    except OSError as error:
        raise MachineError(not_writable(root, root, error, setting=setting)) from error


class RootLock:
    """Held while a scheduler records below a root; another one is refused, naming the holder.

    A root carries a mark, a random text that is written when it is first taken. So a disk that was
    unplugged and comes back as another device is known again, and held anew; the bare directory
    that it leaves behind has none, or another.
    """

    def __init__(self, root: Path) -> None:
        """Take the lock. Raises `MachineError` if the root is not writable or is held."""
        prove_writable(root)
        self.root = root
        self._turn = threading.Lock()
        self._path = _lock_below(root)
        try:
            self._identity = _identity(root.stat())
            self._file, self._file_identity = self._locked()
            with contextlib.ExitStack() as undo:
                undo.callback(self._file.close)
                self._mark = marked(root, uuid.uuid4().hex)
                undo.pop_all()
        except OSError as error:
            raise MachineError(
                f"cannot lock the storage root by {self._path}: {error.strerror or error}; "
                "mend what stands there, or name another storage.root"
            ) from error

    def check(self) -> None:
        """Raise `StorageError` unless the root is the one that was locked, and locked still.

        A lock file that somebody took away is made anew, if no other scheduler was faster.
        """
        try:
            with self._turn:
                self._know_again()
                self._keep_locked()
        except OSError as error:
            raise StorageError(
                f"{self.root} cannot be looked at (unmounted?): {error.strerror or error}"
            ) from error
        except MachineError as error:
            raise StorageError(str(error)) from error

    def _know_again(self) -> None:
        """Accept the root if it is the directory that was locked, or another with its mark."""
        found = _identity(self.root.stat())
        if found == self._identity:
            return
        if mark_on(self.root) != self._mark:
            raise StorageError(
                f"{self.root} is not the directory that was locked (unmounted or replaced?); "
                "bring that back, or end thorsched and run it again"
            )
        self._identity = found
        log.warning("the storage root is back as another device", extra={"root": self.root})

    def _keep_locked(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if _identity(self._path.stat()) == self._file_identity:
                return
        held = self._file
        self._file, self._file_identity = self._locked()
        _let_go(held, wait_s=0.0)
        with contextlib.suppress(OSError):  # a disk without room for it can still be filmed to
            self._mark = marked(self.root, self._mark)

    def _locked(self) -> tuple[IO[str], tuple[int, int]]:
        """Return the lock's file, held, and its identity. Raises `MachineError`, `OSError`."""
        with contextlib.ExitStack() as undo:
            self._path.parent.mkdir(exist_ok=True)
            file: IO[str] = host.open_regular(self._path, "a+")
            undo.callback(file.close)
            self._take(file)
            undo.pop_all()
            return file, _identity(os.fstat(file.fileno()))

    def _take(self, file: IO[str]) -> None:
        if not _lock(file):
            file.seek(0)
            holder = printable(file.read(200)) or "unknown"
            raise MachineError(
                f"another thorsched records to {self.root} (process {holder}); "
                "end it first, or name another storage.root"
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()

    def close(self, *, wait_s: float = _LET_GO_LIMIT_S) -> None:
        """Let go of the root; it can be taken again, when that was waited for."""
        _let_go(self._file, wait_s=wait_s)


def _lock(file: IO[str]) -> bool:
    """Return whether the lock could be taken; who holds it for longer than an instant keeps it."""
    waiting = threading.Event()
    for _ in range(_TRIES):
        if host.lock_exclusively(file):
            return True
        waiting.wait(_TRY_EVERY_S)
    return False


def _let_go(file: IO[str], *, wait_s: float) -> None:
    """Close `file`; one whose disk does not answer is not waited for."""

    def close() -> None:
        with contextlib.suppress(OSError):
            file.close()

    closing = threading.Thread(target=close, name=f"close {file.name}", daemon=True)
    closing.start()
    closing.join(wait_s)


def marked(root: Path, mark: str) -> str:
    """Return the mark of `root`; it becomes `mark` if it has none. Raises `OSError`."""
    there = mark_on(root)
    if there is not None:
        return there
    host.write_durably(mark_file(root), mark + "\n")
    return mark


def mark_file(root: Path) -> Path:
    """Return where the mark of `root` is, if it has one."""
    return root / INTERNAL / "identity"


def mark_on(root: Path) -> str | None:
    """Return the mark of `root`, None if it has none. Raises `OSError`."""
    try:
        with host.open_regular(mark_file(root), "r") as file:
            mark = file.read(100).strip()
    except FileNotFoundError:
        return None
    return mark if MARK.fullmatch(mark) else None


def _identity(status: os.stat_result) -> tuple[int, int]:
    """Return what tells a file or directory from any other that may take its name."""
    return status.st_dev, status.st_ino


class Roots:
    """The locks of every root that was recorded to; an edit may name another one.

    They are held until the end: a journal lies on each, and files there may be described late.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Path, RootLock] = {}

    def hold(self, root: Path) -> bool:
        """Hold `root` from now on; return whether it was not held before. Raises `MachineError`."""
        if self._is_held(root):
            return False
        self._refuse_alias(root)
        lock = RootLock(root)  # outside our lock: a disk may take its time
        with self._lock:
            self._held[root] = lock
        return True

    def _refuse_alias(self, root: Path) -> None:
        """Raise `MachineError` if `root` is held already, under another name."""
        with self._lock:
            held = list(self._held.values())
        for lock in held:
            with contextlib.suppress(OSError):
                if root.samefile(lock.root):
                    raise MachineError(
                        f"{root} is the storage root {lock.root}, which is in use, by another name; "
                        "write that, or end thorsched and run it again"
                    )

    def _is_held(self, root: Path) -> bool:
        with self._lock:
            return root in self._held

    def check(self, root: Path) -> None:
        """Raise `StorageError` unless `root` is held and still the directory that was locked."""
        with self._lock:
            lock = self._held.get(root)
        if lock is None:
            raise StorageError(f"{root} is not held: nothing may be recorded there")
        lock.check()

    def close(self) -> None:
        with self._lock:
            held, self._held = self._held, {}
        for lock in held.values():
            lock.close()
