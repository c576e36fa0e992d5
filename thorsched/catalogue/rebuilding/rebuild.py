"""A journal made anew: from the sidecars of a root, and from what earlier journals still give.

Called by `cli/rebuild.py`, and by `recovery.py` beside a scheduler whose journal was damaged. It
yields what is to be written, and writes nothing: what is written already stays as it is. Of two
that tell of the same, the file's own sidecar is believed first, then the latest journal.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from thorsched.base.units import format_utc, parse_utc
from thorsched.catalogue import columns
from thorsched.catalogue.again import (
    of_attempt_found,
    of_audit_found,
    of_found,
    of_gap_found,
    of_gap_salvaged,
    of_pause_found,
    of_stretch_found,
    salvaged,
)
from thorsched.catalogue.applied import How
from thorsched.catalogue.applied_text import difference_of
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import AttemptRow, Gap, Run, SegmentRow
from thorsched.catalogue.fsck.underway import begun_below
from thorsched.catalogue.pausefile import asked_below, pause_file
from thorsched.catalogue.pauses import BadPauses
from thorsched.catalogue.reading import Unusable
from thorsched.catalogue.rebuilding.reconstruct import Recollection
from thorsched.catalogue.rebuilding.salvage import RawRow, Salvage
from thorsched.catalogue.runs import absence_after
from thorsched.catalogue.sidecars import found_below
from thorsched.catalogue.statements import Statement
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import ALWAYS, Window

TABLES = (
    *("runs", "revisions", "recordings", "attempts", "segments", "audits", "copies"),
    *("gaps", "pauses", "events"),
)
_COLUMNS = {
    "runs": ("id", "pid", "version", "began", "last_pass", "ended", "how"),
    "revisions": ("id", "run", "hash", "applied", "path", "text", "how", "difference"),
    "recordings": ("camera", "start", "end", "revision", "schedules"),
    "attempts": tuple(field.name for field in fields(AttemptRow)),
    "segments": tuple(field.name for field in fields(SegmentRow)),
    "audits": (
        *("path", "at", "sha256", "size_bytes", "frames", "first_timestamp", "last_timestamp"),
        *("dropped", "duplicates", "backward", "unreadable", "damaged", "black", "frozen_s"),
        *("verdict", "detail"),
    ),
    "copies": ("path", "destination", "at", "sha256", "state", "detail"),
    "gaps": ("camera", "start", "end", "cause", "detail"),
    "pauses": ("id", "camera", "asked", "start", "planned", "why", "end", "how"),
    "events": ("at", "camera", "what", "detail"),
}
SALVAGED, FROM_SIDECARS, ASKED, RECKONED = "salvaged", "from sidecars", "asked for", "reckoned"
_NUMBERS_APART = 2**40  # a journal has fewer revisions
Piece = tuple[str, str, Statement]
"""Which table, where it is from, and what writes it."""


def set_aside_below(root: Path) -> list[Path]:
    """Return the journals of a root that were set aside, the oldest first."""
    journal = path_below(root)
    parts = ("-wal", "-shm", "-journal")
    with contextlib.suppress(OSError):
        found = journal.parent.glob(f"{journal.name}.broken-*")
        return sorted(path for path in found if not path.name.endswith(parts))
    return []


@dataclass(slots=True)
class Rebuild:
    """What is to be written into a new journal of `root`. Read `pieces` once."""

    root: Path
    sources: Sequence[Path]
    """Journals to salvage from, the oldest first."""
    until: datetime
    """What was planned or goes on is reckoned up to here at most, aware UTC.

    Or up to the last pass of a run, if that is later: a clock may have been set back.
    """
    last_run: int | None = None
    """The number of the last run, those before it have the ones below; None: from 1 on."""
    has_urgent: bool = False
    """Whether what `urgent` yields is written already."""
    unread: list[str] = field(default_factory=list)
    """What could not be read, in words."""
    _recollection: Recollection = field(default_factory=Recollection)
    _numbers: set[int] = field(default_factory=set)
    """Of revisions."""
    _moved: set[str] = field(default_factory=set)
    """Where segments lay that are in quarantine."""
    _last_pass: dict[Path, datetime] = field(default_factory=dict)
    _runs: dict[Path, dict[object, tuple[str, int]]] = field(default_factory=dict)

    def pieces(self) -> Iterator[Piece]:
        """Yield what is to be written, in an order in which it can be."""
        begun = begun_below(self.root)
        with contextlib.ExitStack() as opened:
            journals = list(self._opened(opened))
            yield from self._of_runs(journals)
            for camera, since in begun:
                self._recollection.under_way(camera, since)
            yield from self._of_sidecars()
            for age, journal in enumerate(reversed(journals), 0 if self.last_run is None else 1):
                for table in TABLES[1:]:
                    if table != "gaps":
                        yield from self._of_table(journal, table, age)
            yield from self._of_gaps(journals)
            yield from self._of_pauses()
            for journal in reversed(journals):
                self.unread += [f"{journal.path.name}: {why}" for why in journal.damages]
        yield from self._reckoned()

    def urgent(self) -> Iterator[Statement]:
        """Yield what whoever goes on needs at once: runs, and the latest journal's gaps, as is."""
        with contextlib.ExitStack() as opened:
            journals = list(self._opened(opened))
            for _, _, statement in self._of_runs(journals):
                yield statement
            for journal in journals[-1:]:
                for table in ("gaps", "recordings", "attempts"):
                    for row in journal.rows(table, _COLUMNS[table]):
                        ended = row if table == "attempts" else _ended_by(row, ALWAYS.end)
                        if ended and self._took(table, ended):
                            yield salvaged(table, self._with_run(journal, row))

    def _opened(self, opened: contextlib.ExitStack) -> Iterator[Salvage]:
        for path in self.sources:
            try:
                journal = Salvage(path)
            except Unusable as error:
                self.unread.append(f"{path.name}: {error}")
            else:
                opened.callback(journal.close)
                yield journal

    def _of_runs(self, journals: Sequence[Salvage]) -> Iterator[Piece]:
        """Number the runs anew, in their order; two journals may tell of the same."""
        found: dict[tuple[str, int], RawRow] = {}
        for journal in journals:
            runs = self._runs.setdefault(journal.path, {})
            for row in journal.rows("runs", _COLUMNS["runs"]):
                with contextlib.suppress(KeyError, ValueError, TypeError):
                    key = str(row["began"]), int(str(row["pid"]))
                    last = parse_utc(str(row["last_pass"]))
                    self._last_pass[journal.path] = max(
                        last, self._last_pass.get(journal.path, last)
                    )
                    runs[row["id"]] = key
                    found[key] = found.pop(key, {}) | row
        self.until = max([self.until, *self._last_pass.values()])
        for row in found.values():
            self._recollection.absent(*_absence(row))
        first = 1 if self.last_run is None else self.last_run - len(found) + 1
        for number, row in enumerate(found.values(), first):
            yield "runs", SALVAGED, salvaged("runs", row | {"id": number})

    def _of_sidecars(self) -> Iterator[Piece]:
        for told in found_below(self.root):
            self._recollection.found(told)
            if told.row.quarantined_from:
                self._moved.add(told.row.quarantined_from)
            for statement in of_found(told.row):
                yield "segments", FROM_SIDECARS, statement
            if told.audit is not None:
                yield "audits", FROM_SIDECARS, of_audit_found(told.audit)

    def _of_table(self, journal: Salvage, table: str, age: int) -> Iterator[Piece]:
        last = self._last_pass.get(journal.path, self.until)
        for row in journal.rows(table, _COLUMNS[table]):
            if table == "recordings":
                row = _ended_by(row, min(last, self.until))  # noqa: PLW2901 - the same row, set right
            if table == "revisions":
                row = self._numbered(_revision(row), age)  # noqa: PLW2901 - likewise
            if row and self._took(table, row):
                yield table, SALVAGED, salvaged(table, self._with_run(journal, row))

    def _numbered(self, row: RawRow, age: int) -> RawRow:
        """Return a revision with a number below those of all that later journals tell.

        Where nobody writes, the latest journal's keep theirs.
        """
        number = int(str(row["id"])) - age * _NUMBERS_APART
        if number in self._numbers:  # somebody has taken a journal away in between
            number = min(self._numbers) - 1
        self._numbers.add(number)
        return row | {"id": number}

    def _of_pauses(self) -> Iterator[Piece]:
        """Yield the pauses that were asked for, which a journal that was lost may not tell of."""
        try:
            asked = asked_below(self.root)
        except (BadPauses, OSError) as error:
            self.unread.append(f"{pause_file(self.root).name}: {error}")
            return
        for pause in asked:
            self._recollection.paused(pause.camera, pause.spans)
            yield "pauses", ASKED, of_pause_found(pause)

    def _of_gaps(self, journals: Sequence[Salvage]) -> Iterator[Piece]:
        """Tell each outage once: a known cause comes before none, then the latest journal."""
        found = [(journal, self._gaps_in(journal)) for journal in reversed(journals)]
        for is_unknown in (False, True):
            for journal, told in found:
                rows = [
                    one for one in told if (one[1].trouble.cause is Cause.UNKNOWN) == is_unknown
                ]
                lefts = self._recollection.missed(
                    [gap for _, gap in rows], is_latest=journal is journals[-1]
                )
                is_written = self.has_urgent and journal.path == self.sources[-1]
                for (row, _), left in zip(rows, lefts, strict=True):
                    for span in () if is_written else left:
                        yield "gaps", SALVAGED, of_gap_salvaged(row, span)

    def _gaps_in(self, journal: Salvage) -> list[tuple[RawRow, Gap]]:
        last = min(self._last_pass.get(journal.path, self.until), self.until)
        rows = (_ended_by(row, last) for row in journal.rows("gaps", _COLUMNS["gaps"]))
        return [(row, gap) for row in rows if row and (gap := _gap(row))]

    def _with_run(self, journal: Salvage, row: RawRow) -> RawRow:
        """Return a row that names its run by what it is, not by the journal's number of it."""
        if "run" not in row:
            return row
        began, pid = self._runs[journal.path].get(row["run"], (None, None))
        rest = {name: value for name, value in row.items() if name != "run"}
        return rest | {"run_began": began, "run_pid": pid}

    def _took(self, table: str, row: dict[str, Any]) -> bool:
        """Return whether a row can be read, and have what follows from it be known."""
        recollection = self._recollection
        try:
            match table:
                case "segments":
                    pauses = columns.windows(row.get("pauses", "[]"))
                    if row["path"] in self._moved:
                        return False
                    recollection.recorded(_segment(row, pauses))
                case "recordings":
                    start, end = parse_utc(row["start"]), parse_utc(row["end"])
                    json.loads(row["schedules"])
                    recollection.wanted(str(row["camera"]), start, end)
                case "pauses":
                    end = parse_utc(row["end"] or row["planned"])
                    span = Window(parse_utc(row["start"]), end)
                    recollection.paused(str(row["camera"]), (span,))
                case "gaps":
                    return _gap(row) is not None
                case "attempts":
                    self._learn_end(row)
        except (KeyError, ValueError, TypeError, OverflowError, RecursionError):
            return False
        return True

    def _learn_end(self, row: dict[str, Any]) -> None:
        with contextlib.suppress(KeyError, ValueError, TypeError, OverflowError):
            trouble = Trouble(Cause(row["cause"]), str(row["detail"]))
            self._recollection.broke(str(row["camera"]), parse_utc(row["ended"]), trouble)

    def _reckoned(self) -> Iterator[Piece]:
        """Yield what follows from all that was found."""
        known = [*self._last_pass.values(), self._recollection.last_recorded()]
        until = min(max((one for one in known if one), default=self.until), self.until)
        for attempt in self._recollection.attempts():
            yield "attempts", FROM_SIDECARS, of_attempt_found(attempt)
        for stretch in self._recollection.stretches(until):
            yield "recordings", FROM_SIDECARS, of_stretch_found(stretch)
        for gap in self._recollection.gaps(until):
            yield "gaps", RECKONED, of_gap_found(gap)


