"""One attempt: a stream that is asked for, a recorder process, its segments, and the tidying up.

Made by `launcher.py`, used by `supervision.py` in the camera's own thread, because every call may
take seconds. Decides nothing: what happened goes back as an event of `lifecycle.py`.
"""

import contextlib
import errno
import logging
import shlex
import shutil
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from thorsched.base import host
from thorsched.base.clock import Clock, offset_s
from thorsched.base.errors import MachineError, UnavailableError
from thorsched.base.gstreamer import tool
from thorsched.recording import pipeline
from thorsched.recording.adoption import Running
from thorsched.recording.blame import trouble_of
from thorsched.recording.checkpoint import Checkpoint
from thorsched.recording.checkpoint_text import Begun, first_line, further_line, proof_line
from thorsched.recording.diagnosis import diagnose, disk_full
from thorsched.recording.history import AttemptBegan, Note
from thorsched.recording.lifecycle import (
    Cancelled,
    Clue,
    Exited,
    Failed,
    Grew,
    Lost,
    Spawned,
    Tick,
)
from thorsched.recording.listings import Listings
from thorsched.recording.probe import room_bytes
from thorsched.recording.process import RecorderProcess, beside, words_in
from thorsched.recording.progress import Progress
from thorsched.recording.root import StorageError
from thorsched.recording.segments import Relabelled, Segment
from thorsched.recording.server_stream import ServerStream
from thorsched.recording.spec import Recording
from thorsched.recording.streams import Streams
from thorsched.recording.trail import Trail
from thorsched.recording.trouble import Cause, Trouble
from thorsched.recording.withheld import Withheld
from thorsched.thorvision.ports import PortPool

log = logging.getLogger(__name__)


