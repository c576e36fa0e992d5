"""Overlaps under any order of events: never a third recorder, never a frame between two.

The machine is the world around a `Relay`: it asks for what a plan may ask, in any order, and lets
the processes grow, stall, die, hang and fail to begin. Its stream is one number that grows.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.clocks import FakeClock
from tests.support.values import SPAWNED, output, recording
from thorsched.base.backoff import LONGEST_BACKOFF_S
from thorsched.engine.plan import plan
from thorsched.recording.lifecycle import (
    INTERRUPT_GRACE_S,
    Action,
    Cancelled,
    Clue,
    Exited,
    Failed,
    Grew,
    Overlap,
    Phase,
    Spawned,
    Start,
    Stop,
    Tick,
    Update,
)
from thorsched.recording.relay import Relay
from thorsched.recording.spec import Recording
from thorsched.recording.supervision import AnAttempt
from thorsched.recording.trouble import Cause, Trouble

USUAL = recording()
RECORDINGS = st.sampled_from(
    [
        USUAL,
        replace(USUAL, output=replace(USUAL.output, segment_time=timedelta(minutes=1))),
        replace(USUAL, output=output(Path("elsewhere"))),
        replace(USUAL, latency=timedelta(seconds=1)),
        replace(USUAL, provenance={"about": "other labels"}),
    ]
)
CAUSES = st.sampled_from([Cause.RECORDER_EXITED, Cause.STREAM_ENDED, Cause.STORAGE])
FAILED = Failed(Trouble(Cause.STORAGE, "no room"))
AT_REST = (Phase.IDLE, Phase.BACKING_OFF)


class Process:
    """An attempt whose process writes what the stream has sent, `latency` after it was sent."""

    def __init__(self, world: "Overlaps", recording: Recording, beside: AnAttempt | None) -> None:
        self.recording = recording
        self.beside = beside
        self.begins = world.begins
        self.clock = world.clock
        self.is_alive = False
        self.is_released = False
        self.is_proven = False
        self.obeys = True
        self.is_stalled = False
        self.interrupts = 0
        self.called_at_s = 0.0
        self.written_until_s = 0.0
        self.why = Trouble(Cause.RECORDER_EXITED, "as told")

    def begin(self) -> Spawned | Failed | Cancelled:
        if not self.begins:
            return FAILED
        self.is_alive = True
        self.called_at_s = self.written_until_s = self.clock.monotonic_s()
        return SPAWNED

    def poll(self) -> Grew | Exited | Tick:
        if not self.is_alive:
            return Exited(self.why)
        if not self.is_stalled:
            now_s = self.clock.monotonic_s()
            arrived_s = now_s - self.recording.latency.total_seconds()
            self.written_until_s = max(self.written_until_s, arrived_s)
        written_s = self.written_until_s - self.called_at_s
        return Grew(round(written_s * 1e6), Path("side-00000.mkv")) if written_s > 0 else Tick()

    def clue(self) -> Clue | None:
        return None

    def prove(self) -> None:
        self.is_proven = True

    def relabel(self, recording: Recording) -> None:
        self.recording = recording

    def interrupt(self) -> None:
        self.interrupts += 1
        self.is_alive = self.is_alive and not self.obeys

    def kill(self) -> None:
        assert self.interrupts == 1, "killed without a word"
        self.is_alive = False

    def leave(self) -> None:
        raise AssertionError("nobody is to go on with it")

    def release(self) -> None:
        assert not self.is_alive, "let go while it lives"
        assert not self.is_released, "released twice"
        self.is_released = True


class Overlaps(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.begins = True
        self.processes: list[Process] = []
        self.relay = Relay(
            "side",
            attempt=self._attempt,
            clock=self.clock,
            changed=lambda: None,
            noted=lambda _: None,
        )

    def _attempt(self, recording: Recording, *, beside: AnAttempt | None) -> Process:
        made = Process(self, recording, beside)
        there = self._there()
        if beside is None:
            assert not there, "two recorders, and no overlap was asked for"
        else:
            assert there == [beside], "a third recorder"
            assert there[0].is_alive, "it joins a stream that nobody knows to be ours"
        self.processes.append(made)
        return made

    def _there(self) -> list[Process]:
        return [process for process in self.processes if not process.is_released]

    def _alive(self) -> list[Process]:
        return [process for process in self.processes if process.is_alive]

    def _look(self) -> None:
        running = [process for process in self._alive() if not process.interrupts]
        self.relay.look(is_urgent=lambda: False)
        for new in running:
            old = new.beside
            if isinstance(old, Process) and old in running and old.interrupts > new.interrupts:
                assert old.written_until_s >= new.called_at_s, "frames are between the two"

    @initialize()
    def something_records(self) -> None:
        self.start(USUAL, begins=True)
        self.time_passes(1.0)
        assert self.relay.recorder.phase is Phase.RECORDING

    # What is asked for

    @rule(wanted=RECORDINGS, begins=st.booleans())
    def follow(self, wanted: Recording, *, begins: bool) -> None:
        self.begins = begins
        self._ask(Overlap("side", wanted))

    @rule(wanted=RECORDINGS)
    def update(self, wanted: Recording) -> None:
        running = self.relay.recorder.recording
        self._ask(Update("side", wanted.kept_as(running) if running else wanted))

    @rule(wanted=RECORDINGS, begins=st.booleans())
    def start(self, wanted: Recording, *, begins: bool) -> None:
        self.begins = begins
        self._ask(Start("side", wanted))

    @rule(linger_s=st.sampled_from([0.0, 0.7]))
    def stop(self, linger_s: float) -> None:
        self._ask(Stop("side", "no longer wanted", linger_s))

    @rule(wanted=RECORDINGS, passes=st.integers(1, 9), begins=st.booleans())
    def the_plan_is_followed(self, wanted: Recording, passes: int, *, begins: bool) -> None:
        self.begins = begins
        for _ in range(passes):
            self._pass(wanted, after_s=0.25)

    def _pass(self, wanted: Recording, *, after_s: float) -> None:
        self.time_passes(after_s)
        now_s, now = self.clock.monotonic_s(), USUAL.window.start
        observed = {"side": self.relay.recorder}
        for action in plan({"side": wanted}, observed, now=now, now_s=now_s, views={}):
            self._ask(action)

    def _ask(self, action: Action) -> None:
        self.relay.do(action)
        self._look()

    # What the world does

    @rule(passed_s=st.sampled_from([0.05, 0.25, 0.5, 1.0, 3.0, 11.0]))
    def time_passes(self, passed_s: float) -> None:
        self.clock.advance(passed_s)
        self._look()

    @rule(which=st.integers(0, 1), cause=CAUSES)
    def one_dies(self, which: int, cause: Cause) -> None:
        for process in self._alive()[which:][:1]:
            process.is_alive, process.why = False, Trouble(cause, "died")
        self._look()

    @rule(which=st.integers(0, 1), stalls=st.booleans(), obeys=st.booleans())
    def one_stalls_or_goes_on(self, which: int, *, stalls: bool, obeys: bool) -> None:
        for process in self._alive()[which:][:1]:
            process.is_stalled, process.obeys = stalls, obeys

    @rule(wanted=RECORDINGS, after_s=st.sampled_from([0.0, 0.3, 1.0]), cause=CAUSES)
    def the_old_one_stalls_or_dies_while_it_is_followed(
        self, wanted: Recording, after_s: float, cause: Cause
    ) -> None:
        self.follow(wanted, begins=True)
        self.time_passes(after_s)
        if cause is Cause.STORAGE:
            self.one_stalls_or_goes_on(0, stalls=True, obeys=True)
        else:
            self.one_dies(0, cause)
        self.time_passes(1.0)

    # What is always true

    @invariant()
    def there_are_two_at_most_and_each_is_told_to_end_once(self) -> None:
        assert len(self._there()) <= 2
        assert all(process.interrupts <= 1 for process in self.processes)
        recorder = self.relay.recorder
        assert len(recorder.everyone) <= 2
        running = [one for one in recorder.everyone if one.phase not in AT_REST]
        assert len(running) == len(self._there())

    @invariant()
    def recording_is_never_said_without_growth(self) -> None:
        for one in self.relay.recorder.everyone:
            if one.phase is Phase.RECORDING:
                assert one.size_bytes > 0
                assert one.recording is not None
                assert self.clock.monotonic_s() - one.grew_at_s < one.recording.stall_limit_s

    def teardown(self) -> None:
        """Once the world is calm, what is wanted is what is recorded, by one recorder."""
        self.begins = True
        for process in self.processes:
            process.is_stalled, process.obeys = False, True
        wanted = replace(USUAL, provenance={"about": "calm"})
        for _ in range(2 * round(INTERRUPT_GRACE_S + LONGEST_BACKOFF_S)):
            self._pass(wanted, after_s=1.0)
        recorder = self.relay.recorder
        assert recorder.everyone == (recorder,)
        assert (recorder.phase, recorder.recording) == (Phase.RECORDING, wanted)
        assert [process.recording for process in self._there()] == [wanted]


Overlaps.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestOverlaps = Overlaps.TestCase
