"""Files that survive a power cut, and files that are there whole or not at all.

Called by whatever writes beside recordings: `recording/archive.py`, `closed.py` and `root.py`,
`catalogue/database.py`, `video/tables.py`.
"""

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from thorsched.base.host.platforms import WINDOWS


def sync_file(path: Path, platform: str = sys.platform) -> None:
    """Make the content of `path`, whoever wrote it, survive a power cut. Raises `OSError`.

    Windows syncs only what is open for writing.
    """
    with path.open("r+b" if platform == WINDOWS else "rb") as file:
        os.fsync(file.fileno())


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

    A draft beside it, `PATH.part`, takes its name once it is on the disk. Whatever stands in the
    draft's place is removed, never followed or waited for. Raises `OSError`.
    """
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
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
        file = draft.open("xb")
    except OSError as error:  # the draft's name would tell nobody anything
        raise OSError(error.errno, error.strerror, str(path.parent)) from None
    try:
        with file:
            yield file
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    """Give a draft its name. A second link never overwrites; some disks (exFAT) have none."""
    try:
        os.link(draft, path)
    except FileExistsError:
        _refuse_existing(path)
        raise
    except OSError:
        _refuse_existing(path)
        draft.rename(path)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(f"{path} exists already")
