"""A revision's text put back into the file: whole or not at all, and what stood there is kept.

Called by `cli/history/restore.py`. A link stays one, its target gets the text; one that leads
nowhere is not written through. Whoever edits the file meanwhile is not written over.
"""

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from thorsched.base import host
from thorsched.base.errors import MachineError
from thorsched.base.text import printable_path, short_hash
from thorsched.config.load import revision_of

_NEW_MODE = 0o666  # less the umask, as any new file
_MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done."""

    path: Path
    """What was written, or had that content: the file, or where its link leads."""
    was: str
    """The hash of what stood there; '' if nothing did."""
    backup: Path | None
    """Where that is now, if no journal keeps it."""
    is_written: bool
    """False if the file had that content."""


def restore(path: Path, content: bytes, *, kept: Collection[str]) -> Restored:
    """Have the file at `path` hold `content`; `kept` are the hashes of texts that need no copy.

    Raises `MachineError` if it cannot be written, or is no file; then nothing was changed.
    """
    shown = printable_path(path)
    try:
        target = _target(path)
        before = _read(target)
        was = "" if before is None else revision_of(before)
        if before == content:
            return Restored(target, was, None, is_written=False)
        backup = None
        if before is not None and was not in kept:
            backup = _keep(target, before, was)
        _write(target, content, before)
    except OSError as error:
        raise MachineError(f"{shown} cannot be written: {error.strerror or error}") from error
    return Restored(target, was, backup, is_written=True)


def _target(path: Path) -> Path:
    """Return what is to be written. Raises `MachineError` where a link leads nowhere."""
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if not os.path.lexists(target):
        leads = printable_path(target)
        raise MachineError(
            f"{printable_path(path)} is a link to {leads}, which is not there; nothing was changed: "
            "remove the link, or mend it"
        )
    return target


def _read(target: Path) -> bytes | None:
    """Return what stands there; None if nothing does. Never waits for a FIFO."""
    try:
        descriptor = os.open(target, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_BYTES:
            raise MachineError(f"{printable_path(target)} is no such file; nothing was changed")
        return file.read()


_BINARY = getattr(os, "O_BINARY", 0)


def _keep(target: Path, content: bytes, revision: str) -> Path:
    """Keep what stands there under another name; return that."""
    for number in count():
        more = f".{number}" if number else ""
        backup = target.with_name(f"{target.name}.{short_hash(revision)}{more}.bak")
        if not os.path.lexists(backup):
            with host.drafted(backup) as file:
                _take_over(target, file.fileno())
                file.write(content)
                file.flush()
                host.sync_descriptor(file.fileno())
            with contextlib.suppress(OSError):
                shutil.copystat(target, backup)
            return backup
        with contextlib.suppress(OSError, MachineError):
            if not backup.is_symlink() and _read(backup) == content:
                return backup
    raise AssertionError("there is always another name")


def _write(target: Path, content: bytes, before: bytes | None) -> None:
    """Have `content` take the place of `before`, if that stands there still."""
    draft = target.with_name(f".{target.name[:40]}-{secrets.token_hex(8)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
    try:
        with os.fdopen(os.open(draft, flags, _NEW_MODE), "wb") as file:
            if before is not None:
                _take_over(target, file.fileno())
            file.write(content)
            file.flush()
            host.sync_descriptor(file.fileno())
        if _read(target) != before:
            raise MachineError(
                f"{printable_path(target)} was edited at this moment; nothing was changed"
            )
        host.replace(draft, target)
    finally:
        host.remove(draft, missing_ok=True)
    host.sync_directory(target.parent)


def _take_over(target: Path, descriptor: int) -> None:
    """Give an empty draft the mode of the target, and its owner where that may be.

    Before it holds anything, as others may not read that; by the descriptor, as whoever owns the
    directory may have put a link to anything in the draft's place.
    """
    if not hasattr(os, "fchown"):
        return
    status = target.stat()
    with contextlib.suppress(PermissionError):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
