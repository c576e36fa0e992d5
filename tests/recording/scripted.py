"""An attempt that does what a test says, in the place of a real one. See `test_contract.py`."""

import threading
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from tests.support.values import SPAWNED
from thorsched.recording.lifecycle import Cancelled, Clue, Exited, Failed, Grew, Lost, Spawned, Tick
from thorsched.recording.spec import Recording
from thorsched.recording.supervision import AnAttempt
from thorsched.recording.trouble import Cause, Trouble

ENDED = Trouble(Cause.RECORDER_EXITED, "killed by SIGKILL, without a word")
_WAIT_S = 60.0


class Fate(Enum):
    """What has become of an attempt's process."""

    NEVER_RAN = "never ran"
    RUNS = "runs"
    ENDED = "ended by itself"
    INTERRUPTED = "finalised its file and ended, as it was asked to"
    KILLED = "killed"


class ScriptedAttempt:
    """Spawns, grows at each look, and ends when interrupted, unless it is told otherwise."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.outcome: Spawned | Failed | Cancelled = SPAWNED
        self.grows = True
        self.obeys = True
        self.known: Clue | None = None
        self.lost: Lost | None = None
        self.warning: Trouble | None = None
        self.may_begin = threading.Event()
        self.may_begin.set()
        self.bugs: dict[str, Exception] = {}
        self.is_proven = False
        self.fate = Fate.NEVER_RAN
        self.is_released = False
        """Whether its port and its stream are there for others again."""
        self.is_left = False
        """Whether its process is the next scheduler's."""
        self.beside: AnAttempt | None = None
        """The attempt whose stream it calls."""
        self._size_bytes = 0

    def has_left(self, fate: Fate) -> bool:
        """Return whether it went that way and nothing of it is left."""
        return self.is_released and self.fate is fate

    def _stumble(self, name: str) -> None:
        if name in self.bugs:
            raise self.bugs[name]

    def _end(self, fate: Fate) -> None:
        if self.fate is Fate.RUNS:
            self.fate = fate

    def begin(self) -> Spawned | Failed | Cancelled:
        assert self.may_begin.wait(_WAIT_S)
        self._stumble("begin")
        if isinstance(self.outcome, Spawned):
            self.fate = Fate.RUNS
        return self.outcome

    def poll(self) -> Grew | Lost | Exited | Tick:
        self._stumble("poll")
        if self.fate is not Fate.RUNS:
            return Exited(ENDED)
        if self.lost is not None:
            return self.lost
        self._size_bytes += self.grows
        segment = Path("side-00000.mkv")
        return Grew(self._size_bytes, segment, self.warning) if self._size_bytes else Tick()

    def clue(self) -> Clue | None:
        self._stumble("clue")
        return self.known

    def prove(self) -> None:
        self.is_proven = True

    def relabel(self, recording: Recording) -> None:
        self.recording = recording

    def end(self) -> None:
        """Let the process be gone."""
        self._end(Fate.ENDED)

    def interrupt(self) -> None:
        self._stumble("interrupt")
        if self.obeys:
            self._end(Fate.INTERRUPTED)

    def kill(self) -> None:
        self._stumble("kill")
        self._end(Fate.KILLED)

    def release(self) -> None:
        self._stumble("release")
        self.is_released = True

    def leave(self) -> None:
        self.is_left = True


def as_usual(attempt: ScriptedAttempt) -> None:
    """Let an attempt go well."""
    del attempt


Preparation = Callable[[ScriptedAttempt], None]


class Script:
    """Makes the attempts of a worker, each set up by `prepare`, and keeps them all."""

    def __init__(self) -> None:
        self.attempts: list[ScriptedAttempt] = []
        self.prepare: Preparation = as_usual
        self.bug: Exception | None = None
        self.most_at_once = 0

    def attempt(self, recording: Recording, *, beside: AnAttempt | None) -> ScriptedAttempt:
        if self.bug is not None:
            raise self.bug
        made = ScriptedAttempt(recording)
        made.beside = beside
        self.prepare(made)
        self.attempts.append(made)
        running = [attempt for attempt in self.attempts if not attempt.is_released]
        self.most_at_once = max(self.most_at_once, len(running))
        return made
