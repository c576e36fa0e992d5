"""Frames are counted from the index where there is one, by reading where not, and never wrongly."""

import errno
import io
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.films import H265, Film, shoot
from thorsched.video.blocks import Walk
from thorsched.video.ebml import FileData, Malformed
from thorsched.video.matroska import Frames, NoFrame, NotMatroska, VideoFile, _read_about, frames

pytestmark = pytest.mark.real


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "scratch.mkv"


def ends(film: Film) -> list[int]:
    """Return the offset behind each frame's last byte."""
    found, at = [], 0
    for frame in film.frames:
        at = film.content.index(frame, at) + len(frame)
        found.append(at)
    return found


def looked_at(path: Path, content: bytes) -> Frames | None:
    path.write_bytes(content)
    try:
        with VideoFile(path) as file:
            assert len(file.first_frame(100)) <= 100
            assert len(file.last_frame(100)) <= 100
        return frames(path)
    except NotMatroska:
        return None


def test_a_whole_file_tells_what_pyav_reads(film: Film) -> None:
    counted = frames(film.path)
    assert counted.count == len(film.frames) == 60
    assert counted.first_pts_s == pytest.approx(film.pts_s[0], abs=0.0015)
    assert counted.last_pts_s == pytest.approx(film.pts_s[-1], abs=0.0015)
    assert counted.finalised


def test_the_frames_at_the_ends_are_read_from_their_beginnings_on(film: Film) -> None:
    with VideoFile(film.path) as file:
        assert file.first_frame(2**20) == film.frames[0]
        assert file.last_frame(2**20) == film.frames[-1]
        assert file.last_frame(100) == film.frames[-1][:100]


def test_an_index_of_key_frames_only_is_not_taken_for_all_frames(tmp_path: Path) -> None:
    film = shoot(tmp_path / "h265.mkv", frames=50, encoder=H265)
    counted = frames(film.path)
    assert (counted.count, counted.finalised) == (50, True)
    assert (counted.first_pts_s, counted.last_pts_s) == (min(film.pts_s), max(film.pts_s))


def test_the_index_is_read_without_the_frames(film: Film, scratch: Path) -> None:
    blackened = film.content
    for frame in film.frames:
        blackened = blackened.replace(frame, bytes(len(frame)))
    assert looked_at(scratch, blackened) == frames(film.path)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 2000) | st.integers(1, 10**6))
def test_a_file_that_was_cut_tells_the_frames_before_the_cut(
    film: Film, scratch: Path, cut_off: int
) -> None:
    # The index is in the last 2000 bytes.
    cut = -cut_off % len(film.content)
    whole = sum(end <= cut for end in ends(film))
    counted = looked_at(scratch, film.content[:cut])
    if whole == 0:
        assert counted is None
        return
    assert counted is not None
    assert (counted.count, counted.finalised) == (whole, False)
    assert counted.first_pts_s == film.pts_s[0]
    assert counted.last_pts_s == film.pts_s[whole - 1]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(-2000, 600) | st.integers(0, 10**6), st.integers(0, 255)),
        min_size=1,
        max_size=20,
    )
)
def test_a_damaged_file_is_counted_or_refused(
    film: Film, scratch: Path, damages: list[tuple[int, int]]
) -> None:
    content = bytearray(film.content)
    for offset, byte in damages:
        content[offset % len(content)] = byte
    counted = looked_at(scratch, bytes(content))
    assert counted is None or counted.first_pts_s <= counted.last_pts_s


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.booleans())
def test_garbage_is_refused(scratch: Path, garbage: bytes, ebml: bool) -> None:  # noqa: FBT001
    # The second: what begins as Matroska does, a head and a segment of unknown size.
    head = bytes.fromhex("1a45dfa380 18538067ff") if ebml else b""
    assert looked_at(scratch, head + garbage) is None


