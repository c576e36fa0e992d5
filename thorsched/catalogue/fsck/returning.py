"""A segment that was moved or renamed below its root: back in its place, or known where it is.

Called by `mending.py`, which holds the root. Nothing is overwritten, copied or changed: a file is
renamed where nothing has the name. The journal counts its film once, whichever way it goes.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from thorsched.base import host
from thorsched.catalogue.entries import AttemptRow
from thorsched.catalogue.fsck.findings import looks_ours
from thorsched.catalogue.statements import Statement, Value
from thorsched.recording.sidecars import NoSidecar, json_beside

_TABLES = ("segments", "audits", "copies")


def belongs_at(
    path: Path,
    origin: Path,
    *,
    is_known: bool,
    attempts: tuple[AttemptRow | None, AttemptRow | None],
) -> Path:
    """Return in which of two places below the root a segment is to be; it lies at `path`.

    `is_known` is whether the journal has it there, too; `attempts` is what that says of those that
    would have recorded to the two. Where a recorder has written it is its place.
    """
    here, there = (
        (attempt is not None and attempt.pid > 0, looks_ours(place))
        for place, attempt in zip((path, origin), attempts, strict=True)
    )
    if here == there:
        return path if is_known else origin
    return path if here > there else origin


def put_back(root: Path, path: Path, origin: Path) -> None:
    """Rename a segment below `root`, and its sidecar if it has one. Raises `OSError`."""
    old, new = root / path, root / origin
    beside, its = old.with_suffix(".json"), new.with_suffix(".json")
    has_its_own = _is_of(old, new.name)
    for taken in (new, *([its] if has_its_own else [])):
        if os.path.lexists(taken):
            raise FileExistsError(f"{taken.relative_to(root).as_posix()} is there already")
    _made(root, origin.parent)
    if has_its_own:
        host.rename(beside, its)
    try:
        host.rename(old, new)
    except OSError:
        if has_its_own:
            host.rename(its, beside)
        raise
    for directory in {old.parent, new.parent}:
        with contextlib.suppress(OSError):  # it is moved all the same
            host.sync_directory(directory)


def _is_of(segment: Path, name: str) -> bool:
    """Return whether the sidecar beside a segment is that of one with this name."""
    try:
        return bool(json_beside(segment)["file"] == name)
    except (OSError, NoSidecar, KeyError):
        return False


def _made(root: Path, below: Path) -> None:
    """Make a directory below the root. Raises `OSError` where a link would lead elsewhere."""
    directory = root
    for part in below.parts:
        directory /= part
        with contextlib.suppress(FileExistsError):
            directory.mkdir()
            host.sync_directory(directory.parent)
        if directory.is_symlink() or not directory.is_dir():
            raise NotADirectoryError(f"{directory.relative_to(root).as_posix()} is no directory")


def known_as(place: Path, *, instead_of: Path) -> Iterator[Statement]:
    """Yield what has the journal know a segment at one place below the root, and not at another.

    What it knows of it there already stands.
    """
    names: dict[str, Value] = {"place": place.as_posix(), "other": instead_of.as_posix()}
    for table in _TABLES:
        yield f"UPDATE OR IGNORE {table} SET path = :place WHERE path = :other", names  # noqa: S608
        yield f"DELETE FROM {table} WHERE path = :other", {"other": names["other"]}  # noqa: S608
