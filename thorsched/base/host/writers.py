"""Whether anybody has a file open for writing. Called by `reload/watching/sight.py`."""

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from thorsched.base.host.platforms import WINDOWS

_ERROR_SHARING_VIOLATION = 32


def is_open_for_writing(path: Path, platform: str = sys.platform) -> bool | None:
    """Return whether any program has the file open for writing; None where that cannot be known.

    Asks the kernel of this machine only, which knows nothing of a remote file: do not ask it of
    one. Nobody is disturbed but for microseconds: on Linux an open for writing waits for so long.
    """
    if platform == "linux":
        with contextlib.suppress(OSError):
            return _has_writer(path)
    if platform == WINDOWS:
        return has_writer_by_error(_error_of_sole_reading(path))
    return None


def has_writer_by_error(error: int) -> bool | None:
    """Return the same by Windows' error of opening a file that nobody else may write; 0 is none."""
    return {0: False, _ERROR_SHARING_VIOLATION: True}.get(error)


def _has_writer(path: Path) -> bool:
    """Ask for a read lease, which nobody gets on what is open for writing (fcntl(2)).

    Raises `OSError` for a file of another user, unless this one may do all; for anything but a
    file; where the file system knows no leases.
    """
    import fcntl  # noqa: PLC0415 - exists on POSIX only
    import signal  # noqa: PLC0415 - SIGURG does, too

    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        # Whoever opens it meanwhile has us signalled. SIGIO, if not told otherwise, would end the
        # program; nobody minds this one.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return True
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    finally:
        os.close(descriptor)
    return False


_error_of_sole_reading: Callable[[Path], int]
if sys.platform == "win32":

    def _error_of_sole_reading(path: Path) -> int:
        """Open it so that nobody may write it meanwhile, and let go. By its manual, never run."""
        import ctypes  # noqa: PLC0415 - the names are there on Windows only
        from ctypes import wintypes  # noqa: PLC0415

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = wintypes.HANDLE
        # GENERIC_READ, sharing reading and deleting, as it is (OPEN_EXISTING)
        handle = kernel.CreateFileW(str(path), 0x80000000, 0x1 | 0x4, None, 3, 0, None)
        if handle == wintypes.HANDLE(-1).value:
            return ctypes.get_last_error()
        kernel.CloseHandle(wintypes.HANDLE(handle))
        return 0

else:

    def _error_of_sole_reading(path: Path) -> int:
        raise NotImplementedError(path)
