"""An fsck of a storage root: its files held against their sidecars and against the journal.

Called by `cli/verify.py`. Reads, and writes nothing but `memo.py`'s notes: no lock is taken, and
what a scheduler or a recorder is at is told as that. Works without a journal, and without the YAML.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from thorsched.base.clock import Clock
from thorsched.catalogue import sidecars
from thorsched.catalogue.fsck.absences import Absences
from thorsched.catalogue.fsck.findings import (
    Facts,
    Finding,
    Kind,
    Row,
    attempt_name,
    expected_sha256,
    judged,
    looks_ours,
)
from thorsched.catalogue.fsck.hashing import Digest, Job, Read, Readers, Unsteady, digest, turns
from thorsched.catalogue.fsck.known import Known
from thorsched.catalogue.fsck.memo import Memo
from thorsched.catalogue.fsck.moves import Film, Strays
from thorsched.catalogue.fsck.survey import SEGMENT, Shelf, shelves
from thorsched.catalogue.fsck.underway import UnderWay
from thorsched.catalogue.statements import name_in
from thorsched.catalogue.told import NewerSidecar, NotTold, Told
from thorsched.recording.naming import INTERNAL
from thorsched.recording.quarantine import directory_of
from thorsched.recording.root import holder_of, mark_on
from thorsched.video.formats import Format
from thorsched.video.matroska import NotMatroska, VideoFile, frames

_LOST = "lost+found"
_OF_QUARANTINED = frozenset({Kind.CHANGED, Kind.JOURNAL, Kind.RECORDING})
_ASIDE = ".json.broken"
# Where roots are looked for below a directory that was named in place of one.
_NEAR = ("*/", "*/*/")
# What is not as large as told, or written to, needs not be read to know that.
_UNHASHED = frozenset({Kind.CHANGED, Kind.RECORDING, Kind.UNFINALISED, Kind.BROKEN_SIDECAR})


@dataclass(slots=True)
class Count:
    """How much was looked at."""

    segments: int = 0
    size_bytes: int = 0
    read_bytes: int = 0
    """Hashed now."""
    known_bytes: int = 0
    """Hashed by a verification that was broken off."""


def is_root(root: Path) -> bool:
    """Return whether anything of thorsched's is there: its own directory, or a sidecar."""
    if (root / INTERNAL).is_dir():
        return True
    return next(sidecars.found_below(root), None) is not None


def root_instead(root: Path) -> Path | None:
    """Return the storage root that a directory lies in or has below it, if it is none itself.

    A copy without thorsched's own directory, of which nothing of the kind is near, is one.
    """
    if (root / INTERNAL).is_dir():
        return None
    below = sorted(path.parent for depth in _NEAR for path in root.glob(f"{depth}{INTERNAL}"))
    near = (*root.absolute().parents, *below)
    return next((directory for directory in near if _is_marked(directory)), None)


def _is_marked(directory: Path) -> bool:
    try:
        return mark_on(directory) is not None
    except OSError:
        return False


def total_bytes(root: Path) -> int:
    """Return the size of all segments below a root, as far as they can be seen."""
    seen = shelves(root, failed=lambda _path, _error: None)
    return sum(status.st_size for shelf in seen for status in shelf.segments.values())


