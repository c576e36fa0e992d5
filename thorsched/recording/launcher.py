"""The recorders of this machine: one worker per camera, and what they share.

The engine's only way to recorders: it observes them and has actions carried out. Never blocks.
"""

import itertools
import logging
import threading
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from thorsched.base.claims import Claims
from thorsched.base.clock import Clock
from thorsched.recording.adoption import Dead, Left, Running, by_stream, left_below
from thorsched.recording.attempt import Attempt
from thorsched.recording.history import Note
from thorsched.recording.lifecycle import INTERRUPT_GRACE_S, Action, Phase, Recorder, adopted
from thorsched.recording.listings import Listings
from thorsched.recording.segments import Segment
from thorsched.recording.spec import Recording, Source
from thorsched.recording.streams import Streams
from thorsched.recording.supervision import Adopted, AnAttempt
from thorsched.recording.syncing import Syncing
from thorsched.recording.unstopped import Unstopped
from thorsched.recording.worker import Worker
from thorsched.thorvision.address import ServerAddress
from thorsched.thorvision.ports import Ports, server_key

log = logging.getLogger(__name__)

# A recorder is killed when its grace is over; one that is not gone soon after that sits in a call
# of the system that no signal ends, on a disk that does not answer.
CLOSE_LIMIT_S = INTERRUPT_GRACE_S + 15.0
_JOIN_SLICE_S = 0.1


