"""Locks by which programs of one machine, and of an NFS share, know of each other.

Called by `base/claims.py`, `recording/root.py`, `checkpoint.py`, `guard.py` and `repair.py`.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import IO, Any

from thorsched.base.host.patience import patiently
from thorsched.base.host.platforms import WINDOWS


def lock_exclusively(file: IO[str]) -> bool:
    """Take the lock of an open file; False if another process holds it.

    Closing the file lets go, once all copies of it are closed: a forked child has one.
    """
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - exists on Windows only

        # The byte lies far beyond the text, so that others can still read who holds the lock.
        file.seek(1 << 30)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    return _flock(file, is_shared=False)


def is_locked(file: IO[str]) -> bool:
    """Return whether another process holds the lock of an open file; those who look are not seen.

    Close the file then: nobody can take the lock before, as to look is to share it. On Windows,
    where none is shared, two that look at the same moment take each other for holders.
    """
    if sys.platform == "win32":
        return not lock_exclusively(file)
    return not _flock(file, is_shared=True)


def _flock(file: IO[str], *, is_shared: bool) -> bool:
    """Return whether the lock was got. NFS shares it by a file that can be read, no other way."""
    import fcntl  # noqa: PLC0415 - exists on POSIX only

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(file: IO[str]) -> None:
    """Give the lock back although a forked child has a copy of the file; Windows has no forks."""
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - exists on POSIX only

        fcntl.flock(file, fcntl.LOCK_UN)


def stands_at(file: IO[Any], path: Path, platform: str = sys.platform) -> bool:
    """Return whether `path` still leads to the open `file`: it may be removed, or another's by now.

    Windows removes no file that is open. Raises `OSError` where that cannot be known.
    """
    if platform == WINDOWS:
        return True
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return False


def freshen(file: IO[str], platform: str = sys.platform) -> None:
    """Make an open file look new to whoever removes old ones; Windows spares those that are open.

    Raises `OSError`.
    """
    if platform != WINDOWS:
        os.utime(file.fileno())


def remove_locked(file: IO[str], path: Path, platform: str = sys.platform) -> None:
    """Remove a file of ours that is locked from `path`, and let go of the lock. Raises `OSError`.

    On POSIX it is removed first: whoever waits for the lock finds that the file does not stand at
    `path` any more. Windows removes it afterwards, unless somebody has opened it by then.
    """
    with file:
        try:
            if platform != WINDOWS and stands_at(file, path, platform):
                path.unlink()
        finally:
            unlock(file)
    if platform == WINDOWS:
        with contextlib.suppress(PermissionError):
            patiently(lambda: path.unlink(missing_ok=True), platform=platform)
