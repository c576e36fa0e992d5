"""Copies one file to another disk: whole, read back and the same, or not at all.

Called by `offload.py`. Nothing that stands there is overwritten, followed or removed but a draft of
ours that a killed program left.
"""

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from thorsched.base import host
from thorsched.base.errors import UnavailableError
from thorsched.base.units import format_size
from thorsched.recording.probe import is_bare_mount_point
from thorsched.recording.root import mark_file, mark_on

SPARE_BYTES = 100_000_000
"""What stays free on the other disk."""
_PIECE_BYTES = 4 << 20
_SYNC_BYTES = 64 << 20
_LONGEST_STEM = 40


class Differs(Exception):
    """The copy cannot be, however often it is tried: another file stands there, or here."""


class NotThere(UnavailableError):
    """The destination is not there, or is another one, or full: it is tried again later."""


def check_there(to: Path, root: Path, mark: str | None) -> str | None:
    """Return the mark of the destination; raise `NotThere` if it is not the one with `mark`.

    Without a `mark` it is taken as it is, but for a place of disks (/mnt, /media) where none is:
    one that is not mounted leaves a bare directory, or nothing.
    """
    try:
        if not to.is_dir():
            raise NotThere(f"there is no directory {to} (not mounted?)")
        is_root = root.exists() and to.samefile(root)
        if is_root or _is_inside(to, root) or _is_inside(root, to):
            raise NotThere(f"{to} is in the storage root {root}, or that in it")
        found = mark_on(to)
        is_bare = found is None and is_bare_mount_point(to)
    except OSError as error:
        raise NotThere(f"{to} cannot be looked at: {error}") from error
    if mark is not None and found != mark:
        raise NotThere(f"{to} is not the disk that was copied to before (not mounted?)")
    if found is None and os.path.lexists(mark_file(to)):
        raise NotThere(
            f"{mark_file(to)} is no mark: mend it, or remove it if this is the right disk"
        )
    if is_bare:
        raise NotThere(
            f"{to} is on the system disk (its own not mounted?); "
            "for copies on the system disk name another place"
        )
    return found


def _is_inside(one: Path, other: Path) -> bool:
    return one.resolve().is_relative_to(other.resolve())


def copy(source: Path, to: Path, path: PurePosixPath, *, breathe: Callable[[], None]) -> str:
    """Copy a file to `path` below `to`; return the SHA-256 of the copy, read back.

    `breathe` is called after each piece, and may raise. Raises `Differs`, `NotThere`, `OSError`.
    """
    target = to / path
    if host.has_links(to, path):
        raise Differs(f"{target} is a link, or has one on its way")
    with open(source, "rb", opener=host.plain_file_opener) as file:
        if os.path.lexists(target):
            return _same(file, target, breathe)
        _refuse_without_room(to, os.fstat(file.fileno()).st_size)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not to.is_dir():
            raise NotThere(f"{to} is gone")
        _remove_drafts(target)
        with host.drafted(target) as draft:
            wanted = _write(file, draft, breathe)
            found = sha256_of(Path(draft.name), breathe)
            if found != wanted:
                raise OSError(errno.EIO, "what is read back is not what was written", str(target))
    host.sync_directory(target.parent)
    return found


def _same(file: IO[bytes], target: Path, breathe: Callable[[], None]) -> str:
    """Return the hash of what stands there already, if it is a copy: a file of its own."""
    if os.path.samestat(target.lstat(), os.fstat(file.fileno())):  # a bind mount, or a hard link
        raise Differs(f"{target} is the file itself, no copy of it")
    if target.lstat().st_size == os.fstat(file.fileno()).st_size:
        found = sha256_of(target, breathe)
        if found == _digest(file, breathe):
            return found
    raise Differs(f"another file stands at {target}")


def _refuse_without_room(to: Path, needed_bytes: int) -> None:
    free_bytes = shutil.disk_usage(to).free
    if free_bytes < needed_bytes + min(SPARE_BYTES, shutil.disk_usage(to).total // 100):
        needed = format_size(needed_bytes)
        raise NotThere(f"{to} is full: {format_size(free_bytes)} free, {needed} needed")


def _remove_drafts(target: Path) -> None:
    ours = re.compile(rf"\.{re.escape(target.stem[:_LONGEST_STEM])}-[0-9a-f]{{16}}\.part")
    for path in target.parent.iterdir():
        if ours.fullmatch(path.name):
            host.remove(path, missing_ok=True)


def _write(file: IO[bytes], draft: IO[bytes], breathe: Callable[[], None]) -> str:
    digest, unsynced_bytes = hashlib.sha256(), 0
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
        draft.write(piece)
        unsynced_bytes += len(piece)
        if unsynced_bytes >= _SYNC_BYTES:
            _sync(draft)
            unsynced_bytes = 0
        breathe()
    _sync(draft)
    return digest.hexdigest()


def _sync(draft: IO[bytes]) -> None:
    draft.flush()
    host.sync_descriptor(draft.fileno())


def sha256_of(path: Path, breathe: Callable[[], None]) -> str:
    """Return the hash of a plain file, as its disk has it. Raises `OSError`."""
    with open(path, "rb", opener=host.plain_file_opener) as file:
        if hasattr(os, "posix_fadvise"):  # else the memory is asked, which knows nothing of a disk
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return _digest(file, breathe)


def _digest(file: IO[bytes], breathe: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
        breathe()
    return digest.hexdigest()
