"""What is found in a segment, and that no segment spoils it for the next one."""

import json
import logging
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recording.conftest import LogLines
from tests.recording.stored import SMALL, ZERO, segment
from tests.support.clocks import FakeClock
from tests.support.films import Film
from tests.support.values import HD, source
from tests.support.waiting import PATIENCE_S, eventually, pause
from tests.thorvision.misbehaving import timed
from thorsched.cameras.bounds import Size
from thorsched.recording.archive import Archivist
from thorsched.recording.describing import describe
from thorsched.recording.segments import Described
from thorsched.recording.spec import Recording
from thorsched.video.matroska import NoFrame
from thorsched.video.picture import size_of

pytestmark = pytest.mark.real


class Archive:
    """An archivist and what it has described."""

    def __init__(self) -> None:
        self.described: list[Described] = []
        self.settled: list[tuple[str, bool]] = []
        """What is settled, and whether it had its sidecar by then."""
        self.fails = False
        self.archivist = Archivist(clock=FakeClock(), described=self._take, settled=self._settle)
        self.archivist.start()

    def _take(self, described: Described) -> None:
        self.described.append(described)
        if self.fails:
            raise RuntimeError("this report was made to fail")

    def _settle(self, path: Path) -> None:
        self.settled.append((path.name, path.with_suffix(".json").exists()))

    def names(self) -> list[str]:
        return [described.segment.path.name for described in self.described]


def last_words(log_lines: LogLines) -> list[str]:
    """Return the warnings but those of what is tried again."""
    return [line for line in log_lines.of(logging.WARNING) if not line.endswith("as yet")]


@pytest.fixture
def archive() -> Iterator[Archive]:
    made = Archive()
    yield made
    made.archivist.close(patience_s=PATIENCE_S)


def test_a_segment_is_described_by_what_is_in_it(
    film: Film, tmp_path: Path, wanted: Recording
) -> None:
    described = describe(segment(film, tmp_path, wanted))
    assert (described.frames, described.finalised) == (60, True)
    assert described.size_bytes == len(film.content)
    length = timedelta(seconds=film.pts_s[-1] - film.pts_s[0] + 1 / 30)
    assert abs(described.span.start - ZERO) < timedelta(milliseconds=2)
    assert abs(described.span.length - length) < timedelta(milliseconds=2)


def test_the_last_frame_of_a_rate_that_no_camera_has_is_no_recording_of_years(
    film: Film, tmp_path: Path, wanted: Recording
) -> None:
    never = replace(SMALL, rate_numerator=1, rate_denominator=999_999_999)
    described = describe(segment(film, tmp_path, replace(wanted, source=source(capability=never))))
    length = timedelta(seconds=film.pts_s[-1] - film.pts_s[0] + 30)
    assert abs(described.span.length - length) < timedelta(milliseconds=2)


def test_a_segment_that_was_never_closed_is_described_as_such(
    film: Film, tmp_path: Path, wanted: Recording
) -> None:
    left = segment(film, tmp_path, wanted)
    left.path.write_bytes(film.content[:-5000])
    described = describe(left)
    assert not described.finalised
    assert 50 < described.frames < 60
    assert described.pictures == (Size(160, 120), None)


def test_the_segments_are_described_in_turn_and_left_as_they_are(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive
) -> None:
    names = [f"side-0000{index}" for index in range(3)]
    for name in names:
        archive.archivist.take(segment(film, tmp_path, wanted, name=name))
    archive.archivist.close(patience_s=PATIENCE_S)
    assert archive.names() == [f"{name}.mkv" for name in names]
    assert archive.settled == [(f"{name}.mkv", True) for name in names]
    for name in names:
        assert (tmp_path / f"{name}.mkv").read_bytes() == film.content
        assert json.loads((tmp_path / f"{name}.json").read_text())["file"] == f"{name}.mkv"
    assert list(tmp_path.glob("*.part")) == []


