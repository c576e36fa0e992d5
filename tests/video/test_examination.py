"""One reading of a file tells its frames, its hash, and what is wrong with its pictures."""

import hashlib
import os
import tracemalloc
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.support.films import (
    FRAMES,
    H265,
    TIMING,
    Film,
    joined,
    jpeg,
    noise,
    shoot,
    stamped,
    with_metadata,
)
from thorsched import metadata
from thorsched.video.ebml import FileData
from thorsched.video.examination import Changed, Counters, examine
from thorsched.video.findings import Examination
from thorsched.video.hashed import HashedData
from thorsched.video.looks import LARGEST_FRAME_BYTES, thumbnail

PICTURES = list(islice(noise(), FRAMES))
BLACK = jpeg(Image.new("RGB", (64, 48), "black"))
STILL = jpeg(Image.linear_gradient("L").resize((64, 48)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return stamped(tmp_path_factory.mktemp("stamped") / "whole.mkv")


def sound(film: Film) -> Examination:
    """Return what is to be found in a film that nothing is wrong with."""
    return Examination(
        sha256=hashlib.sha256(film.content).hexdigest(),
        size_bytes=len(film.content),
        codec="V_MJPEG",
        is_jpeg=True,
        finalised=True,
        damages=0,
        frames=FRAMES,
        first_timestamp=TIMING.metadata(0).xdaq_timestamp,
        last_timestamp=TIMING.metadata(FRAMES - 1).xdaq_timestamp,
        dropped=0,
        duplicates=0,
        backward=0,
        unreadable=0,
        damaged=0,
        looked=1,
        black=0,
        frozen_s=0.0,
    )


def stamped_of(path: Path, pictures: Mapping[int, bytes], *, rate_fps: int = 30) -> Path:
    frames = {number: with_metadata(picture, number) for number, picture in pictures.items()}
    return joined(path, frames, rate_fps=rate_fps)


def test_a_sound_film_is_told_as_it_is(whole: Film) -> None:
    assert examine(whole.path) == sound(whole)


def test_a_recorders_own_file_is_told_as_it_is(film: Film) -> None:
    found = examine(film.path)
    assert (found.frames, found.finalised, found.damages, found.damaged) == (60, True, 0, 0)
    assert found.unreadable == 60, "nobody wrote metadata into it"
    assert (found.first_timestamp, found.last_timestamp) == (None, None)
    assert found.sha256 == hashlib.sha256(film.content).hexdigest()


def test_frames_that_were_taken_out_are_counted(tmp_path: Path) -> None:
    numbers = [n for n in range(FRAMES) if n not in {10, 50, 51, 52}]
    found = examine(stamped(tmp_path / "some.mkv", numbers=numbers).path)
    assert (found.frames, found.dropped) == (FRAMES - 4, 4)
    assert (found.duplicates, found.backward) == (0, 0)


def test_duplicates_and_backward_steps_are_counted(tmp_path: Path) -> None:
    filmed = [*range(30), 29, *range(30, 60), *range(40)]
    frames = {at: with_metadata(PICTURES[at], number) for at, number in enumerate(filmed)}
    found = examine(joined(tmp_path / "again.mkv", frames))
    assert (found.dropped, found.duplicates, found.backward) == (0, 1, 1)
    assert found.last_timestamp == TIMING.metadata(39).xdaq_timestamp


def test_frames_without_metadata_are_counted_and_are_no_loss(tmp_path: Path) -> None:
    found = examine(stamped(tmp_path / "some.mkv", bare=frozenset({3, 4, 60})).path)
    assert (found.unreadable, found.dropped, found.frames) == (3, 0, FRAMES)


@pytest.mark.parametrize("chunk", [10, 25, 60])
def test_a_film_is_counted_in_chunks_as_in_one(tmp_path: Path, chunk: int) -> None:
    lost = {15, 50, 51, 52, 60, 119}
    film = stamped(
        tmp_path / "some.mkv",
        numbers=[n for n in range(FRAMES) if n not in lost],
        bare=frozenset({20, 62}),
    )
    rows, counters = metadata.load(film.path), Counters()
    for start in range(0, len(rows), chunk):
        counters.take(rows[start : start + chunk])
    assert counters.dropped == 5, "what is missing at the end, nobody knows of"
    assert (counters.unreadable, counters.duplicates, counters.backward) == (2, 0, 0)
    assert counters.first_timestamp == TIMING.metadata(0).xdaq_timestamp
    assert counters.last_timestamp == TIMING.metadata(118).xdaq_timestamp


def test_jpegs_that_are_cut_at_either_end_are_damaged(tmp_path: Path) -> None:
    frames = {number: with_metadata(PICTURES[number], number) for number in range(40)}
    frames[7] = frames[7][:-300]
    frames[9] = frames[9][:-1] + b"\xd8"
    frames[20] = b"\x00\x00" + frames[20][2:]
    found = examine(joined(tmp_path / "cut.mkv", frames))
    assert found.damaged == 3
    assert found.unreadable == 1
    assert found.frames == 40


def test_a_picture_that_cannot_be_decoded_is_damaged_if_it_is_looked_at(tmp_path: Path) -> None:
    empty = b"\xff\xd8\xff\xe0\x00\x10" + bytes(200) + b"\xff\xd9"
    found = examine(joined(tmp_path / "empty.mkv", {0: empty, 1: PICTURES[0]}))
    assert (found.damaged, found.looked) == (1, 1)


def test_black_pictures_are_counted_among_those_looked_at(tmp_path: Path) -> None:
    dark = islice(noise(brightest=12), 15)
    pictures = dict(enumerate([*PICTURES[:10], *dark, BLACK, *PICTURES[20:34]]))
    found = examine(stamped_of(tmp_path / "black.mkv", pictures, rate_fps=1))
    assert (found.looked, found.black) == (4, 2)
    assert found.frozen_s == 0.0


def test_a_picture_with_one_lamp_is_not_black(tmp_path: Path) -> None:
    cage = Image.new("RGB", (640, 480), "black")
    cage.paste((255, 255, 255), (300, 200, 316, 216))
    found = examine(stamped_of(tmp_path / "lamp.mkv", {0: jpeg(cage)}))
    assert (found.looked, found.black) == (1, 0)


def test_a_picture_that_stands_still_is_frozen_for_as_long(tmp_path: Path) -> None:
    moving = PICTURES[:50]
    pictures = dict(enumerate([*moving, *[STILL] * 300, *moving]))
    found = examine(stamped_of(tmp_path / "still.mkv", pictures, rate_fps=10))
    assert found.frozen_s == pytest.approx(30, abs=2.1)
    assert found.black == 0


def test_frames_of_one_size_that_show_something_else_are_not_frozen(tmp_path: Path) -> None:
    size = max(map(len, PICTURES)) + 4
    # A comment segment makes them as long as each other, as a camera with a fixed size does.
    padded = [
        p[:2]
        + b"\xff\xfe"
        + (size - len(p) - 2).to_bytes(2, "big")
        + bytes(size - len(p) - 4)
        + p[2:]
        for p in PICTURES
    ]
    assert len({len(p) for p in padded}) == 1
    found = examine(stamped_of(tmp_path / "padded.mkv", dict(enumerate(padded)), rate_fps=10))
    assert found.looked > 3
    assert (found.frozen_s, found.damaged) == (0.0, 0)


def test_a_film_of_few_still_frames_is_not_frozen(tmp_path: Path) -> None:
    pictures = dict(enumerate([STILL] * 8))
    assert examine(stamped_of(tmp_path / "few.mkv", pictures, rate_fps=1)).frozen_s == 0.0


@pytest.mark.real
def test_of_h265_the_container_alone_is_told(tmp_path: Path) -> None:
    found = examine(shoot(tmp_path / "h265.mkv", frames=30, encoder=H265).path)
    assert (found.codec, found.is_jpeg, found.frames) == ("V_MPEGH/ISO/HEVC", False, 30)
    assert (found.unreadable, found.damaged, found.looked, found.finalised) == (0, 0, 0, True)


@pytest.mark.parametrize("share", [0.3, 0.99])
def test_a_file_that_was_never_closed_tells_its_whole_frames(
    whole: Film, tmp_path: Path, share: float
) -> None:
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.content[: int(share * len(whole.content))])
    found = examine(cut)
    assert not found.finalised
    assert 0 < found.frames <= FRAMES
    assert (found.damaged, found.dropped) == (0, 0)
    assert found.sha256 == hashlib.sha256(cut.read_bytes()).hexdigest()


def test_damage_in_the_middle_is_told_and_passed_over(whole: Film, tmp_path: Path) -> None:
    middle = len(whole.content) // 2
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(whole.content[:middle] + bytes(9000) + whole.content[middle + 9000 :])
    found = examine(torn)
    assert found.damages >= 1 or found.damaged >= 1
    assert found.dropped >= 1
    assert found.sha256 == hashlib.sha256(torn.read_bytes()).hexdigest()


@pytest.mark.parametrize("content", [b"no recording", b"\x1a\x45\xdf\xa3", bytes(3_000_000)])
def test_a_file_that_is_no_recording_has_its_hash_all_the_same(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "foreign.mkv"
    path.write_bytes(content)
    found = examine(path)
    assert (found.frames, found.finalised) == (0, False)
    assert found.sha256 == hashlib.sha256(content).hexdigest()


@given(st.data())
def test_no_damage_makes_it_fail(
    whole: Film, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(whole.content[:40_000])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + 4] = data.draw(st.binary(min_size=4, max_size=4))
    path = tmp_path_factory.getbasetemp() / "hurt.mkv"
    path.write_bytes(content)
    found = examine(path)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.size_bytes == len(content)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mkv")
    with pytest.raises(OSError, match="not a plain file"):
        examine(tmp_path / "pipe.mkv")


def test_a_file_that_grows_meanwhile_is_left_for_another_time(whole: Film, tmp_path: Path) -> None:
    path = tmp_path / "open.mkv"
    path.write_bytes(whole.content)

    def grow(_: int) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(Changed, match=r"open\.mkv was changed"):
        examine(path, read=grow)


def test_each_byte_is_read_once_in_pieces(tmp_path: Path) -> None:
    big = [
        jpeg(Image.fromarray(np.full((8, 8, 3), n, np.uint8)), comment=bytes(60_000))
        for n in range(90)
    ]
    path = joined(tmp_path / "big.mkv", dict(enumerate(big)))
    pieces: list[int] = []
    tracemalloc.start()
    found = examine(path, read=pieces.append)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(pieces) == path.stat().st_size == found.size_bytes
    assert max(pieces) <= 2**20 < sum(pieces)
    assert peak < 5_000_000, "the file is in memory"


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 3000)), max_size=20))
def test_hashed_data_gives_what_is_in_the_file_in_whatever_order(
    asked: list[tuple[int, int]],
) -> None:
    content = np.random.default_rng(1).bytes(8000)

    class Memory(FileData):
        def __init__(self) -> None:
            pass

        def read_at(self, start: int, count: int) -> bytes:
            return (
                content[start : start + min(count, 1000)]
                if count > 3000
                else content[start : start + count]
            )

    data = HashedData(Memory(), len(content), read=lambda _: None)
    for start, count in asked:
        assert data.read_at(start, count) == content[start : start + count]
    assert data.finish() == (hashlib.sha256(content).hexdigest(), len(content))


def test_pictures_that_would_fill_the_memory_are_not_looked_at() -> None:
    bomb = bytearray(STILL)
    at = bomb.index(b"\xff\xc0")
    bomb[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    assert thumbnail(bytes(bomb)) is None
    slow = jpeg(Image.new("RGB", (64, 48)), progressive=True)
    assert thumbnail(slow) is None


def test_a_frame_that_would_fill_the_memory_is_not_looked_at(tmp_path: Path) -> None:
    large = b"\xff\xd8" + bytes(LARGEST_FRAME_BYTES) + b"\xff\xd9"
    found = examine(joined(tmp_path / "large.mkv", {0: large}))
    assert (found.frames, found.looked, found.damaged) == (1, 0, 0)
