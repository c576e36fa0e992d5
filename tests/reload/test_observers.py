"""What directories are watched by: watchdog, and what of its own words is passed on."""

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers.api import EventQueue, ObservedWatch

from tests.support.waiting import PATIENCE_S, pause
from thorsched.reload.watching.observers import Observers

FILE = "recordings.yaml"


class Heard:
    """What is followed, by events alone: nothing here polls."""

    def __init__(self) -> None:
        self._heard = threading.Event()
        self.observers = Observers(self._heard.set)

    def follow(self, *names: Path) -> None:
        self.observers.follow(names)
        assert not self.observers.is_polling

    def of(self, change: Callable[[], object]) -> bool:
        """Return whether the change is heard of."""
        self._heard.clear()
        change()
        return self._heard.wait(PATIENCE_S)

    def of_nothing_by(self, change: Callable[[], object]) -> bool:
        """Return whether nothing is heard of the change, as far as one can wait for that."""
        self._heard.clear()
        change()
        pause(0.2)
        return not self._heard.is_set()


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()
    yield heard
    heard.observers.close()


@pytest.mark.fault(54)
def test_an_edit_of_what_a_link_leads_to_is_heard_of_and_so_is_the_link(
    heard: Heard, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    link, target = tmp_path / FILE, tmp_path / "elsewhere" / "real.yaml"
    target.write_text("")
    (tmp_path / "new").symlink_to(target)
    heard.follow(link, target)
    assert heard.of(lambda: (tmp_path / "new").replace(link))
    assert heard.of(lambda: target.write_text("edited"))
    assert heard.of_nothing_by(lambda: (tmp_path / "beside.txt").write_text("text"))
    heard.follow(link)
    assert heard.of_nothing_by(lambda: target.write_text("nobody cares"))


@pytest.mark.fault(54)
def test_a_directory_that_was_replaced_is_heard_of_again(heard: Heard, tmp_path: Path) -> None:
    directory, file = tmp_path / "lab", tmp_path / "lab" / FILE
    directory.mkdir()
    heard.follow(file)
    directory.rename(tmp_path / "before")
    heard.observers.follow([file])
    assert heard.observers.is_polling, "of a directory that is not there nothing is heard"
    directory.mkdir()
    heard.follow(file)
    assert heard.of(lambda: file.write_text("text"))


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux")
def test_an_event_of_a_directory_that_is_let_go_of_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from watchdog.observers.inotify import InotifyEmitter  # noqa: PLC0415 - elsewhere there is none

    Observers(lambda: None)
    stopped = InotifyEmitter(EventQueue(), ObservedWatch(str(tmp_path), recursive=False))
    stopped.queue_events(0.0)
    assert caplog.messages == []
    logging.getLogger("watchdog.observers.inotify").warning("Inotify queue overflowed")
    assert caplog.messages == ["Inotify queue overflowed"]
