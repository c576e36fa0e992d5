"""A watched file that is edited: what is told and applied, with watchdog and real files."""

import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reload.watched import Watched, in_its_time, text_of, watched
from tests.support.clocks import FakeClock
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.base import host
from thorsched.base.clock import SystemClock
from thorsched.catalogue.applied import How
from thorsched.engine.wrong import Kind
from thorsched.reload.watching.watch import FileWatch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "recordings.yaml"
    path.write_text(text_of("720p"))
    return path


@pytest.fixture
def edited(path: Path) -> Iterator[Watched]:
    with watched(path) as file:
        yield file


def test_an_edit_is_applied_and_told_as_one(edited: Watched) -> None:
    edited.path.write_text(text_of("1080p"))
    assert edited.comes_to("jpeg 1920x1080")
    assert edited.hows == [How.EDIT]
    assert not edited.mistake


def test_an_edit_that_somebody_asks_to_be_looked_at_is_told_as_that(path: Path) -> None:
    with watched(path, clock=FakeClock()) as edited:  # in whose time nothing comes to rest
        path.write_text(text_of("1080p"))
        edited.watch.touch()
        assert edited.comes_to("jpeg 1920x1080")
    assert edited.hows == [How.BY_HAND]


@pytest.mark.fault(53)
def test_a_wrong_edit_changes_nothing_and_is_told_until_it_is_mended(edited: Watched) -> None:
    edited.path.write_text(text_of("12by80"))
    assert edited.changed()
    assert edited.runs == "jpeg 1280x720"
    assert "recordings.yaml:4:44" in edited.mistake
    edited.path.write_text(text_of("480p"))
    assert edited.changed()
    assert not edited.mistake
    assert edited.runs == "jpeg 640x480"


def test_a_wrong_edit_that_is_taken_back_clears_the_mistake(edited: Watched) -> None:
    for text in ("version: 2\n", text_of("720p")):
        edited.path.write_text(text)
        edited.watch.touch()
        assert edited.changed()
    assert not edited.mistake
    assert edited.applied == []


def test_a_good_edit_that_cannot_be_applied_is_tried_again_until_it_can(path: Path) -> None:
    clock = FakeClock()
    with watched(path, clock=clock) as edited:
        edited.refuse = "the new root is held by another thorsched"
        path.write_text(text_of("1080p"))
        assert in_its_time(clock, lambda: edited.mistake == edited.refuse)
        assert edited.runs == "jpeg 1280x720"
        edited.refuse = None  # the other thorsched has ended
        assert in_its_time(clock, lambda: edited.runs == "jpeg 1920x1080")
    assert not edited.mistake
    assert edited.sizes == ["1080p"]


