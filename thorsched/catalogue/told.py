"""What a sidecar says, as a value. Pure.

Called by `sidecars.py` and by whoever holds files against their sidecars. What stands beside a
segment may be anybody's: nothing is believed beyond its form.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from thorsched.base.units import parse_utc
from thorsched.catalogue.auditing.verdict import from_sidecar
from thorsched.catalogue.entries import Audited, SegmentRow
from thorsched.recording.naming import INTERNAL
from thorsched.recording.segments import SIDECAR_VERSION, attempt_of
from thorsched.schedule.intervals import Window, union

_MOST = 2**63 - 1  # there are no larger numbers in the journal
_SHA256 = re.compile(r"[0-9a-f]{64}")


class NotTold(Exception):
    """The text is no sidecar of the segment, and why."""


class NewerSidecar(NotTold):
    """A later thorsched wrote it: it may mean what this one does not know."""


@dataclass(frozen=True, slots=True)
class Told:
    """A sidecar of a version that is known."""

    row: SegmentRow
    """What it says of the segment, in the journal's words."""
    sha256: str | None
    """Of the file; None before the audit."""
    audit: Audited | None
    everything: Mapping[str, Any] = field(repr=False, hash=False, compare=False)

    @property
    def is_removed(self) -> bool:
        """Whether the file went, or was about to, by the file's own rule."""
        return self.row.removed is not None

    def with_its_file(self) -> "Told":
        """Return what is told where the file is there: it was about to be removed, at most."""
        return replace(self, row=replace(self.row, removed=None, removed_why=""))


def told_of(told: Mapping[str, Any], segment: Path) -> Told:
    """Return what the sidecar of `segment`, as the journal names it, says. Raises `NotTold`."""
    try:
        if isinstance(told.get("version"), int) and told["version"] > SIDECAR_VERSION:
            raise NewerSidecar(f"a newer thorsched wrote it (version {told['version']})")
        if told["file"] != segment.name:
            raise NotTold("it is of another file")
        row = _row(told, segment)
    except KeyError as error:
        raise NotTold(f"it lacks {error}") from None
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise NotTold(str(error)) from None
    sha256 = told.get("sha256")
    if not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)):
        return Told(row, None, None, told)
    return Told(row, sha256, from_sidecar(segment, told), told)


def _row(told: Mapping[str, Any], segment: Path) -> SegmentRow:
    first_frame, last_frame_end = parse_utc(told["first_frame"]), parse_utc(told["last_frame_end"])
    frames, size_bytes = int(str(told["frames"])), int(str(told["size_bytes"]))
    if not (0 < frames <= _MOST and 0 < size_bytes <= _MOST) or last_frame_end < first_frame:
        raise NotTold("its numbers cannot be")
    why, origin = _quarantined(told)
    if INTERNAL in segment.parts and not origin:
        raise NotTold("it tells nothing of quarantine")
    return SegmentRow(
        path=segment,
        attempt=attempt_of(Path(origin) if origin else segment).as_posix(),
        camera=str(told["camera"]),
        first_frame=first_frame,
        last_frame_end=last_frame_end,
        frames=frames,
        size_bytes=size_bytes,
        finalised=bool(told["finalised"]),
        repaired=isinstance(told.get("repaired"), dict),
        pauses=windows_of(told.get("pauses", [])),
        removed=_removed(told)[0],
        removed_why=_removed(told)[1],
        quarantined=why,
        quarantined_from=origin,
    )


def _removed(told: Mapping[str, Any]) -> tuple[datetime | None, str]:
    """Return when the file was removed by the file's own rule, and which; None if it was not."""
    match told:
        case {"removed": {"at": str(at), "why": str(why)}}:
            return parse_utc(at), why
    return None, ""


def _quarantined(told: Mapping[str, Any]) -> tuple[str, str]:
    """Return why the segment does not count, and where it lay if it is moved; '' if it counts."""
    match told:
        case {"quarantined": {"why": str(why), "from": str(origin)}}:
            place = PurePosixPath(origin)
            if not why or place.is_absolute() or ".." in place.parts or not place.suffix:
                raise NotTold("it was never below the root")
            return why, place.as_posix()
        case {"quarantine": {"why": str(why)}}:
            return why, ""
    return "", ""


def windows_of(told: object) -> tuple[Window, ...]:
    """Return intervals that have both their ends. Raises `TypeError`, `ValueError`, `KeyError`."""
    if not isinstance(told, list):
        raise TypeError("it names no intervals")
    return union(Window(parse_utc(one["start"]), parse_utc(one["end"])) for one in told)
