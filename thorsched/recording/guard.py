"""Ends recorders whose scheduler never came back: `python -m thorsched.recording.guard ROOT`.

Started by `app.py`, in a session of its own, so that it outlives the scheduler. While there is one
it only waits; then it reads from the checkpoints how long each recorder may run, and interrupts,
once, what runs on after that. It ends when there is neither a scheduler nor a recorder. A window
without an end keeps its recorder: what records is worth more than an orderly end. For the same
reason a wall clock that jumps while there is no scheduler ends nothing early.

It imports little, for it lives as long as the scheduler does.
"""

import contextlib
import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from thorsched.base import host
from thorsched.base.clock import Clock, SleeplessClock
from thorsched.base.units import parse_utc
from thorsched.recording import checkpoint
from thorsched.recording.foreign import ForeignProcess, find
from thorsched.recording.lifecycle import INTERRUPT_GRACE_S
from thorsched.recording.naming import INTERNAL
from thorsched.recording.root import holder_of

log = logging.getLogger(__name__)

LOOK_S = 2.0
# A scheduler that is started again by a service manager is back by then.
PATIENCE = timedelta(seconds=10)
# One that finds another at its place ends at once, and is asked for again.
REPLACE_AFTER_S = 300.0
# A wall clock may be corrected by hours, and windows with it. One that is further back is wrong,
# and would have a recorder run for years.
BELIEVED_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A recorder without a scheduler: its command line, and until when it may run."""

    command: tuple[str, ...]
    until: datetime | None

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and now - PATIENCE >= self.until


@dataclass(slots=True)
class Guard:
    """Looks at one root, again and again."""

    root: Path
    clock: Clock
    _held: dict[Path, tuple[Orphan, ForeignProcess]] = field(default_factory=dict)
    """The recorders that were seen: they are known although their disk is gone meanwhile."""
    _ended: dict[Path, float] = field(default_factory=dict)
    """When they were interrupted, by the monotonic clock."""
    _last: tuple[datetime, float] | None = None
    """Both clocks when a scheduler was last there, which knows the time; or at the first look."""

    def look(self) -> bool:
        """Look once; return whether there is anything left to be guarded."""
        if holder_of(self.root):
            self._forget(self._held.keys())
            self._last = self._clocks()
            return True
        orphans = orphans_below(self.root)
        self._hold(orphans)
        now = self._earliest()
        for path, (orphan, process) in self._held.items():
            if orphan.is_over(now):
                self._end(path, process)
        return bool(orphans or self._held)

    def _hold(self, orphans: Mapping[Path, Orphan]) -> None:
        """Know these from now on, by the time that they may run until now; forget who is gone."""
        for path, orphan in orphans.items():
            known = self._held.get(path)
            process = known[1] if known else find(orphan.command, holding=path)
            if process is not None:
                self._held[path] = orphan, process
        self._forget([p for p, (_, one) in self._held.items() if one.poll() is not None])

    def _forget(self, paths: Iterable[Path]) -> None:
        for path in list(paths):
            self._held.pop(path)[1].close()
            self._ended.pop(path, None)

    def _clocks(self) -> tuple[datetime, float]:
        return self.clock.now(), self.clock.monotonic_s()

    def _earliest(self) -> datetime:
        """Return the time by the clock that is behind the other since there was a scheduler."""
        wall, monotonic_s = self._clocks()
        self._last = last_wall, last_s = self._last or (wall, monotonic_s)
        counted = last_wall + timedelta(seconds=monotonic_s - last_s)
        return wall if counted - BELIEVED_BACK <= wall < counted else counted

    def _end(self, path: Path, process: ForeignProcess) -> None:
        now_s = self.clock.monotonic_s()
        if path not in self._ended:
            if not holder_of(self.root):
                log.warning("ends a recorder whose window is over", extra={"pid": process.pid})
                self._ended[path] = now_s
                host.interrupt(process)
        elif now_s - self._ended[path] >= INTERRUPT_GRACE_S:
            process.kill()


def orphans_below(root: Path) -> Mapping[Path, Orphan]:
    """Return the recorders that run below a root that no scheduler holds, by checkpoint."""
    found = {}
    for path in checkpoint.paths_below(root):
        try:
            text, is_held = checkpoint.read(path)
            orphan = parse(text)
        except (OSError, ValueError):
            continue  # the next scheduler tells of it
        if is_held:
            found[path] = orphan
    return found


def parse(text: str) -> Orphan:
    """Return what a guard needs of a checkpoint; raises `ValueError` if it does not say that.

    It reads no more, for the checkpoint may be of a later version than the guard.
    """
    try:
        lines = [json.loads(line) for line in text.split("\n")[:-1]]
        command, until = lines[0]["command"], lines[-1]["until"]
        ends = None if until is None else parse_utc(until)
        return Orphan(tuple(str(word) for word in command), ends)
    except (LookupError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(repr(error)) from error


class Guards:
    """The guards of a scheduler's roots. They end by themselves, when they are of no more use."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started: dict[Path, tuple[subprocess.Popen[bytes], float]] = {}

    def keep(self, roots: Iterable[Path]) -> None:
        """See that each of these roots has a guard: one that is gone is replaced before long."""
        now_s = self._clock.monotonic_s()
        for root in roots:
            last = self._started.get(root)
            if last is None or (now_s - last[1] >= REPLACE_AFTER_S and last[0].poll() is not None):
                with contextlib.suppress(OSError):  # no processes left: the next look may do
                    self._started[root] = start(root), now_s


def start(root: Path) -> subprocess.Popen[bytes]:
    """Start a guard of `root` that outlives this program. Raises `OSError`."""
    package = str(Path(__file__).parents[2])  # the same code, wherever the program was started
    return subprocess.Popen(
        [sys.executable, "-m", "thorsched.recording.guard", str(root.absolute())],
        cwd=package,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **host.own_session_kwargs(),
    )


def main(arguments: Sequence[str]) -> int:
    """Guard the root that is the one argument, until there is nothing left to guard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    root, waiting = Path(arguments[0]), threading.Event()
    guard = Guard(root, SleeplessClock())
    with host.open_regular(root / INTERNAL / "guard", "a") as turn:
        if host.lock_exclusively(turn):  # else the last scheduler's is still there
            while guard.look():
                waiting.wait(LOOK_S)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
