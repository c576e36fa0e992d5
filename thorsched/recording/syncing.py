"""Segments that are still open are synced to their disk: what a power cut takes is bounded.

Made by `launcher.py`. A thread a storage root: a disk that does not answer holds that alone, and
nobody waits for it, at the end neither. What is being closed is left to whoever syncs closed files.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from thorsched.base.host import sync_directory, sync_file
from thorsched.recording.lifecycle import Phase, Recorder

log = logging.getLogger(__name__)

# A power cut takes 5 s at most: so long as a round of syncs takes a second.
SYNC_EVERY_S = 4.0


class Syncing:
    """Syncs what the observed recorders write. `keep` for each root, from any thread."""

    def __init__(self, observe: Callable[[], Mapping[str, Recorder]]) -> None:
        self._observe = observe
        self._threads: dict[Path, threading.Thread] = {}
        self._making = threading.Lock()
        self._is_closing = threading.Event()

    def keep(self, root: Path) -> None:
        """Sync what is open below `root` from now on; without a thread for it, call it again."""
        with self._making:
            if root not in self._threads:
                name = f"syncing {root}"
                thread = threading.Thread(target=self._run, args=(root,), name=name, daemon=True)
                with contextlib.suppress(RuntimeError):
                    thread.start()
                    self._threads[root] = thread

    def close(self) -> None:
        """Sync no more; a sync that is under way is not waited for."""
        self._is_closing.set()

    def _run(self, root: Path) -> None:
        disk = Disk(root)
        while not self._is_closing.wait(SYNC_EVERY_S):
            disk.sync(open_segments(self._observe().values(), root))


def open_segments(recorders: Iterable[Recorder], root: Path) -> tuple[Path, ...]:
    """Return the segments below `root` that frames arrive in."""
    return tuple(
        recorder.open_segment
        for camera in recorders
        for recorder in camera.everyone
        if recorder.phase is Phase.RECORDING
        and recorder.open_segment is not None
        and recorder.recording is not None
        and recorder.recording.output.root == root
    )


class Disk:
    """What is known of the syncs to one root. Used in its thread alone."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._named: frozenset[Path] = frozenset()
        """The segments whose names are safe."""
        self._failed: frozenset[Path] = frozenset()

    def sync(self, segments: Iterable[Path]) -> None:
        """Sync these; what fails is logged once. One that is gone is none any more."""
        named, failed = set(), set()
        for segment in segments:
            try:
                sync_file(segment)
                if segment not in self._named:
                    self._sync_names(segment)
                named.add(segment)
            except FileNotFoundError:
                continue
            except OSError as error:
                failed.add(segment)
                if segment not in self._failed:
                    why = {"file": segment, "why": error}
                    log.warning("an open segment is not safe on its disk", extra=why)
        self._named, self._failed = frozenset(named), frozenset(failed)

    def _sync_names(self, segment: Path) -> None:
        """Sync the directories from the segment's own up to the root: each may be new."""
        for directory in segment.parents:
            sync_directory(directory)
            if directory == self._root:
                break
