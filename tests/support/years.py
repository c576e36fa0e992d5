"""A journal of any length, made in one go: segments end to end, gaps, what was wanted."""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from thorsched.base.units import format_utc
from thorsched.catalogue.database import path_below

SEGMENT = timedelta(minutes=10)
START = datetime(2026, 1, 1, tzinfo=UTC)
_SCHEMA = Path(__file__).parents[2] / "thorsched" / "catalogue" / "schema.sql"
# Every so many segments one is missing.
GAP_EVERY = 1000


def make_journal(
    root: Path,
    cameras: Sequence[str],
    *,
    segments: int,
    audited: bool = True,
    start: datetime = START,
) -> datetime:
    """Write a journal of that many segments a camera, from `start` on; return when it ends."""
    path = path_below(root)
    path.parent.mkdir(parents=True)
    end = start + segments * SEGMENT
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as journal:
        journal.executescript(_SCHEMA.read_text())
        journal.execute("BEGIN")
        run = (1, 42, "0.1.0", format_utc(start), format_utc(end), format_utc(end), "SIGTERM")
        journal.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", run)
        for camera in cameras:
            wanted = (camera, format_utc(start), format_utc(end), "a" * 64, json.dumps(["ever"]))
            journal.execute("INSERT INTO recordings VALUES (?, ?, ?, ?, ?)", wanted)
            journal.executemany(_SEGMENT, _segments(camera, segments, start))
            journal.executemany(
                "INSERT INTO gaps VALUES (?, ?, ?, ?, ?)", _gaps(camera, segments, start)
            )
        if audited:
            journal.execute(_AUDITS)
        journal.execute("COMMIT")
    return end


_SEGMENT = """
    INSERT INTO segments (path, attempt, camera, first_frame, last_frame_end, frames, size_bytes,
    finalised) VALUES (?, 'a', ?, ?, ?, 18000, 2000000000, 1)
"""
_AUDITS = """
    INSERT INTO audits SELECT path, last_frame_end, printf('%064d', 0), size_bytes, frames, 0, 1,
    1, 0, 0, 0, 0, 0, 0.0, 'good', '' FROM segments
"""


def _segments(camera: str, count: int, first: datetime) -> Iterator[tuple[str | None, ...]]:
    for number in range(count):
        if number % GAP_EVERY != GAP_EVERY // 2:
            start = first + number * SEGMENT
            path = f"{camera}/{start:%Y-%m-%d}/{camera}_{start:%Y%m%dT%H%M%SZ}-00000.mkv"
            yield path, camera, format_utc(start), format_utc(start + SEGMENT)


def _gaps(camera: str, count: int, first: datetime) -> Iterator[tuple[str | None, ...]]:
    for number in range(GAP_EVERY // 2, count, GAP_EVERY):
        start = first + number * SEGMENT
        end = start + SEGMENT
        yield camera, format_utc(start), format_utc(end), "server unreachable", "refused"


def apply_revision(root: Path, file: Path, text: str, *, at: datetime = START) -> str:
    """Write into a journal that a file of this text was applied; return the revision's hash."""
    revision = hashlib.sha256(text.encode()).hexdigest()
    row = (1, revision, format_utc(at), file.as_posix(), text)
    with contextlib.closing(sqlite3.connect(path_below(root), isolation_level=None)) as journal:
        journal.execute(_REVISION, row)
    return revision


_REVISION = "INSERT INTO revisions (run, hash, applied, path, text) VALUES (?, ?, ?, ?, ?)"
