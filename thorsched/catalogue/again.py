"""From what was found again to SQL: it adds to a journal, and changes nothing that is known. Pure.

Called by whoever finds: `journal.py` and `fsck/mending.py` segments by their sidecars,
`rebuilding/rebuild.py` all that an earlier journal, or the sidecars, tell.
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime

from thorsched.base.units import format_utc
from thorsched.catalogue.entries import AttemptRow, Audited, Gap, Pause, SegmentRow, Stretch
from thorsched.catalogue.statements import (
    MOVED,
    SEGMENT,
    Statement,
    Value,
    gap_values,
    pauses_text,
    stretch_values,
)
from thorsched.schedule.intervals import Window

_RUN_OF_ROW = "coalesce((SELECT id FROM runs WHERE began = :run_began AND pid = :run_pid), 0)"
_RUN_AT = """
    coalesce((
        SELECT id FROM runs WHERE began <= :began AND coalesce(ended, last_pass) >= :began
        ORDER BY id DESC LIMIT 1
    ), 0)
"""
_NAME = "substr(:path, length(rtrim(:path, replace(:path, '/', ''))) + 1)"
# Where a segment was moved, or copied with its sidecar, its film is known already: it counts once.
_FILM = f"""
    SELECT 1 FROM segments
    WHERE camera = :camera AND last_frame_end = :last_frame_end AND first_frame = :first_frame
        AND frames = :frames AND size_bytes = :size_bytes AND quarantined = ''
        AND substr(path, -length({_NAME})) = {_NAME}
"""  # noqa: S608 - ours
# What has no key of its own, or may have two, is written once all the same.
_ONCE = {
    "segments": _FILM,
    "events": "SELECT 1 FROM events WHERE at = :at AND what = :what AND detail = :detail",
    "revisions": "SELECT 1 FROM revisions WHERE hash = :hash AND applied = :applied",
}


def of_found(row: SegmentRow) -> Iterator[Statement]:
    """Yield what writes a segment that was found on the disk, if it is not known there."""
    if row.quarantined_from:
        yield MOVED, {"quarantined_from": row.quarantined_from}
    yield _put("segments", _found(row))


def of_row(row: SegmentRow) -> Iterator[Statement]:
    """Yield what writes a segment as it is, whatever is known of it."""
    if row.quarantined_from:
        yield MOVED, {"quarantined_from": row.quarantined_from}
    yield SEGMENT, _found(row)


def _found(row: SegmentRow) -> dict[str, Value]:
    return {
        "path": row.path.as_posix(),
        "attempt": row.attempt,
        "camera": row.camera,
        "first_frame": format_utc(row.first_frame),
        "last_frame_end": format_utc(row.last_frame_end),
        "frames": row.frames,
        "size_bytes": row.size_bytes,
        "finalised": int(row.finalised),
        "repaired": int(row.repaired),
        "pauses": pauses_text(row.pauses),
        "quarantined": row.quarantined,
        "quarantined_from": row.quarantined_from,
        "removed": format_utc(row.removed),
        "removed_why": row.removed_why,
    }


def salvaged(table: str, row: dict[str, Value]) -> Statement:
    """Return what writes a row of another journal, if nothing is known of what it is about.

    `run_began` and `run_pid` in it say which run is meant.
    """
    return _put(table, row, _RUN_OF_ROW if "run_began" in row else None)


def _put(table: str, row: dict[str, Value], run: str | None = None) -> Statement:
    columns = {f'"{name}"': f":{name}" for name in row if not name.startswith("run_")}
    if run is not None:
        columns["run"] = run
    once = f"WHERE NOT EXISTS ({_ONCE[table]})" if table in _ONCE else ""
    into = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)})"
    return f"{into} SELECT {', '.join(columns.values())} {once}", row


def of_audit_found(audit: Audited) -> Statement:
    """Return what writes an audit that a sidecar tells of, if none is known."""
    values = {field.name: getattr(audit, field.name) for field in fields(audit)}
    return _put("audits", {**values, "path": audit.path.as_posix(), "at": format_utc(audit.at)})


def of_attempt_found(attempt: AttemptRow) -> Statement:
    """Return what writes an attempt that sidecars tell of, if it is not known."""
    values: dict[str, Value] = {}
    for field in fields(attempt):
        value = getattr(attempt, field.name)
        values[field.name] = format_utc(value) if isinstance(value, datetime) else value
    del values["run"]
    return _put("attempts", values, _RUN_AT)


def of_stretch_found(stretch: Stretch) -> Statement:
    """Return what writes a stretch that sidecars tell of, if it is not known."""
    return _put("recordings", stretch_values(stretch))


def of_pause_found(pause: Pause) -> Statement:
    """Return what writes a pause that was asked for, if it is not known."""
    values: dict[str, Value] = {}
    for field in fields(pause):
        value = getattr(pause, field.name)
        values[field.name] = format_utc(value) if isinstance(value, datetime) else value
    return _put("pauses", values)


def of_gap_found(gap: Gap) -> Statement:
    """Return what writes a gap that was reckoned, if none is known within its time."""
    return _unless_met(gap_values(gap))


def of_gap_salvaged(row: dict[str, Value], span: Window) -> Statement:
    """Return what writes as much of another journal's gap, if none is known within that time."""
    return _unless_met(row | {"start": format_utc(span.start), "end": format_utc(span.end)})


def _unless_met(values: dict[str, Value]) -> Statement:
    sql, _ = _put("gaps", values)
    meets = "camera = :camera AND start < :end AND coalesce(\"end\", '9999') > :start"
    return f"{sql} WHERE NOT EXISTS (SELECT 1 FROM gaps WHERE {meets})", values  # noqa: S608 - ours
