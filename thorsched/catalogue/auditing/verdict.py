"""What was found in a segment, judged: good, or in few words what is wrong with it. Pure.

Called by `audit.py`; the entry goes to the journal, and as the sidecar's `audit` beside the file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from thorsched.base.text import counted
from thorsched.base.units import format_utc, parse_utc
from thorsched.catalogue.entries import Audited
from thorsched.video.findings import Examination

GOOD = "good"
LEAST_FROZEN_S = 5.0
_LATEST_TICKS = 2**63 - 1  # there are no larger numbers in the journal, and no such XDAQ
_NOT_IN_SIDECAR = ("path", "sha256")
_WORDS = frozenset({"path", "at", "sha256", "verdict", "detail"})


def audited(path: Path, found: Examination, *, at: datetime, told_bytes: object) -> Audited:
    """Return the audit of the segment at `path`, of which its sidecar told that size."""
    wrong = tuple(_wrong(found, told_bytes))
    return Audited(
        path=path,
        at=at,
        sha256=found.sha256,
        size_bytes=found.size_bytes,
        frames=found.frames,
        first_timestamp=_ticks(found.first_timestamp),
        last_timestamp=_ticks(found.last_timestamp),
        dropped=found.dropped,
        duplicates=found.duplicates,
        backward=found.backward,
        unreadable=found.unreadable,
        damaged=found.damaged,
        black=found.black,
        frozen_s=found.frozen_s,
        verdict=", ".join(word for word, _ in wrong) or GOOD,
        detail="; ".join(detail for _, detail in wrong) or _all_that_was_asked(found),
    )


def flaw_of(entry: Audited) -> str:
    """Return what is wrong with a segment, for people; nothing of a good one."""
    return "" if entry.verdict == GOOD else f"{entry.path.name}: {entry.verdict} ({entry.detail})"


def _ticks(timestamp: int | None) -> int | None:
    return timestamp if timestamp is None or timestamp <= _LATEST_TICKS else None


def _wrong(found: Examination, told_bytes: object) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, in a word or two and in detail, the worst first."""
    if told_bytes is not None and told_bytes != found.size_bytes:
        yield "changed", f"{found.size_bytes} bytes, and {told_bytes!r} when it was recorded"
    if not found.codec:
        yield "no recording", "not even its beginning is that of a Matroska file"
        return
    if not found.finalised:
        yield "not finalised", "it has no index, or its end is missing"
    if found.damages:
        places = counted(found.damages, "place")
        yield "damaged", f"the frames in {places} of the file cannot be read"
    if not found.frames:
        yield "no frame", "nothing but its head is in it"
    if found.damaged:
        yield "damaged pictures", counted(found.damaged, "JPEG") + " cut short, or none"
    if 2 * found.black > found.looked:
        yield "black picture", f"{found.black} of {found.looked} that were looked at"
    if found.frozen_s >= LEAST_FROZEN_S:
        yield "frozen picture", f"it does not change for {found.frozen_s:.0f} s"
    yield from _wrong_counters(found)


def _wrong_counters(found: Examination) -> Iterator[tuple[str, str]]:
    if found.unreadable:
        word = "no metadata" if found.unreadable == found.frames else "metadata missing"
        yield word, f"{found.unreadable} of {counted(found.frames, 'frame')} without the XDAQ's"
    if found.backward:
        yield "counter steps back", f"{found.backward} times: the XDAQ began anew"
    if found.duplicates:
        yield "duplicate frames", f"{found.duplicates} with the counter of the one before"
    if found.dropped:
        yield "dropped frames", f"{counted(found.dropped, 'frame')} missing by the XDAQ's counter"


def _all_that_was_asked(found: Examination) -> str:
    if found.is_jpeg:
        return ""
    return "the container alone: these frames carry no metadata, and no picture was looked at"


def in_sidecar(entry: Audited) -> dict[str, object]:
    """Return what the sidecar is told of an audit."""
    audit = {k: v for k, v in asdict(entry).items() if k not in _NOT_IN_SIDECAR}
    return {"sha256": entry.sha256, "audit": {**audit, "at": format_utc(entry.at)}}


def _is_possible(name: str, value: object) -> bool:
    """Return whether an audit has such a thing under that name: the journal takes any word."""
    if name in _WORDS:
        return name in {"path", "at"} or isinstance(value, str)
    if name in {"first_timestamp", "last_timestamp"} and value is None:
        return True
    kinds = (int, float) if name == "frozen_s" else (int,)
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    return is_number and 0 <= value <= _LATEST_TICKS  # type: ignore[operator]


def from_sidecar(path: Path, told: Mapping[str, Any]) -> Audited | None:
    """Return the audit that the sidecar of the segment at `path` tells of; None if it does not.

    One that tells of another size than the sidecar itself is of what the file was before.
    """
    audit = told.get("audit")
    if not isinstance(audit, dict) or audit.get("size_bytes") != told.get("size_bytes"):
        return None
    try:
        at = parse_utc(audit["at"])
        values = {**audit, "path": path, "sha256": str(told["sha256"]), "at": at}
        entry = Audited(**values)
        said = {field.name: getattr(entry, field.name) for field in fields(entry)}
        return entry if all(_is_possible(k, v) for k, v in said.items()) else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