class Attempt:
    """A single use of a recorder process. `begin` once, `poll` while it lives, `release` once.

    Or `adopt` once, for a recorder that another scheduler has begun; and `leave` once instead of
    `release`, for one that another is to go on with.
    """

    def __init__(  # noqa: PLR0913 - what all attempts share, each by its name
        self,
        recording: Recording,
        *,
        ports: PortPool,
        streams: Streams,
        listings: Listings,
        check_root: Callable[[Path], None],
        clock: Clock,
        closed: Callable[[Segment], None],
        noted: Callable[[Note], None],
        is_closing: threading.Event,
        outlives: bool,
        beside: "Attempt | None" = None,
    ) -> None:
        """Raise `AddressError` for a server whose URL is none.

        With `beside`, which records the same source in the same thread, it calls that one's stream
        instead of asking the server for one; the last of them to be released gives it back.
        `ports` is shared by all attempts on the server's host, `streams` and `listings` by all
        there are; `check_root` raises `StorageError` for a root that is not the one that was
        locked. `is_closing`, once it is set, ends `begin` soon. If its recorder `outlives` the
        program, a checkpoint tells the next one of it.
        """
        self.recording = recording
        """What it records, with the labels of now."""
        self._succeeds = beside.path if beside is not None else None
        self._is_joining = beside is not None
        self.stream: ServerStream = (
            beside.stream
            if beside is not None
            else ServerStream(
                recording,
                ports=ports,
                streams=streams,
                listings=listings,
                clock=clock,
                is_closing=is_closing,
            )
        )
        self.log_path: Path | None = None
        """Where the recorder's words go, once it has a name."""
        self._check_root = check_root
        self._clock = clock
        self._withheld = Withheld(closed, is_doubtful=beside is not None)
        self._noted = noted
        self._is_closing = is_closing
        self._outlives = outlives
        self._process: RecorderProcess | None = None
        self._is_timed = False
        self._trail: Trail | None = None
        self._progress = Progress(recording, now_s=clock.monotonic_s())
        self._checkpoint: Checkpoint | None = None
        self.line: list[Attempt] = beside.line if beside is not None else []
        """All that record the same stream, this one included."""
        self.line.append(self)

    @property
    def path(self) -> Path | None:
        """What its segments have in common, once it has a name."""
        return self._trail.directory / self._trail.prefix if self._trail is not None else None

    def begin(self) -> Spawned | Failed | Cancelled:
        """Ask the server for the stream, unless there is one, and spawn the recorder."""
        anew = (self.stream.claim, self._claim_path, self.stream.start)
        try:
            for prepare in (self._claim_path,) if self._is_joining else anew:
                self.stream.check_wanted()
                prepare()
            self.stream.check_wanted()
            return self._spawn()
        except (UnavailableError, MachineError) as error:
            if self._is_closing.is_set():
                return Cancelled(f"closing; {error}")
            return Failed(trouble_of(error))
        except OSError as error:
            return Failed(trouble_of(MachineError(f"the recorder cannot be started: {error}")))

    def adopt(self, running: Running) -> Spawned:
        """Go on with a recorder that another scheduler has begun; its frames go on arriving."""
        begun, recorder = running.begun, running.process.pid
        naming = begun.recording.output.naming
        if not self._is_joining:
            self.stream.adopt(begun.port, recorder=recorder)
        self.log_path = naming.log_path(camera=begun.recording.camera, prefix=begun.prefix)
        self._process = RecorderProcess.adopt(running.process, log=self.log_path)
        self._checkpoint = running.checkpoint()
        self._withheld.is_doubtful = self._is_joining and begun.is_unproven
        self._trail, self._is_timed = running.trail(closed=self._withheld.closed), True
        return self._spawned(self._trail, begun.port, adopted=self._clock.now())

    def _claim_path(self) -> None:
        output = self.recording.output
        try:
            self._check_root(output.root)
            room_bytes(output.root, min_free_bytes=output.min_free_bytes)
            started = self._clock.now()
            self._trail = Trail.begin(self.recording, started=started, closed=self._withheld.closed)
            self.log_path = self._free_log(self._trail.prefix)
        except MachineError as error:
            raise StorageError(str(error)) from error
        except (OSError, ValueError) as error:  # the second: a template that leaves the root
            raise _storage_error(output.root, error) from error

    def _free_log(self, prefix: str) -> Path:
        """Return where the words go: not where another's on the stream do, or both are misread."""
        camera, naming = self.recording.camera, self.recording.output.naming
        log_path = naming.log_path(camera=camera, prefix=prefix)
        is_taken = log_path in [other.log_path for other in self._others()]
        return beside(log_path) if is_taken else log_path

    def _spawn(self) -> Spawned:
        assert self.stream.port is not None  # noqa: S101 - it was started
        assert self._trail is not None  # noqa: S101 - `_claim_path` has set it
        assert self.log_path is not None  # noqa: S101 - the same
        trail, directory, prefix = self._trail, self._trail.directory, self._trail.prefix
        launch = str(tool("gst-launch-1.0"))
        address, port = self.stream.ip_address(), self.stream.port
        arguments = pipeline.arguments(self.recording, host=address, port=port, prefix=prefix)
        command = (launch, *arguments)
        trail.zero = self._clock.now() - self.recording.latency
        trail.clock_offset_s = offset_s(self._clock)
        if self._outlives:
            self._checkpoint = self._begun_checkpoint(trail, port, command)
        inherited = [number for claim in self.stream.claims() for number in claim.descriptors()]
        if self._checkpoint is not None:
            inherited += self._checkpoint.descriptors()
        self._process = RecorderProcess.spawn(
            command,
            directory=directory,
            log=self.log_path,
            inherits=inherited,
        )
        if self._checkpoint is not None:
            self._checkpoint.sync()
        self.stream.lend(self._process.pid)
        log.debug(
            "recorder spawned",
            extra={
                "camera": self.recording.camera,
                "pid": self._process.pid,
                "directory": directory,
                "command": shlex.join(command),
            },
        )
        return self._spawned(trail, port)

    def _begun_checkpoint(self, trail: Trail, port: int, command: tuple[str, ...]) -> Checkpoint:
        root = self.recording.output.root
        begun = Begun(
            recording=self.recording,
            directory=trail.directory.relative_to(root),
            prefix=trail.prefix,
            zero=trail.zero,
            port=port,
            command=command,
            is_unproven=self._withheld.is_doubtful,
            clock_offset_s=trail.clock_offset_s,
        )
        try:
            checkpoint = Checkpoint.begin(root, trail.prefix, first_line(begun))
        except OSError as error:
            raise _storage_error(root, error) from error
        trail.checkpoint = checkpoint.path
        return checkpoint

    def _spawned(self, trail: Trail, port: int, *, adopted: datetime | None = None) -> Spawned:
        assert self._process is not None  # noqa: S101 - it was spawned, or adopted
        at = trail.zero + self.recording.latency
        self._noted(
            AttemptBegan(
                at=at,
                attempt=trail.directory / trail.prefix,
                recording=self.recording,
                port=port,
                pid=self._process.pid,
                adopted=adopted,
                succeeds=self._succeeds if adopted is None else None,
            )
        )
        segment_format = self.recording.output.naming.segment_format
        return Spawned(port, trail.directory / f"{trail.prefix}{segment_format}", at)

    def poll(self) -> Grew | Lost | Exited | Tick:
        """Look at the process and at its files."""
        if self._process is None or self._trail is None:
            return Tick()
        exit_code = self._process.exit_code()
        if exit_code is not None:
            root, words = self.recording.output.root, self._process.last_words()
            trouble = diagnose(exit_code, words, free_bytes=_free_bytes(root), root=root)
            return Exited(trouble)
        self._process.cap_log()
        self.stream.keep()
        self._trail.clock_offset_now_s = offset_s(self._clock)
        size_bytes = self._trail.look()
        if (taken := self._trail.taken()) is not None:
            return Lost(taken)
        now_s = self._clock.monotonic_s()
        self._progress.look(self._process, self._trail, size_bytes=size_bytes, now_s=now_s)
        if self._progress.is_quiet(now_s=now_s) and self.stream.is_gone():
            return Lost(Trouble(Cause.STREAM_ENDED, f"nobody streams on port {self.stream.port}"))
        if not size_bytes:
            return Tick()
        if not self._is_timed and self.log_path is not None:
            self._is_timed = True
            self._trail.hear(words_in(self.log_path))
        if len(self.line) > 1:
            self._note_overlaps(self._trail.prefix)
        return Grew(size_bytes, self._trail.open_segment, self._progress.warning)

    def _note_overlaps(self, name: str) -> None:
        for other in self._others():
            other.overlaps(name)

    def _others(self) -> "list[Attempt]":
        return [one for one in self.line if one is not self]

    def overlaps(self, other: str) -> None:
        """Have the sidecars say that another attempt, of that name, has recorded the same."""
        if self._trail is not None:
            self._trail.overlaps(other)

    def goes_on_alone(self) -> None:
        """Hold the claims as before: the other attempt is gone."""
        if self._process is not None:
            self.stream.lend(self._process.pid)
        if self._trail is not None:
            self._trail.overlaps(None)

    def relabel(self, recording: Recording) -> None:
        """Label what is recorded otherwise from now on; the source must be the same."""
        self.recording = recording
        if self._trail is not None:
            label = Relabelled(self._clock.now(), recording)
            self._trail.relabel(label)
            if self._checkpoint is not None:
                self._checkpoint.add(further_line(label))

    def prove(self) -> None:
        """Know from now on that its frames are its camera's."""
        if self._withheld.is_doubtful and self._checkpoint is not None:
            self._checkpoint.add(proof_line(Relabelled(self._clock.now(), self.recording)))
        self._withheld.prove()

    def clue(self) -> Clue | None:
        """Return what is known of why no frames come."""
        if self._process is None or self._trail is None:
            return None
        if self._process.waits_for_disk():
            return Clue.DISK
        if self._trail.is_away():
            return Clue.FILE_TAKEN
        return self._progress.clue(now_s=self._clock.monotonic_s())

    def interrupt(self) -> None:
        if self._process is not None:
            self._process.interrupt()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def release(self) -> None:
        """Stop the server's stream, give it and the port back, hand over the last segments.

        Call it when the process is gone; one that is not keeps its claims until it is. The local
        files never wait for the server's answer. While another attempt is on the stream, that one
        keeps it.
        """
        with contextlib.suppress(ValueError):  # it has been released before
            self.line.remove(self)
        with contextlib.ExitStack() as last:
            if self.line:
                last.callback(self.line[-1].goes_on_alone)
            else:
                self.stream.give_back(last, was_called=self._process is not None)
                last.callback(self._leave_to_recorder)
            if self._checkpoint is not None:
                last.callback(self._let_go_of_the_checkpoint, self._checkpoint)
            if self._trail is not None:
                last.callback(self._trail.let_go_of_the_name)
                last.callback(self._remove_empty_log)
                last.callback(self._withheld.end)
                if self._process is not None:
                    self._trail.end()

    def leave(self) -> None:
        """Leave the recorder, and all that it uses, to the next scheduler."""
        self.stream.leave()
        if self._checkpoint is not None:
            self._checkpoint.close()
        if self._trail is not None:
            self._trail.let_go()

    def _let_go_of_the_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep it for as long as there are segments to be described."""
        if self._process is None or (self._trail is not None and not self._trail.has_bytes):
            checkpoint.discard()
        else:
            checkpoint.close()

    def _leave_to_recorder(self) -> None:
        if self._process is not None and self._process.exit_code() is None:
            self.stream.leave()

    def _remove_empty_log(self) -> None:
        """Remove the log of a recorder that said nothing: it is as empty as its last words."""
        with contextlib.suppress(OSError):
            if self.log_path is not None and self.log_path.stat().st_size == 0:
                host.remove(self.log_path)


def _storage_error(root: Path, error: OSError | ValueError) -> StorageError:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return StorageError(disk_full(_free_bytes(root), root))
    return StorageError(f"cannot write to {root}: {error}")


def _free_bytes(root: Path) -> int:
    """Return the room on the disk of `root`, 0 if there is no such disk any more."""
    try:
        return shutil.disk_usage(root).free
    except OSError:
        return 0
