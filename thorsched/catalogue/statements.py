"""From what the journal is told to SQL and its values. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import assert_never

from thorsched.base.text import printable
from thorsched.base.units import format_utc
from thorsched.catalogue.applied import RevisionApplied
from thorsched.catalogue.applied_text import difference_text
from thorsched.catalogue.entries import (
    Audited,
    Copied,
    Entry,
    Gap,
    Gaps,
    Pause,
    Removed,
    Run,
    Stretch,
    Stretches,
)
from thorsched.recording.history import AttemptBegan, AttemptEnded, AttemptRecords, Happened
from thorsched.recording.segments import Described, attempt_of
from thorsched.schedule.intervals import Window

Value = str | int | float | None
_PATHS = frozenset({"id", "path", "attempt", "succeeds", "quarantined_from"})
_AS_THEY_ARE = frozenset({"pauses", "schedules", "text", "difference"})  # ours, or checked
_LONGEST_TEXT = 2000
Statement = tuple[str, dict[str, Value]]

_RUN = """
    INSERT INTO runs (pid, version, began, last_pass, ended, how)
    VALUES (:pid, :version, :began, :last_pass, :ended, :how)
    ON CONFLICT (began, pid) DO UPDATE
    SET last_pass = excluded.last_pass, ended = excluded.ended, how = excluded.how
"""
_ATTEMPT = """
    INSERT INTO attempts (
        id, run, camera, server, device_id, device_name, capability, encoding, port, pid,
        window_start, window_end, began, adopted, succeeds
    )
    SELECT
        :id, max(runs.id), :camera, :server, :device_id, :device_name, :capability, :encoding,
        :port, :pid, :window_start, :window_end, :began, :adopted, :succeeds
    FROM runs WHERE true
    ON CONFLICT (id) DO UPDATE SET run = excluded.run, adopted = excluded.adopted
"""
_RECORDS = "UPDATE attempts SET first_bytes = coalesce(first_bytes, :at) WHERE id = :id"
_ENDED = """
    UPDATE attempts SET ended = :at, cause = :cause, detail = :detail
    WHERE id = :id AND ended IS NULL
"""
_REVISION = """
    INSERT INTO revisions (id, run, hash, applied, path, text, how, difference)
    SELECT
        (SELECT max(0, coalesce(max(id), 0)) + 1 FROM revisions),
        max(runs.id), :hash, :at, :path, :text, :how, :difference FROM runs
"""
_STRETCH = """
    INSERT OR REPLACE INTO recordings (camera, start, "end", revision, schedules)
    VALUES (:camera, :start, :end, :revision, :schedules)
"""
_NO_STRETCH = "DELETE FROM recordings WHERE camera = :camera AND start = :start"
# What the last run planned to do after its last pass is for the next one to say.
PLANS_ENDED = (
    """DELETE FROM recordings WHERE start >= (SELECT last_pass FROM runs ORDER BY id DESC LIMIT 1)""",
    """
    UPDATE recordings SET "end" = (SELECT last_pass FROM runs ORDER BY id DESC LIMIT 1)
    WHERE "end" IS NULL OR "end" > (SELECT last_pass FROM runs ORDER BY id DESC LIMIT 1)
    """,
)
# What went on then is over, where nobody goes on with it.
GAPS_ENDED = (
    """
    UPDATE gaps SET "end" = (SELECT last_pass FROM runs ORDER BY id DESC LIMIT 1)
    WHERE "end" IS NULL AND start < (SELECT last_pass FROM runs ORDER BY id DESC LIMIT 1)
    """,
)
_AUDIT = """
    INSERT OR REPLACE INTO audits (
        path, at, sha256, size_bytes, frames, first_timestamp, last_timestamp, dropped, duplicates,
        backward, unreadable, damaged, black, frozen_s, verdict, detail
    )
    VALUES (
        :path, :at, :sha256, :size_bytes, :frames, :first_timestamp, :last_timestamp, :dropped,
        :duplicates, :backward, :unreadable, :damaged, :black, :frozen_s, :verdict, :detail
    )
"""
_COPY = """
    INSERT OR REPLACE INTO copies (path, destination, at, sha256, state, detail)
    VALUES (:path, :destination, :at, :sha256, :state, :detail)
