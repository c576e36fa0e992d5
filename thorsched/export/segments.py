"""The segments that are to be exported, as their sidecars tell.

Called by `session.py`. What cannot be vouched for is a `NotExportable`: a file without a
sidecar, one that is not closed, one that has changed since. What stands below a directory may be
anybody's: nothing is followed, waited for or believed beyond its form.
"""

import contextlib
import json
import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from thorsched.base import host
from thorsched.base.errors import FileError
from thorsched.base.text import did_you_mean, printable
from thorsched.export.told import Segment, Sidecar
from thorsched.recording import checkpoint
from thorsched.recording.naming import INTERNAL
from thorsched.recording.root import holder_of
from thorsched.recording.segments import SIDECAR_VERSION, attempt_of
from thorsched.recording.sidecars import NoSidecar, json_beside

_NAMED = "name recorded .mkv files, or a directory of them, such as the one that storage.root names"


class NotExportable(FileError):
    """A file that an export cannot vouch for: it must be mended, or left out."""


def find(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files, and all `.mkv` files below the directories; each once, in order of name.

    Raises `NotExportable` for a directory without any, and `OSError` for one that cannot be read.
    """
    found: dict[Path, None] = {}
    for path in paths:
        below = sorted(_below(path)) if path.is_dir() else [path]
        if not below:
            raise NotExportable(f"{path} holds no .mkv file; {_NAMED}")
        found |= dict.fromkeys(below)
    return tuple(found)


def _below(directory: Path) -> Iterator[Path]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and entry.name != INTERNAL:
                yield from _below(Path(entry.path))
            elif entry.name.endswith(".mkv") and entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def described(path: Path) -> Segment:
    """Return the segment at `path`. Raises `NotExportable`, or `OSError` if it is not there."""
    size_bytes = _size_bytes(path)
    told = _sidecar_of(path)
    if told.version > SIDECAR_VERSION:
        raise NotExportable(
            f"{_beside(path)} is of version {told.version}, which a newer thorsched wrote; "
            f"this one knows {SIDECAR_VERSION}: export it by that one"
        )
    if told.file != path.name:
        raise NotExportable(
            f"{_beside(path)} is the sidecar of {printable(told.file)}: call both as they were called"
        )
    if not told.finalised:
        raise NotExportable(
            f"{path} was never closed; `thorsched run` repairs such files, its sidecar says why not"
        )
    if told.size_bytes != size_bytes:
        raise NotExportable(
            f"{path} has changed: it is of {size_bytes} bytes, "
            f"and was of {told.size_bytes} when it was described; take it from a copy"
        )
    return Segment(path, told)


def _size_bytes(path: Path) -> int:
    """Return the size of what is to be exported. Raises `NotExportable`, or `OSError`."""
    try:
        size_bytes = path.stat().st_size
    except FileNotFoundError:
        raise NotExportable(f"there is no file or directory {path}{_instead(path)}") from None
    if path.suffix != ".mkv":
        raise NotExportable(f"{path} is no .mkv file; {_NAMED}")
    return size_bytes


def _instead(path: Path) -> str:
    try:
        there = [one.name for one in path.parent.iterdir() if one.suffix == ".mkv" or one.is_dir()]
    except OSError:
        there = []
    return did_you_mean(path.name, there) or f"; {_NAMED}"


def _beside(path: Path) -> Path:
    return path.with_suffix(".json")


def _sidecar_of(path: Path) -> Sidecar:
    try:
        told = json_beside(path)
        json.dumps(told, ensure_ascii=False).encode()  # half a character is no text in any file
        return Sidecar.model_validate(told)
    except FileNotFoundError:
        raise NotExportable(f"{path} has no sidecar: {_what_to_do(path)}") from None
    except ValidationError as error:
        where = printable(".".join(map(str, error.errors()[0]["loc"])))
        raise NotExportable(
            _no_sidecar(path, f"{where} is not there as thorsched writes it")
        ) from None
    except (NoSidecar, UnicodeError, RecursionError) as error:
        raise NotExportable(_no_sidecar(path, str(error))) from None


def _what_to_do(path: Path) -> str:
    """Return how a file without a sidecar comes by one, in words."""
    root = _root_of(path)
    if root is not None and _is_recorded(path, root):
        return "its recorder runs; export it when it is closed and described"
    if root is not None and (holder := holder_of(root)):
        return f"thorsched (process {holder}) records to {root}, and describes there what it can"
    return (
        "without one nobody knows its camera, nor when that was; if thorsched has recorded it, "
        f"{_repair(path)} makes one"
    )


def _root_of(path: Path) -> Path | None:
    """Return the storage root that a file lies below; None if there is nothing of thorsched's."""
    above = path.absolute().parents
    return next((directory for directory in above if (directory / INTERNAL).is_dir()), None)


def _is_recorded(path: Path, root: Path) -> bool:
    """Return whether the recorder of a file's attempt runs, with its scheduler or without."""
    attempt = attempt_of(path).name
    for found in checkpoint.paths_below(root):
        with contextlib.suppress(OSError):
            if found.stem.rpartition("-")[0] == attempt:
                return checkpoint.read(found)[1] or not host.inherits_locks()
    return False


def _repair(path: Path) -> str:
    return f"`thorsched verify {shlex.quote(str(_root_of(path) or 'ROOT'))} --repair`"


def _no_sidecar(path: Path, why: str) -> str:
    root = _root_of(path)
    holder = holder_of(root) if root else ""
    when = f", when thorsched (process {holder}) has ended" if holder else ""
    return f"{_beside(path)} is no sidecar: {why}; {_repair(path)} makes a new one{when}"
