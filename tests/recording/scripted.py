"""An attempt that does what a test says, in the place of a real one. See `test_contract.py`."""

import threading
from collections.abc import Callable
from pathlib import Path

from thorsched.recording.lifecycle import Exited, Failed, Grew, Spawned, Tick
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause, Trouble

ENDED = Trouble(Cause.RECORDER_EXITED, "killed by SIGKILL, without a word")
_WAIT_S = 10.0


class ScriptedAttempt:
    """Spawns, grows at each look, and ends when interrupted, unless it is told otherwise."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.outcome: Spawned | Failed = Spawned()
        self.grows = True
        self.obeys = True
        self.may_begin = threading.Event()
        self.may_begin.set()
        self.bugs: dict[str, Exception] = {}
        self.done: list[str] = []
        self._size_bytes = 0
        self._ended = False

    def _call(self, name: str) -> None:
        if name != "poll":
            self.done.append(name)
        if name in self.bugs:
            raise self.bugs[name]

    def begin(self) -> Spawned | Failed:
        assert self.may_begin.wait(_WAIT_S)
        self._call("begin")
        return self.outcome

    def poll(self) -> Grew | Exited | Tick:
        self._call("poll")
        if self._ended:
            return Exited(ENDED)
        self._size_bytes += self.grows
        return Grew(self._size_bytes, Path("side-00000.mkv")) if self._size_bytes else Tick()

    def end(self) -> None:
        """Let the process be gone."""
        self._ended = True

    def interrupt(self) -> None:
        self._call("interrupt")
        self._ended = self._ended or self.obeys

    def kill(self) -> None:
        self._call("kill")
        self._ended = True

    def release(self) -> None:
        self._call("release")


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

    def attempt(self, recording: Recording) -> ScriptedAttempt:
        if self.bug is not None:
            raise self.bug
        made = ScriptedAttempt(recording)
        self.prepare(made)
        self.attempts.append(made)
        running = [attempt for attempt in self.attempts if "release" not in attempt.done]
        self.most_at_once = max(self.most_at_once, len(running))
        return made