def _ended_by(row: RawRow, last: datetime) -> RawRow:
    """Return a row that ends by `last` at the latest; nothing if it would begin then."""
    end, latest = row.get("end"), str(format_utc(last))
    if end is None or str(end) > latest:
        end = latest
    return row | {"end": end} if str(row.get("start")) < str(end) else {}


def _revision(row: RawRow) -> RawRow:
    """Return a row without what cannot be read of how it came, and what it changed."""
    left = dict(row)
    if left.get("how") not in set(How):
        left.pop("how", None)
    try:
        difference_of(columns.text(left.get("difference")))
    except ValueError:
        left.pop("difference", None)
    return left


def _absence(row: RawRow) -> tuple[datetime, Trouble]:
    """Return when a run was last at work, and why nobody was after it."""
    last, how = parse_utc(str(row["last_pass"])), row.get("how")
    pid = int(str(row["pid"]))
    run = Run(pid, "", last, last, how=None if how is None else str(how))
    return last, absence_after(run)


def _gap(row: dict[str, Any]) -> Gap | None:
    """Return the gap of a row whose end is known; None if it cannot be read."""
    try:
        span = Window(parse_utc(row["start"]), parse_utc(row["end"]))
        trouble = Trouble(Cause(row["cause"]), str(row.get("detail", "")))
        return Gap(str(row["camera"]), span.start, span.end, trouble)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _segment(row: dict[str, Any], pauses: tuple[Window, ...]) -> SegmentRow:
    return SegmentRow(
        path=Path(str(row["path"])),
        attempt="",
        camera=str(row["camera"]),
        first_frame=parse_utc(row["first_frame"]),
        last_frame_end=parse_utc(row["last_frame_end"]),
        frames=1,
        size_bytes=1,
        finalised=True,
        repaired=False,
        pauses=pauses,
        removed=None,
        removed_why="",
        quarantined=str(row.get("quarantined", "")),
        quarantined_from="",
    )
