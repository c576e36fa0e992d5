"""Files that survive a power cut, and files that are there whole or not at all.

Called by whatever keeps recordings (`recording/describing.py`, `closed.py`, `syncing.py`,
`repair.py`, `rescue.py`) or writes beside them (`sidecars.py`, `checkpoint.py`, `root.py`,
`catalogue/database.py`, `video/tables.py`).
"""

import contextlib
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from thorsched.base.host.patience import patiently, reachable, remove, rename, replace
from thorsched.base.host.platforms import WINDOWS

_F_FULLFSYNC = 51  # fcntl.h of macOS; the module `fcntl` has it there only


def _flush_drive(descriptor: int) -> None:
    import fcntl  # noqa: PLC0415 - exists on POSIX only

    fcntl.fcntl(descriptor, _F_FULLFSYNC)


def sync_file(path: Path, platform: str = sys.platform) -> None:
    """Make the content of `path`, whoever wrote it, survive a power cut. Raises `OSError`.

    Windows syncs only what is open for writing.
    """
    mode = "r+b" if platform == WINDOWS else "rb"
    with patiently(lambda: reachable(path).open(mode), platform=platform) as file:
        sync_descriptor(file.fileno(), platform)


def sync_descriptor(
    descriptor: int,
    platform: str = sys.platform,
    *,
    flush_drive: Callable[[int], object] = _flush_drive,
) -> None:
    """Make what was written to an open file survive a power cut. Raises `OSError`.

    On macOS fsync leaves it in the drive's own cache, which `flush_drive` empties; network shares
    and some disks know no such call.
    """
    if platform == "darwin":
        with contextlib.suppress(OSError):
            flush_drive(descriptor)
            return
    os.fsync(descriptor)


def sync_directory(directory: Path, platform: str = sys.platform) -> None:
    """Make the names in `directory` survive a power cut; Windows has no such call and needs none.

    Raises `OSError` if the directory is gone or the disk fails.
    """
    if platform == WINDOWS:
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all, so that it survives a power cut.

    Raises `OSError`.
    """
    with redrafted(path) as draft, reachable(draft).open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        sync_descriptor(file.fileno())


@contextlib.contextmanager
def redrafted(path: Path) -> Iterator[Path]:
    """Yield the name of a draft, `PATH.part`, which takes the place of `path` in the end.

    Write and sync it. Whatever stands in the draft's place is removed, never followed or waited
    for. Raises `OSError`; `path` is as it was then, as it is after any other error.
    """
    draft = path.with_name(f"{path.name}.part")
    remove(draft, missing_ok=True)
    try:
        yield draft
        replace(draft, path)
    finally:
        remove(draft, missing_ok=True)
    sync_directory(path.parent)


@contextlib.contextmanager
def drafted(path: Path) -> Iterator[IO[bytes]]:
    """Open a draft beside `path` for writing, which takes that name once it is whole.

    For what goes where anybody's files are: nothing is overwritten, followed or waited for, and
    nothing removed but the draft, whose name nobody else has. Raises `FileExistsError` if anything
    has the name `path`, be it a link that leads nowhere, and other `OSError`s.
    """
    _refuse_existing(path)
    draft = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(8)}.part")
    try:
        file = reachable(draft).open("xb")
    except OSError as error:  # the draft's name would tell nobody anything
        raise OSError(error.errno, error.strerror, str(path.parent)) from None
    try:
        with file:
            yield file
        _publish(draft, path)
    finally:
        remove(draft, missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    """Give a draft its name. A second link never overwrites; some disks (exFAT) have none."""
    try:
        patiently(lambda: os.link(reachable(draft), reachable(path)))
    except FileExistsError:
        _refuse_existing(path)
        raise
    except OSError:
        _refuse_existing(path)
        rename(draft, path)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(reachable(path)):
        raise FileExistsError(f"{path} exists already")
