"""Every frame is a row; files of other kinds, damaged or cut, get a clear answer."""

import contextlib
import csv
import os
import warnings
from pathlib import Path

import av
import numpy as np
import pytest

from tests.support.films import FRAMES, H265, TIMING, Film, shoot, stamped
from thorsched import metadata
from thorsched.metadata import CutShort, Damaged, Format, NoFrame, NoMetadata, NotMatroska
from thorsched.thorvision.metadata import RECORD_DTYPE
from thorsched.video import tables
from thorsched.video.matroska import VideoFile
from thorsched.video.records import CHUNK_FRAMES, read


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return stamped(tmp_path_factory.mktemp("stamped") / "whole.mkv")


def test_every_frames_record_is_a_row(whole: Film) -> None:
    rows = metadata.load(whole.path)
    assert rows.dtype == metadata.FRAME_DTYPE
    expected = [TIMING.metadata(number) for number in range(FRAMES)]
    for name in ("gstreamer_pts", "xdaq_timestamp", "sample_index", "ttl_in", "ttl_out"):
        assert rows[name].tolist() == [getattr(record, name) for record in expected]
    assert rows["frame_pts"].tolist() == [round(1000 * pts_s) for pts_s in whole.pts_s]
    assert rows["is_valid"].all()
    assert metadata.gaps(rows)["kind"].tolist() == ["wrap"]


def test_frames_without_a_record_keep_their_row(tmp_path: Path) -> None:
    film = stamped(tmp_path / "some.mkv", numbers=range(10), bare=frozenset({3, 4}))
    rows = metadata.load(film.path)
    assert np.flatnonzero(~rows["is_valid"]).tolist() == [3, 4]
    assert rows["sample_index"][3:5].tolist() == [0, 0]
    assert (rows["frame_pts"] >= 0).all()


def test_several_files_follow_each_other(tmp_path: Path, whole: Film) -> None:
    later = stamped(tmp_path / "later.mkv", numbers=range(FRAMES, FRAMES + 30))
    rows = metadata.load([whole.path, str(later.path)])
    assert rows["file_index"].tolist() == [0] * FRAMES + [1] * 30
    assert metadata.gaps(rows)["kind"].tolist() == ["wrap"]


def test_a_file_is_read_in_chunks_that_add_up(whole: Film) -> None:
    chunks = list(read(whole.path, chunk_frames=50))
    assert [len(chunk.rows) for chunk in chunks] == [50, 50, 20]
    assert np.array_equal(
        np.concatenate([chunk.rows for chunk in chunks]), metadata.load(whole.path)
    )
    done = [chunk.done_bytes for chunk in chunks]
    assert done == sorted(done)
    assert done[-1] <= len(whole.content)
    assert CHUNK_FRAMES > 1000


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_file_that_was_cut_gives_its_whole_frames_with_a_warning(
    whole: Film, tmp_path: Path, share: float
) -> None:
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.content[: int(share * len(whole.content))])
    kept = len(develop_quietly(cut))
    with pytest.warns(CutShort, match=r"cut\.mkv was never closed"):
        rows = metadata.load(cut)
    assert 0 < kept - 1 <= len(rows) <= kept
    assert rows["sample_index"].tolist() == [
        TIMING.sample_index(number) for number in range(len(rows))
    ]


def develop_quietly(path: Path) -> list[bytes]:
    found = []
    with av.open(str(path)) as container, contextlib.suppress(av.error.FFmpegError):
        found += [bytes(packet) for packet in container.demux(video=0) if packet.size]
    return found


def test_what_follows_a_hole_is_found_again(tmp_path: Path) -> None:
    # As after a power cut: some of the blocks were never written.
    film = shoot(tmp_path / "film.mkv", frames=240)
    content = bytearray(film.content)
    mark = bytes.fromhex("1f43b675")
    clusters = [at for at in range(len(content)) if content.startswith(mark, at)]
    assert len(clusters) >= 2
    hole = range(clusters[0] + 200, clusters[1] - 5)
    content[hole.start : hole.stop] = bytes(len(hole))
    damaged = tmp_path / "damaged.mkv"
    damaged.write_bytes(content[:-500])
    found = [frame for frame in film.frames if bytes(frame) in content]
    with VideoFile(damaged) as video:
        blocks = list(video.blocks())
    after = [block for block in blocks if block.start > clusters[1]]
    assert len(after) >= len(found) - 2 > 0
    assert all(content[b.start : b.start + b.size] in film.frames for b in after)


