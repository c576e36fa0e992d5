"""Closed files get onto the disk, though it be away for a while; nobody waits for it for long."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import values
from tests.support.disks import FreezableDisk
from thorsched.recording.closed import ClosedFiles
from thorsched.recording.segments import Segment

PATIENCE_S = 5.0


@pytest.fixture
def closed() -> Iterator[ClosedFiles]:
    made = ClosedFiles()
    yield made
    made.close()


def segment(path: Path) -> Segment:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"no frame, but too long for a bare head" * 1000)
    return Segment(path, values.recording(), values.NOON, ())


def test_a_disk_that_is_away_for_a_while_is_tried_again(
    closed: ClosedFiles, tmp_path: Path
) -> None:
    one = segment(tmp_path / "disk" / "a-00.mkv")
    closed.begin("side", most_files=0)
    (tmp_path / "disk").rename(tmp_path / "away")
    closed.take(one)
    assert not closed.flush(patience_s=PATIENCE_S)
    assert closed.of("side").files == [one.path]
    (tmp_path / "away").rename(tmp_path / "disk")
    assert closed.flush(patience_s=PATIENCE_S)
    assert closed.of("side").files == [one.path]


def test_a_file_that_was_taken_away_is_forgotten(closed: ClosedFiles, tmp_path: Path) -> None:
    closed.begin("side", most_files=0)
    kept, gone = (segment(tmp_path / "disk" / name) for name in ("a-00.mkv", "a-01.mkv"))
    gone.path.unlink()
    closed.take(kept)
    closed.take(gone)
    closed.take(replace(gone, is_guess=True))
    assert closed.flush(patience_s=PATIENCE_S)
    assert closed.of("side").files == [kept.path]


def test_one_more_is_kept_when_none_is_being_written(closed: ClosedFiles, tmp_path: Path) -> None:
    closed.begin("side", most_files=2)
    for number in range(3):
        closed.take(segment(tmp_path / "disk" / f"a-{number:02d}.mkv"))
    closed.flush(patience_s=PATIENCE_S)
    assert [path.name for path in closed.of("side").files] == ["a-02.mkv"]
    closed.end("side")
    closed.take(segment(tmp_path / "disk" / "a-03.mkv"))
    closed.flush(patience_s=PATIENCE_S)
    names = sorted(path.name for path in (tmp_path / "disk").iterdir())
    assert names == ["a-02.mkv", "a-03.mkv"]


def test_the_files_of_an_earlier_recording_are_not_a_later_ones(
    closed: ClosedFiles, tmp_path: Path
) -> None:
    closed.begin("side", most_files=0)
    first = closed.of("side")
    closed.take(segment(tmp_path / "disk" / "a-00.mkv"))
    closed.begin("side", most_files=1)
    closed.take(segment(tmp_path / "disk" / "b-00.mkv"))
    closed.end("side")
    closed.flush(patience_s=PATIENCE_S)
    assert [path.name for path in first.files] == ["a-00.mkv"]
    assert (tmp_path / "disk" / "a-00.mkv").exists()


def test_a_disk_that_does_not_answer_is_not_waited_for_for_long(
    freezable_disk: FreezableDisk,
) -> None:
    closed = ClosedFiles()
    closed.begin("side", most_files=0)
    stuck, later = (segment(freezable_disk.path / "root" / f"a-0{n}.mkv") for n in (0, 1))
    stuck.path.write_bytes(b"")  # is removed, which waits for the disk
    with freezable_disk.frozen():
        closed.take(stuck)
        closed.take(later)
        assert not closed.flush(patience_s=0.5)
        closed.close()
        assert closed.of("side").files == [stuck.path, later.path]
    assert closed.flush(patience_s=PATIENCE_S)
    assert closed.of("side").files == [later.path]
    closed.close()