@pytest.mark.fault(54)
def test_a_deleted_file_changes_nothing_and_is_told_until_it_is_back(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    with watched(path, clock=clock) as edited, caplog.at_level("INFO", "thorsched"):
        path.unlink()
        assert in_its_time(clock, lambda: edited.mistake)
        assert edited.mistake == f"{path}: the file is gone"
        assert edited.runs == "jpeg 1280x720"
        path.write_text(text_of("720p"))
        assert in_its_time(clock, lambda: not edited.mistake)
        path.write_text(text_of("1080p"))
        assert in_its_time(clock, lambda: edited.runs == "jpeg 1920x1080")
    assert edited.sizes == ["1080p"]
    assert caplog.messages[:3] == [
        "the file cannot be read",
        "the file is back at the running revision",
        "applied the edited file",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="a working directory cannot be removed there")
def test_a_file_is_found_again_whose_directory_was_made_anew_under_a_program_that_runs_in_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    directory = path.parent / "lab"
    directory.mkdir()
    path.rename(directory / path.name)
    monkeypatch.chdir(directory)
    with watched(Path(path.name)) as edited:
        shutil.rmtree(directory)
        assert eventually(lambda: edited.mistake == f"{path.name}: the file is gone")
        directory.mkdir()
        (directory / path.name).write_text(text_of("1080p"))
        assert edited.comes_to("jpeg 1920x1080")
        assert [one.path for one in edited.applied] == [directory / path.name]
    assert "could not be looked at" not in caplog.text


def test_a_directory_in_the_files_place_is_told_to_who_asks(edited: Watched) -> None:
    edited.path.unlink()
    edited.path.mkdir()
    edited.watch.touch()
    assert edited.changed()
    assert edited.mistake.startswith(f"{edited.path}: is a directory")


def test_a_mistake_is_told_again_when_its_file_comes_back_with_it(edited: Watched) -> None:
    told = []
    for text in (text_of("12by80"), None, text_of("12by80")):
        if text is None:
            edited.path.unlink()
        else:
            edited.path.write_text(text)
        edited.watch.touch()
        assert edited.changed()
        told.append(edited.mistake)
    assert "gone" in told[1]
    assert told[0] == told[2]


def test_a_file_that_never_comes_to_rest_is_told_and_applied_once_it_does(path: Path) -> None:
    clock, ended = FakeClock(), threading.Event()

    def write() -> None:
        height = 100
        while not ended.wait(0.002):
            path.write_text(text_of(f"640x{height}"))
            height += 1
            clock.advance(0.02)  # by the writer, so that it does not fall behind

    writer = threading.Thread(target=write)
    with watched(path, clock=clock) as edited:
        writer.start()
        assert edited.changed()
        assert edited.revisions.standing.wrong is not None
        assert edited.revisions.standing.wrong.kind is Kind.RESTLESS
        assert "once that ends, it is applied" in edited.mistake
        assert edited.applied == []
        ended.set()
        writer.join()
        assert in_its_time(clock, lambda: edited.applied)
        assert not edited.mistake
        assert edited.applied[0].text == path.read_text()
        assert len(edited.applied) == 1


def test_a_file_that_a_program_never_closes_is_taken_as_it_is_and_the_log_says_so(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    with watched(path, clock=clock) as edited, path.open("w") as file:
        file.write(text_of("1080p"))
        file.flush()
        if host.is_open_for_writing(path) is None:
            pytest.skip("nobody can tell here whether a file is open for writing")
        with caplog.at_level("INFO", "thorsched.reload.watching.watch"):
            assert in_its_time(clock, lambda: edited.runs == "jpeg 1920x1080")
    said = "the file is taken as it is, though a program has it open for writing"
    assert caplog.messages.count(said) == 1


def test_a_bug_that_a_look_comes_upon_ends_no_watch(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    with watched(path, clock=clock) as edited:
        edited.bug = "a bug"
        path.write_text(text_of("1080p"))
        assert in_its_time(clock, lambda: "the file could not be looked at" in caplog.messages)
        edited.bug = ""
        assert in_its_time(clock, lambda: edited.runs == "jpeg 1920x1080")


def test_a_look_that_does_not_end_holds_up_nobody(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    edited, never = Watched(path, SystemClock()), threading.Event()
    edited.hold = never.wait
    edited.watch.start()
    path.write_text(text_of("1080p"))
    edited.watch.touch()
    assert edited.is_held.wait(PATIENCE_S)
    edited.watch.touch()
    edited.watch.close()
    assert caplog.messages == ["left behind"]
    never.set()


def test_watching_ends_without_a_word_while_a_log_is_written_beside_the_file(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ended = threading.Event()

    def write() -> None:
        with (path.parent / "err.txt").open("w") as log:
            while not ended.wait(0.0002):
                print("a line", file=log, flush=True)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(40):
        file = Watched(path, SystemClock())
        file.watch.start()
        file.watch.touch()
        file.watch.close()
    ended.set()
    writer.join()
    assert caplog.messages == []


def test_a_watch_that_was_never_begun_can_be_ended(path: Path) -> None:
    FileWatch(Watched(path, SystemClock()).revisions, path, clock=SystemClock()).close()