def test_absurd_numbers_are_refused(scratch: Path) -> None:
    def element(ident: str, body: bytes) -> bytes:
        return bytes.fromhex(ident) + (1 << 28 | len(body)).to_bytes(4, "big") + body

    codec = element("1654ae6b", element("ae", element("86", b"V_MJPEG")))
    for length in (9, 200):  # a number has 8 bytes; one of 200 is no float any more
        cues = element("1c53bb6b", element("bb", element("b3", b"\xff" * length)))
        content = element("1a45dfa3", b"") + element("18538067", codec + cues)
        assert looked_at(scratch, content) is None


def test_other_formats_are_refused_even_where_pyav_could_play_them(
    film: Film, scratch: Path
) -> None:
    assert looked_at(scratch, film.frames[0]) is None


def test_an_empty_file_is_refused(scratch: Path) -> None:
    assert looked_at(scratch, b"") is None


def test_a_file_without_a_frame_says_so(film: Film, scratch: Path) -> None:
    first = film.content.index(film.frames[0])
    scratch.write_bytes(film.content[:first])
    with pytest.raises(NoFrame):
        frames(scratch)


def test_a_file_that_is_not_there_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        frames(tmp_path / "none.mkv")


class Shrinking(io.BytesIO):
    """A file of which nothing is left after `most` reads, or which fails then."""

    def __init__(self, content: bytes, most: int, failure: OSError | None = None) -> None:
        super().__init__(content)
        self.reads = 0
        self._most = most
        self._failure = failure

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads <= self._most:
            return super().read(size)
        if self._failure is not None:
            raise self._failure
        return b""


def reads_of(film: Film) -> int:
    whole = Shrinking(film.content, 10**6)
    assert _read_about(FileData(whole), len(film.content)).index
    return whole.reads


def test_the_index_of_a_file_that_shrinks_while_it_is_read_is_not_believed(film: Film) -> None:
    for most in range(reads_of(film)):
        shrinking = FileData(Shrinking(film.content, most))
        try:
            assert not _read_about(shrinking, len(film.content)).index
        except Malformed:
            assert most == 0


def test_a_disk_that_dies_while_a_file_is_read_is_an_error_of_the_disk(film: Film) -> None:
    for most in range(reads_of(film)):
        dying = Shrinking(film.content, most, OSError(errno.EIO, "Input/output error"))
        with pytest.raises(OSError, match="Input/output error"):
            _read_about(FileData(dying), len(film.content))


def test_parts_that_are_huge_take_no_memory(scratch: Path) -> None:
    def sized(ident: str, size: int) -> bytes:
        return bytes.fromhex(ident) + (1 << 56 | size).to_bytes(8, "big")

    codec = bytes.fromhex("1654ae6b8c ae8a 8687") + b"V_MJPEG\0"
    huge = 400 * 2**20
    for ident in ("1c53bb6b", "1549a966", "1654ae6b"):
        head = sized("1a45dfa3", 0) + sized("18538067", len(codec) + 12 + huge) + codec
        scratch.write_bytes(head + sized(ident, huge))
        os.truncate(scratch, len(head) + 12 + huge)
        tracemalloc.start()
        with VideoFile(scratch) as video:
            assert video.index_ticks() == ()
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 4 * 2**20


def test_damage_that_is_dense_takes_no_time(scratch: Path) -> None:
    head = bytes.fromhex("1a45dfa380 18538067ff 1654ae6b8c ae8a 8687") + b"V_MJPEG\0"
    marks = 20_000
    scratch.write_bytes(head + bytes.fromhex("1f43b67500") * marks + bytes(2**20))
    with VideoFile(scratch) as video:
        counted = Counted(scratch.read_bytes())
        walk = Walk(counted, video.size_bytes, head_bytes=0, is_finalised=False)
        assert list(walk) == []
    assert walk.damages == marks
    assert counted.read_bytes < 20 * video.size_bytes


class Counted(FileData):
    """Bytes as a file, and how many have been read of it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))
        self.read_bytes = 0

    def read_at(self, start: int, count: int) -> bytes:
        self.read_bytes += count
        return super().read_at(start, count)