class Launcher:
    """Starts, watches and stops this machine's recorders."""

    def __init__(
        self,
        *,
        clock: Clock,
        check_root: Callable[[Path], None],
        changed: Callable[[], None],
        closed: Callable[[Segment], None],
        outlives: bool,
        noted: Callable[[Note], None],
    ) -> None:
        """`changed` is called when a phase changed, `closed` for each segment; both from workers.

        So is `noted`, with what becomes of each attempt.
        `check_root` is called before each attempt, from its worker, with the root it records to;
        it raises `StorageError` if that must not be written to. If a recorder `outlives` its
        program, another one can `adopt` it: what that needs is kept below the root.
        """
        self._clock = clock
        self._check_root = check_root
        self._changed = changed
        self._closed = closed
        self._outlives = outlives
        self._noted = noted
        self._workers: dict[str, Worker] = {}
        self._making = threading.RLock()  # a signal handler may call what it interrupts
        self._is_closing = threading.Event()
        self._unserved: set[str] = set()
        claims = Claims()
        self._ports = Ports(claims)
        self._streams = Streams(claims)
        self._unstopped = Unstopped(self._streams, clock=clock)
        self._streams.left_in_doubt = self._unstopped.take
        self._listings = Listings()
        self._syncing = Syncing(self.observe)

    def observe(self) -> Mapping[str, Recorder]:
        """Return every camera's recorder as of now, for whoever plans; from any thread."""
        return {camera: worker.as_asked() for camera, worker in self._workers.copy().items()}

    def carry_out(self, actions: Iterable[Action]) -> None:
        """Hand each action to its camera's worker; repeating an action does no harm.

        From any thread.

        A camera that gets no thread is logged once and left to the next pass.
        """
        for action in actions:
            try:
                self._worker(action.camera).post(action)
            except (RuntimeError, MemoryError, OSError) as error:  # the first: no more threads
                if action.camera not in self._unserved:
                    self._unserved.add(action.camera)
                    log.error(  # noqa: TRY400 - the machine's limit, no bug of ours
                        "no thread for a camera", extra={"camera": action.camera, "why": error}
                    )
            else:
                self._unserved.discard(action.camera)

    @property
    def unserved(self) -> frozenset[str]:
        """The cameras that got no thread when something was last to be carried out."""
        return frozenset(self._unserved)

    def left_streaming(self, source: Source) -> str:
        """Return why a server may be streaming `source` although nobody wants it, or nothing."""
        address = ServerAddress.parse(source.server)
        return self._streams.why_in_doubt((server_key(address), source.device_id))

    def _worker(self, camera: str) -> Worker:
        with self._making:  # two workers for one camera would be two recorders
            there = self._workers.get(camera)
            is_leaving = there is not None and there.is_closed and not self._is_closing.is_set()
            if there is None or is_leaving:  # it is at rest, and begins nothing more
                made = self._new_worker(camera)
                if self._workers.get(camera) is not there:
                    made.close()  # a signal handler was faster
                else:
                    self._workers[camera] = made
            return self._workers[camera]

    def _new_worker(self, camera: str, adopted: Sequence[Adopted] = ()) -> Worker:
        return Worker(
            camera,
            attempt=self._attempt,
            clock=self._clock,
            changed=self._changed,
            noted=self._noted,
            adopted=adopted,
        )

    def release_all_but(self, cameras: Container[str]) -> None:
        """End the threads of all other cameras that are at rest; call it again for them to go.

        Never between `observe` and `carry_out`. What has ended is forgotten by a later call, so
        that whoever observes in between sees it at rest.
        """
        with self._making:
            for camera, worker in tuple(self._workers.items()):
                if worker.join(0.0):
                    del self._workers[camera]
                elif camera not in cameras and worker.recorder.phase is Phase.IDLE:
                    worker.close()

    def _attempt(self, recording: Recording, *, beside: AnAttempt | None) -> Attempt:
        self._syncing.keep(recording.output.root)
        return Attempt(
            recording,
            ports=self._ports.of_host(ServerAddress.parse(recording.source.server).host),
            streams=self._streams,
            listings=self._listings,
            check_root=self._check_root,
            clock=self._clock,
            closed=self._closed,
            noted=self._noted,
            is_closing=self._is_closing,
            outlives=self._outlives,
            beside=beside if isinstance(beside, Attempt) else None,
        )

    def adopt(self, root: Path) -> None:
        """Go on with what the last scheduler has left below a root that is held.

        Recorders that run are observed from now on, files of those that died are handed over.
        Call it once a root, before anything is carried out there.
        """
        found = list(left_below(root))
        for left in found:
            if isinstance(left, Dead):
                _unless_a_bug(partial(self._bury, left), left)
        for of_camera in by_stream(left for left in found if isinstance(left, Running)):
            _unless_a_bug(partial(self._take_over, of_camera), of_camera[-1])

    def _bury(self, left: Dead) -> None:
        left.bury(closed=self._closed)
        self._noted(left.ended(self._clock.now()))

    def _take_over(self, of_camera: Sequence[Running]) -> None:
        """Go on with the recorder of a camera; if there are two, with how one follows the other."""
        newest = of_camera[-1]
        host = ServerAddress.parse(newest.recording.source.server).host
        # The claims are in the name of the newest.
        self._ports.adopt(host, newest.begun.port, recorder=newest.process.pid)
        with self._making:
            camera = _free_name(newest.recording.camera, self._workers)
            going_on: list[Adopted] = []
            beside: Attempt | None = None
            for running in reversed(of_camera):
                beside = self._attempt(running.recording, beside=beside)
                going_on.insert(0, (self._adopted(camera, running, beside), beside))
            self._workers[camera] = self._new_worker(camera, going_on)

    def _adopted(self, camera: str, running: Running, attempt: Attempt) -> Recorder:
        spawned = attempt.adopt(running)
        log.info(
            "adopted a recorder",
            extra={"camera": camera, "pid": running.process.pid, "port": spawned.port},
        )
        return adopted(camera, running.recording, spawned, now_s=self._clock.monotonic_s())

    def leave(self) -> bool:
        """End, and leave the recorders that run to the next scheduler; returns as `close` does."""
        return self._end(Worker.leave)

    def close(self) -> bool:
        """Finalise every recording and end; returns when the last recorder is gone.

        Not later than `CLOSE_LIMIT_S`: what is still there then is logged and left behind, and
        False returned. A start that is under way goes no further, and waits for no answer.
        """
        return self._end(Worker.close)

    def _end(self, end: Callable[[Worker], None]) -> bool:
        self._is_closing.set()
        self._unstopped.close()
        left = self._workers.copy()
        for worker in left.values():
            end(worker)
        deadline_s = self._clock.monotonic_s() + CLOSE_LIMIT_S
        while left and self._clock.monotonic_s() < deadline_s:
            camera, worker = next(iter(left.items()))
            if worker.join(_JOIN_SLICE_S):
                del left[camera]
        self._syncing.close()
        left = {camera: worker for camera, worker in left.items() if not worker.join(0.0)}
        for camera, worker in left.items():
            log.error(
                "a recorder does not end and is left behind",
                extra={"camera": camera, "phase": worker.recorder.phase.value},
            )
        return not left


def _unless_a_bug(act: Callable[[], None], left: Left) -> None:
    """Do it; a bug of ours costs what one attempt has left, and never the start of all others."""
    try:
        act()
    except Exception:
        log.exception("not adopted, and left alone", extra={"checkpoint": left.path})


def _free_name(camera: str, taken: Container[str]) -> str:
    """Return the camera's name; another for a second recorder of it, which the plan will end."""
    names = (f"{camera}.{number}" if number else camera for number in itertools.count())
    return next(name for name in names if name not in taken)
