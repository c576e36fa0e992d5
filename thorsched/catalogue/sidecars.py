"""The segments that lie below a root, as their sidecars tell: what a journal may not know as yet.

Called by `journal.py` when it opens one. A program that is killed takes along what it had not
written down; a journal that was set aside, all. What stands below a root may be anybody's: nothing
is followed, waited for or believed beyond its form. Of thorsched's own directory only the
quarantine is looked at, whose files never count as recorded.
"""

import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from thorsched.catalogue.statements import name_in
from thorsched.catalogue.told import NotTold, Told, told_of
from thorsched.recording.naming import INTERNAL
from thorsched.recording.quarantine import directory_of
from thorsched.recording.sidecars import NoSidecar, json_beside

log = logging.getLogger(__name__)


def found_below(root: Path, *, since: datetime | None = None) -> Iterator[Told]:
    """Yield the segments below `root` whose sidecars were written after `since`, aware UTC.

    A segment must be there, and as large as told; or gone, if it was removed by the file's rule.
    """
    for path in _sidecars_below(root, since.timestamp() if since else 0.0):
        try:
            told = _if_it_holds(path.with_suffix(".mkv"), root)
        except (OSError, NotTold) as error:
            log.debug("no sidecar of a segment", extra={"file": path, "why": error})
        else:
            yield told


def _if_it_holds(segment: Path, root: Path) -> Told:
    """Return what a sidecar tells, if the segment is so. Raises `NotTold`, `OSError`."""
    told = read(segment, root)
    origin = told.row.quarantined_from
    if origin and os.path.lexists(root / origin):
        raise NotTold("the segment is in its place")
    if told.is_removed and not os.path.lexists(segment):
        return told
    if segment.lstat().st_size != told.row.size_bytes:
        raise NotTold("the segment has another size")
    return told.with_its_file()


def read(segment: Path, root: Path) -> Told:
    """Return what the sidecar beside a segment says. Raises `NotTold`, `OSError`."""
    try:
        return told_of(json_beside(segment), Path(name_in(root, segment)))
    except NoSidecar as error:
        raise NotTold(str(error)) from None


def _sidecars_below(root: Path, since_s: float) -> Iterator[Path]:
    left = [root]
    quarantine = directory_of(root)
    if not (quarantine.parent.is_symlink() or quarantine.is_symlink()):
        left.append(quarantine)
    while left:
        directory = left.pop()
        below: list[Path] = []
        try:
            # A directory without anything new is looked at for directories alone.
            has_news = directory.stat().st_mtime >= since_s
            with os.scandir(directory) as entries:
                for entry in sorted(entries, key=lambda one: one.name):
                    if entry.is_dir(follow_symlinks=False) and entry.name != INTERNAL:
                        below.append(Path(entry.path))
                    elif has_news and _is_new(entry, since_s):
                        yield Path(entry.path)
        except OSError as error:
            log.debug("not looked for segments in", extra={"file": directory, "why": error})
        left.extend(reversed(below))


def _is_new(entry: "os.DirEntry[str]", since_s: float) -> bool:
    is_sidecar = entry.name.endswith(".json")
    return is_sidecar and entry.stat(follow_symlinks=False).st_mtime >= since_s
