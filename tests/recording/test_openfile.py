"""A segment that is written is known whatever becomes of its name; what was removed is rescued."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.recording.conftest import LogLines
from tests.support import values
from tests.support.waiting import eventually
from thorsched.recording.openfile import OpenFile
from thorsched.recording.rescue import rescue, rescued_path
from thorsched.recording.segments import Segment

CONTENT = b"frames " * 1000


class Written:
    """A segment that its recorder goes on writing to, and that we hold open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True)
        self._writer = path.open("wb", buffering=0)
        self.grow()
        self.held = OpenFile(path)

    def grow(self) -> None:
        self._writer.write(CONTENT)

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    made = Written(tmp_path / "root" / "day" / "side-00003.mkv")
    yield made
    made.close()
    made.held.close()


def rename(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def unlink(path: Path) -> None:
    path.unlink()


def remove(path: Path) -> None:
    shutil.rmtree(path.parent)


def replace_by_a_copy(path: Path) -> None:
    rename(path)
    shutil.copytree(path.parent.with_name("elsewhere"), path.parent)


def put_a_file_in_the_way(path: Path) -> None:
    rename(path)
    path.parent.write_text("in the way")


@pytest.mark.parametrize("harm", [rename, unlink, remove, replace_by_a_copy, put_a_file_in_the_way])
def test_a_segment_that_grows_elsewhere_is_away_and_one_that_has_ceased_to_grow_is_not(
    written: Written, harm: Callable[[Path], None]
) -> None:
    assert not written.held.is_away()
    harm(written.path)
    assert not written.held.grows_away()
    assert not written.held.grows_away(), "it was closed: anybody may take it"
    written.grow()
    written.held.grows_away()  # a copy is as large at first
    written.grow()
    assert written.held.grows_away()
    assert written.held.size_bytes() == 3 * len(CONTENT)
    assert written.held.is_removed == (harm in (unlink, remove))


def test_a_segment_that_comes_back_into_its_place_is_not_away(written: Written) -> None:
    rename(written.path)
    written.held.grows_away()
    written.path.parent.with_name("elsewhere").rename(written.path.parent)
    written.grow()
    assert not written.held.grows_away()


def test_it_is_known_where_a_segment_is_by_now(written: Written) -> None:
    assert written.held.place() == written.path.resolve()
    rename(written.path)
    moved = written.path.parent.with_name("elsewhere") / written.path.name
    assert written.held.place() == moved.resolve()
    moved.unlink()
    assert written.held.place() is None


def test_a_segment_that_was_large_already_is_not_read_again(written: Written) -> None:
    assert written.held.frames() == 0
    os.truncate(written.path, 2**27)
    late = OpenFile(written.path)
    assert late.frames() is None
    late.close()


def of(written: Written) -> Segment:
    root = written.path.parents[1]
    recorded = replace(values.recording(), output=values.output(root))
    return Segment(written.path, recorded, values.NOON, ())


def test_a_removed_segment_is_rescued_whole_in_a_directory_made_anew(written: Written) -> None:
    remove(written.path)
    written.grow()
    closed: list[Segment] = []
    rescue(written.held, of(written), closed=closed.append)
    assert eventually(lambda: closed)
    path = rescued_path(written.path)
    assert closed == [replace(of(written), path=path)]
    assert path.read_bytes() == 2 * CONTENT
    assert [one.name for one in path.parent.iterdir()] == ["side-00003.rescued.mkv"]


def test_nothing_is_overwritten_by_a_rescue_and_none_fills_another_disk(
    written: Written, log_lines: LogLines
) -> None:
    there = rescued_path(written.path)
    there.write_text("somebody's")
    closed: list[Segment] = []
    written.path.unlink()
    rescue(written.held, of(written), closed=closed.append)
    assert eventually(lambda: "a removed segment is lost" in [r.msg for r in log_lines.records])
    assert there.read_text() == "somebody's"
    assert closed == []


def test_a_root_that_is_gone_is_not_made_anew_for_a_rescue(
    written: Written, log_lines: LogLines
) -> None:
    root = written.path.parents[1]
    shutil.rmtree(root)
    rescue(written.held, of(written), closed=lambda _: None)
    assert eventually(lambda: "a removed segment is lost" in [r.msg for r in log_lines.records])
    assert not root.exists()
