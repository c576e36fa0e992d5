"""What nobody can vouch for is moved aside, whole, and whatever is cut short comes to its end."""

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.recording.conftest import LogLines
from tests.recording.stored import ZERO, damage, segment
from tests.support import values
from tests.support.clocks import FakeClock
from tests.support.films import Film
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.catalogue.sidecars import found_below
from thorsched.recording.archive import Archivist
from thorsched.recording.patients import FIRST_WAIT_S
from thorsched.recording.quarantine import directory_of
from thorsched.recording.segments import Described, Segment
from thorsched.recording.sidecars import is_settled
from thorsched.recording.spec import Recording

pytestmark = pytest.mark.real

WHY = "a frame behind damage would be lost"
PLACE = Path("side/2026-03-01")


class Archive:
    """An archivist of one root, and what it has told."""

    def __init__(self, root: Path, wanted: Recording) -> None:
        self.root = root
        self.directory = root / PLACE
        self.directory.mkdir(parents=True)
        self.recording = replace(wanted, output=values.output(root))
        self.clock = FakeClock()
        self.told: list[Described] = []
        self.checkpoint = root / "checkpoint"
        self.archivist = Archivist(clock=self.clock, described=self.told.append)

    @property
    def apart(self) -> Path:
        return directory_of(self.root) / PLACE

    def damaged(self, film: Film) -> Segment:
        self.checkpoint.touch()
        return replace(damage(film, self.directory, self.recording), checkpoint=self.checkpoint)

    def doubtful(self, film: Film) -> Segment:
        self.checkpoint.touch()
        whole = segment(film, self.directory, self.recording)
        return replace(whole, checkpoint=self.checkpoint, doubt="whose?")

    def run(self, one: Segment) -> None:
        """Have a whole run of the program do what it can about a segment."""
        self.archivist = Archivist(clock=self.clock, described=self.told.append)
        self.archivist.take(one)
        self.archivist.start()
        self.archivist.close(patience_s=PATIENCE_S)


@pytest.fixture
def archive(tmp_path: Path, wanted: Recording) -> Iterator[Archive]:
    made = Archive(tmp_path / "root", wanted)
    yield made
    made.archivist.close(patience_s=PATIENCE_S)


def files_below(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.rglob("*") if path.is_file())


def sidecar_of(path: Path) -> dict[str, object]:
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert isinstance(told, dict)
    return told


def assert_apart(archive: Archive, content: bytes, *, why: str) -> None:
    """Assert that the one segment is in quarantine, whole, and nothing of it anywhere else."""
    assert files_below(archive.directory) == []
    assert files_below(archive.apart) == ["side-00000.json", "side-00000.mkv"]
    moved = archive.apart / "side-00000.mkv"
    assert moved.read_bytes() == content
    assert sidecar_of(moved)["quarantined"] == {"why": why, "from": str(PLACE / moved.name)}
    assert not archive.checkpoint.exists()


def test_what_cannot_be_repaired_is_moved_with_a_sidecar_that_says_why(
    film: Film, archive: Archive, log_lines: LogLines
) -> None:
    damaged = archive.damaged(film)
    content = damaged.path.read_bytes()
    archive.run(damaged)
    assert_apart(archive, content, why=WHY)
    before, after = archive.told
    assert (before.quarantined, before.segment) == (None, damaged)
    assert after.quarantined is not None
    assert (after.quarantined.why, after.origin) == (WHY, damaged.path)
    assert after.segment.path == archive.apart / "side-00000.mkv"
    assert log_lines.of(logging.WARNING) == ["segment in quarantine"]


def test_what_may_be_another_cameras_is_told_of_once_it_is_in_quarantine(
    film: Film, archive: Archive
) -> None:
    archive.run(archive.doubtful(film))
    assert_apart(archive, film.content, why="whose?")
    (told,) = archive.told
    assert told.quarantined is not None


