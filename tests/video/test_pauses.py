"""A file's pauses: when no frame was filmed, whenever those around it arrived."""

from pathlib import Path

import pytest

from tests.support.films import stamped
from thorsched.video.pauses import pauses

HOLE = [*range(30), *range(60, 90)]
FRAME_S = 1 / 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "side-00000.mkv"


def test_frames_that_follow_each_other_have_no_pause(path: Path) -> None:
    stamped(path)
    assert pauses(path, frame_s=FRAME_S) == ()


def test_a_second_without_frames_is_one(path: Path) -> None:
    stamped(path, numbers=HOLE)
    ((before_s, after_s),) = pauses(path, frame_s=FRAME_S)
    assert before_s == pytest.approx(29 / 30, abs=0.002)
    assert after_s == pytest.approx(2.0, abs=0.002)


def test_frames_that_arrived_late_were_filmed_in_time(path: Path) -> None:
    stamped(path, numbers=HOLE, late=30)
    assert pauses(path, frame_s=FRAME_S) == ()


def test_frames_without_a_clock_are_believed_by_their_arrival(path: Path) -> None:
    stamped(path, numbers=HOLE, bare=frozenset(HOLE))
    assert len(pauses(path, frame_s=FRAME_S)) == 1


def test_a_camera_of_a_frame_a_second_has_no_pause_in_between(path: Path) -> None:
    stamped(path, numbers=range(0, 300, 30))
    assert pauses(path, frame_s=1.0) == ()
    assert len(pauses(path, frame_s=FRAME_S)) == 9


def test_a_file_that_was_never_closed_tells_its_pauses_too(path: Path) -> None:
    film = stamped(path, numbers=HOLE)
    path.write_bytes(film.content[: len(film.content) * 9 // 10])
    assert len(pauses(path, frame_s=FRAME_S)) == 1
