"""A file that its recorder never closed gets its end: by a copy, which is proved to be equal.

Called by `archive.py` and `closed.py`, in their threads. The original stays as it is until the copy
is on the disk, and `video/matroska.py` has found every frame of the original in it, byte for byte
and with its PTS. Then the copy takes the name, by one rename. Whatever fails, nothing has happened.
Neither file is ever in memory.
"""

import contextlib
import hashlib
import os
import shutil
from collections import deque
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import IO

from thorsched.base import host
from thorsched.base.errors import FileError
from thorsched.base.units import format_size
from thorsched.recording.segments import Repaired
from thorsched.video.blocks import CLUSTER, SEGMENT
from thorsched.video.ebml import Malformed, children, data_of, within
from thorsched.video.ending import Ending, NoEnding, ending
from thorsched.video.matroska import NotMatroska, VideoFile

_PIECE_BYTES = 2**20
# So much is written at a time: more would hold up the recorders of the same disk when it is synced.
_SYNC_BYTES = 32 * 2**20


class Unrepairable(FileError):
    """The file stays as it is, for good: no repair of it would hold all that can be read now."""


class NoRoom(OSError):
    """The copy would take what others need of the disk; there may be room later."""


def repair(
    path: Path, *, spare_bytes: int = 0, breathe: Callable[[], None] = lambda: None
) -> Repaired:
    """Finalise the file at `path`; `breathe` is called again and again meanwhile.

    `spare_bytes` of the disk stay free all the time. Raises `Unrepairable`, and `OSError` where
    another time may be better; the file is untouched then.
    """
    with host.redrafted(path) as draft:
        return _drafted(path, draft, spare_bytes, breathe)


def _drafted(path: Path, draft: Path, spare_bytes: int, breathe: Callable[[], None]) -> Repaired:
    """Write the copy, and see that it may take the name. On Windows none does while it is open."""
    with open(path, "rb", buffering=0, opener=host.plain_file_opener) as file:
        before = os.fstat(file.fileno())
        try:
            found = ending(data_of(file), before.st_size)
        except NoEnding as error:
            raise Unrepairable(str(error)) from None
        _refuse_without_room(path, found.kept_bytes + len(found.index), spare_bytes)
        digest = _write(draft, file, found, breathe)
        _prove(path, draft, breathe)
        with contextlib.suppress(OSError):  # not every disk has modes, or lets us set them
            shutil.copystat(path, draft, follow_symlinks=False)
        _refuse_changed(path, file, before)
    return Repaired(
        original_bytes=before.st_size,
        original_sha256=digest,
        dropped_bytes=before.st_size - found.kept_bytes,
    )


def _refuse_without_room(path: Path, needed_bytes: int, spare_bytes: int) -> None:
    free_bytes = shutil.disk_usage(path.parent).free
    if free_bytes < needed_bytes + spare_bytes:
        spare = f" and {format_size(spare_bytes)} to spare" if spare_bytes else ""
        needed = f"the repair needs {format_size(needed_bytes)}{spare}"
        raise NoRoom(f"{needed}; {format_size(free_bytes)} free")


def _refuse_changed(path: Path, file: IO[bytes], before: os.stat_result) -> None:
    now = os.fstat(file.fileno())
    is_same = (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    if not is_same or not host.stands_at(file, path):
        raise OSError(f"{path.name} was changed while it was repaired")


def _write(draft: Path, file: IO[bytes], found: Ending, breathe: Callable[[], None]) -> str:
    """Write the copy with its ending, and sync it. Return the SHA-256 of the original."""
    digest, unsynced_bytes, at = hashlib.sha256(), 0, 0
    file.seek(0)
    with draft.open("xb", buffering=0) as copy:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            kept = piece[: max(found.kept_bytes - at, 0)]
            _write_all(copy, kept)
            at += len(piece)
            unsynced_bytes += len(kept)
            if unsynced_bytes >= _SYNC_BYTES:
                host.sync_descriptor(copy.fileno())
                unsynced_bytes = 0
            breathe()
        _write_all(copy, found.index)
        for place, patch in found.patches:
            copy.seek(place)
            _write_all(copy, patch)
        host.sync_descriptor(copy.fileno())
    return digest.hexdigest()


def _write_all(copy: IO[bytes], content: bytes) -> None:
    """Write to an unbuffered file: a disk that has room for a part of it takes that part."""
    while content:
        content = content[copy.write(content) :]


def _prove(path: Path, draft: Path, breathe: Callable[[], None]) -> None:
    """Raise `Unrepairable` unless the draft is whole, and has each frame of the original."""
    try:
        with VideoFile(path) as original, VideoFile(draft) as copy:
            breach = _breach(original, copy, breathe) or _flaw(copy) or _misfit(draft)
    except NotMatroska as error:
        breach = str(error)
    if breach:
        raise Unrepairable(breach)


def _breach(original: VideoFile, copy: VideoFile, breathe: Callable[[], None]) -> str:
    """Return what of the original is not in the copy."""
    if original.tracks != copy.tracks or not copy.tracks:
        return "its track would be another"
    for ours, theirs in zip_longest(original.blocks(), copy.blocks()):
        if ours is None or theirs is None:
            return "a frame behind damage would be lost"
        pieces = zip_longest(original.pieces(ours), copy.pieces(theirs))
        if ours.pts_ticks != theirs.pts_ticks or not all(one == other for one, other in pieces):
            return f"the frame at byte {ours.start} would be another"
        breathe()
    return ""


def _flaw(copy: VideoFile) -> str:
    """Return what the copy lacks that a closed file has."""
    if not copy.is_finalised or not copy.duration_ticks > 0:
        return "it would have no index, or no duration"
    indexed = copy.index_ticks()
    ticks = [block.pts_ticks for block in copy.blocks()]
    is_complete = list(indexed) == ticks if copy.is_jpeg else set(indexed) <= set(ticks)
    return "" if indexed and is_complete else "its index would not fit"


def _misfit(draft: Path) -> str:
    """Return whether its elements do not fit into each other, down to the frames."""
    with draft.open("rb", buffering=0) as file:
        data = data_of(file)
        try:
            for part, start, end in within(data, SEGMENT, 0, os.fstat(file.fileno()).st_size):
                if part == CLUSTER:
                    deque(children(data, start, end), maxlen=0)
        except Malformed:
            return "its elements would not fit into each other"
    return ""
