"""The segments that lie below a root, as their sidecars tell: what a journal may not know as yet.

Called by `journal.py` when it opens one. A program that is killed takes along what it had not
written down; a journal that was set aside, all. What stands below a root may be anybody's: nothing
is followed, waited for or believed beyond its form. Of thorsched's own directory only the
quarantine is looked at, whose files never count as recorded.
"""

import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from thorsched.base import host
from thorsched.catalogue.entries import SegmentRow
from thorsched.catalogue.statements import name_in
from thorsched.recording.naming import INTERNAL
from thorsched.recording.quarantine import directory_of
from thorsched.recording.segments import attempt_of
from thorsched.schedule.intervals import Window, union

log = logging.getLogger(__name__)

_LONGEST_CHARS = 1_000_000


def found_below(root: Path, *, since: datetime) -> Iterator[SegmentRow]:
    """Yield the segments below `root` whose sidecars were written after `since`, aware UTC."""
    for path in _sidecars_below(root, since.timestamp()):
        try:
            with host.open_regular(path, "r") as file:
                row = _row(json.loads(file.read(_LONGEST_CHARS)), path, root)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            log.debug("no sidecar of a segment", extra={"file": path, "why": error})
        else:
            yield row


def _sidecars_below(root: Path, since_s: float) -> Iterator[Path]:
    left = [root]
    quarantine = directory_of(root)
    if not (quarantine.parent.is_symlink() or quarantine.is_symlink()):
        left.append(quarantine)
    while left:
        directory = left.pop()
        try:
            # A directory without anything new is looked at for directories alone.
            has_news = directory.stat().st_mtime >= since_s
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False) and entry.name != INTERNAL:
                        left.append(Path(entry.path))
                    elif has_news and _is_new(entry, since_s):
                        yield Path(entry.path)
        except OSError as error:
            log.debug("not looked for segments in", extra={"file": directory, "why": error})


def _is_new(entry: "os.DirEntry[str]", since_s: float) -> bool:
    is_sidecar = entry.name.endswith(".json")
    return is_sidecar and entry.stat(follow_symlinks=False).st_mtime >= since_s


def _row(told: dict[str, object], path: Path, root: Path) -> SegmentRow:
    """Return the segment that a sidecar at `path` tells of. Raises whatever shows that it is none.

    The segment must be there, and as large as told.
    """
    segment = path.with_suffix(".mkv")
    size_bytes = segment.lstat().st_size
    if size_bytes != told["size_bytes"] or told["file"] != segment.name:
        raise ValueError("it is of another file")
    why, origin = _quarantined(told)
    if segment.is_relative_to(directory_of(root)) and not origin:
        raise ValueError("it tells nothing of quarantine")
    if origin and os.path.lexists(root / origin):
        raise ValueError("its file is in its place")
    return SegmentRow(
        path=Path(name_in(root, segment)),
        attempt=attempt_of(Path(origin)).as_posix()
        if origin
        else name_in(root, attempt_of(segment)),
        camera=str(told["camera"]),
        first_frame=_moment(told["first_frame"]),
        last_frame_end=_moment(told["last_frame_end"]),
        frames=int(str(told["frames"])),
        size_bytes=size_bytes,
        finalised=bool(told["finalised"]),
        repaired=False,
        pauses=_pauses(told.get("pauses", [])),
        removed=None,
        removed_why="",
        quarantined=why,
        quarantined_from=origin,
    )


def _quarantined(told: dict[str, object]) -> tuple[str, str]:
    """Return why the segment does not count, and where it lay if it is moved; '' if it counts."""
    match told:
        case {"quarantined": {"why": str(why), "from": str(origin)}}:
            place = PurePosixPath(origin)
            if not why or place.is_absolute() or ".." in place.parts or not place.suffix:
                raise ValueError("it was never below the root")
            return why, place.as_posix()
        case {"quarantine": {"why": str(why)}}:
            return why, ""
    return "", ""


def _pauses(told: object) -> tuple[Window, ...]:
    if not isinstance(told, list):
        raise TypeError("it names no pauses")
    return union(Window(_moment(one["start"]), _moment(one["end"])) for one in told)


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError(f"{moment} may be anywhere")
    return moment.astimezone(UTC)