def test_a_sidecar_that_cannot_be_written_is_logged_and_leaves_no_draft(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    (tmp_path / "side-00000.json").mkdir()
    archive.archivist.take(segment(film, tmp_path, wanted))
    archive.archivist.take(segment(film, tmp_path, wanted, name="side-00001"))
    archive.archivist.close(patience_s=PATIENCE_S)
    assert last_words(log_lines) == ["segment left without a sidecar"]
    assert archive.names() == ["side-00000.mkv", "side-00001.mkv"], "the frames are there"
    assert list(tmp_path.glob("*.part")) == []
    assert (tmp_path / "side-00001.json").exists()


def test_a_disk_without_room_for_a_sidecar_keeps_no_half_of_one(
    film: Film, small_disk: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    stored = segment(film, small_disk, wanted)
    room_bytes = shutil.disk_usage(small_disk).free
    (small_disk / "filling").write_bytes(bytes(room_bytes))
    archive.archivist.take(stored)
    archive.archivist.close(patience_s=PATIENCE_S)
    assert last_words(log_lines) == ["segment left without a sidecar"]
    assert sorted(path.name for path in small_disk.iterdir()) == ["filling", "side-00000.mkv"]
    assert stored.path.read_bytes() == film.content


def test_a_segment_that_is_gone_or_no_video_is_logged_and_the_next_is_described(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    gone = segment(film, tmp_path, wanted, name="side-00000")
    gone.path.unlink()
    broken = segment(film, tmp_path, wanted, name="side-00001")
    broken.path.write_bytes(b"no video" * 1000)
    tiny = segment(film, tmp_path, wanted, name="side-00002")
    tiny.path.write_bytes(b"no video")
    for one in (gone, broken, tiny, segment(film, tmp_path, wanted, name="side-00003")):
        archive.archivist.take(one)
    archive.archivist.close(patience_s=PATIENCE_S)
    assert sorted(last_words(log_lines)) == [
        "segment not described",
        "segment not described",
        "segment taken away before it was described",
    ]
    assert archive.names() == ["side-00003.mkv"]
    assert broken.path.read_bytes() == b"no video" * 1000
    assert tiny.path.read_bytes() == b"no video", "what is not ours was removed"


def test_a_bug_in_one_report_does_not_end_the_archive(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    archive.fails = True
    archive.archivist.take(segment(film, tmp_path, wanted))
    assert eventually(lambda: log_lines.of(logging.ERROR) == ["segment not described"])
    archive.fails = False
    archive.archivist.take(segment(film, tmp_path, wanted, name="side-00001"))
    archive.archivist.close(patience_s=PATIENCE_S)
    assert archive.names() == ["side-00000.mkv", "side-00001.mkv"]


def test_a_disk_that_does_not_answer_holds_the_end_up_for_a_bounded_time(
    film: Film, tmp_path: Path, wanted: Recording, log_lines: LogLines
) -> None:
    thawed, described = threading.Event(), list[str]()

    def take(done: Described) -> None:
        described.append(done.segment.path.name)
        thawed.wait()

    clock = FakeClock()
    archivist = Archivist(clock=clock, described=take)
    archivist.start()
    names = ["side-00000", "side-00001"]
    for name in names:
        archivist.take(segment(film, tmp_path, wanted, name=name))
    assert eventually(lambda: described == ["side-00000.mkv"])
    assert archivist.at == (tmp_path / "side-00000.mkv", clock.monotonic_s())
    with timed() as took:
        archivist.close(patience_s=0.3)
    assert 0.3 <= took.s < PATIENCE_S
    assert log_lines.of(logging.ERROR) == [
        "segment left without a sidecar, its disk does not answer"
    ] * len(names)
    left = [vars(one)["file"] for one in log_lines.records if one.levelno == logging.ERROR]
    assert left == [tmp_path / f"{name}.mkv" for name in names]
    thawed.set()
    assert eventually(lambda: archivist.at is None)
    assert eventually((tmp_path / "side-00001.json").exists)


def test_a_slow_disk_is_waited_for_as_long_as_it_gets_on(
    film: Film, tmp_path: Path, wanted: Recording, log_lines: LogLines
) -> None:
    archivist = Archivist(clock=FakeClock(), described=lambda _: pause(0.25))
    archivist.start()
    for number in range(12):
        archivist.take(segment(film, tmp_path, wanted, name=f"side-000{number:02}"))
    archivist.close(patience_s=2.5)
    assert log_lines.of(logging.ERROR) == []
    assert len(list(tmp_path.glob("*.json"))) == 12


def test_files_of_a_disk_that_was_away_are_described_when_it_is_back(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    disk, away = tmp_path / "disk", tmp_path / "away"
    disk.mkdir()
    on_it = [segment(film, disk, wanted, name=f"side-0000{number}") for number in range(2)]
    disk.rename(away)
    archive.archivist.take(on_it[0])
    assert eventually(lambda: log_lines.of(logging.WARNING) == ["segment not described as yet"])
    away.rename(disk)
    archive.archivist.take(on_it[1])
    assert eventually(lambda: len(list(disk.glob("*.json"))) == 2)
    archive.archivist.close(patience_s=PATIENCE_S)
    assert len(archive.described) == 2


def test_segments_that_nobody_saw_are_looked_for_one_by_one_when_their_disk_is_back(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    disk, away = tmp_path / "disk", tmp_path / "away"
    disk.mkdir()
    seen, *_ = (segment(film, disk, wanted, name=f"side-0000{number}") for number in range(3))
    other = segment(film, disk, wanted, name="side-00004")
    disk.rename(away)
    archive.archivist.take(seen)
    archive.archivist.take(seen.successor())
    assert eventually(lambda: log_lines.of(logging.WARNING) == ["segment not described as yet"])
    away.rename(disk)
    archive.archivist.take(other)
    assert eventually(lambda: len(list(disk.glob("*.json"))) == 4)
    archive.archivist.close(patience_s=PATIENCE_S)
    assert sorted(archive.names()) == [f"side-0000{number}.mkv" for number in (0, 1, 2, 4)]
    assert log_lines.of(logging.WARNING) == ["segment not described as yet"]


def test_a_guess_is_no_news_where_there_is_no_such_segment(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    archive.archivist.take(segment(film, disk, wanted).successor())
    disk.rename(tmp_path / "away")
    archive.archivist.take(segment(film, tmp_path, wanted, name="side-00007"))
    archive.archivist.close(patience_s=PATIENCE_S)
    assert archive.names() == ["side-00007.mkv"]
    assert log_lines.of(logging.WARNING) == []


def test_the_end_tries_once_more_and_says_what_is_left(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    gone = segment(film, tmp_path, wanted, name="side-00000")
    tmp_path.rename(tmp_path.with_name("unmounted"))
    archive.archivist.take(gone)
    assert eventually(lambda: log_lines.of(logging.WARNING) == ["segment not described as yet"])
    archive.archivist.close(patience_s=PATIENCE_S)
    assert log_lines.of(logging.WARNING)[1:] == ["segment left without a sidecar"]


def test_a_file_without_a_frame_is_removed(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    head = segment(film, tmp_path, wanted, name="side-00000")
    head.path.write_bytes(film.content[: film.content.index(film.frames[0])])
    empty = segment(film, tmp_path, wanted, name="side-00001")
    empty.path.write_bytes(b"")
    archive.archivist.take(head)
    archive.archivist.take(empty)
    archive.archivist.close(patience_s=PATIENCE_S)
    assert list(tmp_path.glob("side-*")) == []
    assert log_lines.of(logging.INFO) == ["removed a segment without a frame"] * 2
    assert archive.described == []


def test_a_file_of_some_size_is_kept_even_if_no_frame_of_it_can_be_read(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive
) -> None:
    left = segment(film, tmp_path, wanted)
    first = film.frames[0]
    cut_short = film.content[: film.content.index(first) + len(first) - 100]
    left.path.write_bytes(cut_short)
    with pytest.raises(NoFrame):
        describe(left)
    archive.archivist.take(left)
    archive.archivist.close(patience_s=PATIENCE_S)
    assert left.path.read_bytes() == cut_short


def test_pictures_of_another_size_than_asked_for_are_told_and_logged(
    film: Film, tmp_path: Path, wanted: Recording, archive: Archive, log_lines: LogLines
) -> None:
    as_asked = segment(film, tmp_path, wanted)
    others = replace(wanted, source=source(capability=HD))
    other = segment(film, tmp_path, others, name="side-00001")
    for one in (as_asked, other):
        archive.archivist.take(one)
    archive.archivist.close(patience_s=PATIENCE_S)
    assert log_lines.of(logging.WARNING) == ["pictures are not of the size that was asked for"]
    (warning,) = [record for record in log_lines.records if record.levelno == logging.WARNING]
    said = vars(warning)
    assert (said["file"], str(said["wanted"]), str(said["first"])) == (
        "side-00001.mkv",
        "1280x720",
        "160x120",
    )
    told = json.loads(other.path.with_suffix(".json").read_text())
    assert told["picture"]["last"] == {"width": 160, "height": 120}


def test_a_size_that_changes_inside_a_file_is_seen_at_its_end(
    film: Film, tmp_path: Path, wanted: Recording
) -> None:
    changed = segment(film, tmp_path, wanted)
    last = film.frames[-1]
    sof = last.index(b"\xff\xc0")
    larger = last[: sof + 5] + bytes.fromhex("02d00500") + last[sof + 9 :]
    changed.path.write_bytes(film.content.replace(last, larger))
    assert describe(changed).pictures == (Size(160, 120), Size(1280, 720))


@given(st.binary(max_size=40), st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\x00\x04"]))
def test_what_is_no_picture_has_no_size_or_some(garbage: bytes, head: bytes) -> None:
    size = size_of(head + garbage)
    assert size is None or b"\xff" in garbage


def test_the_size_stands_behind_metadata_that_looks_like_one(film: Film) -> None:
    first = film.frames[0]
    decoy = b"\xff\xc0\x00\x11\x08\x00\x01\x00\x01\x03"
    segment = b"\xff\xe1" + (len(decoy) + 2).to_bytes(2, "big") + decoy
    assert size_of(first[:2] + segment + b"\xff" + first[2:]) == Size(160, 120)
