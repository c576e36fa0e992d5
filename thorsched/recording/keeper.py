"""Records what a program tells it to, until it is told to stop: recorders without schedules.

Made by `client/api.py`. Holds to the wanted state as the engine's loop does, in one thread: a
recorder that backs off is started anew when its time has come, one that was stopped is told so
until it is at rest. So a call that is interrupted at any moment leaves nothing that stays. The
locks may be taken again by a signal handler that interrupts whoever holds them.
"""

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from thorsched.base.clock import Clock
from thorsched.base.errors import ConfigError, UnavailableError
from thorsched.base.lines import PATIENCE_S
from thorsched.recording.closed import ClosedFiles
from thorsched.recording.echo import Echo
from thorsched.recording.history import Note
from thorsched.recording.launcher import CLOSE_LIMIT_S, Launcher
from thorsched.recording.lifecycle import (
    Phase,
    Recorder,
    Start,
    Stop,
)
from thorsched.recording.root import StorageError
from thorsched.recording.spec import Recording, tail
from thorsched.recording.transitions import may_start
from thorsched.recording.trouble import Cause, Trouble

log = logging.getLogger(__name__)

# A start ends by itself, with frames or with a trouble; one that does not sits in a call of the
# system, on a disk that does not answer.
START_LIMIT_S = 60.0
STOP_LIMIT_S = CLOSE_LIMIT_S
SYNC_PATIENCE_S = 10.0
_LOOK_S = 0.2
# A worker that is at rest takes what is posted at once.
_POST_AGAIN_S = 1.0


