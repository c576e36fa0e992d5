"""A file that was never closed becomes whole, frame by frame the same; or nothing happens to it."""

import hashlib
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.broken import (
    blocks_of,
    large_frame,
    readable,
    shoot_and_kill,
    with_pts_that_do_not_rise,
)
from tests.support.films import H265, JPEG, Film, develop, shoot
from thorsched.base.gstreamer import tool
from thorsched.recording.repair import NoRoom, Unrepairable, repair
from thorsched.video.matroska import VideoFile, frames

pytestmark = pytest.mark.real


@pytest.fixture(scope="session")
def h265_film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return shoot(tmp_path_factory.mktemp("h265") / "h265.mkv", frames=60, encoder=H265)


@pytest.fixture(scope="session")
def unsteady_film(tmp_path_factory: pytest.TempPathFactory, film: Film) -> Film:
    return with_pts_that_do_not_rise(film, tmp_path_factory.mktemp("unsteady") / "unsteady.mkv")


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "scratch.mkv"


@pytest.fixture
def cut(film: Film, tmp_path: Path) -> Path:
    """A file that ends within a frame."""
    path = tmp_path / "side-00000.mkv"
    path.write_bytes(film.content[:-8000])
    return path


_GST_READS = {
    "jpeg": ("jpegdec",),
    "h265": ("h265parse",),  # Debian 12's decoder (libde265) dies of whatever x265 wrote
}


