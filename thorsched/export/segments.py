"""The segments that are to be exported, as their sidecars tell.

Called by `session.py`. What cannot be vouched for is a `NotExportable`: a file without a
sidecar, one that is not closed, one that has changed since. What stands below a directory may be
anybody's: nothing is followed, waited for or believed beyond its form.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from thorsched.base.errors import FileError
from thorsched.base.text import did_you_mean, printable
from thorsched.export.told import Segment, Sidecar
from thorsched.recording.naming import INTERNAL
from thorsched.recording.segments import SIDECAR_VERSION
from thorsched.recording.sidecars import NoSidecar, json_beside

_NAMED = "name recorded .mkv files, or a directory of them, such as the one that storage.root names"
_REPAIR = "thorsched verify ROOT --repair"


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
        raise NotExportable(
            f"{path} has no sidecar: it is being recorded, or thorsched has not recorded it; "
            f"without one nobody knows its camera, nor when that was ({_REPAIR} makes one)"
        ) from None
    except ValidationError as error:
        where = printable(".".join(map(str, error.errors()[0]["loc"])))
        raise NotExportable(
            _no_sidecar(path, f"{where} is not there as thorsched writes it")
        ) from None
    except (NoSidecar, UnicodeError, RecursionError) as error:
        raise NotExportable(_no_sidecar(path, str(error))) from None


def _no_sidecar(path: Path, why: str) -> str:
    return f"{_beside(path)} is no sidecar: {why}; {_REPAIR} makes a new one"
