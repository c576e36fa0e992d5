"""Whether files can be written to a directory, or to where it will be made, and have room there.

Called by `root.py` before a root is held, by `attempt.py` before a recorder starts, and by
`thorsched check`, which makes nothing.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from thorsched.base.errors import MachineError
from thorsched.base.units import format_size

STORAGE_ROOT = "storage.root"
# Where disks are mounted, and what is on the system disk whatever is mounted.
_MOUNTS = (Path("/mnt"), Path("/media"), Path("/Volumes"))
_SYSTEM = (Path("/"), Path("/System/Volumes/Data"))

_MENDS: Mapping[int, str] = {
    errno.EACCES: "let the user that runs thorsched write in {} (chown or chmod)",
    errno.EPERM: "let the user that runs thorsched write in {} (chown, chmod or chattr)",
    errno.EROFS: "mount its disk to be written to (one with errors is not: see dmesg)",
    errno.ENOSPC: "make room on its disk",
}


def would_fill_system_disk(root: Path) -> bool:
    """Return whether an absent `root` looks like one on a disk that is not mounted now."""
    place = nearest(root)
    if place == root:
        return False
    if place == Path("/"):
        return True
    return _is_for_disks(root) and _is_on_system_disk(place)


def is_bare_mount_point(directory: Path) -> bool:
    """Return whether a directory that is there looks like that of a disk which is not mounted."""
    return _is_for_disks(directory) and _is_on_system_disk(directory)


def _is_for_disks(path: Path) -> bool:
    return any(path.is_relative_to(mounts) for mounts in _MOUNTS)


def _is_on_system_disk(place: Path) -> bool:
    return os.lstat(place).st_dev in {path.stat().st_dev for path in _SYSTEM if path.exists()}


def nearest(root: Path) -> Path:
    """Return `root`, or the nearest directory above it that exists."""
    return next((p for p in (root, *root.parents) if os.path.lexists(p)), root)


def nearest_writable(root: Path) -> Path:
    """Return `root`, or the nearest directory above it that exists, proved to be writable.

    Raises `MachineError` that says why it is not.
    """
    place = nearest(root)
    try:
        write_in(place)
    except OSError as error:
        raise MachineError(not_writable(root, place, error, setting=STORAGE_ROOT)) from error
    return place


def write_in(directory: Path) -> None:
    """Write a file in `directory`, which is removed; raises `OSError`."""
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".thorsched-") as probe:
        probe.write(b"thorsched")
        probe.flush()
        os.fsync(probe.fileno())


def room_bytes(place: Path, *, min_free_bytes: int) -> int:
    """Return what is free on the disk of `place`, in bytes.

    Raises `MachineError` if that is less than `min_free_bytes`, `OSError` if there is no `place`.
    """
    free_bytes = shutil.disk_usage(place).free
    if free_bytes < min_free_bytes:
        raise MachineError(
            f"{format_size(free_bytes)} free on {place}, "
            f"min_free asks for {format_size(min_free_bytes)}"
        )
    return free_bytes


def not_writable(root: Path, place: Path, error: OSError, *, setting: str) -> str:
    """Return what to say of a `root` that cannot be written to, because of `error` at `place`.

    `setting` is what names the root, in the words of whoever wrote it.
    """
    is_place = place != root and os.path.isdir(place)  # noqa: PTH112 - never raise
    where = f" (it would be made in {place})" if is_place else ""
    why, mend = _why(root, error)
    return f"cannot write to {setting} {root}{where}: {why}; {mend}, or name another {setting}"


def _why(root: Path, error: OSError) -> tuple[str, str]:
    """Return what is wrong with what exists of `root`, and what would mend it."""
    place = nearest(root)
    name = "it" if place == root else str(place)
    if os.path.islink(place) and not os.path.exists(place):  # noqa: PTH110, PTH114 - never raise
        return f"{name} is a link to what is not there", "plug in or mount its disk"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{name} is a file, not a directory", "move it away"
    words = error.strerror or str(error)
    return words, _MENDS.get(error.errno or 0, "mend its disk").format(place)
