"""The files that a program's recordings have closed: made durable, listed, the oldest removed.

Made by `keeper.py`. In a thread of its own, because a disk that does not answer must hold up no
recorder; nobody waits for it without a limit.
"""

import logging
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from thorsched.base import host
from thorsched.base.errors import FileError
from thorsched.recording.frameless import remove_if_frameless
from thorsched.recording.repair import repair
from thorsched.recording.segments import Segment
from thorsched.video.matroska import VideoFile

log = logging.getLogger(__name__)

_AGAIN_AFTER_S = 10.0
_LAST_S = 1.0


@dataclass(slots=True, eq=False)
class Shelf:
    """One recording's files, of all its attempts, in order."""

    most_files: int = 0
    """Only so many of the newest are kept; 0 is no limit."""
    files: list[Path] = field(default_factory=list)
    is_open: bool = True
    """Whether one more is being written."""


class ClosedFiles:
    """What is to be done about closed files. Any thread may call it; close it at the end."""

    def __init__(self) -> None:
        self._shelves: dict[str, Shelf] = {}
        self._left: deque[tuple[Path, Shelf]] = deque()
        """What is left to do, the one in work included."""
        self._put_off: list[tuple[Path, Shelf]] = []
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="closed files", daemon=True)
        self._thread.start()

    def begin(self, camera: str, *, most_files: int) -> None:
        """Begin a recording's list; those of the last one are forgotten, and dealt with still."""
        self._shelves[camera] = Shelf(most_files)

    def end(self, camera: str) -> None:
        """Note that the recording opens no more files."""
        shelf = self._shelves.get(camera)
        if shelf is not None:
            shelf.is_open = False

    def of(self, camera: str) -> Shelf:
        """Return the closed files of the camera's latest recording, as they are from now on."""
        return self._shelves.get(camera, Shelf())

    def take(self, segment: Segment) -> None:
        """Take a segment that its recorder has closed; never blocks for long."""
        shelf = self._shelves[segment.recording.camera]
        if segment.is_guess:
            return
        with self._changed:
            shelf.files.append(segment.path)
            self._left.append((segment.path, shelf))
            self._changed.notify_all()

    def flush(self, *, patience_s: float) -> bool:
        """Wait until all that was taken is on the disk; return whether it is.

        Where nothing is finished for `patience_s`, the disk does not answer: what is left then is
        logged.
        """
        with self._changed:
            self._take_again()
            while self._left and self._has_finished(self._left[0], patience_s):
                pass
            left = [path for path, _ in (*self._left, *self._put_off)]
        for path in left:
            log.error("a file is not safe on its disk as yet", extra={"file": path})
        return not left

    def _has_finished(self, one: tuple[Path, Shelf], patience_s: float) -> bool:
        return self._changed.wait_for(
            lambda: not self._left or self._left[0] is not one, patience_s
        )

    def close(self) -> None:
        """End the thread as soon as it has done what it can."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(_LAST_S)

    def _run(self) -> None:
        while (one := self._next()) is not None:
            path, shelf = one
            try:
                _make_durable(path, shelf)
            except OSError as error:
                self._failed(path, shelf, error)
            except Exception:  # of all files, only this one may suffer from a bug of ours
                log.exception("a bug in the keeping of files", extra={"file": path})
            with self._changed:
                self._left.popleft()
                self._changed.notify_all()

    def _next(self) -> tuple[Path, Shelf] | None:
        """Return the next file when there is one, None when there will be none."""
        with self._changed:
            while not self._left and not self._is_closing:
                if not self._changed.wait(_AGAIN_AFTER_S if self._put_off else None):
                    self._take_again()
            return self._left[0] if self._left else None

    def _take_again(self) -> None:
        self._left.extend(self._put_off)
        self._put_off.clear()
        self._changed.notify_all()

    def _failed(self, path: Path, shelf: Shelf, error: OSError) -> None:
        """Try again later: its disk may be back then. One that was taken away is nobody's care."""
        if isinstance(error, FileNotFoundError) and path.parent.is_dir():
            _forget(path, shelf)
            return
        log.warning("file not synced as yet", extra={"file": path, "why": error})
        with self._changed:
            self._put_off.append((path, shelf))


def _make_durable(path: Path, shelf: Shelf) -> None:
    """Sync a closed file, and remove the oldest if only so many are to be kept."""
    if remove_if_frameless(path):
        _forget(path, shelf)
        return
    host.sync_file(path)
    host.sync_directory(path.parent)
    _finalise(path)
    while shelf.most_files and len(shelf.files) + shelf.is_open > shelf.most_files:
        host.remove(shelf.files[0], missing_ok=True)
        shelf.files.pop(0)


def _finalise(path: Path) -> None:
    """Repair a file that its recorder never closed; one that cannot be is left as it is."""
    try:
        with VideoFile(path) as file:
            is_finalised = file.is_finalised
        if not is_finalised:
            repair(path)
    except (FileError, OSError) as error:
        log.warning("file not repaired", extra={"file": path, "why": error})


def _forget(path: Path, shelf: Shelf) -> None:
    if path in shelf.files:
        shelf.files.remove(path)
