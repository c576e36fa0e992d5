"""The journal, read: rows as values. For whoever reports, tests, and the journal's own beginning.

Never writes, and never waits for who does.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from thorsched.base.units import format_utc
from thorsched.catalogue import columns
from thorsched.catalogue.columns import moment, value_of
from thorsched.catalogue.entries import (
    AttemptRow,
    Audited,
    CameraPast,
    Copied,
    Gap,
    Past,
    Pause,
    Run,
    SegmentRow,
    Stretch,
)
from thorsched.catalogue.pieces import Filed, credible
from thorsched.catalogue.reading import reading
from thorsched.recording.history import Happened
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window, subtract

_FILED = """
    SELECT first_frame, last_frame_end, s.frames, s.size_bytes, pauses, dropped, damaged,
        first_timestamp, last_timestamp
    FROM segments AS s LEFT JOIN audits AS a ON a.path = s.path
    WHERE camera = ? AND last_frame_end > ? AND first_frame < ? AND quarantined = ''
"""
_SPANS = """
    SELECT * FROM (
        SELECT camera, CAST(round((julianday(first_frame) - 2440587.5) * 86400000) AS INTEGER) AS a,
            CAST(round((julianday(last_frame_end) - 2440587.5) * 86400000) AS INTEGER) AS b
        FROM segments WHERE quarantined = '' AND typeof(camera) = 'text'
    ) WHERE a < b
"""
_FILES = """
    SELECT first_frame, path, removed_why FROM segments
    WHERE camera = ? AND last_frame_end > ? AND first_frame < ? AND quarantined = ''
