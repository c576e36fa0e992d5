"""Sees that the file was saved, and has it looked at soon.

watchdog's events and, since those can be missed (network disks, exhausted inotify, swapped
symlinks), the content itself, read again every few seconds, bring a new text to light. It is
looked at when it has been still for a moment. Made by `app.py`; never touches a recorder.
"""

import logging
import sys
import threading
from pathlib import Path

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from thorsched.base.clock import Clock
from thorsched.catalogue.applied import How
from thorsched.reload.revisions import Revisions

log = logging.getLogger(__name__)

POLL_S = 2.0
STILL_S = 0.25
STILL_LIMIT_S = 2.0
# A file on a disk that does not answer must not keep the program from ending.
_CLOSE_LIMIT_S = 5.0

# inotify tells when a writer is done, and of our own reading, too. watchdog logs an error when it
# is stopped while an event is under way, so it is asked for nothing that we, or a log file beside
# the YAML, bring about all the time. Other systems tell only that a file was modified.
_EVENTS: list[type[FileSystemEvent]] | None = (
    [FileClosedEvent, FileMovedEvent, FileCreatedEvent, FileDeletedEvent]
    if sys.platform == "linux"
    else None
)


class FileWatch:
    """Calls `Revisions.look` soon after the file was touched, and every `POLL_S` in any case."""

    def __init__(self, revisions: Revisions, path: Path, *, clock: Clock) -> None:
        self._revisions = revisions
        self._clock = clock
        self._touched = threading.Event()
        self._is_asked = threading.Event()
        self._closing = threading.Event()
        self._observer = Observer()
        self._observer.schedule(
            _Toucher(self._touched), str(path.resolve().parent), event_filter=_EVENTS
        )
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def start(self) -> None:
        try:
            self._observer.start()
        except OSError as error:  # no inotify left: polling does it alone
            log.warning("cannot watch the file, polling it", extra={"why": error})
        self._thread.start()

    def touch(self) -> None:
        """Have the file looked at soon; somebody waits for what comes of it."""
        self._is_asked.set()
        self._touched.set()

    def close(self) -> None:
        """Look no more. A look that does not end, as its disk does not answer, is left behind."""
        self._closing.set()
        self._touched.set()
        self._observer.stop()
        for thread in (self._thread, self._observer):
            if thread.is_alive():
                thread.join(_CLOSE_LIMIT_S)
            if thread.is_alive():
                log.warning("left behind", extra={"what": "the look at the file"})

    def _run(self) -> None:
        while not self._closing.is_set():
            if self._touched.wait(POLL_S):
                self._await_stillness()
            if not self._closing.is_set():
                self._look()

    def _await_stillness(self) -> None:
        """Wait until nothing was touched for a moment, but not for ever: others may write there."""
        limit_s = self._clock.monotonic_s() + STILL_LIMIT_S
        touched = True
        while touched and not self._closing.is_set() and self._clock.monotonic_s() < limit_s:
            self._touched.clear()
            touched = self._touched.wait(STILL_S)

    def _look(self) -> None:
        how = How.BY_HAND if self._is_asked.is_set() else How.EDIT
        self._is_asked.clear()
        try:
            self._revisions.look(how=how)
        except Exception:  # a bug of ours must not end reloading for the night
            log.exception("the file could not be looked at")


class _Toucher(FileSystemEventHandler):
    def __init__(self, touched: threading.Event) -> None:
        self._touched = touched

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in ("opened", "closed_no_write"):
            self._touched.set()
