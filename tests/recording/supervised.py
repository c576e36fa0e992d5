"""A worker whose attempts do what a test says, on a clock that stands still."""

from tests.recording.scripted import Fate, Script, ScriptedAttempt
from tests.support.clocks import FakeClock
from tests.support.values import recording
from tests.support.waiting import eventually
from thorsched.recording.history import Note
from thorsched.recording.lifecycle import Failed, Phase, Start, Stop
from thorsched.recording.trouble import Cause, Trouble
from thorsched.recording.worker import Worker

WANTED = recording()
START = Start("side", WANTED)
STOP = Stop("side", "no longer wanted")
REFUSED = Failed(Trouble(Cause.SERVER_REFUSED, "503"))
BUG = ZeroDivisionError("this bug was made for a test")


class Bench:
    """A worker with scripted attempts, a clock that stands still, and a count of its changes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.script = Script()
        self.changes = 0
        self.notes: list[Note] = []
        self.change_fails = False
        self.worker = Worker(
            "side",
            attempt=self.script.attempt,
            clock=self.clock,
            changed=self._changed,
            noted=self.notes.append,
        )

    def _changed(self) -> None:
        self.changes += 1
        if self.change_fails:
            raise BUG

    @property
    def attempt(self) -> ScriptedAttempt:
        return self.script.attempts[-1]

    def reaches(self, phase: Phase) -> None:
        assert eventually(lambda: self.worker.recorder.phase is phase), self.worker.recorder

    def has_left(self, fate: Fate) -> bool:
        """Return whether the last attempt comes to that end, and nothing of it is left."""
        return eventually(lambda: self.attempt.has_left(fate))

    def starts(self) -> None:
        self.worker.post(START)
        self.reaches(Phase.RECORDING)

    def end(self) -> None:
        for attempt in self.script.attempts:
            attempt.bugs.clear()
            attempt.may_begin.set()
            attempt.end()
        self.worker.close()
        self.worker.join()