"""
_REMOVED = "UPDATE segments SET removed = :at, removed_why = :why WHERE path = :path"
_SEGMENT_VALUES = """
    INTO segments (
        path, attempt, camera, first_frame, last_frame_end, frames, size_bytes, finalised, repaired,
        pauses, quarantined, quarantined_from, removed, removed_why
    )
    VALUES (
        :path, :attempt, :camera, :first_frame, :last_frame_end, :frames, :size_bytes, :finalised,
        :repaired, :pauses, :quarantined, :quarantined_from, :removed, :removed_why
    )
"""
SEGMENT = f"INSERT OR REPLACE {_SEGMENT_VALUES}"
MOVED = "DELETE FROM segments WHERE path = :quarantined_from"
_NO_GAP = "DELETE FROM gaps WHERE camera = :camera AND start = :start"
_GAP = """
    INSERT OR REPLACE INTO gaps (camera, start, "end", cause, detail)
    VALUES (:camera, :start, :end, :cause, :detail)
"""
# What is known to have ended has ended.
_PAUSE = """
    INSERT INTO pauses (id, camera, asked, start, planned, why, "end", how)
    VALUES (:id, :camera, :asked, :start, :planned, :why, :end, :how)
    ON CONFLICT (id) DO UPDATE
    SET start = excluded.start, planned = excluded.planned,
        "end" = excluded."end", how = excluded.how
    WHERE "end" IS NULL
"""
_AS_IT_IS = {Audited: _AUDIT, Copied: _COPY, Removed: _REMOVED, Pause: _PAUSE}
_EVENT = """
    INSERT INTO events (at, camera, what, detail) VALUES (:at, :camera, :what, :detail)