def assert_plays(path: Path, count: int, codec: str) -> None:
    """See that PyAV and GStreamer read the file to its end, and that it can be searched."""
    with av.open(str(path)) as container:
        assert container.duration
        assert sum(1 for _ in container.decode(video=0)) == count
        container.seek(container.duration // 2)
        picture = next(container.decode(video=0))
        assert picture.time is not None
        assert picture.time * av.time_base > container.duration / 5, "it was read from the start"
    source = ("filesrc", f"location={path.name}", "!", "matroskademux", "!")
    command = [str(tool("gst-launch-1.0")), "-q", *source, *_GST_READS[codec], "!", "fakesink"]
    subprocess.run(command, cwd=path.parent, check=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.mark.fault(18)
@pytest.mark.fault(19)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("codec", ["jpeg", "h265"])
def test_what_a_killed_recorder_left_is_whole_after_a_repair(
    tmp_path: Path, codec: str, number: signal.Signals
) -> None:
    encoder = JPEG if codec == "jpeg" else H265
    left = shoot_and_kill(tmp_path / "left.mkv", encoder=encoder, number=number)
    assert not frames(left.path).finalised
    done = repair(left.path)
    assert (done.original_bytes, done.original_sha256) == (
        len(left.content),
        hashlib.sha256(left.content).hexdigest(),
    )
    assert frames(left.path).finalised
    whole = develop(left.path)
    assert (whole.frames, whole.pts_s) == (left.frames, left.pts_s)
    assert_plays(left.path, len(left.frames), codec)
    assert list(tmp_path.iterdir()) == [left.path]


@settings(max_examples=40)
@given(st.sampled_from(["jpeg", "h265", "unsteady"]), st.data())
def test_wherever_a_file_was_cut_a_repair_keeps_every_frame_or_the_file(
    film: Film, h265_film: Film, unsteady_film: Film, scratch: Path, which: str, data: st.DataObject
) -> None:
    shot = {"jpeg": film, "h265": h265_film, "unsteady": unsteady_film}[which]
    edges = [edge for one in blocks_of(shot.path) for edge in (one.start, one.start + one.size)]
    near = st.builds(int.__add__, st.sampled_from([*edges, 480]), st.integers(-14, 14))
    size_bytes = len(shot.content)
    at = data.draw(near | st.integers(0, 700) | st.integers(size_bytes - 2500, size_bytes))
    left = shot.content[: max(at, 0)]
    scratch.write_bytes(left)
    before = readable(scratch)
    try:
        done = repair(scratch)
    except Unrepairable:
        assert scratch.read_bytes() == left
        assert not before
    else:
        assert readable(scratch) == before
        assert frames(scratch).finalised
        assert done.dropped_bytes == len(left) - sum(blocks_of(scratch)[-1][1:3])
    assert list(scratch.parent.iterdir()) == [scratch]


def test_only_what_a_recorder_would_have_written_differs_from_a_closed_file(
    film: Film, tmp_path: Path
) -> None:
    path = tmp_path / "side.mkv"
    index = film.content.rindex(bytes.fromhex("1c53bb6b"))
    path.write_bytes(film.content[:index])
    assert repair(path).dropped_bytes == 0
    differing = [
        at for at, byte in enumerate(path.read_bytes()[:index]) if film.content[at] != byte
    ]
    # The sizes of the segment and the index, which is written shorter, and the length in
    # fractions of a millisecond.
    assert set(differing) <= {*range(36, 44), *range(237, 245)}
    with VideoFile(path) as mended, VideoFile(film.path) as closed:
        # A recorder rounds a frame's time, and cuts off that of its index entry.
        assert mended.index_ticks() == pytest.approx(closed.index_ticks(), abs=1)
        assert mended.duration_ticks == pytest.approx(closed.duration_ticks, abs=1.5)
        assert mended.last_frame(2**20) == film.frames[-1]


def test_pts_that_do_not_rise_are_kept(unsteady_film: Film, tmp_path: Path) -> None:
    path = tmp_path / "side.mkv"
    path.write_bytes(unsteady_film.content[:-8000])
    before = develop(path)
    repair(path)
    assert (develop(path).frames, develop(path).pts_s) == (before.frames, before.pts_s)


def test_a_file_with_frames_behind_damage_is_left_as_it_is(cut: Path) -> None:
    damaged = bytearray(cut.read_bytes())
    block = blocks_of(cut)[20]
    damaged[block.start - 7 : block.start] = bytes(7)
    cluster = damaged.index(bytes.fromhex("1f43b675"))
    cut.write_bytes(bytes(damaged) + bytes(damaged[cluster:]))
    before = cut.read_bytes()
    with pytest.raises(Unrepairable, match="a frame behind damage would be lost"):
        repair(cut)
    assert cut.read_bytes() == before
    assert list(cut.parent.iterdir()) == [cut]


def test_zeros_at_the_end_as_a_power_cut_leaves_them_are_dropped(cut: Path) -> None:
    before = readable(cut)
    with cut.open("ab") as file:
        file.write(bytes(50_000))
    assert repair(cut).dropped_bytes >= 50_000 - len(before[-1][1])
    assert frames(cut).finalised
    assert readable(cut)[: len(before)] == before


def _flip(draft: Path, at: int) -> None:
    with draft.open("r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@pytest.mark.parametrize("before_payload", [-2, 0, 700], ids=["pts", "first byte", "within"])
def test_a_copy_that_is_not_the_same_never_takes_the_name(cut: Path, before_payload: int) -> None:
    left, draft, flips = cut.read_bytes(), cut.with_name(f"{cut.name}.part"), list[int]()
    at = blocks_of(cut)[30].start + before_payload

    def spoil() -> None:
        if not flips:
            flips.append(at)
            _flip(draft, at)

    with pytest.raises(Unrepairable, match="would be another"):
        repair(cut, breathe=spoil)
    assert flips == [at]
    assert cut.read_bytes() == left
    assert list(cut.parent.iterdir()) == [cut]


def test_a_file_that_grows_meanwhile_keeps_its_place(cut: Path) -> None:
    grown: list[int] = []

    def grow() -> None:
        if not grown:
            with cut.open("ab") as file:
                grown.append(file.write(b"more"))

    with pytest.raises(OSError, match="was changed while it was repaired"):
        repair(cut, breathe=grow)
    assert cut.read_bytes().endswith(b"more")


def test_a_disk_without_room_is_not_filled(cut: Path) -> None:
    left = cut.read_bytes()
    with pytest.raises(NoRoom, match=r"the repair needs .* and 1000000 TB to spare; .* free"):
        repair(cut, spare_bytes=10**18)
    assert cut.read_bytes() == left
    assert list(cut.parent.iterdir()) == [cut]


@pytest.mark.fault(26)
def test_a_disk_that_fills_up_meanwhile_costs_the_copy_only(film: Film, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=9m", small_disk], check=True)
    path, filling = small_disk / "side.mkv", small_disk / "filling"
    large_frame(film, path, 3_000_000)
    left = path.read_bytes()
    path.write_bytes(left)  # not sparse

    def fill() -> None:
        if not filling.exists():
            usage = os.statvfs(small_disk)
            filling.write_bytes(bytes(usage.f_bavail * usage.f_bsize))

    with pytest.raises(OSError, match="No space left"):
        repair(path, breathe=fill)
    assert path.read_bytes() == left
    assert sorted(small_disk.iterdir()) == [filling, path]
    filling.unlink()
    repair(path)
    assert frames(path).finalised


@pytest.mark.parametrize("make", [os.mkfifo, None], ids=["fifo", "link"])
def test_what_is_no_plain_file_is_neither_followed_nor_waited_for(
    cut: Path, make: Callable[[Path], None] | None
) -> None:
    place, left = cut.with_name("other.mkv"), cut.read_bytes()
    if make is None:
        place.symlink_to(cut)
    else:
        make(place)
    with pytest.raises(OSError, match=r"symbolic links|not a plain file"):
        repair(place)
    assert cut.read_bytes() == left
    assert sorted(cut.parent.iterdir()) == [place, cut]


def test_a_draft_that_a_killed_repair_left_is_removed_and_nothing_followed(cut: Path) -> None:
    victim = cut.with_name("victim")
    victim.write_text("untouched")
    cut.with_name(f"{cut.name}.part").symlink_to(victim)
    repair(cut)
    assert victim.read_text() == "untouched"
    assert sorted(cut.parent.iterdir()) == [cut, victim]
    assert not cut.is_symlink()


_HANGS = """
import sys, threading
from pathlib import Path
from thorsched.recording.repair import repair
def hang():
    print("in it", flush=True)
    threading.Event().wait()
repair(Path(sys.argv[1]), breathe=hang)
"""


def test_a_repair_that_is_killed_leaves_the_file_and_the_next_one_succeeds(cut: Path) -> None:
    left, before = cut.read_bytes(), readable(cut)
    command = [sys.executable, "-c", _HANGS, str(cut)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as hanging:
        assert hanging.stdout is not None
        assert hanging.stdout.readline() == "in it\n"
        hanging.kill()
    assert cut.read_bytes() == left
    assert len(list(cut.parent.iterdir())) == 2, "it was killed before there was a draft"
    repair(cut)
    assert readable(cut) == before
    assert list(cut.parent.iterdir()) == [cut]


def test_a_large_file_is_never_in_memory(film: Film, tmp_path: Path) -> None:
    path = tmp_path / "large.mkv"
    large_frame(film, path, 100_000_000)
    tracemalloc.start()
    try:
        repair(path)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 8_000_000
    assert frames(path).finalised
