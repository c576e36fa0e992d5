"""Removing and reading a file below a directory, and nothing that only looks as if it were there.

Called by `catalogue/keeping/removal.py` and `report/pictures.py`. Whoever may write below the
directory can put a link in the way at any moment: on POSIX each step is taken from the directory
that is open, so that none is followed.
"""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath

from thorsched.base.host.opening import plain_file_opener, refused_unless_plain
from thorsched.base.host.patience import remove
from thorsched.base.host.platforms import WINDOWS


def remove_within(
    root: Path,
    path: PurePosixPath,
    *,
    refuse: Callable[[os.stat_result], None],
    platform: str = sys.platform,
) -> None:
    """Remove the plain file `path`, relative to `root`, whose own links are followed.

    `refuse` is shown the file right before, and raises what keeps it. Raises `OSError` if there is
    no such file, if it is no plain one, or if a link is on the way.
    """
    if platform == WINDOWS:
        _refuse_links(root, path)
        _check((root / path).lstat(), path, refuse)
        remove(root / path)
        return
    with _directory_of(root, path) as directory:
        found = os.stat(path.name, dir_fd=directory, follow_symlinks=False)
        _check(found, path, refuse)
        os.unlink(path.name, dir_fd=directory)


def opener_within(
    root: Path, path: PurePosixPath, *, platform: str = sys.platform
) -> Callable[[str, int], int]:
    """Return what opens the plain file `path`, relative to `root`, for `open`; no other.

    It raises `OSError` if there is no such file, if it is no plain one, or if a link is on the way.
    """

    def opened(name: str, flags: int) -> int:
        drive = PureWindowsPath(path).drive if platform == WINDOWS else ""
        if path.is_absolute() or ".." in path.parts or not path.name or drive:
            raise OSError(errno.EINVAL, "not below the directory", name)
        if platform == WINDOWS:
            _refuse_links(root, path)
            return plain_file_opener(str(root / path), flags)
        with _directory_of(root, path) as directory:
            how = flags | os.O_NOFOLLOW | os.O_NONBLOCK
            return refused_unless_plain(os.open(path.name, how, dir_fd=directory), name)

    return opened


@contextmanager
def _directory_of(root: Path, path: PurePosixPath) -> Iterator[int]:
    """Open the directory that `path` lies in, step by step. Raises `OSError`."""
    with ExitStack() as undo:
        directory = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        undo.callback(os.close, directory)
        for part in path.parts[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            directory = os.open(part, flags, dir_fd=directory)
            undo.callback(os.close, directory)
        yield directory


def _check(
    found: os.stat_result, path: PurePosixPath, refuse: Callable[[os.stat_result], None]
) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    refuse(found)


def has_links(root: Path, path: PurePosixPath) -> bool:
    """Return whether `path`, relative to `root`, is a link or has one on its way."""
    ways = [path, *path.parents]
    return any((root / way).is_symlink() for way in ways if way.parts)


def _refuse_links(root: Path, path: PurePosixPath) -> None:
    if has_links(root, path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