def test_a_file_in_h265_says_that_it_has_none(tmp_path: Path) -> None:
    film = shoot(tmp_path / "h265.mkv", frames=10, encoder=H265)
    with pytest.raises(NoMetadata, match=r"H\.265, which carries no XDAQ metadata"):
        metadata.load(film.path)


def test_a_film_of_another_camera_says_that_it_has_none(film: Film) -> None:
    with pytest.raises(NoMetadata, match="not recorded from a ThorVision"):
        metadata.load(film.path)


def test_a_file_that_is_no_recording_says_so(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("the mouse slept")
    with pytest.raises(NotMatroska, match=r"notes\.txt is not a recording"):
        metadata.load(text)


def test_a_file_without_a_frame_says_so(film: Film, tmp_path: Path) -> None:
    head = tmp_path / "head.mkv"
    head.write_bytes(film.content[: film.content.index(film.frames[0])])
    with pytest.warns(CutShort), pytest.raises(NoFrame):
        metadata.load(head)


def test_no_file_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no file"):
        metadata.load([])
    with pytest.raises(FileNotFoundError):
        metadata.load(tmp_path / "none.mkv")


def exported(film: Film, target: Path, form: Format) -> Path:
    chunks = (chunk.rows for chunk in read(film.path, chunk_frames=50))
    assert tables.export(chunks, target, form) == FRAMES
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    return target


def test_csv_holds_every_row(whole: Film, tmp_path: Path) -> None:
    with exported(whole, tmp_path / "frames.csv", Format.CSV).open(newline="") as file:
        names, *table = csv.reader(file)
    rows = metadata.load(whole.path)
    assert tuple(names) == rows.dtype.names
    assert [tuple(map(int, line)) for line in table] == [
        tuple(map(int, row)) for row in rows.tolist()
    ]


def test_npz_holds_an_array_a_field(whole: Film, tmp_path: Path) -> None:
    rows = metadata.load(whole.path)
    with np.load(exported(whole, tmp_path / "frames.npz", Format.NPZ)) as arrays:
        assert tuple(arrays) == rows.dtype.names
        assert all(np.array_equal(arrays[name], rows[name]) for name in arrays)


def test_parquet_holds_every_row(whole: Film, tmp_path: Path) -> None:
    from pyarrow import parquet  # noqa: PLC0415 - slow to import

    table = parquet.read_table(exported(whole, tmp_path / "frames.parquet", Format.PARQUET))
    rows = metadata.load(whole.path)
    assert tuple(table.column_names) == rows.dtype.names
    assert all(table[name].to_pylist() == rows[name].tolist() for name in table.column_names)


def test_bin_holds_the_xdaqs_own_records(whole: Film, tmp_path: Path) -> None:
    content = exported(whole, tmp_path / "frames.bin", Format.BIN).read_bytes()
    assert len(content) == 40 * FRAMES
    records = np.frombuffer(content, RECORD_DTYPE)
    assert all(
        frame[6:46] == record.tobytes() for frame, record in zip(whole.frames, records, strict=True)
    )


def test_a_table_is_whole_or_not_there(film: Film, whole: Film, tmp_path: Path) -> None:
    target = tmp_path / "frames.csv"
    with pytest.raises(NoMetadata):
        tables.export((chunk.rows for chunk in read(film.path)), target, Format.CSV)
    assert list(tmp_path.iterdir()) == []
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        tables.export((chunk.rows for chunk in read(whole.path)), target, Format.CSV)
    assert target.read_text() == "mine"


def test_reading_warns_of_nothing_where_nothing_is_wrong(whole: Film) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metadata.load(whole.path)


@pytest.mark.parametrize("form", ["csv", "npz", "parquet", "bin"])
def test_one_array_is_exported_like_many(whole: Film, tmp_path: Path, form: str) -> None:
    rows = metadata.load(whole.path)
    assert metadata.export(rows, str(tmp_path / "one"), form) == FRAMES
    assert metadata.export([rows[:50], rows[50:50], rows[50:]], tmp_path / "two", Format(form))
    if form in {"csv", "bin"}:
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_kind_of_table_that_does_not_exist_is_refused(whole: Film, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="xlsx"):
        metadata.export(metadata.load(whole.path), tmp_path / "frames.xlsx", "xlsx")
    assert list(tmp_path.iterdir()) == []


def test_damage_in_the_middle_is_told(whole: Film, tmp_path: Path) -> None:
    with VideoFile(whole.path) as video:
        victim = list(video.blocks())[40].start
    damaged = tmp_path / "damaged.mkv"
    for bit in range(8 * 13):
        content = bytearray(whole.content)
        content[victim - 13 + bit // 8] ^= 1 << bit % 8
        damaged.write_bytes(content)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            rows = metadata.load(damaged)
        told = {one.category for one in caught}
        assert told == ({Damaged} if len(rows) < FRAMES else told)
        assert len(rows) > FRAMES - 10  # a size that became too large hides what follows


def test_what_is_no_plain_file_holds_nobody(whole: Film, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mkv")
    for path in (tmp_path / "fifo.mkv", Path("/dev/zero")):
        with pytest.raises(OSError, match="not a plain file"):
            metadata.load(path)
    (tmp_path / "link.mkv").symlink_to(whole.path)
    assert len(metadata.load(tmp_path / "link.mkv")) == FRAMES


def test_segments_follow_each_other_by_number(tmp_path: Path) -> None:
    names = ["b-1.mkv", "a-100.mkv", "a-99.mkv", "notes", "a-98.mkv", "a-099.mp4", "b-0.mkv"]
    assert metadata.in_order(names) == [6, 0, 4, 2, 1, 3, 5]
    for name, start in (("a-99.mkv", 0), ("a-100.mkv", 30)):
        stamped(tmp_path / name, numbers=range(start, start + 30))
    shell = sorted(tmp_path.glob("*.mkv"))
    assert shell[0].name == "a-100.mkv"
    rows = metadata.load(shell)
    assert rows["file_index"].tolist() == [1] * 30 + [0] * 30
    assert metadata.gaps(rows).tolist() == []


def test_warnings_name_the_line_that_asked(whole: Film, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.content[:-500])
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        metadata.load(cut)
        list(read(cut))
    assert [Path(one.filename).name for one in warned] == [Path(__file__).name] * 2


def element(ident: str, body: bytes) -> bytes:
    return bytes.fromhex(ident) + (1 << 28 | len(body)).to_bytes(4, "big") + body


def film_with(cluster: bytes, *, codec: bytes = b"V_MJPEG") -> bytes:
    tracks = element("1654ae6b", element("ae", element("86", codec)))
    return element("1a45dfa3", b"") + element("18538067", tracks + cluster)


@pytest.mark.parametrize("time", [b"\xff" * 8, b"\x80" + bytes(7), b"\x7f" + b"\xff" * 7])
def test_a_time_that_is_none_is_damage(whole: Film, tmp_path: Path, time: bytes) -> None:
    block = element("a3", b"\x81\0\x01\x80" + whole.frames[0])
    path = tmp_path / "late.mkv"
    good = element("1f43b675", element("e7", b"\0") + block)
    path.write_bytes(film_with(element("1f43b675", element("e7", time) + block) + good))
    with pytest.warns(CutShort), pytest.warns(Damaged, match="1 place"):
        assert metadata.load(path)["frame_pts"].tolist() == [1]


def test_a_codecs_name_moves_no_cursor(tmp_path: Path) -> None:
    block = element("a3", b"\x81\0\0\x80" + b"x" * 60)
    path = tmp_path / "escape.mkv"
    cluster = element("1f43b675", element("e7", b"\0") + block)
    path.write_bytes(film_with(cluster, codec=b"\x1b[31mX"))
    with pytest.warns(CutShort), pytest.raises(NoMetadata, match=r"\\x1b\[31mX"):
        metadata.load(path)


@pytest.mark.parametrize("name", ["FRAME_DTYPE", "GAP_DTYPE", "EDGE_DTYPE"])
def test_help_explains_every_field(name: str) -> None:
    dtype: np.dtype[np.void] = getattr(metadata, name)
    assert all(f"`{field}`" in str(metadata.__doc__) for field in dtype.names or ())