class RecordingFailed(UnavailableError):
    """A recording did not begin; `trouble` says why, with the server's own words in it."""

    def __init__(self, camera: str, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(f"{camera}: {trouble}")


class Hold(Enum):
    """How a recording is held; the comment says what it waits for."""

    STARTING = "starting"  # frames on disk, or the trouble that it failed by
    GOING = "going"  # a stop; is begun anew meanwhile
    STOPPING = "stopping"  # its recorder at rest; is forgotten then


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A recording that goes on until it is stopped, or until it dies without `restart`."""

    recording: Recording
    restart: bool
    hold: Hold
    why: str = ""
    """Why it is stopped."""

    def has_ended(self, recorder: Recorder) -> bool:
        """Return whether it has died, and nobody begins it anew."""
        is_down = recorder.phase is Phase.BACKING_OFF
        return self.hold is Hold.GOING and is_down and not self.restart


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of a recording that was stopped."""

    recording: Recording
    location: Path | None
    files: tuple[Path, ...]
    ended_by: Trouble | None
    """Why it had ended already; None if it had not."""
    is_at_rest: bool
    """Whether its recorder is gone; if not, it is stopped still, for as long as it takes."""
    stream_left: str
    """Why the server may be streaming still; nothing if it is not."""


class Keeper:
    """The recorders of one program. Any thread may call it; close it at the end."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._process_id = os.getpid()
        self._changed = threading.Condition()
        self._kept: dict[str, Kept] = {}
        """What is recorded; the one place that remembers it. Each value is replaced, never set."""
        self._turn = threading.RLock()
        """Held to change what is kept, or to act on it: a start must not follow its own stop."""
        self._is_closing = threading.Event()
        self._is_over = threading.Event()
        self._files = ClosedFiles()
        self.scratch = Path(tempfile.mkdtemp(prefix="thorsched-"))
        """A directory of its own, for logs that nobody wants to keep; gone at the end."""
        self._launcher = Launcher(
            clock=clock,
            check_root=_check,
            changed=self._notify,
            closed=self._files.take,
            outlives=False,
            noted=_unnoted,
        )
        self._echo = Echo()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    @property
    def is_of_this_process(self) -> bool:
        """Whether it was made here; a forked child has none of its threads, and may not use it."""
        return self._process_id == os.getpid()

    def recorder(self, camera: str) -> Recorder:
        """Return a camera's recorder as of now."""
        return self._launcher.observe().get(camera, Recorder(camera))

    def kept(self) -> Mapping[str, Kept]:
        """Return what is recorded, started or stopped now, by the camera."""
        return self._kept.copy()

    def files(self, camera: str) -> tuple[Path, ...]:
        """Return the files of the camera's latest recording, of all its attempts, in order."""
        closed, is_open = tuple(self._files.of(camera).files), self.recorder(camera).open_segment
        return closed if is_open is None or is_open in closed else (*closed, is_open)

    def start(
        self, recording: Recording, *, restart: bool, most_files: int, echo: bool
    ) -> Recording:
        """Record; return what is recorded when frames are on disk.

        That is another recording if the camera records already, or stalls; this one is not begun
        then. One that is being stopped is waited for, and one that has ended is forgotten.

        With `restart` it is begun anew, in new files, whenever it ends before `stop`. What the
        recorder prints is printed to stderr, too, with `echo`. Raises `RecordingFailed`; then
        nothing of it is left, as after any other exception. Raises `ConfigError` for a camera that
        another call starts.
        """
        camera = recording.camera
        try:
            going = self._reserve(Kept(recording, restart, Hold.STARTING))
            if going is not recording:
                return going
            self._files.begin(camera, most_files=most_files)
            if echo:
                self._echo.add(_log_of(recording))
            self._begin(recording)
            self._go_on(recording)
        except RecordingFailed:
            self._stop(recording, "it did not begin")
            self._await_rest([camera], limit_s=STOP_LIMIT_S)
            raise
        except BaseException:
            self._stop(recording, "interrupted")
            raise
        return recording

    def _reserve(self, wanted: Kept) -> Recording:
        """Return what the camera records already; if that is nothing, it is what is wanted now."""
        camera = wanted.recording.camera
        while True:
            with self._turn:
                if self._is_closing.is_set():
                    raise _failed(camera, "the client is being cleaned up")
                kept = self._kept.setdefault(camera, wanted)
            if kept is wanted:
                return wanted.recording
            if kept.hold is Hold.STARTING:
                raise ConfigError(f"{camera} is being started by another call already")
            if kept.has_ended(self.recorder(camera)):
                self._stop(kept.recording, "begun anew")
            elif kept.hold is Hold.GOING:
                return kept.recording
            if self._await_rest([camera], limit_s=STOP_LIMIT_S):
                raise _failed(camera, "its last recorder does not end; its log says why")

    def _begin(self, recording: Recording) -> None:
        """Have the recorder record this, and wait until it does; raises `RecordingFailed`."""
        camera = recording.camera
        started_s = self._clock.monotonic_s()
        posted_s: float | None = None
        while True:
            recorder, now_s = self.recorder(camera), self._clock.monotonic_s()
            is_ours = recorder.recording is recording
            if is_ours and recorder.phase is Phase.RECORDING:
                return
            if is_ours and recorder.phase is Phase.BACKING_OFF and recorder.trouble is not None:
                raise RecordingFailed(camera, recorder.trouble)
            self._check_wanted(recording, waited_s=now_s - started_s)
            if recorder.phase is not Phase.IDLE:
                if not is_ours:  # what an interrupted call has left; what was posted is lost on it
                    self._launcher.carry_out([Stop(camera, "nobody knows of it")])
                    posted_s = None
            elif posted_s is None or now_s - posted_s >= _POST_AGAIN_S:
                self._launcher.carry_out([Start(camera, recording)])
                posted_s = now_s
                if camera in self._launcher.unserved:
                    raise _failed(camera, "no thread to be had; its log says why")
            with self._changed:
                # By slices, so that Ctrl-C is heard on every platform.
                self._changed.wait(_LOOK_S)

    def _check_wanted(self, recording: Recording, *, waited_s: float) -> None:
        """Raise `RecordingFailed` for a start that was stopped, or that takes too long."""
        camera = recording.camera
        kept = self._kept.get(camera)
        if kept is None or kept.recording is not recording or kept.hold is Hold.STOPPING:
            raise _failed(camera, "it was stopped meanwhile")
        if waited_s >= START_LIMIT_S + recording.stall_limit_s:
            raise _failed(camera, f"it has not begun within {waited_s:.0f} s")

    def _go_on(self, recording: Recording) -> None:
        with self._turn:
            self._check_wanted(recording, waited_s=0.0)
            kept = self._kept[recording.camera]
            self._kept[recording.camera] = replace(kept, hold=Hold.GOING)

    def _stop(self, recording: Recording, why: str) -> None:
        """Stop this recording, if it is kept; another one of its camera is left alone."""
        with self._turn:
            kept = self._kept.get(recording.camera)
            if kept is not None and kept.recording is recording and kept.hold is not Hold.STOPPING:
                self._files.end(recording.camera)
                self._kept[recording.camera] = replace(kept, hold=Hold.STOPPING, why=why)
            self._settle()

    def call_off(self, recordings: Iterable[Recording]) -> None:
        """Stop these very recordings, if they are kept, as an interrupted start does its own.

        Does not wait for their ends.
        """
        for recording in recordings:
            self._stop(recording, "interrupted")

    def stop(self, cameras: Iterable[str], *, why: str = "stopped") -> Mapping[str, Stopped]:
        """Finalise these recordings; nothing that was filmed before the call is lost.

        So it takes SRT's latency and 0.5 s, for all together, if any of them records. Returns when
        their files are finalised and on the disk and their streams stopped; at `STOP_LIMIT_S`, if
        a recorder or a disk does not let go. It is told to stop all the same if this call is
        interrupted.
        """
        kept = {camera: one for camera in cameras if (one := self._kept.get(camera))}
        before = {camera: self.recorder(camera) for camera in kept}
        shelves = {camera: self._files.of(camera) for camera in kept}
        for one in kept.values():
            self._stop(one.recording, why)
        left = self._await_rest(kept, limit_s=STOP_LIMIT_S)
        self._files.flush(patience_s=SYNC_PATIENCE_S)
        return {
            camera: Stopped(
                one.recording,
                before[camera].location,
                tuple(shelves[camera].files),
                before[camera].trouble if one.has_ended(before[camera]) else None,
                camera not in left,
                self._launcher.left_streaming(one.recording.source),
            )
            for camera, one in kept.items()
        }

    def _await_rest(self, cameras: Collection[str], *, limit_s: float) -> set[str]:
        """Wait until these are no longer being stopped; return those that are after the limit."""
        deadline_s = self._clock.monotonic_s() + limit_s
        while True:
            with self._turn:
                self._settle()
                kept = {camera: self._kept.get(camera) for camera in cameras}
            left = {c for c, one in kept.items() if one and one.hold is Hold.STOPPING}
            if not left or self._clock.monotonic_s() >= deadline_s:
                break
            with self._changed:
                self._changed.wait(_LOOK_S)
        for camera in left:
            log.error(
                "a recorder does not end",
                extra={"camera": camera, "phase": self.recorder(camera).phase.value},
            )
        return left

    def close(self) -> Mapping[str, Stopped]:
        """Stop everything and let everything go; as often as it takes, where it is interrupted."""
        with self._turn:  # nothing is begun from here on
            self._is_closing.set()
        stopped = self.stop(list(self._kept), why="closing")
        self._launcher.close()
        self._files.flush(patience_s=SYNC_PATIENCE_S)
        self._files.close()
        self._is_over.set()
        self._notify()
        self._thread.join(_LOOK_S + _POST_AGAIN_S + PATIENCE_S)
        shutil.rmtree(self.scratch, ignore_errors=True)
        return stopped

    def _run(self) -> None:
        while not self._is_over.is_set():
            for step in (self._settle, self._echo.look):
                _guarded(step)
            with self._changed:
                self._changed.wait(_LOOK_S)
        _guarded(self._echo.close)

    def _settle(self) -> None:
        """Bring the recorders to what is kept."""
        now_s = self._clock.monotonic_s()
        with self._turn:
            for camera, kept in tuple(self._kept.items()):
                recorder = self.recorder(camera)
                if kept.hold is Hold.STOPPING:
                    self._settle_stop(kept, recorder)
                elif kept.hold is Hold.GOING and kept.restart:
                    is_down = recorder.phase is Phase.BACKING_OFF
                    if is_down and may_start(recorder, kept.recording, now_s=now_s):
                        self._launcher.carry_out([Start(camera, kept.recording)])

    def _settle_stop(self, kept: Kept, recorder: Recorder) -> None:
        """Tell a recorder to stop until it does, and forget it when it is at rest."""
        camera = kept.recording.camera
        if recorder.phase is Phase.IDLE:
            # Where a start is on its way, this overtakes it.
            self._launcher.carry_out([Stop(camera, kept.why)])
            if self._kept.get(camera) is kept:
                del self._kept[camera]
        elif recorder.will_retry or (
            recorder.ending is None and recorder.phase is not Phase.STOPPING
        ):
            linger_s = tail(kept.recording.latency).total_seconds()
            self._launcher.carry_out([Stop(camera, kept.why, linger_s=linger_s)])


def _failed(camera: str, why: str) -> RecordingFailed:
    return RecordingFailed(camera, Trouble(Cause.MACHINE, why))


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


def _unnoted(note: Note) -> None:
    """Let nobody keep a journal of what a program records by itself."""
    del note
