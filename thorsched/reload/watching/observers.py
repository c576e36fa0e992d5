"""Hears of changes in directories by watchdog: by the system's events, or by polling.

Called by `watch.py` from its thread only; a disk that does not answer keeps it waiting there.
"""

import logging
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.polling import PollingObserverVFS

from thorsched.base import host

log = logging.getLogger(__name__)

POLL_S = 1.0

# inotify tells when a writer is done, and of our own reading, too: it is asked for nothing that we,
# or a log file beside the YAML, bring about all the time. Other systems tell only that a file was
# modified.
_EVENTS: list[type[FileSystemEvent]] | None = (
    [FileClosedEvent, FileMovedEvent, FileCreatedEvent, FileDeletedEvent]
    if sys.platform == "linux"
    else None
)


@dataclass(frozen=True, slots=True)
class _Watched:
    """One directory that is heard of."""

    place: tuple[int, int]
    observer: BaseObserver
    watch: ObservedWatch


class Observers:
    """Calls `notice` when a name that is followed may have changed; sometimes when none has.

    Not for two threads at once; `notice` is called from others.
    """

    def __init__(self, notice: Callable[[], None]) -> None:
        self._hearer = _Hearer(notice)
        logging.getLogger("watchdog.observers.inotify").addFilter(_is_news)
        self._watched: dict[Path, _Watched] = {}
        self._events: BaseObserver | None = None
        self._polling: BaseObserver | None = None
        self._remote: set[Path] = set()
        self._told: set[str] = set()
        self.is_polling = False
        """Whether a change is heard of late, as a directory is polled, or is not there."""

    @property
    def is_remote(self) -> bool:
        """Return whether any of it is on another machine."""
        return bool(self._remote)

    def follow(self, names: Iterable[Path]) -> None:
        """Hear of these names from now on, and of no others; each in a directory without links."""
        self._hearer.names = frozenset(names)
        directories = {name.parent for name in self._hearer.names if not _is_too_much(name.parent)}
        self._remote &= directories
        places = {one: place for one in directories if (place := _place_of(one)) is not None}
        for directory, watched in list(self._watched.items()):
            if places.get(directory) != watched.place:  # elsewhere by now, or another one
                del self._watched[directory]
                self._remote.discard(directory)
                watched.observer.unschedule(watched.watch)
        for directory in places.keys() - self._watched.keys():
            self._watch(directory, places[directory])
        self.is_polling = any(
            one not in self._watched or self._watched[one].observer is self._polling
            for one in directories
        )

    def close(self) -> None:
        """Hear of nothing more."""
        for observer in (self._events, self._polling):
            if observer is not None:
                observer.stop()
                observer.join()

    def _watch(self, directory: Path, place: tuple[int, int]) -> None:
        remote = self._remote_kind(directory)
        if remote:
            self._remote.add(directory)
            why = f"it is on another machine ({remote})"
        else:
            try:
                self._events = self._events or _started(Observer())
                watch = self._events.schedule(self._hearer, str(directory), event_filter=_EVENTS)
            except (OSError, RuntimeError) as error:  # no inotify left, or no thread
                why = str(error)
            else:
                self._watched[directory] = _Watched(place, self._events, watch)
                return
        self._tell(directory, why, level=logging.INFO if remote else logging.WARNING)
        self._poll(directory, place)

    def _remote_kind(self, directory: Path) -> str:
        """Return the kind of the remote file system that the directory is on, or a file in it."""
        here = (name for name in self._hearer.names if name.parent == directory)
        return next(filter(None, map(host.remote_kind, (directory, *here))), "")

    def _poll(self, directory: Path, place: tuple[int, int]) -> None:
        try:
            self._polling = self._polling or _started(
                PollingObserverVFS(os.lstat, self._hearer.listed, polling_interval=POLL_S)
            )
            watch = self._polling.schedule(self._hearer, str(directory))
        except (OSError, RuntimeError) as error:  # its content is looked at all the same
            self._tell(directory, str(error), level=logging.WARNING)
        else:
            self._watched[directory] = _Watched(place, self._polling, watch)

    def _tell(self, directory: Path, why: str, *, level: int) -> None:
        """Log why it is polled; once, though links lead elsewhere and all is tried again."""
        if why not in self._told:
            self._told.add(why)
            said = {"directory": directory, "why": why}
            log.log(level, "cannot watch the file, polling it", extra=said)


def _is_too_much(directory: Path) -> bool:
    """Whether to hear of it is to hear of the whole disk: macOS tells of all that is below, too.

    There the links in `/` are the system's own, and lead nowhere else one day.
    """
    return sys.platform == "darwin" and directory == Path(directory.anchor)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether it is not that an event came as a directory was let go of: to watchdog, an error."""
    return "called when the thread is inactive" not in record.getMessage()


def _started(observer: BaseObserver) -> BaseObserver:
    """Start it, before it has anything to observe: what cannot be is said by `schedule` then."""
    observer.start()
    return observer


def _place_of(directory: Path) -> tuple[int, int] | None:
    """Return what tells one directory from another that took its name; None if it is not there."""
    try:
        found = directory.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@dataclass(frozen=True, slots=True)
class _Entry:
    """A name in a directory, as far as watchdog asks."""

    name: str


class _Hearer(FileSystemEventHandler):
    """Passes on what concerns the names that are followed."""

    def __init__(self, notice: Callable[[], None]) -> None:
        self._notice = notice
        self.names: frozenset[Path] = frozenset()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in {"opened", "closed_no_write"}:
            return
        # Elsewhere than on Linux, a directory that changed may be all that is told.
        if event.is_directory or any(map(self._follows, (event.src_path, event.dest_path))):
            self._notice()

    def _follows(self, path: bytes | str) -> bool:
        return _key(os.fsdecode(path)) in {_key(name.name) for name in self.names}

    def listed(self, directory: str | None) -> Iterator[os.DirEntry[str]]:
        """Return the names in a directory that are followed: all others cost a round trip each."""
        entries = [_Entry(one.name) for one in self.names if str(one.parent) == directory]
        return iter(cast("list[os.DirEntry[str]]", entries))


def _key(path: str) -> str:
    """Return the name in a path, as all systems that tell of it write it."""
    return unicodedata.normalize("NFC", os.path.basename(path)).casefold()  # noqa: PTH119
