"""Opening plain files only: what stands in a storage root may have been put there by anybody."""

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path
from typing import IO

from thorsched.base.host.patience import patiently
from thorsched.base.names import extended


def open_regular(path: Path, mode: str) -> IO[str]:
    """Open a text file of ours; raises `OSError` for a link, or for anything but a plain file."""
    return open(path, mode, encoding="utf-8", errors="replace", opener=plain_file_opener)


def plain_file_opener(name: str, flags: int) -> int:
    """Open a plain file, for `open`; raises `OSError` for a link, or for anything else.

    What stands in a storage root may have been put there by anybody: a link would have us write
    elsewhere, and a FIFO would hold us for ever.
    """
    return followed_file_opener(name, flags | getattr(os, "O_NOFOLLOW", 0))


def place_of(file: IO[bytes], platform: str = sys.platform) -> Path | None:
    """Return where an open file is by now; None if it is nowhere, or if that cannot be known."""
    if platform != "linux":
        return None
    with contextlib.suppress(OSError):
        place = Path(f"/proc/self/fd/{file.fileno()}").readlink()
        if os.path.samestat(os.fstat(file.fileno()), place.lstat()):
            return place
    return None


def followed_file_opener(name: str, flags: int) -> int:
    """Open a plain file, or one that a link leads to; raises `OSError` for anything else."""
    long_name, how = extended(name, sys.platform), flags | getattr(os, "O_NONBLOCK", 0)
    descriptor = patiently(lambda: os.open(long_name, how, 0o644))
    return refused_unless_plain(descriptor, name)


def refused_unless_plain(descriptor: int, name: str) -> int:
    """Return the descriptor of a plain file; close any other's, and raise `OSError`."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    raise OSError(errno.EINVAL, "not a plain file", name)
