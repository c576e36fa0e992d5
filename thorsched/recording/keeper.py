"""Records what a program tells it to, until it is told to stop: recorders without schedules.

Made by `client.py`. Holds to the wanted state as the engine's loop does, in one thread: a recorder
that backs off is started anew when its time has come, a segment that was closed is made durable.
"""

import contextlib
import logging
import queue
import shutil
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from thorsched.base.clock import Clock
from thorsched.base.errors import UnavailableError
from thorsched.base.host import plain_file_opener, sync_directory, sync_file
from thorsched.recording.archive import remove_if_frameless
from thorsched.recording.launcher import Launcher
from thorsched.recording.lifecycle import Phase, Recorder, Start, Stop, may_start
from thorsched.recording.root import StorageError
from thorsched.recording.segments import Segment
from thorsched.recording.spec import Recording, tail
from thorsched.recording.trouble import Cause, Trouble

log = logging.getLogger(__name__)

_LOOK_S = 0.2


class RecordingFailed(UnavailableError):
    """A recording did not begin; `trouble` says why, with the server's own words in it."""

    def __init__(self, camera: str, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(f"{camera}: {trouble}")


@dataclass(slots=True)
class _Kept:
    """A recording that goes on until it is stopped."""

    recording: Recording
    restart: bool


@dataclass(slots=True)
class _Ring:
    """The closed files of a recording that may keep its newest ones only."""

    most_files: int
    closed: deque[Path] = field(default_factory=deque)


class Keeper:
    """The recorders of one program. Any thread may call it; close it at the end."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._kept: dict[str, _Kept] = {}
        self._turn = threading.Lock()
        """Held to change what is kept, or to act on it: a start must not follow its own stop."""
        self._segments: queue.SimpleQueue[Segment] = queue.SimpleQueue()
        self._is_closing = threading.Event()
        self.scratch = Path(tempfile.mkdtemp(prefix="thorsched-"))
        """A directory of its own, for logs that nobody wants to keep; gone at the end."""
        self._launcher = Launcher(
            clock=clock, check_root=_check, changed=self._notify, closed=self._segments.put
        )
        self._echoes: dict[Path, int] = {}
        self._rings: dict[str, _Ring] = {}
        self._archiving = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def recorder(self, camera: str) -> Recorder:
        """Return a camera's recorder as of now."""
        return self._launcher.observe().get(camera, Recorder(camera))

    def start(self, recording: Recording, *, restart: bool, most_files: int, echo: bool) -> None:
        """Record; return when frames are on disk.

        With `restart` it is begun anew, in new files, whenever it ends before `stop`. What the
        recorder prints is printed to stderr, too, with `echo`. Raises `RecordingFailed`; then
        nothing of it is left.
        """
        camera = recording.camera
        if echo:
            self._echoes[_log_of(recording)] = 0
        self._rings[camera] = _Ring(most_files)
        self._launcher.carry_out([Start(camera, recording)])
        try:
            recorder = self._await(camera, Phase.RECORDING, Phase.BACKING_OFF)
        except BaseException:
            self._launcher.carry_out([Stop(camera, "interrupted")])
            raise
        if recorder.phase is Phase.RECORDING:
            with self._turn:
                self._kept[camera] = _Kept(recording, restart=restart)
            return
        self._launcher.carry_out([Stop(camera, "it did not begin")])
        self._await(camera, Phase.IDLE)
        assert recorder.trouble is not None  # noqa: S101 - that is why it backs off
        raise RecordingFailed(camera, recorder.trouble)

    def _await(self, camera: str, *phases: Phase) -> Recorder:
        """Wait until a recorder is in one of these phases; returns the recorder."""
        with self._changed:
            while (recorder := self.recorder(camera)).phase not in phases:
                if self._is_closing.is_set() and recorder.phase is Phase.IDLE:
                    raise RecordingFailed(camera, Trouble(Cause.MACHINE, "it was closed meanwhile"))
                # By slices, so that Ctrl-C is heard on every platform.
                self._changed.wait(_LOOK_S)
        return recorder

    def stop(self, cameras: Iterable[str], *, why: str = "stopped") -> None:
        """Finalise these recordings; nothing that was filmed before the call is lost.

        So it takes SRT's latency and 0.2 s, for all together, if any of them records. Returns when
        their files are finalised and on the disk and their streams stopped.
        """
        with self._turn:  # none of them is begun anew from here on
            stopped = {camera: kept for camera in cameras if (kept := self._kept.pop(camera, None))}
        self._launcher.carry_out(
            Stop(camera, why, linger_s=tail(kept.recording.latency).total_seconds())
            for camera, kept in stopped.items()
        )
        for camera in stopped:
            self._await(camera, Phase.IDLE)
        self._archive()

    def close(self) -> None:
        """Stop everything and let everything go."""
        try:
            self.stop(list(self._kept), why="closing")
        finally:
            self._is_closing.set()
            self._launcher.close()
            self._notify()
            self._thread.join()
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._is_closing.is_set()
            for step in (self._restart, self._archive, self._echo):
                _guarded(step)
            with self._changed:
                self._changed.wait(0 if is_last else _LOOK_S)
        _guarded(self._archive)

    def _restart(self) -> None:
        now_s = self._clock.monotonic_s()
        with self._turn:
            for camera, kept in self._kept.items():
                recorder = self.recorder(camera)
                is_down = recorder.phase is Phase.BACKING_OFF
                if kept.restart and is_down and may_start(recorder, kept.recording, now_s=now_s):
                    self._launcher.carry_out([Start(camera, kept.recording)])

    def _archive(self) -> None:
        with self._archiving:
            while not self._segments.empty():
                segment = self._segments.get()
                try:
                    self._take(segment)
                except OSError as error:
                    where = {"camera": segment.recording.camera, "file": segment.path}
                    log.warning("segment not synced", extra={**where, "why": error})

    def _take(self, segment: Segment) -> None:
        """Make a closed file durable, and remove the oldest if only so many are to be kept."""
        if segment.is_guess or remove_if_frameless(segment.path):
            return
        sync_file(segment.path)
        sync_directory(segment.path.parent)
        camera = segment.recording.camera
        ring, is_open = self._rings[camera], camera in self._kept
        if ring.most_files:
            ring.closed.append(segment.path)
            while len(ring.closed) + is_open > ring.most_files:
                ring.closed.popleft().unlink(missing_ok=True)

    def _echo(self) -> None:
        for path, done_bytes in self._echoes.copy().items():
            opener = plain_file_opener
            with contextlib.suppress(OSError), open(path, "rb", opener=opener) as file:
                size_bytes = file.seek(0, 2)
                file.seek(done_bytes if done_bytes <= size_bytes else 0)
                words = file.read()
                self._echoes[path] = size_bytes
                with contextlib.suppress(OSError, ValueError):  # nobody reads stderr any more
                    sys.stderr.write(words.decode("utf-8", "replace"))


def _log_of(recording: Recording) -> Path:
    return recording.output.naming.log_path(camera=recording.camera, prefix="")


def _guarded(step: Callable[[], None]) -> None:
    """Run a step; a bug in it must not end the keeper, and with it every restart."""
    try:
        step()
    except Exception:
        log.exception("a bug in the keeping of recorders")


def _check(root: Path) -> None:
    if not root.is_dir():
        raise StorageError(f"{root} is no directory any more (unmounted or removed?)")
