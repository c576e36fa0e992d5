"""Removes one segment by the file's own rule, and says so in its sidecar, which stays.

Called by `housekeeper.py`. What was decided from the journal is looked at again in the file itself,
right before it goes: whoever may write below the root can have put anything in its place.
"""

import contextlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePosixPath

from thorsched.base import host
from thorsched.base.units import format_utc
from thorsched.catalogue.keeping.going import Leaving
from thorsched.catalogue.keeping.inventory import is_inside
from thorsched.recording.sidecars import NoSidecar, extend_sidecar, read_sidecar, reduce_sidecar

_REMOVED = "removed"
_APART_S = 2.0  # as coarse as any disk's times are


class Unlike(Exception):
    """It is not the file that the journal knows; the message says why."""


def remove(
    root: Path,
    leaving: Leaving,
    *,
    now: datetime,
    may_go: Callable[[os.stat_result], bool] = lambda _: True,
) -> bool:
    """Remove the segment's file; return whether it was, or had been already, by this rule.

    False says that it stays: `may_go` is asked of the file that is there. Raises `Unlike` for what
    is not the file that was audited, and `OSError`.
    """
    path = leaving.kept.path
    try:
        if not _is_the_one(root, leaving, may_go):
            return False
        _mark(root / path, now, leaving.why)
        _remove_marked(root, path, leaving)
    except FileNotFoundError:
        if _is_marked(root / path):  # we were killed in between
            return True
        raise
    return True


def _remove_marked(root: Path, path: PurePosixPath, leaving: Leaving) -> None:
    """Remove it; what stays after all is not said to be removed."""
    try:
        host.remove_within(root, path, refuse=lambda found: _refuse_other(found, leaving))
    except FileNotFoundError:
        raise
    except (Unlike, OSError):
        with contextlib.suppress(OSError, NoSidecar):
            reduce_sidecar(root / path, _REMOVED)
        raise


def _is_the_one(root: Path, leaving: Leaving, may_go: Callable[[os.stat_result], bool]) -> bool:
    path = leaving.kept.path
    if not is_inside(path.as_posix()):
        raise Unlike("it is not below the root")
    if host.has_links(root, path) or not _is_really_below(root, path):
        raise Unlike("a link is on its way")
    found = (root / path).lstat()
    _refuse_other(found, leaving)
    return may_go(found)


def _is_really_below(root: Path, path: PurePosixPath) -> bool:
    return (root / path).resolve().is_relative_to(root.resolve())


def _refuse_other(found: os.stat_result, leaving: Leaving) -> None:
    if found.st_size != leaving.kept.size_bytes:
        raise Unlike(f"it has {found.st_size} bytes, not {leaving.kept.size_bytes}")
    audited = leaving.kept.audited
    if audited is not None and found.st_mtime > audited.timestamp() + _APART_S:
        raise Unlike("it was written to after its audit")


def _mark(segment: Path, now: datetime, why: str) -> None:
    """Say in the sidecar that the segment is removed; a full disk must not keep it from that."""
    with contextlib.suppress(OSError, NoSidecar):
        extend_sidecar(segment, {_REMOVED: {"at": format_utc(now), "why": why}})


def _is_marked(segment: Path) -> bool:
    with contextlib.suppress(OSError, NoSidecar):
        return _REMOVED in read_sidecar(segment)
    return False
