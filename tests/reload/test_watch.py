"""The file while it is being edited, with the real watchdog and real files."""

import errno
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.observers import Observer

from tests.support.revisions import revisions_of
from tests.support.waiting import eventually
from thorsched.base.clock import SystemClock
from thorsched.base.errors import MachineError
from thorsched.config.load import Loaded, load
from thorsched.reload.watch import FileWatch

GOOD = """\
version: 1
server: http://127.0.0.1:8000
cameras:
  side: {{device: {{id: 0}}, capability: jpeg {size}}}
schedules:
  ever: {{cameras: all, always: true}}
"""
SOON_S = 5.0


class Edited:
    """A file that is watched, and what became of its edits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refuse: str | None = None
        self.changes = threading.Semaphore(0)
        self.accepted: list[Loaded] = []
        self.revisions = revisions_of(load(path), accept=self._accept, changed=self.changes.release)
        self.watch = FileWatch(self.revisions, path, clock=SystemClock())

    def _accept(self, loaded: Loaded) -> None:
        if self.refuse is not None:
            raise MachineError(self.refuse)
        self.accepted.append(loaded)

    def changed(self) -> bool:
        return self.changes.acquire(timeout=SOON_S)

    @property
    def mistake(self) -> str:
        return "\n".join(self.revisions.wrong.lines) if self.revisions.wrong else ""

    @property
    def selector(self) -> str:
        return str(self.revisions.current.config.cameras["side"].capability[0])


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[Edited]:
    path = tmp_path / "recordings.yaml"
    path.write_text(GOOD.format(size="720p"))
    edited = Edited(path)
    edited.watch.start()
    yield edited
    edited.watch.close()


def test_an_edit_is_applied(edited: Edited) -> None:
    edited.path.write_text(GOOD.format(size="1080p"))
    assert edited.changed()
    assert edited.selector == "jpeg 1920x1080"
    assert not edited.mistake


@pytest.mark.fault(54)
def test_a_save_by_rename_is_applied(edited: Edited) -> None:
    draft = edited.path.with_suffix(".tmp")
    draft.write_text(GOOD.format(size="1080p"))
    draft.replace(edited.path)
    assert edited.changed()
    assert edited.selector == "jpeg 1920x1080"


@pytest.mark.fault(53)
def test_a_wrong_edit_changes_nothing_and_is_told_until_it_is_mended(edited: Edited) -> None:
    edited.path.write_text(GOOD.format(size="12by80"))
    assert edited.changed()
    assert edited.selector == "jpeg 1280x720"
    assert "recordings.yaml:4:44" in edited.mistake
    edited.path.write_text(GOOD.format(size="480p"))
    assert edited.changed()
    assert not edited.mistake
    assert edited.selector == "jpeg 640x480"


def test_a_wrong_edit_that_is_taken_back_clears_the_mistake(edited: Edited) -> None:
    edited.path.write_text("version: 2\n")
    assert edited.changed()
    edited.path.write_text(GOOD.format(size="720p"))
    assert edited.changed()
    assert not edited.mistake
    assert edited.accepted == []


def test_a_good_edit_that_cannot_be_applied_changes_nothing(edited: Edited) -> None:
    edited.refuse = "the new root is held by another thorsched"
    edited.path.write_text(GOOD.format(size="1080p"))
    assert edited.changed()
    assert edited.selector == "jpeg 1280x720"
    assert edited.mistake == edited.refuse
    edited.refuse = None  # the other thorsched has ended
    assert edited.changed()
    assert edited.selector == "jpeg 1920x1080"
    assert not edited.mistake


@pytest.mark.fault(54)
def test_a_deleted_file_changes_nothing_and_is_told_until_it_is_back(edited: Edited) -> None:
    edited.path.unlink()
    assert edited.changed()
    assert edited.mistake == f"{edited.path}: the file is gone"
    assert edited.selector == "jpeg 1280x720"
    edited.path.write_text(GOOD.format(size="1080p"))
    assert edited.changed()
    assert not edited.mistake
    assert edited.selector == "jpeg 1920x1080"


def test_a_file_that_comes_back_as_it_was_is_told_too(
    edited: Edited, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "thorsched"):
        edited.path.unlink()
        assert edited.changed()
        edited.path.write_text(GOOD.format(size="720p"))
        assert edited.changed()
    assert not edited.mistake
    assert edited.accepted == []
    assert caplog.messages == [
        "the file cannot be read",
        "the file is back at the running revision",
    ]


def test_a_directory_in_the_files_place_is_told(edited: Edited) -> None:
    edited.path.unlink()
    edited.path.mkdir()
    assert edited.changed()
    assert edited.mistake.startswith(f"{edited.path}: is a directory")


def test_a_mistake_is_told_again_when_its_file_comes_back_with_it(edited: Edited) -> None:
    edited.path.write_text(GOOD.format(size="12by80"))
    assert edited.changed()
    mistake = edited.mistake
    edited.path.unlink()
    assert edited.changed()
    assert "gone" in edited.mistake
    edited.path.write_text(GOOD.format(size="12by80"))
    assert edited.changed()
    assert edited.mistake == mistake


def test_watching_ends_without_a_word_while_a_log_is_written_beside_the_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "recordings.yaml"
    path.write_text(GOOD.format(size="720p"))
    ended = threading.Event()

    def write() -> None:
        with (tmp_path / "err.txt").open("w") as log:
            while not ended.wait(0.0002):
                print("a line", file=log, flush=True)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(40):
        edited = Edited(path)
        edited.watch.start()
        edited.watch.touch()
        edited.watch.close()
    ended.set()
    writer.join()
    assert caplog.messages == []


@pytest.mark.fault(54)
def test_a_save_by_truncating_and_writing_later_is_applied_once(edited: Edited) -> None:
    edited.path.write_text("")
    assert edited.changed(), "the empty file was not seen"
    assert "the file says nothing" in edited.mistake
    edited.path.write_text(GOOD.format(size="1080p"))
    assert edited.changed()
    assert not edited.mistake
    assert [one.config.cameras.keys() for one in edited.accepted] == [{"side"}]
    assert edited.selector == "jpeg 1920x1080"


@pytest.mark.fault(54)
def test_a_config_map_that_is_swapped_is_applied(tmp_path: Path) -> None:
    for number, size in enumerate(("720p", "1080p")):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}" / "recordings.yaml").write_text(GOOD.format(size=size))
    (tmp_path / "..data").symlink_to("..0")
    (tmp_path / "recordings.yaml").symlink_to("..data/recordings.yaml")
    edited = Edited(tmp_path / "recordings.yaml")
    edited.watch.start()
    (tmp_path / "..tmp").symlink_to("..1")
    (tmp_path / "..tmp").replace(tmp_path / "..data")
    assert edited.changed()
    edited.watch.close()
    assert edited.selector == "jpeg 1920x1080"


@pytest.mark.fault(55)
def test_without_inotify_the_file_is_polled_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_more_watches(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(Observer, "schedule", no_more_watches)
    path = tmp_path / "recordings.yaml"
    path.write_text(GOOD.format(size="720p"))
    edited = Edited(path)
    edited.watch.start()
    assert eventually(lambda: caplog.messages == ["cannot watch the file, polling it"])
    path.write_text(GOOD.format(size="1080p"))
    assert edited.changed()
    edited.watch.close()
    assert edited.selector == "jpeg 1920x1080"


@pytest.mark.fault(54)
def test_a_storm_of_writes_ends_with_exactly_the_final_content(edited: Edited) -> None:
    for height in range(100, 400):
        edited.path.write_text(GOOD.format(size=f"640x{height}"))
    assert edited.changed()
    while edited.selector != "jpeg 640x399":
        assert edited.changed(), edited.selector
    assert len(edited.accepted) <= 3


def test_an_edit_is_applied_in_a_directory_where_others_write_all_the_time(
    edited: Edited,
) -> None:
    ended = threading.Event()

    def write() -> None:
        while not ended.wait(0.05):
            (edited.path.parent / "busy.txt").write_text("busy")

    writer = threading.Thread(target=write)
    writer.start()
    edited.path.write_text(GOOD.format(size="1080p"))
    applied = edited.changed()
    ended.set()
    writer.join()
    assert applied
    assert edited.selector == "jpeg 1920x1080"


@pytest.mark.fault(54, 55)
def test_the_target_of_a_symlink_is_followed_by_polling(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "real.yaml").write_text(GOOD.format(size="720p"))
    link = tmp_path / "here"
    link.mkdir()
    (link / "recordings.yaml").symlink_to(elsewhere / "real.yaml")
    edited = Edited(link / "recordings.yaml")
    edited.watch.start()
    (elsewhere / "real.yaml").write_text(GOOD.format(size="1080p"))
    assert edited.changed()
    edited.watch.close()
    assert edited.selector == "jpeg 1920x1080"