class Verification:
    """One look at all that lies below a root; a context manager. `run` it once."""

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock,
        found: Callable[[Finding], None],
        advance: Callable[[int], None] = lambda _size_bytes: None,
        fresh: bool = False,
    ) -> None:
        """`found` is told of each finding as it is made, `advance` of bytes that are done with.

        `fresh` is whether what a verification has read that was broken off is to be read again.
        """
        self.root = root
        self.count = Count()
        self._clock = clock
        self._tell_of = found
        self._advance = advance
        self._known = Known(root)
        self._memo = Memo(root, clock=clock, fresh=fresh)
        self._readers = Readers(one_by_one=turns(root), clock=clock, advance=advance)
        self._under_way = UnderWay(root)
        self._is_live = bool(holder_of(root))
        self._absences = Absences(root, self._known, failed=self._failed)
        self._strays = Strays(sha256_of=self._sha256_of, rows=self._known.all_rows)
        self._is_done = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._readers.close()
        self._memo.close(is_done=self._is_done)
        self._known.close()

    @property
    def resumed_bytes(self) -> int:
        """How much a verification that was broken off has read."""
        return self._memo.read_bytes

    @property
    def why_not_resumable(self) -> str:
        """Why it will not be known what was read, if this is broken off; '' if it will."""
        return self._memo.why_not_kept

    @property
    def has_journal(self) -> bool:
        """Whether there is one, be it one that cannot be read."""
        return self._known.is_there or any(self._known.flaws())

    def run(self) -> None:
        """Look at everything, once."""
        self._look_at_the_quarantine()
        for shelf in shelves(self.root, failed=self._failed):
            self._look_at(shelf)
        for read in self._readers.rest():
            self._settle(read)
        absent = self._absences.findings(is_live=self._is_live)
        for finding in self._strays.findings(absent, self._lost):
            self._tell_of(finding)
        for finding in self._known.flaws():
            self._tell_of(finding)
        self._is_done = True

    def _found(self, finding: Finding) -> None:
        if not self._strays.holds(finding):
            self._tell_of(finding)

    def _failed(self, path: Path, error: OSError) -> None:
        kind = Kind.FOREIGN if path.name == _LOST else Kind.UNREADABLE
        self._tell(kind, path, error.strerror or str(error))

    def _tell(self, kind: Kind, path: Path, detail: str) -> None:
        self._found(Finding(kind, Path(name_in(self.root, path)), detail))

    def _look_at_the_quarantine(self) -> None:
        """Look at what is kept there: it needs be neither audited nor whole."""
        for shelf in shelves(directory_of(self.root), failed=self._failed):
            rows = self._known.rows_in(shelf.path) if shelf.segments else {}
            for name, status in shelf.segments.items():
                told = self._told(shelf.path / name)
                why = told.row.quarantined if isinstance(told, Told) else told.detail
                self._tell(Kind.QUARANTINED, shelf.path / name, why)
                if isinstance(told, Told):
                    self._absences.moved(Path(told.row.quarantined_from))
                    facts = self._facts(shelf, name, told, rows.get(name))
                    self._judge(facts, status.st_mtime_ns, _OF_QUARANTINED)

    def _look_at(self, shelf: Shelf) -> None:
        rows = self._known.rows_in(shelf.path) if shelf.segments else {}
        attempts = self._known.attempts_in(shelf.path) if shelf.segments else frozenset()
        told = {name: self._told(shelf.path / name) for name in shelf.segments}
        ours = attempts | {
            attempt_name(Path(n)) for n, one in told.items() if isinstance(one, Told)
        }
        for name, status in shelf.segments.items():
            self.count.segments += 1
            self.count.size_bytes += status.st_size
            facts = self._facts(shelf, name, told[name], rows.get(name))
            self._strays_if_unknown(facts)
            is_ours = name in rows or attempt_name(facts.path) in ours or looks_ours(facts.path)
            looked = self._looked_into(facts, is_ours=is_ours)
            if looked is None:
                self._advance(facts.size_bytes)
            else:
                self._judge(looked, status.st_mtime_ns, frozenset(Kind))
        self._look_at_the_rest(shelf)

    def _strays_if_unknown(self, facts: Facts) -> None:
        is_told = isinstance(facts.told, Told)
        if facts.row is None and (facts.has_journal or not is_told):
            film = Film(facts.path, facts.size_bytes, expected_sha256(facts))
            self._strays.add(film, is_told=is_told)

    def _lost(self, path: Path) -> Film | None:
        """Return what is known of a segment that is missing."""
        told, row = self._told(self.root / path), self._known.row_of(path)
        if isinstance(told, Told):
            return Film(path, told.row.size_bytes, told.sha256 or (row.sha256 if row else None))
        return Film(path, row.size_bytes, row.sha256) if row else None

    def _sha256_of(self, path: Path) -> str | None:
        """Return the hash of a file of which nobody has said one; None if it cannot be read."""
        try:
            status = (self.root / path).lstat()
            known = self._memo.known(path.as_posix(), status.st_size, status.st_mtime_ns)
            if known is not None:
                self.count.known_bytes += known.size_bytes
                return known.sha256
            read = digest(self.root / path, advance=lambda _size_bytes: None)
        except (OSError, Unsteady):
            return None
        self.count.read_bytes += read.size_bytes
        self._memo.keep(path.as_posix(), read)
        return read.sha256

    def _facts(self, shelf: Shelf, name: str, told: Told | Finding, row: Row | None) -> Facts:
        status = shelf.segments[name]
        beside = shelf.sidecars.get(Path(name).with_suffix(".json").name, status)
        return Facts(
            path=Path(name_in(self.root, shelf.path / name)),
            size_bytes=status.st_size,
            age=self._age(max(status.st_mtime, beside.st_mtime)),
            told=told,
            row=row,
            has_journal=self._known.is_there,
            is_finalised=True,
            is_repaired=False,
            under_way="",
            is_live=self._is_live,
        )

    def _age(self, written_s: float) -> timedelta:
        now = self._clock.now()
        try:
            return now - datetime.fromtimestamp(written_s, UTC)
        except (ValueError, OverflowError, OSError):
            return timedelta.max

    def _told(self, segment: Path) -> Told | Finding:
        """Return what the sidecar beside a segment says, or what is to be told of it."""
        path = Path(name_in(self.root, segment))
        try:
            return sidecars.read(segment, self.root)
        except FileNotFoundError:
            return Finding(Kind.NO_SIDECAR, path, "nothing beside it describes it")
        except NewerSidecar as error:
            return Finding(Kind.NEWER_SIDECAR, path, str(error))
        except NotTold as error:
            return Finding(Kind.BROKEN_SIDECAR, path, str(error))
        except OSError as error:
            return Finding(Kind.BROKEN_SIDECAR, path, error.strerror or str(error))

    def _judge(self, facts: Facts, mtime_ns: int, kinds: Collection[Kind]) -> None:
        """Tell what is found of these kinds, and have the file be hashed if that may tell more."""
        findings = [finding for finding in judged(facts) if finding.kind in kinds]
        for finding in findings:
            self._found(finding)
        expected = expected_sha256(facts)
        if expected is None or any(finding.kind in _UNHASHED for finding in findings):
            self._advance(facts.size_bytes)
        else:
            self._hash(facts, mtime_ns, expected)

    def _looked_into(self, facts: Facts, *, is_ours: bool) -> Facts | None:
        """Return what else is known of a segment; None if all of it is told."""
        if _is_settled(facts):
            return facts
        under_way = self._under_way.words_of(facts.path)
        if under_way:
            return replace(facts, under_way=under_way)
        path = self.root / facts.path
        try:
            again = self._told(path)  # it may have been described between two looks
            if _is_settled(replace(facts, told=again, size_bytes=path.lstat().st_size)):
                return replace(facts, told=again, size_bytes=path.lstat().st_size)
            if not is_ours and isinstance(again, Finding):
                self._tell(Kind.FOREIGN, path, "no attempt of ours made it")
                return None
            if facts.size_bytes == 0:
                return replace(facts, told=again)
            with VideoFile(path) as video:
                is_finalised = video.is_finalised
            is_repaired = is_finalised and was_repaired(path, again)
            return replace(facts, is_finalised=is_finalised, is_repaired=is_repaired)
        except NotMatroska as error:
            self._tell(Kind.UNREADABLE, path, str(error))
        except OSError as error:
            self._not_read(path, error)
        return None

    def _not_read(self, path: Path, error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            self._absences.add(Path(name_in(self.root, path)), "it vanished meanwhile")
        else:
            self._failed(path, error)

    def _look_at_the_rest(self, shelf: Shelf) -> None:
        for name in shelf.sidecars:
            segment = (shelf.path / name).with_suffix(SEGMENT)
            if segment.name in shelf.segments:
                continue
            told = self._told(segment)
            path = Path(name_in(self.root, segment))
            if isinstance(told, Told) and told.is_removed:
                continue
            if isinstance(told, Told) or told.kind is Kind.NEWER_SIDECAR:
                self._absences.add(path, "its sidecar is there")
            elif told.kind is Kind.BROKEN_SIDECAR:
                self._tell(Kind.FOREIGN, shelf.path / name, "thorsched did not make it")
        for name, what in shelf.others.items():
            if not what and _is_table_beside(name, shelf):
                continue
            if _ASIDE in name:
                self._tell(Kind.SET_ASIDE, shelf.path / name, "a sidecar that could not be read")
            elif name.endswith(".part") and not what:
                self._tell(Kind.FOREIGN, shelf.path / name, "a draft that nobody has finished")
            else:
                detail = what or "thorsched did not make it"
                self._tell(Kind.FOREIGN, shelf.path / name, detail)

    def _hash(self, facts: Facts, mtime_ns: int, expected: str) -> None:
        known = self._memo.known(facts.path.as_posix(), facts.size_bytes, mtime_ns)
        if known is not None:
            self.count.known_bytes += facts.size_bytes
            self._advance(facts.size_bytes)
            self._compare(facts.path, known, expected)
            return
        job = Job(self.root / facts.path, expected)
        for read in self._readers.take(job):
            self._settle(read)

    def _settle(self, read: Read) -> None:
        """Judge a file that was read, or could not be."""
        path = read.job.path
        if isinstance(read.came, OSError):
            self._not_read(path, read.came)
        elif isinstance(read.came, Unsteady):
            self._tell(Kind.UNREADABLE, path, f"{read.came}: verify again")
        else:
            name = Path(name_in(self.root, path))
            self.count.read_bytes += read.came.size_bytes
            self._memo.keep(name.as_posix(), read.came)
            self._compare(name, read.came, read.job.expected)

    def _compare(self, path: Path, read: Digest, expected: str) -> None:
        if read.sha256 != expected:
            detail = f"its SHA-256 is {read.sha256[:12]}..., the audit found {expected[:12]}..."
            self._found(Finding(Kind.CHANGED, path, detail))


def was_repaired(path: Path, told: Told | Finding) -> bool:
    """Return whether a finalised file is one that its sidecar knows unfinalised, and no other.

    Whoever repaired it did not come to say so. Raises `OSError`, `NotMatroska`.
    """
    is_left = isinstance(told, Told) and not told.row.finalised
    return isinstance(told, Told) and is_left and frames(path).count == told.row.frames


def _is_settled(facts: Facts) -> bool:
    """Return whether its sidecar says that all is well, and nothing speaks against it so far."""
    if not isinstance(facts.told, Told):
        return False
    return facts.told.row.finalised and facts.told.row.size_bytes == facts.size_bytes


def _is_table_beside(name: str, shelf: Shelf) -> bool:
    """Return whether `thorsched metadata --to` calls a segment's table so."""
    path = Path(name)
    return bool(Format.named_by(path)) and path.with_suffix(SEGMENT).name in shelf.segments
