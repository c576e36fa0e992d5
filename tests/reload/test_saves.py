"""A file saved in every way, for real: exactly the final content is applied, and once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.reload.watched import Watched, in_its_time, text_of, watched
from tests.support.clocks import FakeClock
from tests.support.waiting import PATIENCE_S, pause
from thorsched.base import host
from thorsched.config.load import load

LONGER_THAN_ANY_GRACE_S = 1.0


def rewrite(path: Path, text: str) -> None:
    path.write_text(text)


def replace(path: Path, text: str) -> None:
    draft = path.with_suffix(".tmp")
    draft.write_text(text)
    draft.replace(path)


def move_away_and_write(path: Path, text: str) -> None:
    path.rename(path.with_suffix(".yaml~"))
    pause(0.1)
    path.write_text(text)


def truncate_and_write_later(path: Path, text: str) -> None:
    path.write_text("")
    pause(LONGER_THAN_ANY_GRACE_S)
    path.write_text(text)


def write_in_pieces(path: Path, text: str) -> None:
    with path.open("w") as file:
        for at in range(0, len(text), 40):
            file.write(text[at : at + 40])
            file.flush()
            pause(0.05)


WAYS = [
    rewrite,
    replace,
    move_away_and_write,
    truncate_and_write_later,
    write_in_pieces,
]


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    path = tmp_path_factory.mktemp("saves") / "recordings.yaml"
    path.write_text(text_of("720p"))
    with watched(path) as file:
        yield file


@pytest.mark.fault(54)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way.__name__))
def test_whichever_way_it_is_saved_the_final_content_is_applied_and_nothing_else(
    edited: Watched, way: Callable[[Path, str], None]
) -> None:
    before, size = list(edited.sizes), f"640x{1000 + len(edited.sizes)}"
    way(edited.path, text_of(size))
    assert edited.comes_to(f"jpeg {size}")
    assert edited.sizes == [*before, size]
    assert not edited.mistake


@pytest.mark.fault(54)
def test_the_first_half_of_a_file_is_not_applied_though_it_is_without_mistakes(
    edited: Watched,
) -> None:
    if host.is_open_for_writing(edited.path) is None:
        pytest.skip("nobody can tell here whether a file is open for writing")
    before = len(edited.applied)
    half, rest = text_of("480p"), "about: {subject: m042}\n"
    with edited.path.open("w") as file:
        file.write(half)
        file.flush()
        pause(LONGER_THAN_ANY_GRACE_S)
        assert load(edited.path).text == half, "it is no half that could be applied"
        assert len(edited.applied) == before
        file.write(rest)
    assert edited.comes_to("jpeg 640x480")
    assert [one.text for one in edited.applied[before:]] == [half + rest]


@contextmanager
def storm(write: Callable[[int], object]) -> Iterator[threading.Event]:
    """Write as fast as can be, meanwhile; what is yielded is set after a thousand times."""
    ended, is_under_way = threading.Event(), threading.Event()

    def run() -> None:
        for number in count(1):
            write(number)
            if number == 1000:
                is_under_way.set()
            if ended.is_set():
                return

    writer = threading.Thread(target=run)
    writer.start()
    try:
        yield is_under_way
    finally:
        ended.set()
        writer.join()


@pytest.mark.fault(54)
def test_a_storm_of_ten_thousand_writes_a_second_ends_with_exactly_the_final_content(
    tmp_path: Path,
) -> None:
    path, clock = tmp_path / "recordings.yaml", FakeClock()
    path.write_text(text_of("720p"))

    def write(number: int) -> None:
        path.write_text(text_of(f"640x{2000 + number}"))
        clock.advance(0.0001)  # by the writer, so that it is never late

    with watched(path, clock=clock) as edited:
        with storm(write) as is_under_way:
            assert is_under_way.wait(PATIENCE_S)
        assert edited.applied == []
        path.write_text(text_of("640x99"))
        assert in_its_time(clock, lambda: edited.runs == "jpeg 640x99")
    assert edited.sizes == ["640x99"]


@pytest.mark.fault(54)
def test_a_storm_of_writes_beside_the_file_keeps_no_edit_waiting(edited: Watched) -> None:
    before, beside = len(edited.applied), edited.path.with_name("busy.txt")
    with storm(lambda number: beside.write_text(str(number))) as is_under_way:
        assert is_under_way.wait(PATIENCE_S)
        edited.path.write_text(text_of("640x98"))
        assert edited.comes_to("jpeg 640x98")
    assert len(edited.applied) == before + 1


@pytest.mark.fault(54)
def test_each_link_that_leads_to_the_file_and_the_file_itself_are_watched(tmp_path: Path) -> None:
    for name, size in (("..1", "640x101"), ("..2", "640x102"), ("other", "640x104")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "recordings.yaml").write_text(text_of(size))
    mounted = tmp_path / "mounted"
    mounted.symlink_to("..1")
    link = tmp_path / "recordings.yaml"
    link.symlink_to("mounted/recordings.yaml")

    def lead(link: Path, target: str) -> None:
        (tmp_path / "..tmp").symlink_to(target)
        (tmp_path / "..tmp").replace(link)

    with watched(link) as edited:
        lead(mounted, "..2")
        assert edited.comes_to("jpeg 640x102")
        (tmp_path / "..2" / "recordings.yaml").write_text(text_of("640x103"))
        assert edited.comes_to("jpeg 640x103")
        lead(link, "other/recordings.yaml")
        assert edited.comes_to("jpeg 640x104")
    assert edited.sizes == ["640x102", "640x103", "640x104"]