def test_nothing_in_quarantine_is_ever_written_over(film: Film, archive: Archive) -> None:
    archive.apart.mkdir(parents=True)
    (archive.apart / "side-00000.mkv").write_bytes(b"older")
    (archive.apart / "side-00000.2.json").write_bytes(b"somebody's")
    archive.run(archive.damaged(film))
    assert (archive.apart / "side-00000.mkv").read_bytes() == b"older"
    assert (archive.apart / "side-00000.2.json").read_bytes() == b"somebody's"
    assert sidecar_of(archive.apart / "side-00000.3.mkv")["file"] == "side-00000.3.mkv"


@pytest.mark.fault(37)
def test_killed_between_the_sidecar_and_the_move_the_next_run_moves_it(
    film: Film, archive: Archive
) -> None:
    damaged = archive.damaged(film)
    content = damaged.path.read_bytes()
    archive.run(damaged)
    (archive.apart / "side-00000.mkv").rename(damaged.path)
    assert files_below(archive.apart) == ["side-00000.json"]
    assert not is_settled(damaged.path)
    archive.checkpoint.touch()
    archive.run(damaged)
    assert_apart(archive, content, why=WHY)


@pytest.mark.fault(37)
def test_killed_right_after_the_move_the_next_run_finds_it_where_it_is(
    film: Film, archive: Archive
) -> None:
    damaged = archive.damaged(film)
    archive.run(damaged)
    archive.run(replace(damaged, is_guess=True))  # as a trail without its file hands it over
    assert files_below(archive.apart) == ["side-00000.json", "side-00000.mkv"]
    assert len(archive.told) == 2
    (told,) = found_below(archive.root, since=ZERO - timedelta(days=9))
    row = told.row
    assert row.path == directory_of(Path()) / PLACE / "side-00000.mkv"
    assert row.attempt == str(PLACE / "side")
    assert (row.quarantined, row.quarantined_from) == (WHY, str(PLACE / "side-00000.mkv"))


@pytest.mark.fault(35)
def test_a_link_is_not_followed_out_of_the_root_and_once_it_is_gone_the_file_is_moved(
    film: Film, archive: Archive, tmp_path: Path, log_lines: LogLines
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    directory_of(archive.root).parent.mkdir()
    directory_of(archive.root).symlink_to(elsewhere)
    damaged = archive.damaged(film)
    content = damaged.path.read_bytes()
    archive.archivist.take(damaged)
    archive.archivist.start()
    assert eventually(lambda: log_lines.of(logging.WARNING) != [])
    assert eventually(damaged.path.with_suffix(".json").exists)
    assert "quarantine" in sidecar_of(damaged.path)
    assert list(elsewhere.iterdir()) == []
    assert damaged.path.read_bytes() == content
    directory_of(archive.root).unlink()
    archive.clock.advance(FIRST_WAIT_S)
    archive.archivist.close(patience_s=PATIENCE_S)
    assert_apart(archive, content, why=WHY)
    assert log_lines.of(logging.WARNING) == [
        "segment not in quarantine as yet",
        "segment in quarantine",
    ]


@pytest.mark.fault(26)
def test_on_a_full_disk_it_stays_where_it_is_and_the_next_run_moves_it(
    film: Film, small_disk: Path, wanted: Recording, log_lines: LogLines
) -> None:
    archive = Archive(small_disk / "root", wanted)
    doubtful, filling = archive.doubtful(film), small_disk / "filling"
    filling.write_bytes(bytes(shutil.disk_usage(small_disk).free))
    archive.run(doubtful)
    assert "segment not in quarantine as yet" in log_lines.of(logging.WARNING)
    assert doubtful.path.read_bytes() == film.content
    assert files_below(directory_of(archive.root)) == []
    assert archive.checkpoint.exists()
    assert not is_settled(doubtful.path)
    filling.unlink()
    archive.run(doubtful)
    assert_apart(archive, film.content, why="whose?")
