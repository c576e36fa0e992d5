"""The SHA-256 of files, as fast as their disk gives them.

Called by `verify.py`. `hashlib` lets other threads run while it reckons, so that a few threads
keep a disk and the cores busy; each asks for its next piece before it needs it. A disk that turns
is read by one: two would have it seek. Of a virtual one Linux says that, too: what is faster than
any that turns is read by all.
"""

import contextlib
import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Semaphore

from thorsched.base import host
from thorsched.base.clock import Clock

_PIECE_BYTES = 4 * 2**20
_AHEAD_BYTES = 16 * 2**20
_MOST_THREADS = 4
_WAITING_A_THREAD = 8
_LOOK_S = 0.5
_FASTER_THAN_TURNS_BYTES_S = 500e6


class Unsteady(Exception):
    """The file was written to while it was read."""


class Stopped(Exception):
    """Nobody wants to know any more."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A file's hash, and the state of the file that it is of."""

    size_bytes: int
    mtime_ns: int
    sha256: str


def turns(root: Path) -> bool:
    """Return whether Linux says that a disk is one that turns; False where nobody says it."""
    with contextlib.suppress(OSError):
        device = root.stat().st_dev
        block = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
        for place in (block, block.parent):  # a partition's disk knows it
            with contextlib.suppress(FileNotFoundError):
                return (place / "queue" / "rotational").read_text().strip() == "1"
    return False


def digest(
    path: Path, *, advance: Callable[[int], None], is_over: Callable[[], bool] = lambda: False
) -> Digest:
    """Return the hash of a plain file; `advance` is told of the bytes as they are read.

    Raises `OSError`, `Unsteady`, and `Stopped` once `is_over`.
    """
    reckoned, at = hashlib.sha256(), 0
    with open(path, "rb", buffering=0, opener=host.plain_file_opener) as file:
        before = os.fstat(file.fileno())
        buffer = memoryview(bytearray(min(_PIECE_BYTES, before.st_size + 1)))
        while at <= before.st_size and (read := file.readinto(buffer)):
            at += read
            if at < before.st_size:
                _ask_for(file.fileno(), at)
            reckoned.update(buffer[:read])
            advance(read)
            if is_over():
                raise Stopped
        after = os.fstat(file.fileno())
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise Unsteady(f"{path.name} was written to while it was read")
    return Digest(after.st_size, after.st_mtime_ns, reckoned.hexdigest())


def _ask_for(descriptor: int, at: int) -> None:
    """Have the system read on while what is there is reckoned; not every one can be asked."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, at, _AHEAD_BYTES, os.POSIX_FADV_WILLNEED)


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be read, and the hash that it should have."""

    path: Path
    expected: str


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a job."""

    job: Job
    came: Digest | OSError | Unsteady


class Readers:
    """Threads that read files; close it. What came of them is given back in their order."""

    def __init__(self, *, one_by_one: bool, clock: Clock, advance: Callable[[int], None]) -> None:
        """`advance` is told of bytes by the threads.

        With `one_by_one` they take turns, until that proves to be needless.
        """
        threads = min(_MOST_THREADS, os.cpu_count() or 1)
        self._most = threads * _WAITING_A_THREAD
        self._clock = clock
        self._began_s: float | None = None
        self._read_bytes = 0
        self._held_back = threads - 1 if one_by_one else 0
        self._turns = Semaphore(threads - self._held_back)
        self._advance = advance
        self._pool = ThreadPoolExecutor(threads, "verify")
        self._over = Event()
        self._waiting: deque[tuple[Job, Future[Digest]]] = deque()

    def take(self, job: Job) -> Iterator[Read]:
        """Have a file be read; yield what came of earlier ones, waiting if there are many."""
        if self._began_s is None:
            self._began_s = self._clock.monotonic_s()
        self._waiting.append((job, self._pool.submit(self._digest, job)))
        while len(self._waiting) > self._most:
            yield self._oldest()

    def rest(self) -> Iterator[Read]:
        """Yield what comes of the files that are left."""
        while self._waiting:
            yield self._oldest()

    def _digest(self, job: Job) -> Digest:
        with self._turns:
            return digest(job.path, advance=self._advance, is_over=self._over.is_set)

    def _oldest(self) -> Read:
        job, future = self._waiting.popleft()
        while not wait((future,), _LOOK_S).done:  # a signal may have woken nobody
            pass
        try:
            found = future.result()
        except (OSError, Unsteady) as error:
            return Read(job, error)
        self._read_bytes += found.size_bytes
        self._go_faster()
        return Read(job, found)

    def _go_faster(self) -> None:
        """Let all threads read, if the disk is one that does not turn after all."""
        took_s = self._clock.monotonic_s() - (self._began_s or 0.0)
        if self._held_back and self._read_bytes > took_s * _FASTER_THAN_TURNS_BYTES_S:
            self._turns.release(self._held_back)
            self._held_back = 0

    def close(self) -> None:
        """End the threads within a piece."""
        self._over.set()
        self._pool.shutdown(cancel_futures=True)
