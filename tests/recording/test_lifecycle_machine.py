"""The lifecycle under any order of events, with a process that obeys, dies, hangs or never starts.

The machine plays the worker and the world: it carries out each effect on a model process, and
feeds back what a worker would see. What it has noted of that process is what `step` is held to.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.values import FULL_HD, SPAWNED, recording, source
from thorsched.base.backoff import FIRST_BACKOFF_S, LONGEST_BACKOFF_S
from thorsched.recording.lifecycle import (
    FIRST_BYTES_LIMIT_S,
    INTERRUPT_GRACE_S,
    PROGRESS_CLEARS_FAILURES_S,
    Effect,
    Event,
    Exited,
    Failed,
    Grew,
    Lost,
    Phase,
    Recorder,
    Start,
    Stop,
    Tick,
    Update,
)
from thorsched.recording.spec import Recording
from thorsched.recording.transitions import step
from thorsched.recording.trouble import Cause, Trouble

WHY = Trouble(Cause.RECORDER_EXITED, "killed by SIGKILL")
SEGMENT = Path("side-00000.mkv")
RECORDINGS = st.sampled_from(
    [
        recording(),
        recording(of=source(capability=FULL_HD)),
        replace(recording(), provenance={"about": "other labels"}),
    ]
)
NONSENSE = st.sampled_from([SPAWNED, Failed(WHY), Exited(WHY), Lost(WHY), Grew(10**9, SEGMENT)])
LINGERS_S = st.sampled_from([0.0, 0.7, 8.2])
MOMENTS_S = st.sampled_from([0.05, 0.25, 1.0, 2.9, 3.0, 8.0, 10.0, 15.0, 61.0])
STALL_S = recording().stall_limit_s


@dataclass
class Process:
    """The recorder process of one attempt, from its beginning until it is released."""

    begun_at_s: float
    alive: bool
    size_bytes: int = 0
    grew_at_s: float | None = None
    records_since_s: float | None = None
    interrupted_at_s: float | None = None
    killed: bool = False
    unwanted: bool = False
    ends_at_s: float | None = None


class Lifecycle(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0
        self.recorder = Recorder("side")
        self.process: Process | None = None
        self.works = True
        self.failures = 0
        self.not_before_s = 0.0

    def happens(self, event: Event) -> None:
        before = self.recorder
        self.recorder, effect = step(before, event, now_s=self.now_s)
        if self.recorder.phase is Phase.RECORDING and before.phase is not Phase.RECORDING:
            assert isinstance(event, Grew), "recording without a byte"
        match effect:
            case Effect.BEGIN:
                self._begin()
            case Effect.INTERRUPT:
                self._interrupt()
            case Effect.KILL:
                self._kill()
            case Effect.RELEASE:
                self._release()
            case None:
                pass

    def _begin(self) -> None:
        assert self.process is None, "two attempts at once"
        assert self.now_s >= self.not_before_s, "started before its time"
        self.process = Process(self.now_s, alive=self.works)
        # As in worker.py, nothing comes between a beginning and its outcome.
        self.happens(SPAWNED if self.works else Failed(WHY))

    def _interrupt(self) -> None:
        assert self.process is not None
        assert self.process.interrupted_at_s is None, "a second SIGINT"
        if self.process.ends_at_s is not None and self.recorder.trouble is None:
            assert self.now_s >= self.process.ends_at_s, "ended before its time"
        self.process.interrupted_at_s = self.now_s

    def _kill(self) -> None:
        assert self.process is not None
        assert self.process.interrupted_at_s is not None, "killed without a word"
        assert self.now_s - self.process.interrupted_at_s >= INTERRUPT_GRACE_S
        assert not self.process.killed, "killed twice"
        self.process.killed = True

    def _release(self) -> None:
        assert self.process is not None, "released twice"
        assert not self.process.alive, "let go while it lives"
        has_recorded = self.process.size_bytes > 0
        unwanted, self.process = self.process.unwanted, None
        if unwanted:
            assert self.recorder.phase is Phase.IDLE
            self.failures = 0
            return
        assert self.recorder.phase is Phase.BACKING_OFF
        assert self.recorder.trouble is not None
        whole_s = min(FIRST_BACKOFF_S * 2 ** min(self.failures, 9), LONGEST_BACKOFF_S)
        if has_recorded and self.failures == 0:
            whole_s = 0.0
        assert 0.8 * whole_s <= self.recorder.retry_at_s - self.now_s <= whole_s
        self.not_before_s = self.recorder.retry_at_s
        self.failures += 1

    # What the engine does

    @rule(wanted=RECORDINGS, works=st.booleans())
    def start(self, wanted: Recording, *, works: bool) -> None:
        failed = self.recorder.recording
        if self.process is None and failed is not None and failed.source != wanted.source:
            self.failures, self.not_before_s = 0, 0.0  # another device or capability
        may_begin = self.process is None and self.now_s >= self.not_before_s
        attempts = self.process, self.failures
        self.works = works
        self.happens(Start("side", wanted))
        assert (attempts != (self.process, self.failures)) == may_begin
        if may_begin:
            assert self.recorder.recording == wanted

    @rule(linger_s=LINGERS_S)
    def stop(self, linger_s: float = 0.0) -> None:
        if self.process is not None:
            self.process.unwanted = True
            ends_at_s = self.now_s + linger_s
            self.process.ends_at_s = min(self.process.ends_at_s or ends_at_s, ends_at_s)
        self.happens(Stop("side", "no longer wanted", linger_s))
        if self.process is None:
            assert self.recorder.phase is Phase.IDLE
            self.failures, self.not_before_s = 0, 0.0
        elif not linger_s:
            assert self.process.interrupted_at_s is not None

    @rule(wanted=RECORDINGS)
    def update(self, wanted: Recording) -> None:
        before, process = self.recorder, self.process
        is_same = before.recording is not None and before.recording.source == wanted.source
        if process is not None and process.interrupted_at_s is None and is_same:
            process.unwanted, process.ends_at_s = False, None
        self.happens(Update("side", wanted))
        ending = None if is_same else before.ending
        labelled = wanted if is_same else before.recording
        assert self.recorder == replace(before, recording=labelled, ending=ending)

    # What the process does

    @precondition(lambda self: self.process is not None and not self.process.killed)
    @rule(grown_bytes=st.sampled_from([0, 1, 100_000]))
    def look(self, grown_bytes: int) -> None:
        assert self.process is not None
        self.process.size_bytes += grown_bytes
        if grown_bytes:
            self.process.grew_at_s = self.now_s
        self.happens(Grew(self.process.size_bytes, SEGMENT))
        if self.recorder.phase is Phase.RECORDING and grown_bytes:
            since_s = self.process.records_since_s = self.process.records_since_s or self.now_s
            if self.now_s - since_s >= PROGRESS_CLEARS_FAILURES_S:
                self.failures = 0

    @precondition(lambda self: self.process is not None)
    @rule()
    def lose(self) -> None:
        self.happens(Lost(WHY))
        assert self.process is not None
        assert self.process.interrupted_at_s is not None

    @precondition(lambda self: self.process is not None)
    @rule()
    def end(self) -> None:
        assert self.process is not None
        self.process.alive = False
        self.happens(Exited(WHY))
        assert self.process is None

    @precondition(lambda self: self.process is None)
    @rule(event=NONSENSE)
    def a_stray_report_comes(self, event: Event) -> None:
        before = self.recorder
        self.happens(event)
        assert self.recorder == before

    @rule(passed_s=MOMENTS_S)
    def time_passes(self, passed_s: float) -> None:
        self.now_s += passed_s
        self.happens(Tick())

    # What is always true

    @invariant()
    def phase_and_process_agree(self) -> None:
        running = self.recorder.phase in (Phase.STARTING, Phase.RECORDING, Phase.STOPPING)
        assert running == (self.process is not None)
        assert self.recorder.failures == self.failures

    @invariant()
    def no_wait_is_longer_than_allowed(self) -> None:
        if self.process is None:
            return
        if self.process.interrupted_at_s is None and self.process.ends_at_s is not None:
            assert self.now_s < self.process.ends_at_s
        if self.recorder.phase is Phase.RECORDING:
            assert self.process.grew_at_s is not None
            assert self.now_s - self.process.grew_at_s < STALL_S
        if self.recorder.phase is Phase.STARTING:
            assert self.now_s - self.process.begun_at_s < FIRST_BYTES_LIMIT_S
        if self.recorder.phase is Phase.STOPPING and not self.process.killed:
            assert self.process.interrupted_at_s is not None
            assert self.now_s - self.process.interrupted_at_s < INTERRUPT_GRACE_S

    def teardown(self) -> None:
        """Whatever happened, a stop and the process's end lead back to rest."""
        self.stop()
        if self.process is not None:
            self.end()
        assert self.recorder == Recorder("side", since_s=self.recorder.since_s)


Lifecycle.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLifecycle = Lifecycle.TestCase