"""
_OPEN_ATTEMPTS = "attempts WHERE ended IS NULL AND run = (SELECT max(id) FROM runs)"
# What was recorded right before a program was killed may lie in segments that nobody has described.
_AROUND_THE_END = timedelta(minutes=1)
# What was recorded is looked for that far back where a journal is new, for the windows that are on.
_FOUND_AGAIN = timedelta(days=2)
# What a machine without a clock boots with; before that there is nothing to be found.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
# No clock is set to a later time but by somebody who wants that nobody can count on from there.
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class JournalReader:
    """An open journal; a context manager. Raises `sqlite3.Error` where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._connection = reading(path)
        self._connection.row_factory = sqlite3.Row

    def form(self) -> tuple[int, int]:
        """Return whose database it is and which version of its tables; see `database.py`."""
        (application_id,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        return application_id, version

    def runs(self) -> list[Run]:
        return [value_of(Run, row) for row in self._select("runs ORDER BY id")]

    def attempts(self) -> list[AttemptRow]:
        return [value_of(AttemptRow, row) for row in self._select("attempts ORDER BY began, id")]

    def attempt(self, name: str) -> AttemptRow | None:
        row = self._connection.execute("SELECT * FROM attempts WHERE id = ?", (name,)).fetchone()
        return None if row is None else value_of(AttemptRow, row)

    def segments(self) -> list[SegmentRow]:
        return [value_of(SegmentRow, row) for row in self._select("segments ORDER BY first_frame")]

    def segment(self, path: str) -> SegmentRow | None:
        row = self._connection.execute("SELECT * FROM segments WHERE path = ?", (path,)).fetchone()
        return None if row is None else value_of(SegmentRow, row)

    def gaps(self) -> list[Gap]:
        return [_gap(row) for row in self._select("gaps ORDER BY camera, start")]

    def recordings(self) -> list[Stretch]:
        return [value_of(Stretch, row) for row in self._select("recordings ORDER BY camera, start")]

    def revision_numbers(self) -> list[tuple[int, object, object]]:
        """Return `id`, `run` and `hash` of all revisions, newest first.

        By ids, as they were told, and not by times: the clock may have been set back in a run.
        """
        is_odd = "typeof(run) <> 'integer' OR typeof(applied) <> 'text'"
        order = f"ORDER BY {is_odd}, run DESC, id DESC"
        query = f"SELECT id, run, CAST(hash AS BLOB) FROM revisions {order}"  # noqa: S608 - ours
        return [tuple(row) for row in self._connection.execute(query)]

    def pids(self) -> dict[object, object]:
        """Return the process of each run, by its `id`."""
        return dict(map(tuple, self._connection.execute("SELECT id, pid FROM runs")))

    def spans(self) -> Iterator[tuple[str, int, int]]:
        """Yield the camera of each segment that counts, and its ends in ms since 1970, unsorted.

        Pauses inside it are not left out, and segments without these three in order are.
        """
        return iter(self._connection.execute(_SPANS))

    def applied_times(self) -> list[tuple[datetime, str]]:
        """Return when each revision was applied, and its hash, in their order; no damaged ones."""
        found = []
        for row in self._connection.execute("SELECT applied, hash FROM revisions ORDER BY run, id"):
            with contextlib.suppress(ValueError):
                found.append((moment(row["applied"]), columns.digest(row["hash"])))
        return found

    def revision_row(self, number: int) -> sqlite3.Row | None:
        """Return what stands in the row of a revision; see `kept.py`."""
        query = "SELECT * FROM revisions WHERE id = ?"
        row: sqlite3.Row | None = self._connection.execute(query, (number,)).fetchone()
        return row

    def audits(self) -> list[Audited]:
        return [value_of(Audited, row) for row in self._select("audits ORDER BY path")]

    def audit(self, path: str) -> Audited | None:
        """Return what is known of a segment's audit, by its name in the journal."""
        row = self._connection.execute("SELECT * FROM audits WHERE path = ?", (path,)).fetchone()
        return None if row is None else value_of(Audited, row)

    def unaudited(self, *, after: tuple[str, str], most: int) -> list[tuple[str, str]]:
        """Return when segments that have no audit began, with their names, oldest first.

        Those that were closed, and are there still as far as is known; the `most` next ones
        `after` one of them, or `("", "")`.
        """
        query = """
            SELECT first_frame, path FROM segments
            WHERE finalised AND removed IS NULL AND quarantined = '' AND (first_frame, path) > (?, ?)
            AND typeof(first_frame) = 'text' AND typeof(path) = 'text'
            AND NOT EXISTS (SELECT 1 FROM audits WHERE audits.path = segments.path)
            ORDER BY first_frame, path LIMIT ?
        """
        rows = self._connection.execute(query, (*after, most))
        return [(columns.text(row["first_frame"]), columns.text(row["path"])) for row in rows]

    def copies(self) -> list[Copied]:
        return [value_of(Copied, row) for row in self._select("copies ORDER BY path, destination")]

    def pauses(self) -> list[Pause]:
        return [value_of(Pause, row) for row in self._select("pauses ORDER BY asked, camera")]

    def first_run(self) -> Run | None:
        return next((value_of(Run, row) for row in self._select("runs ORDER BY id LIMIT 1")), None)

    def last_run(self) -> Run | None:
        with _rows_by_name(self._connection) as cursor:
            return _last_run(cursor)

    def span(self) -> Window | None:
        """Return from when until when anything was wanted, missing or recorded, if it was."""
        query = """
            SELECT min(start), max("end") FROM (
                SELECT start, "end" FROM recordings UNION ALL SELECT start, "end" FROM gaps
                UNION ALL SELECT first_frame, last_frame_end FROM segments
            )
        """
        start, end = self._connection.execute(query).fetchone()
        if start is None or end is None or moment(start) >= moment(end):
            return None
        return Window(moment(start), moment(end))

    def cameras(self) -> list[str]:
        """Return whatever was ever wanted, sorted."""
        query = "SELECT camera FROM recordings UNION SELECT camera FROM gaps ORDER BY camera"
        return [columns.text(camera) for (camera,) in self._connection.execute(query)]

    def wanted_of(self, camera: str, between: Window) -> list[Stretch]:
        """Return the stretches of a camera that meet `between`."""
        return [value_of(Stretch, row) for row in self._meeting("recordings", camera, between)]

    def gaps_of(self, camera: str, between: Window) -> list[Gap]:
        """Return the gaps of a camera that meet `between`."""
        return [_gap(row) for row in self._meeting("gaps", camera, between)]

    def open_attempts(self) -> list[AttemptRow]:
        """Return the last run's attempts whose end nobody has seen."""
        return [value_of(AttemptRow, row) for row in self._select(_OPEN_ATTEMPTS)]

    def filed_of(self, camera: str, between: Window) -> list[Filed]:
        """Return the segments of a camera that count and meet `between`, sorted."""
        cursor = self._connection.cursor()
        cursor.row_factory = None  # plain tuples: a month has tens of thousands
        filed = map(_filed, cursor.execute(_FILED, (camera, *_bounds(between))))
        return sorted(filed, key=itemgetter(0, 1))

    def files_of(self, camera: str, between: Window) -> list[tuple[datetime, Path, str]]:
        """Return when each such segment begins, its path, and why it was removed, or ''."""
        rows = self._connection.execute(_FILES, (camera, *_bounds(between)))
        files = (
            (moment(first), columns.path(path), columns.text(why))
            for first, path, why in map(tuple, rows)
        )
        return sorted(files)

    def _meeting(self, table: str, camera: str, between: Window) -> list[sqlite3.Row]:
        where = f'{table} WHERE camera = ? AND ("end" IS NULL OR "end" > ?) AND start < ?'
        query = f"SELECT * FROM {where} ORDER BY start"  # noqa: S608 - ours
        return self._connection.execute(query, (camera, *_bounds(between))).fetchall()

    def events(self) -> list[Happened]:
        rows = self._select("events ORDER BY rowid")
        return list(map(_event, rows))

    def events_of(self, *what: str) -> list[Happened]:
        """Return those of these names, in the order in which they were noted."""
        marks = ", ".join("?" * len(what))
        query = f"SELECT * FROM events WHERE what IN ({marks}) ORDER BY rowid"  # noqa: S608 - ours
        return list(map(_event, self._connection.execute(query, what)))

    def last_event(self, *what: str, after: int = 0) -> tuple[int, Happened] | None:
        """Return the last of those that happened, with its number; they rise. None if none has.

        Only those `after` a number are looked through: a year has many.
        """
        marks = ", ".join("?" * len(what))
        query = f"""
            SELECT rowid, * FROM events WHERE rowid > ? AND what IN ({marks})
            ORDER BY rowid DESC LIMIT 1
        """  # noqa: S608 - ours
        row = self._connection.execute(query, (after, *what)).fetchone()
        return None if row is None else (row["rowid"], _event(row))

    def events_until_now(self) -> int:
        """Return the number of the last event, 0 without any."""
        (number,) = self._connection.execute("SELECT max(rowid) FROM events").fetchone()
        return number or 0

    def _select(self, what: str) -> list[sqlite3.Row]:
        return self._connection.execute(f"SELECT * FROM {what}").fetchall()  # noqa: S608 - ours

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def unsure_since(connection: sqlite3.Connection, *, now: datetime) -> datetime:
    """Return from when on the last run may not have written down all; some time ago if none has."""
    run: Run | None = None
    with _rows_by_name(connection) as cursor, contextlib.suppress(ValueError):
        run = _last_run(cursor)
    if run is None:
        return now - _FOUND_AGAIN
    return max(run.last_pass, EARLIEST) - _AROUND_THE_END


def past(connection: sqlite3.Connection, *, now: datetime) -> Past:
    """Return what a journal tells whoever is about to go on with it.

    Raises `sqlite3.Error`, and `ValueError` for what no journal holds.
    """
    around = unsure_since(connection, now=now)
    with _rows_by_name(connection) as cursor:
        run = _last_run(cursor)
        if run is not None:
            run = replace(run, last_pass=min(max(run.last_pass, EARLIEST), _LATEST))
        latest = max(now, run.last_pass) if run else now
        gaps = [gap for gap in _gaps_from(cursor, around) if gap.start <= latest]
        since = min([around, *(gap.start for gap in gaps)])
        recorded, unfinished = _recorded(cursor, since, latest=latest), _unfinished(cursor)
    names = {gap.camera for gap in gaps} | recorded.keys() | unfinished.keys()
    cameras = {
        name: CameraPast(
            gaps=tuple(gap for gap in gaps if gap.camera == name),
            recorded=tuple(recorded.get(name, ())),
            unfinished=tuple(unfinished.get(name, ())),
        )
        for name in names
    }
    return Past(run, cameras)


def _last_run(cursor: sqlite3.Cursor) -> Run | None:
    row = cursor.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else value_of(Run, row)


@contextlib.contextmanager
def _rows_by_name(connection: sqlite3.Connection) -> Iterator[sqlite3.Cursor]:
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.row_factory = sqlite3.Row
        yield cursor


def _gaps_from(cursor: sqlite3.Cursor, since: datetime) -> list[Gap]:
    query = 'SELECT * FROM gaps WHERE "end" IS NULL OR "end" >= ? ORDER BY start'
    return [_gap(row) for row in cursor.execute(query, (format_utc(since),))]


def _recorded(
    cursor: sqlite3.Cursor, since: datetime, *, latest: datetime
) -> dict[str, list[Window]]:
    """Return what was recorded since then; nothing that has not been at the `latest` moment."""
    found: dict[str, list[Window]] = {}
    query = "SELECT * FROM segments WHERE last_frame_end >= ? AND quarantined = ''"
    for row in cursor.execute(query, (format_utc(since),)):
        segment = value_of(SegmentRow, row)
        start, end = segment.first_frame, segment.last_frame_end
        filed = Filed(start, end, segment.frames, segment.size_bytes, segment.pauses)
        if start < end and credible(filed, now=latest):
            span = Window(segment.first_frame, segment.last_frame_end)
            found.setdefault(segment.camera, []).extend(subtract((span,), segment.pauses))
    return found


def _unfinished(cursor: sqlite3.Cursor) -> dict[str, list[Window]]:
    """Return the windows of the last run's attempts whose end nobody has seen."""
    found: dict[str, list[Window]] = {}
    for row in cursor.execute(f"SELECT * FROM {_OPEN_ATTEMPTS}"):  # noqa: S608 - ours
        attempt = value_of(AttemptRow, row)
        window = Window(
            max(attempt.began, attempt.window_start or attempt.began),
            attempt.window_end or datetime.max.replace(tzinfo=attempt.began.tzinfo),
        )
        found.setdefault(attempt.camera, []).append(window)
    return found


def _filed(row: tuple[Any, ...]) -> Filed:
    """Return a row of `_FILED`."""
    first, end, frames, size_bytes, pauses, *audit = row
    columns.check_counts((frames, size_bytes, *audit))
    return Filed(moment(first), moment(end), frames, size_bytes, columns.windows(pauses), *audit)


def _event(row: sqlite3.Row) -> Happened:
    camera = row["camera"]
    return Happened(
        moment(row["at"]),
        columns.text(row["what"]),
        columns.text(row["detail"]),
        None if camera is None else columns.text(camera),
    )


def _gap(row: sqlite3.Row) -> Gap:
    end = row["end"]
    trouble = Trouble(Cause(row["cause"]), columns.text(row["detail"]))
    start, camera = moment(row["start"]), columns.text(row["camera"])
    return Gap(camera, start, None if end is None else moment(end), trouble)


def _bounds(between: Window) -> tuple[str | None, str | None]:
    return format_utc(between.start), format_utc(between.end)
