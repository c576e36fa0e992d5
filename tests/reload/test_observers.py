"""What directories are watched by: watchdog, and what of its own words is passed on."""

import logging
import sys
from pathlib import Path

import pytest
from watchdog.observers.api import EventQueue, ObservedWatch

from thorsched.reload.observers import Observers


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
