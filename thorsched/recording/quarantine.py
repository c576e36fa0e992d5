"""What nobody can vouch for is set apart: moved to `ROOT/.thorsched/quarantine/`, with its sidecar.

Called by `archive.py`, in its thread. A file keeps its path below the root, and is moved by one
rename: neither copied, nor changed, nor put in another's place. Its sidecar is there before it, so
whatever is cut short leaves a file without one, which the next program takes up by its checkpoint.
"""

import contextlib
import errno
import os
import stat
from dataclasses import replace
from itertools import count
from pathlib import Path

from thorsched.base import host
from thorsched.recording.naming import INTERNAL
from thorsched.recording.segments import Described, Quarantined
from thorsched.recording.sidecars import NoSidecar, json_beside, write_sidecar


def directory_of(root: Path) -> Path:
    """Return where the quarantine of a storage root is."""
    return root / INTERNAL / "quarantine"


def quarantine(described: Described, why: str) -> Described:
    """Move the segment there; return it as it is now. Raises `OSError`: it is in its place then.

    The sidecar that it has in its place is gone in either case.
    """
    path, root = described.segment.path, described.segment.recording.output.root
    place = _made(root, path)
    new = _free(place, path, _below(root, path))
    moved = replace(
        described,
        segment=replace(described.segment, path=new),
        quarantined=Quarantined(why, path),
        unquarantined=None,
    )
    sidecar = write_sidecar(moved)
    try:
        host.remove(path.with_suffix(".json"), missing_ok=True)
        host.rename(path, new)
    except OSError:
        with contextlib.suppress(OSError):
            host.remove(sidecar, missing_ok=True)
        raise
    for directory in (place, path.parent):
        with contextlib.suppress(OSError):  # it is moved all the same
            host.sync_directory(directory)
    return moved


def _below(root: Path, path: Path) -> str:
    """Return the path from the root on. Raises `OSError` where it is not there by itself."""
    inside = path.parent.resolve().is_relative_to(root.resolve())
    if not path.is_relative_to(root) or not inside:
        raise OSError(errno.EXDEV, "it is not below the storage root", str(path))
    return path.relative_to(root).as_posix()


def _made(root: Path, path: Path) -> Path:
    """Return the directory that the file is moved to, made as far as need be. Raises `OSError`."""
    below, disk = Path(_below(root, path)).parent, path.lstat().st_dev  # first: it must be there
    directory = root
    for part in (*directory_of(Path()).parts, *below.parts):
        above, directory = directory, directory / part
        with contextlib.suppress(FileExistsError):
            directory.mkdir()
            host.sync_directory(above)
        if not stat.S_ISDIR(directory.lstat().st_mode):  # a link would lead anywhere
            raise NotADirectoryError(errno.ENOTDIR, "it is no directory", str(directory))
    if directory.lstat().st_dev != disk:
        raise OSError(errno.EXDEV, "it is on another disk", str(directory))
    return directory


def _free(directory: Path, path: Path, origin: str) -> Path:
    """Return a name there that nothing has; a sidecar may have it whose file never came."""
    for number in count(1):
        new = directory / (path.name if number == 1 else f"{path.stem}.{number}{path.suffix}")
        sidecar = new.with_suffix(".json")
        if not os.path.lexists(new) and (not os.path.lexists(sidecar) or _is_of(new, origin)):
            return new
    raise AssertionError  # numbers have no end


def _is_of(segment: Path, origin: str) -> bool:
    """Return whether its sidecar is what a move from `origin` has left that was cut short."""
    try:
        return bool(json_beside(segment)["quarantined"]["from"] == origin)
    except (OSError, NoSidecar, KeyError, TypeError):
        return False
