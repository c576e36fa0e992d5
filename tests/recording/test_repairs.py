"""The archivist repairs what was never closed, when it has nothing else to do, and tells of it."""

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.recording.conftest import LogLines
from tests.recording.stored import damage, segment
from tests.support import values
from tests.support.clocks import FakeClock
from tests.support.films import Film
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.recording.archive import Archivist
from thorsched.recording.closed import ClosedFiles
from thorsched.recording.patients import FIRST_WAIT_S, LONGEST_WAIT_S, Patients
from thorsched.recording.segments import Described, Segment
from thorsched.recording.sidecars import is_settled
from thorsched.recording.spec import Recording
from thorsched.schedule.intervals import Window
from thorsched.video.matroska import frames

pytestmark = pytest.mark.real


class Archive:
    """An archivist and what it has told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.told: list[Described] = []
        self.settled: list[Path] = []
        self.archivist = Archivist(
            clock=self.clock, described=self.told.append, settled=self.settled.append
        )

    def close(self) -> None:
        self.archivist.close(patience_s=PATIENCE_S)


@pytest.fixture
def archive() -> Iterator[Archive]:
    made = Archive()
    made.archivist.start()
    yield made
    made.close()


def cut(film: Film, directory: Path, wanted: Recording, *, name: str = "side-00000") -> Segment:
    """Return a segment that ends within a frame."""
    made = segment(film, directory, wanted, name=name)
    made.path.write_bytes(film.content[:-8000])
    return made


def sidecar_of(one: Segment) -> dict[str, object]:
    told = json.loads(one.path.with_suffix(".json").read_text(encoding="utf-8"))
    assert isinstance(told, dict)
    return told


def test_what_was_never_closed_is_told_repaired_and_told_again(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive
) -> None:
    checkpoint = tmp_path / "checkpoint"
    checkpoint.touch()
    left = replace(cut(film, tmp_path, wanted), checkpoint=checkpoint)
    archive.archivist.take(left)
    archive.close()
    before, after = archive.told
    assert archive.settled == [left.path], "it was settled before it was repaired"
    assert (before.finalised, before.repaired) == (False, None)
    assert after.repaired is not None
    assert after == replace(
        before,
        finalised=True,
        repaired=after.repaired,
        size_bytes=left.path.stat().st_size,
        pictures=after.pictures,
    )
    assert after.repaired.original_bytes == len(film.content) - 8000
    told = sidecar_of(left)
    assert (told["finalised"], told["frames"]) == (True, frames(left.path).count)
    assert told["repaired"] == {
        "original_bytes": len(film.content) - 8000,
        "original_sha256": after.repaired.original_sha256,
        "dropped_bytes": after.repaired.dropped_bytes,
    }
    assert not checkpoint.exists()
    assert list(tmp_path.glob("*.part")) == []


def test_what_cannot_be_repaired_is_kept_and_its_sidecar_says_why(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    """It is not below the root: it can be no more than left alone."""
    damaged = damage(film, tmp_path, wanted)
    content = damaged.path.read_bytes()
    archive.archivist.take(damaged)
    assert eventually(damaged.path.with_suffix(".json").exists)
    archive.close()
    assert damaged.path.read_bytes() == content
    told = sidecar_of(damaged)
    assert told["finalised"] is False
    assert told["repair"] == {"failed": "a frame behind damage would be lost"}
    assert told["quarantine"] == {
        "why": "a frame behind damage would be lost",
        "failed": f"[Errno 18] it is not below the storage root: '{damaged.path}'",
    }
    assert log_lines.of(logging.WARNING) == ["segment not in quarantine as yet"]
    assert len(archive.told) == 1


def test_a_repair_without_room_waits_and_is_done_when_there_is_some(
    film: Film, small_disk: Path, wanted: Recording, log_lines: LogLines
) -> None:
    archive = Archive()
    left = cut(film, small_disk, wanted)
    content = left.path.read_bytes()
    filling = small_disk / "filling"
    filling.write_bytes(bytes(shutil.disk_usage(small_disk).free - 40_000))
    archive.archivist.take(left)
    archive.archivist.start()
    assert eventually(left.path.with_suffix(".json").exists)
    failed = sidecar_of(left)["repair"]
    assert isinstance(failed, dict)
    assert failed["failed"].startswith("the repair needs ")
    assert left.path.read_bytes() == content
    filling.unlink()
    archive.clock.advance(FIRST_WAIT_S)
    archive.archivist.take(segment(film, small_disk, wanted, name="side-00001"))
    assert eventually(lambda: "repaired" in sidecar_of(left))
    archive.close()
    assert frames(left.path).finalised
    assert log_lines.of(logging.WARNING) == ["segment not repaired"]


def test_a_repair_without_room_is_left_to_the_next_program(
    film: Film, small_disk: Path, wanted: Recording
) -> None:
    archive = Archive()
    checkpoint = small_disk / "checkpoint"
    checkpoint.touch()
    left = replace(cut(film, small_disk, wanted), checkpoint=checkpoint)
    (small_disk / "filling").write_bytes(bytes(shutil.disk_usage(small_disk).free - 40_000))
    archive.archivist.take(left)
    archive.archivist.start()
    archive.close()
    assert "repair" in sidecar_of(left)
    assert not is_settled(left.path)
    assert checkpoint.exists()


class CameMeanwhile(FakeClock):
    """A clock that hands over a segment when it is looked at during a repair."""

    def __init__(self, archive: Archive, draft: Path, later: Segment) -> None:
        super().__init__()
        self._archive, self._draft, self._later = archive, draft, [later]

    def monotonic_s(self) -> float:
        if self._later and self._draft.exists():
            self._archive.archivist.take(self._later.pop())
        return super().monotonic_s()


def test_a_segment_that_comes_during_a_repair_does_not_wait_for_its_end(
    film: Film, tmp_path: Path, wanted: Recording
) -> None:
    archive, left = Archive(), cut(film, tmp_path, wanted)
    later = segment(film, tmp_path, wanted, name="side-00001")
    clock = CameMeanwhile(archive, left.path.with_name(f"{left.path.name}.part"), later)
    archive.archivist = Archivist(clock=clock, described=archive.told.append)
    archive.archivist.take(left)
    archive.archivist.start()
    assert eventually(lambda: len(archive.told) == 3)
    archive.close()
    assert [one.segment for one in archive.told] == [left, later, left]
    assert archive.told[-1].repaired is not None


def test_waits_grow_with_each_failure_and_end_with_the_archivist() -> None:
    patients, now_s = Patients(), 1000.0
    start = values.NOON
    described = Described(
        Segment(Path("side-00000.mkv"), values.recording(), start, ()),
        1000,
        10,
        Window(start, start + timedelta(minutes=1)),
        finalised=False,
    )
    patients.admit(described)
    waits: list[float] = []
    for _ in range(10):
        patient = patients.due(now_s=now_s, is_last=False)
        assert patient is not None
        patients.put_off(patient, now_s=now_s)
        assert patients.due(now_s=patient.due_s - 0.1, is_last=False) is None
        assert patients.due(now_s=now_s, is_last=True) is patient
        waits.append(patient.due_s - now_s)
        now_s = patient.due_s
    assert waits[:3] == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    assert waits[-1] == LONGEST_WAIT_S
    for patient in filter(None, [patients.due(now_s=now_s, is_last=True)]):
        patients.dismiss(patient)
    assert not patients


def test_a_script_has_its_files_repaired_too(film: Film, tmp_path: Path) -> None:
    left = cut(film, tmp_path, values.recording())
    closed = ClosedFiles()
    closed.begin("side", most_files=0)
    closed.take(left)
    assert closed.flush(patience_s=PATIENCE_S)
    closed.close()
    assert frames(left.path).finalised
    assert list(tmp_path.iterdir()) == [left.path]
