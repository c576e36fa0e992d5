"""What a verification has found is mended, as far as that can be.

Called by `cli/verify.py`. It holds the root's lock meanwhile, as a scheduler does, and touches
nothing that a recorder is at. Originals are kept: a file takes another's place only after a proof
that all is in it (`recording/repair.py`), and a sidecar that cannot be read is renamed. Nothing is
deleted.
"""

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from thorsched.base import host
from thorsched.base.clock import Clock
from thorsched.base.errors import FileError, MachineError
from thorsched.catalogue import database, sidecars
from thorsched.catalogue.again import of_row
from thorsched.catalogue.auditing.examiner import Examiner, Unexamined
from thorsched.catalogue.auditing.verdict import audited, in_sidecar
from thorsched.catalogue.entries import AttemptRow, Entry, SegmentRow
from thorsched.catalogue.fsck.findings import Finding, Kind
from thorsched.catalogue.fsck.restoring import restored
from thorsched.catalogue.fsck.returning import belongs_at, known_as, put_back
from thorsched.catalogue.fsck.underway import UnderWay, records_below
from thorsched.catalogue.fsck.verify import was_repaired
from thorsched.catalogue.reader import JournalReader
from thorsched.catalogue.statements import Statement, name_in, of_entry, storable
from thorsched.catalogue.told import NotTold, Told
from thorsched.recording.adoption import Dead, left_below
from thorsched.recording.archive import Archivist
from thorsched.recording.repair import repair
from thorsched.recording.root import RootLock, holder_of
from thorsched.recording.segments import Described, Repaired, attempt_of
from thorsched.recording.sidecars import NoSidecar, extend_sidecar, put_sidecar
from thorsched.video.matroska import VideoFile

log = logging.getLogger(__name__)

_PATIENCE_S = 600.0
# What mends one thing may be what the next one needs.
_ORDER = (
    Kind.MOVED,
    Kind.UNFINALISED,
    Kind.NO_SIDECAR,
    Kind.BROKEN_SIDECAR,
    Kind.UNAUDITED,
    Kind.JOURNAL,
)
_NO_AUDIT = "DELETE FROM audits WHERE path = :path"
_IN_THE_WAY = (
    *(OSError, FileError, ValueError, OverflowError, sqlite3.Error),
    *(Unexamined, NoSidecar, NotTold),
)
_LEFT = {
    Kind.MISSING: "nothing of it is here: only a copy from elsewhere brings it back",
    Kind.CHANGED: "it is kept as it is: only a copy from elsewhere has what was recorded",
    Kind.NEWER_SIDECAR: "a newer thorsched is needed",
    Kind.UNREADABLE: "it is kept as it is",
}


def refuse_live(root: Path) -> None:
    """Raise `MachineError` if a scheduler records to the root, or another command mends there."""
    holder = holder_of(root)
    if not holder:
        return
    if records_below(root, holder):
        raise MachineError(
            f"thorsched (process {holder}) records to {root}, and mends there itself what it can; "
            "verify without --repair, or end it first"
        )
    raise MachineError(
        f"thorsched (process {holder}) holds {root}: it repairs or rebuilds there, or begins to "
        "record; wait until it has ended, or verify without --repair"
    )