"""


def of_run(run: Run) -> Statement:
    """Return what writes a run, or what has become of it."""
    return _RUN, {
        "pid": run.pid,
        "version": run.version,
        "began": format_utc(run.began),
        "last_pass": format_utc(run.last_pass),
        "ended": format_utc(run.ended),
        "how": run.how,
    }


def of_gaps(gaps: Gaps) -> Iterator[Statement]:
    """Yield what writes the gaps of a camera, and takes back those that are none any more."""
    for start in gaps.gone:
        yield _NO_GAP, {"camera": gaps.camera, "start": format_utc(start)}
    for gap in gaps.gaps:
        yield _GAP, gap_values(gap)


def gap_values(gap: Gap) -> dict[str, Value]:
    """Return the columns of a gap."""
    return {
        "camera": gap.camera,
        "start": format_utc(gap.start),
        "end": format_utc(gap.end),
        "cause": gap.trouble.cause.value,
        "detail": gap.trouble.detail,
    }


def of_entry(entry: Entry, *, root: Path) -> Iterator[Statement]:
    """Yield what writes an entry into the journal of `root`."""
    match entry:
        case Happened(at, what, detail, camera):
            yield _event(format_utc(at), what, detail, camera)
        case AttemptBegan():
            yield _ATTEMPT, _attempt(entry, root)
            yield from _of_beginning(entry, root)
        case AttemptRecords(at, attempt):
            yield _RECORDS, {"id": name_in(root, attempt), "at": format_utc(at)}
        case AttemptEnded():
            yield _ENDED, _ended(entry, root)
        case Described():
            if entry.quarantined is not None:
                yield MOVED, {"quarantined_from": name_in(root, entry.origin)}
            yield SEGMENT, _segment(entry, root)
        case Stretches(stretches):
            yield from map(_stretch, stretches)
        case RevisionApplied():
            yield _REVISION, _revision(entry)
        case Audited() | Copied() | Removed() | Pause():
            yield _AS_IT_IS[type(entry)], _values(entry, root)
        case _:
            assert_never(entry)


def _revision(applied: RevisionApplied) -> dict[str, Value]:
    return {
        "hash": applied.revision,
        "at": format_utc(applied.at),
        "path": applied.path.as_posix(),
        "text": applied.text,
        "how": applied.how.value,
        "difference": difference_text(applied.difference),
    }


def _stretch(stretch: Stretch) -> Statement:
    values = stretch_values(stretch)
    if stretch.is_empty:
        return _NO_STRETCH, {"camera": values["camera"], "start": values["start"]}
    return _STRETCH, values


def stretch_values(stretch: Stretch) -> dict[str, Value]:
    """Return the columns of a stretch."""
    return {
        "camera": stretch.camera,
        "start": format_utc(stretch.start),
        "end": format_utc(stretch.end),
        "revision": stretch.revision,
        "schedules": json.dumps(stretch.schedules),
    }


def _values(entry: Audited | Copied | Removed | Pause, root: Path) -> dict[str, Value]:
    """Return an entry whose fields are named like the columns."""
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    for name, value in values.items():
        if isinstance(value, datetime):
            values[name] = format_utc(value)
        elif isinstance(value, Path):
            values[name] = name_in(root, value)
    return values


def _event(at: str | None, what: str, detail: str, camera: str | None) -> Statement:
    return _EVENT, {"at": at, "what": what, "detail": detail, "camera": camera}


def _of_beginning(began: AttemptBegan, root: Path) -> Iterator[Statement]:
    name, at = name_in(root, began.attempt), format_utc(began.adopted or began.at)
    if began.adopted is not None:
        detail = f"{name}, process {began.pid}"
        yield _event(at, "recorder adopted", detail, began.recording.camera)
    if began.succeeds is not None:
        detail = f"{name} overlaps with {name_in(root, began.succeeds)}"
        yield _event(at, "recorders overlap", detail, began.recording.camera)


def _attempt(began: AttemptBegan, root: Path) -> dict[str, Value]:
    recording, source = began.recording, began.recording.source
    start, end = recording.window.bounds
    return {
        "id": name_in(root, began.attempt),
        "camera": recording.camera,
        "server": source.server,
        "device_id": source.device_id,
        "device_name": source.device_name,
        "capability": source.capability.caps,
        "encoding": source.encoding.value,
        "port": began.port,
        "pid": began.pid,
        "window_start": format_utc(start),
        "window_end": format_utc(end),
        "began": format_utc(began.at),
        "adopted": int(began.adopted is not None),
        "succeeds": name_in(root, began.succeeds) if began.succeeds else None,
    }


def _ended(ended: AttemptEnded, root: Path) -> dict[str, Value]:
    trouble = ended.trouble
    return {
        "id": name_in(root, ended.attempt),
        "at": format_utc(ended.at),
        "cause": trouble.cause.value if trouble else None,
        "detail": trouble.detail if trouble else ended.why,
    }


def _segment(described: Described, root: Path) -> dict[str, Value]:
    moved = described.quarantined
    return {
        "path": name_in(root, described.segment.path),
        "attempt": name_in(root, attempt_of(described.origin)),
        "camera": described.segment.recording.camera,
        "first_frame": format_utc(described.span.start),
        "last_frame_end": format_utc(described.span.end),
        "frames": described.frames,
        "size_bytes": described.size_bytes,
        "finalised": int(described.finalised),
        "repaired": int(described.repaired is not None),
        "pauses": pauses_text(described.pauses),
        "quarantined": moved.why if moved else "",
        "quarantined_from": name_in(root, moved.origin) if moved else "",
        "removed": None,
        "removed_why": "",
    }


def pauses_text(pauses: Iterable[Window]) -> str:
    """Return intervals as the journal has them."""
    return json.dumps([(format_utc(pause.start), format_utc(pause.end)) for pause in pauses])


def name_in(root: Path, path: Path) -> str:
    """Return how the journal of `root` names a path: from the root on, as on every system."""
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    return inside.as_posix()


def storable(values: dict[str, Value]) -> dict[str, Value]:
    """Return values as SQLite takes them, and as they do a person's terminal no harm.

    What a server names its devices may be no Unicode, or an escape sequence. Paths are left as they
    are, as far as they can be.
    """
    return {name: _storable(name, value) for name, value in values.items()}


def _storable(name: str, value: Value) -> Value:
    if not isinstance(value, str) or name in _AS_THEY_ARE:
        return value
    if name in _PATHS:
        return value.encode("utf-8", "backslashreplace").decode()
    return printable(value, longest=_LONGEST_TEXT)
