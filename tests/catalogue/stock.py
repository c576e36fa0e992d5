"""A storage root as a run of the program leaves it: segments, sidecars, audits, a journal."""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.catalogue.conftest import Root
from tests.catalogue.told import began, ended
from tests.recording.stored import SMALL
from tests.support.films import Film
from tests.support.values import NOON, output, recording, source
from thorsched.base.units import format_utc
from thorsched.catalogue.entries import Audited
from thorsched.catalogue.fsck.findings import Finding, Kind
from thorsched.catalogue.fsck.verify import Verification
from thorsched.recording.describing import describe
from thorsched.recording.segments import Described, Segment
from thorsched.recording.sidecars import write_sidecar
from thorsched.schedule.intervals import Window

ATTEMPT = "side_20260301T120001Z"
DIRECTORY = Path("side/2026-03-01")
# Files that a test writes now are old by then.
LATER_S = timedelta(days=10_000).total_seconds()


def name(number: int) -> Path:
    """Return a segment's path below the root."""
    return DIRECTORY / f"{ATTEMPT}-{number:05d}.mkv"


class Stock:
    """A root with some segments of one attempt, all told, audited and in the journal."""

    def __init__(self, root: Root, film: Film, *, segments: int = 3) -> None:
        self.root = root
        self.path = root.path
        self.film = film
        root.clock.step_wall(LATER_S)
        with root.written() as journal:
            journal.tell(began(self.path))
            for number in range(segments):
                described = self.add(number)
                journal.tell(described)
                journal.tell(audit(described))
            journal.tell(ended(self.path))

    def segment(self, number: int) -> Path:
        return self.path / name(number)

    def sidecar(self, number: int) -> Path:
        return self.segment(number).with_suffix(".json")

    def told(self, number: int) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.sidecar(number).read_text())
        return told

    def add(self, number: int, content: bytes | None = None) -> Described:
        """Leave one more segment with its sidecar, audited; the journal does not know it."""
        described = self.describe(number, content)
        write_sidecar(described)
        found = audit(described)
        values = {k: v for k, v in asdict(found).items() if k not in {"path", "sha256"}}
        told = self.told(number) | {
            "sha256": found.sha256,
            "audit": {**values, "at": format_utc(found.at)},
        }
        self.sidecar(number).write_text(json.dumps(told))
        return described

    def describe(self, number: int, content: bytes | None = None) -> Described:
        path = self.segment(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.film.content if content is None else content)
        wanted = recording(of=source(capability=SMALL))
        wanted = replace(wanted, window=Window(NOON, NOON + timedelta(hours=1)))
        wanted = replace(
            wanted,
            output=output(self.path),
            provenance={"schedules": ["nights"], "revision": "f" * 64},
        )
        return describe(Segment(path, wanted, NOON + timedelta(seconds=10 * number), ()))

    def forget_audit(self, number: int) -> None:
        """Have the journal know of no audit."""
        with closing(sqlite3.connect(self.root.journal)) as journal:
            journal.execute("DELETE FROM audits WHERE path = ?", (name(number).as_posix(),))
            journal.commit()

    def verified(self, *, fresh: bool = False) -> list[Finding]:
        return verified(self.path, self.root, fresh=fresh)

    def wrong(self) -> list[tuple[str, str]]:
        """Return kind and file of what is found to be wrong."""
        return [(f.kind.value, f.path.name) for f in self.verified() if f.is_wrong]


def verified(path: Path, root: Root, *, fresh: bool = False) -> list[Finding]:
    found: list[Finding] = []
    with Verification(path, clock=root.clock, found=found.append, fresh=fresh) as looks:
        looks.run()
    return found


def kinds(findings: list[Finding]) -> set[Kind]:
    return {finding.kind for finding in findings}


def audit(described: Described) -> Audited:
    """Return what an audit finds of a good segment."""
    path = described.segment.path
    return Audited(
        path=path,
        at=datetime(2026, 3, 1, 13, tzinfo=UTC),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size_bytes=described.size_bytes,
        frames=described.frames,
        first_timestamp=None,
        last_timestamp=None,
        dropped=0,
        duplicates=0,
        backward=0,
        unreadable=described.frames,
        damaged=0,
        black=0,
        frozen_s=0.0,
        verdict="good",
    )


def plain_segments(root: Path, number: int, *, size_bytes: int) -> None:
    """Leave so many segments of zeros, which take no room on the disk, told and audited."""
    directory = root / DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    (root / ".thorsched").mkdir(exist_ok=True)
    sha256 = hashlib.sha256(bytes(size_bytes)).hexdigest()
    for place in range(number):
        path = root / name(place)
        with path.open("wb") as file:
            file.truncate(size_bytes)
        path.with_suffix(".json").write_text(told_text(path, size_bytes, sha256, place=place))


def told_text(path: Path, size_bytes: int, sha256: str, *, place: int = 0) -> str:
    """Return what the sidecar of a segment of that size and hash says; its `place` is in time."""
    began = NOON + place * timedelta(seconds=10)
    numbers = ("dropped", "duplicates", "backward", "unreadable", "damaged", "black")
    return json.dumps(
        {
            "version": 1,
            "file": path.name,
            "camera": "side",
            "size_bytes": size_bytes,
            "frames": 300,
            "first_frame": format_utc(began),
            "last_frame_end": format_utc(began + timedelta(seconds=10)),
            "finalised": True,
            "sha256": sha256,
            "audit": {
                "at": "2026-03-01T13:00:00.000Z",
                "first_timestamp": None,
                "last_timestamp": None,
                "frozen_s": 0.0,
                "verdict": "good",
                "detail": "",
                "size_bytes": size_bytes,
                "frames": 300,
                **dict.fromkeys(numbers, 0),
            },
        }
    )
