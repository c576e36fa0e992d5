"""What the last scheduler has left below a root: recorders that run, and files of those that died.

Called by `launcher.py` when a scheduler starts. It is held to nothing that a process id says: a
recorder runs if its checkpoint is locked, and is the process with its command line.
"""

import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from thorsched.base import host
from thorsched.recording import checkpoint
from thorsched.recording.checkpoint import Checkpoint
from thorsched.recording.checkpoint_text import BadCheckpoint, Begun, parse
from thorsched.recording.foreign import ForeignProcess, find
from thorsched.recording.history import AttemptEnded
from thorsched.recording.process import beside, words_in
from thorsched.recording.segments import Relabelled, Segment
from thorsched.recording.spec import Recording
from thorsched.recording.trail import Trail
from thorsched.recording.trouble import Cause, Trouble
from thorsched.recording.withheld import Withheld

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Left:
    """An attempt that the last scheduler did not see the end of."""

    path: Path
    """Of its checkpoint."""
    begun: Begun
    relabelled: tuple[Relabelled, ...]

    @property
    def recording(self) -> Recording:
        """What it was last to record."""
        labels = [one.recording for one in self.relabelled]
        return labels[-1] if labels else self.begun.recording

    def trail(self, *, closed: Callable[[Segment], None]) -> Trail:
        """Return its segments that have no sidecar as yet."""
        root = self.begun.recording.output.root
        trail = Trail(
            self.begun.recording,
            directory=root / self.begun.directory,
            prefix=self.begun.prefix,
            zero=self.begun.zero,
            closed=closed,
        )
        trail.checkpoint = self.path
        trail.clock_offset_s = self.begun.clock_offset_s
        trail.hear(self._words())
        trail.resume(self.relabelled)
        return trail

    def _words(self) -> str:
        """Return what its recorder has printed, among others."""
        naming = self.begun.recording.output.naming
        usual = naming.log_path(camera=self.begun.recording.camera, prefix=self.begun.prefix)
        return words_in(usual) + words_in(beside(usual))


@dataclass(frozen=True, slots=True)
class Running(Left):
    """Its recorder runs."""

    process: ForeignProcess

    def checkpoint(self) -> Checkpoint:
        return Checkpoint.resume(self.path)


@dataclass(frozen=True, slots=True)
class Dead(Left):
    """Its recorder is gone; its files may be unfinished."""

    def ended(self, at: datetime) -> AttemptEnded:
        """Return what is known of its end, which nobody has seen."""
        begun = self.begun
        attempt = begun.recording.output.root / begun.directory / begun.prefix
        trouble = Trouble(Cause.NOT_RUNNING, "nobody has seen its recorder's end")
        return AttemptEnded(at, attempt, begun.recording.camera, trouble)

    def bury(self, *, closed: Callable[[Segment], None]) -> None:
        """Hand over the segments that nobody has described, as if the recorder had just ended."""
        withheld = Withheld(closed, is_doubtful=self.begun.is_unproven)
        trail = self.trail(closed=withheld.closed)
        trail.look()
        has_bytes = trail.has_bytes
        trail.end()
        withheld.end()
        trail.let_go_of_the_name()
        if not has_bytes:
            host.remove(self.path, missing_ok=True)


def left_below(root: Path) -> list[Running | Dead]:
    """Return what the last scheduler left below a root that is ours now, oldest first.

    A checkpoint that says nothing is set aside; one that cannot be read is left to the next time.
    """
    found = []
    for path in checkpoint.paths_below(root):
        try:
            left = _left(path, root)
        except OSError as error:
            log.warning("a checkpoint cannot be read", extra={"file": path, "why": error})
        except BadCheckpoint as error:
            _set_aside(path, error)
        else:
            found += [left] if left is not None else []
    return sorted(found, key=lambda one: one.begun.zero)


_L = TypeVar("_L", bound=Left)


def by_stream(left: Iterable[_L]) -> list[list[_L]]:
    """Return the attempts, given oldest first, with the two of an overlap together.

    The newest first, which is to have its camera's name; in a pair the older first.
    """
    pairs: list[list[_L]] = []
    for one in left:
        older = next((pair for pair in pairs if len(pair) == 1 and _overlap(pair[0], one)), [])
        if older:
            pairs.remove(older)
        pairs.append([*older, one])
    return pairs[::-1]


def _overlap(older: Left, newer: Left) -> bool:
    """Return whether both take the same stream for the same camera."""
    same = ((one.begun.port, one.recording.camera, one.recording.source) for one in (older, newer))
    return len(set(same)) == 1


def _left(path: Path, root: Path) -> Running | Dead | None:
    """Return what a checkpoint tells of. Raises `OSError`, `BadCheckpoint`."""
    text, is_held = checkpoint.read(path)
    try:
        begun, relabelled = parse(text, root)
    except BadCheckpoint as error:
        if not is_held:
            raise
        _leave_alone(path, why=error)  # of a newer version perhaps: the guard reads it all the same
        return None
    process = find(begun.command, holding=path) if is_held or not host.inherits_locks() else None
    if process is not None:
        return Running(path, begun, relabelled, process)
    if not is_held:
        return Dead(path, begun, relabelled)
    _leave_alone(path, why=None)
    return None


def _leave_alone(path: Path, *, why: BadCheckpoint | None) -> None:
    log.error(
        "a recorder runs that cannot be found, and is left alone",
        extra={"checkpoint": path, "why": why},
    )


def _set_aside(path: Path, error: BadCheckpoint) -> None:
    broken = path.with_suffix(".broken")
    log.warning(
        "a checkpoint says nothing that can be read, and is set aside",
        extra={"file": path, "as": broken.name, "why": error},
    )
    with contextlib.suppress(OSError):
        host.rename(path, broken)
