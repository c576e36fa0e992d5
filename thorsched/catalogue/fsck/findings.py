"""What is found of one segment: its file held against its sidecar and the journal. Pure.

Called by `verify.py`, which has looked at the files.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path

from thorsched.catalogue.told import Told
from thorsched.recording.segments import attempt_of


class Kind(Enum):
    """What may be told of a file."""

    MISSING = "missing"
    MOVED = "moved"
    CHANGED = "changed"
    UNFINALISED = "unfinalised"
    UNAUDITED = "unaudited"
    NO_SIDECAR = "no sidecar"
    BROKEN_SIDECAR = "broken sidecar"
    NEWER_SIDECAR = "newer sidecar"
    JOURNAL = "journal"
    UNREADABLE = "unreadable"
    # These are told, and nothing is wrong:
    FOREIGN = "foreign"
    EMPTY = "empty"
    RECORDING = "recording"
    QUARANTINED = "quarantined"
    SET_ASIDE = "set aside"

    @property
    def is_wrong(self) -> bool:
        return self not in _NOTES


_NOTES = frozenset({Kind.FOREIGN, Kind.EMPTY, Kind.RECORDING, Kind.QUARANTINED, Kind.SET_ASIDE})


@dataclass(frozen=True, slots=True)
class Finding:
    """What is told of a file, and what became of it."""

    kind: Kind
    path: Path
    """Of the segment, or of what else it is about; below the root."""
    detail: str
    mended: str = ""
    """What was done, if that was enough."""
    left: str = ""
    """Why it could not be mended, if that was tried."""
    moved_from: Path | None = None
    """Where it is missing, if it is what was moved from there; below the root."""

    @property
    def is_wrong(self) -> bool:
        return self.kind.is_wrong and not self.mended


@dataclass(frozen=True, slots=True)
class Row:
    """What the journal says of a segment."""

    size_bytes: int
    sha256: str | None
    is_removed: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen of a segment's file and of what stands beside it."""

    path: Path
    """Below the root."""
    size_bytes: int
    age: timedelta
    """Since the file or its sidecar were written."""
    told: Told | Finding
    """What its sidecar says, or what is to be told of that."""
    row: Row | None
    has_journal: bool
    is_finalised: bool
    is_repaired: bool
    """Whether the file is finalised by now, with all the frames that its sidecar says."""
    under_way: str
    """What is being done with it, by a recorder or a scheduler; nothing for most."""
    is_live: bool
    """Whether a scheduler holds the root."""


# What a scheduler closes is described, written down and audited some time later.
_SOON = timedelta(minutes=5)


def expected_sha256(facts: Facts) -> str | None:
    """Return what the file's hash should be; None where nobody has said it."""
    told = facts.told.sha256 if isinstance(facts.told, Told) else None
    return told or (facts.row.sha256 if facts.row else None)


def judged(facts: Facts) -> Iterator[Finding]:
    """Yield what is to be told of a segment before its hash is known."""
    if facts.under_way:
        yield Finding(Kind.RECORDING, facts.path, facts.under_way)
        return
    for finding in _found(facts):
        is_early = facts.is_live and facts.age < _SOON
        if is_early and finding.kind in {Kind.JOURNAL, Kind.UNAUDITED}:
            yield replace(finding, kind=Kind.RECORDING, detail="closed just now")
        else:
            yield finding


def _found(facts: Facts) -> Iterator[Finding]:
    if facts.size_bytes == 0:
        yield _of_empty(facts)
        return
    if isinstance(facts.told, Finding):
        yield facts.told
    else:
        said_bytes = facts.told.row.size_bytes
        if facts.is_repaired:
            yield Finding(Kind.BROKEN_SIDECAR, facts.path, "it is from before the file's repair")
            return
        if said_bytes != facts.size_bytes:
            detail = f"it has {facts.size_bytes} bytes, its sidecar says {said_bytes}"
            yield Finding(Kind.CHANGED, facts.path, detail)
            return
        if facts.told.audit is None and not (facts.row and facts.row.sha256):
            detail = (
                "nobody has read it from end to end"
                if facts.told.sha256 is None
                else ("its sidecar's audit cannot be read")
            )
            yield Finding(Kind.UNAUDITED, facts.path, detail)
    if not facts.is_finalised:
        yield Finding(Kind.UNFINALISED, facts.path, "it has no duration and no index")
    yield from _of_journal(facts)


def _of_empty(facts: Facts) -> Finding:
    """Return what is to be told of a file without a byte: of what has frames something tells."""
    if isinstance(facts.told, Told):
        detail = f"it is empty, its sidecar says {facts.told.row.size_bytes} bytes"
        return Finding(Kind.CHANGED, facts.path, detail)
    if facts.row is not None and not facts.row.is_removed:
        detail = f"it is empty, the journal says {facts.row.size_bytes} bytes"
        return Finding(Kind.CHANGED, facts.path, detail)
    if facts.told.kind is not Kind.NO_SIDECAR:  # only what has frames is given one
        return facts.told
    return Finding(Kind.EMPTY, facts.path, "no frame ever arrived in it")


def _of_journal(facts: Facts) -> Iterator[Finding]:
    if not facts.has_journal:
        return
    if facts.row is None:
        yield Finding(Kind.JOURNAL, facts.path, "the journal does not know it")
    elif facts.row.is_removed:
        detail = "the journal says that it was removed, and it is there"
        yield Finding(Kind.JOURNAL, facts.path, detail)
    elif facts.row.size_bytes != facts.size_bytes:
        detail = f"it has {facts.size_bytes} bytes, the journal says {facts.row.size_bytes}"
        kind = Kind.JOURNAL if isinstance(facts.told, Told) else Kind.CHANGED
        yield Finding(kind, facts.path, detail)


# The default template's names, and those of rescued segments.
_NAMED = re.compile(
    r"(?P<camera>[A-Za-z0-9_-]+)_(?P<date>\d{8})T\d{6}Z(\.\d+)?-\d{1,9}(\.rescued)?\.mkv"
)


def looks_ours(path: Path) -> bool:
    """Return whether a segment, below the root, is named and placed as ours are by default."""
    named = _NAMED.fullmatch(path.name)
    if named is None or len(path.parts) != 3:  # noqa: PLR2004 - CAMERA/DATE/FILE
        return False
    camera, date = path.parts[:2]
    return camera == named["camera"] and date.replace("-", "") == named["date"]


def attempt_name(path: Path) -> str:
    """Return the attempt that a file may be of, without its directory."""
    return attempt_of(path).name
