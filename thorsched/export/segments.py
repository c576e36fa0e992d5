"""The segments that are to be exported, as their sidecars tell.

Called by `session.py`. What cannot be vouched for is a `NotExportable`: a file without a
sidecar, one that is not closed, one that has changed since. What stands below a directory may be
anybody's: nothing is followed, waited for or believed beyond its form.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from thorsched.base.errors import FileError
from thorsched.base.text import printable
from thorsched.export.told import Segment, Sidecar
from thorsched.recording.naming import INTERNAL
from thorsched.recording.segments import SIDECAR_VERSION
from thorsched.recording.sidecars import NoSidecar, json_beside


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
            raise NotExportable(f"{path} holds no .mkv file")
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
    size_bytes = path.stat().st_size
    told = _sidecar_of(path)
    if told.version > SIDECAR_VERSION:
        raise NotExportable(
            f"{_beside(path)} is of version {told.version}, which a newer thorsched wrote; "
            f"this one knows {SIDECAR_VERSION}"
        )
    if told.file != path.name:
        raise NotExportable(f"{_beside(path)} is the sidecar of {printable(told.file)}")
    if not told.finalised:
        raise NotExportable(
            f"{path} was never closed; `thorsched run` repairs such files, its sidecar says why not"
        )
    if told.size_bytes != size_bytes:
        raise NotExportable(
            f"{path} has changed: it is of {size_bytes} bytes, "
            f"and was of {told.size_bytes} when it was described"
        )
    return Segment(path, told)


def _beside(path: Path) -> Path:
    return path.with_suffix(".json")


def _sidecar_of(path: Path) -> Sidecar:
    try:
        return Sidecar.model_validate(json_beside(path))
    except FileNotFoundError:
        raise NotExportable(
            f"{path} has no sidecar: it is being recorded, or thorsched has not recorded it; "
            "without one nobody knows its camera, nor when that was"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = printable(".".join(map(str, first["loc"])))
        why = f"{where}: {first['msg']}" if where else first["msg"]
        raise NotExportable(f"{_beside(path)} is no sidecar: {why}") from None
    except NoSidecar as error:
        raise NotExportable(f"{_beside(path)} is no sidecar: {error}") from None