class Mending:
    """Mends the findings about one root; a context manager."""

    def __init__(self, root: Path, *, clock: Clock) -> None:
        """Take the root. Raises `MachineError` if it is held, or cannot be written to."""
        self._root = root
        self._clock = clock
        refuse_live(root)
        self._lock = RootLock(root)
        self._journal: sqlite3.Connection | None = None
        self._why_no_journal = "there is no journal: `thorsched rebuild` makes one"
        self._under_way = UnderWay(root)
        self._repaired: dict[Path, Repaired] = {}
        self._changed: frozenset[Path] = frozenset()
        self._examiner = Examiner()
        try:
            self._journal = database.writable(database.path_below(root))
        except (sqlite3.Error, OSError) as error:
            self._why_no_journal = f"{error}: `thorsched rebuild` makes it anew"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._examiner.close()
        if self._journal is not None:
            self._journal.close()
        self._lock.close()

    def done(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield each finding, with what was done about it, or why nothing was."""
        in_order = sorted(findings, key=_rank)
        self._changed = frozenset(one.path for one in in_order if one.kind is Kind.CHANGED)
        self._describe_what_the_dead_left()
        for finding in in_order:
            yield self._tried(finding) if finding.kind.is_wrong else finding

    def _tried(self, finding: Finding) -> Finding:
        try:
            return self._mended(finding)
        except _IN_THE_WAY as error:
            words = error.strerror if isinstance(error, OSError) else None
            return replace(finding, left=words or str(error))

    def _describe_what_the_dead_left(self) -> None:
        """Do what the next scheduler would: describe and repair what died, by its checkpoints."""
        told: list[Described] = []
        ended: list[Entry] = []
        archivist = Archivist(clock=self._clock, described=told.append)
        archivist.start()
        for left in left_below(self._root):
            if isinstance(left, Dead):
                with contextlib.suppress(OSError):
                    left.bury(closed=archivist.take)
                    ended.append(left.ended(self._clock.now()))
            else:
                left.process.close()
        archivist.close(patience_s=_PATIENCE_S)
        for entry in (*ended, *told):
            with contextlib.suppress(sqlite3.Error):
                self._write(of_entry(entry, root=self._root))

    def _mended(self, finding: Finding) -> Finding:
        path = self._root / finding.path
        at_it = self._under_way.is_held(finding.path)
        if at_it:
            return replace(finding, left="its recorder runs")
        if finding.path in self._changed and not self._is_as_long_as_told(path):
            return replace(finding, left=_LEFT[Kind.CHANGED])
        match finding.kind:
            case Kind.UNFINALISED:
                return replace(finding, mended=f"{self._finalise(path)}{self._audit_told(path)}")
            case Kind.NO_SIDECAR | Kind.BROKEN_SIDECAR:
                return replace(finding, mended=self._described(path))
            case Kind.UNAUDITED:
                return replace(finding, mended=self._audit(path))
            case Kind.MOVED if finding.moved_from is not None:
                return replace(finding, mended=self._return(finding.path, finding.moved_from))
            case Kind.JOURNAL:
                return self._write_down(finding)
            case _:
                return replace(finding, left=_LEFT[finding.kind])

    def _is_as_long_as_told(self, path: Path) -> bool:
        """Return whether a changed file has the size that the journal says.

        Of one that has not, whatever is written into journal or sidecar would hide that. Of the
        other the audit's hash goes on to tell.
        """
        row = self._row_of(path)
        return row is not None and row.size_bytes == path.stat().st_size

    def _return(self, path: Path, origin: Path) -> str:
        """Put a segment back where it lay; or have the journal know it where it is."""
        is_known = self._row_of(self._root / path) is not None
        attempts = self._attempt_of(self._root / path), self._attempt_of(self._root / origin)
        place = belongs_at(path, origin, is_known=is_known, attempts=attempts)
        why = ""
        if place == origin:
            try:
                put_back(self._root, path, origin)
            except OSError as error:
                if not self._is_told(path) or self._journal is None:
                    raise
                place, why = path, f" ({error.strerror or error})"
        self._write(known_as(place, instead_of=path if place == origin else origin))
        if place == path:
            return f"the journal knows it here now{why}"
        if self._is_told(origin):
            return f"put back as {origin.as_posix()}"
        return f"put back as {origin.as_posix()}, {self._described(self._root / origin)}"

    def _described(self, path: Path) -> str:
        return f"{self._restore(path)}, {self._audit(path)}"

    def _is_told(self, path: Path) -> bool:
        try:
            sidecars.read(self._root / path, self._root)
        except (NotTold, OSError):
            return False
        return True

    def _row_of(self, path: Path) -> SegmentRow | None:
        if self._journal is None:
            return None
        with JournalReader(database.path_below(self._root)) as journal:
            return journal.segment(name_in(self._root, path))

    def _finalise(self, path: Path) -> str:
        with VideoFile(path) as file:
            if file.is_finalised:
                return "repaired, as its checkpoint tells"
        done = repair(path)
        self._repaired[path] = done
        with contextlib.suppress(NotTold, FileNotFoundError):  # a sidecar is made later on
            told = sidecars.read(path, self._root)
            self._amend(path, told, {"repaired": asdict(done)})
        return f"finalised, {done.dropped_bytes} bytes dropped behind its last whole frame"

    def _amend(self, path: Path, told: Told, more: dict[str, Any]) -> None:
        """Write the sidecar of a file that was repaired; it was not audited as that."""
        untrue = ("repair", "sha256", "audit")
        text = {name: value for name, value in told.everything.items() if name not in untrue}
        size_bytes = path.stat().st_size
        text |= {"size_bytes": size_bytes, "finalised": True, **more}
        put_sidecar(path, text)
        self._write([(_NO_AUDIT, {"path": name_in(self._root, path)})])  # of what it was before
        self._write(of_row(replace(told.row, size_bytes=size_bytes, finalised=True, repaired=True)))

    def _restore(self, path: Path) -> str:
        with contextlib.suppress(NotTold, FileNotFoundError):
            told = sidecars.read(path, self._root)
            if not was_repaired(path, told):
                return "described, as its checkpoint tells"
            self._amend(path, told, {"restored": {"from": ["the file"], "unknown": ["repaired"]}})
            return "its sidecar says that it is finalised"
        beside = path.with_suffix(".json")
        made = restored(
            path, self._root, attempt=self._attempt_of(path), repaired=self._repaired.get(path)
        )
        aside = ""
        if os.path.lexists(beside):
            with host.open_regular(beside, "r"):  # what is no plain file is not ours to rename
                aside = _set_aside(beside)
        put_sidecar(path, made.told | self._audit_of(path))
        self._write(of_entry(made.described, root=self._root))
        kept = f", the old one is {aside}" if aside else ""
        return f"a sidecar made from {', '.join(made.told['restored']['from'])}{kept}"

    def _audit_of(self, path: Path) -> dict[str, object]:
        """Return what the journal says of a segment's audit, as a sidecar has it."""
        if self._journal is None:
            return {}
        with JournalReader(database.path_below(self._root)) as journal:
            found = journal.audit(name_in(self._root, path))
        return in_sidecar(found) if found and found.size_bytes == path.stat().st_size else {}

    def _attempt_of(self, path: Path) -> AttemptRow | None:
        if self._journal is None:
            return None
        name = name_in(self._root, attempt_of(path))
        with JournalReader(database.path_below(self._root)) as journal:
            return journal.attempt(name)

    def _audit(self, path: Path) -> str:
        """Read a segment from end to end, and have its sidecar say what is in it."""
        told = sidecars.read(path, self._root)
        if told.audit is not None:
            return "audited already"
        found = self._examiner.examine(path)
        entry = audited(path, found, at=self._clock.now(), told_bytes=told.row.size_bytes)
        extend_sidecar(path, in_sidecar(entry))
        self._write(of_entry(entry, root=self._root))
        return f"audited: {entry.verdict}"

    def _audit_told(self, path: Path) -> str:
        """Audit what has a sidecar: one that is made later on is followed by that, too."""
        return f", {self._audit(path)}" if path.with_suffix(".json").exists() else ""

    def _write_down(self, finding: Finding) -> Finding:
        if self._root / finding.path == database.path_below(self._root):
            return replace(finding, left="it is kept as it is")
        if self._journal is None:
            return replace(finding, left=self._why_no_journal)
        told = sidecars.read(self._root / finding.path, self._root)
        self._write(of_row(told.row))
        if told.audit is not None:
            self._write(of_entry(told.audit, root=self._root))
        return replace(finding, mended="written down")

    def _write(self, statements: Iterable[Statement]) -> None:
        """Write into the journal, if there is one. Raises `sqlite3.Error`."""
        if self._journal is None:
            return
        for sql, values in statements:
            self._journal.execute(sql, storable(values))


def _rank(finding: Finding) -> int:
    return _ORDER.index(finding.kind) if finding.kind in _ORDER else len(_ORDER)


def _set_aside(sidecar: Path) -> str:
    """Rename what is no sidecar; return its new name. Raises `OSError`."""
    names = (f"{sidecar.name}.broken{number or ''}" for number in count())
    free = next(name for name in names if not os.path.lexists(sidecar.with_name(name)))
    host.rename(sidecar, sidecar.with_name(free))
    return free
