"""Plain recorders that are held to one file after the other, by the loop's own plan."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from tests.engine.plain import PlainRecorders
from tests.foresight.labs import HORIZON
from tests.support.clocks import FakeClock
from thorsched.catalogue.applied import Difference, Effect
from thorsched.config.models import Config
from thorsched.engine.desired import asked, desired
from thorsched.engine.plan import plan
from thorsched.engine.sources import View, resolve
from thorsched.recording.lifecycle import Grew, Phase, Recorder
from thorsched.reload.edits.difference import Situation, difference

PASSES = 6
"""After these there is nothing left to do."""


class World:
    """What is there, and what passes of the loop make of it."""

    def __init__(self, now: datetime, views: Mapping[str, View]) -> None:
        self.clock = FakeClock(now)
        self.recorders = PlainRecorders(self.clock)
        self.views = views

    def again(self) -> "World":
        """Return another one that is the same, and goes its own way."""
        other = World(self.clock.now(), self.views)
        other.clock.advance(self.clock.monotonic_s() - other.clock.monotonic_s())
        other.clock.step_wall((self.clock.now() - other.clock.now()).total_seconds())
        other.recorders.recorders = dict(self.recorders.recorders)
        other.recorders.broken = set(self.recorders.broken)
        other.recorders.hung = set(self.recorders.hung)
        other.recorders.begun = self.recorders.begun
        return other

    def told(self, old: Config, new: Config) -> Difference:
        """Return what is said of an edit as it is made."""
        now, now_s = self.clock.now(), self.clock.monotonic_s()
        observed = self.recorders.observe()
        return difference(old, new, Situation(self.views, now, HORIZON, observed, now_s))

    def holds_to(self, file: Config, revision: str, *, passes: int = PASSES) -> None:
        """Make passes, a second from one to the next."""
        for _ in range(passes):
            self.pass_by(file, revision)
            self.clock.advance(1)

    def pass_by(self, file: Config, revision: str) -> None:
        """Have a frame come to all who record, and make a pass."""
        for camera, recorder in self.recorders.recorders.items():
            if recorder.phase is Phase.RECORDING:
                grown = Grew(recorder.size_bytes + 1, recorder.open_segment)
                self.recorders.happened(camera, grown)
        observed, now = self.recorders.observe(), self.clock.now()
        latencies = {c: r.recording.latency for c, r in observed.items() if r.recording}
        by_schedules = asked(file, now=now, horizon=HORIZON, latencies=latencies)
        wanted = desired(
            file,
            resolve(file, self.views, by_schedules),
            now=now,
            horizon=HORIZON,
            latencies=latencies,
            revision=revision,
        ).wanted
        actions = plan(
            wanted,
            observed,
            now=now,
            now_s=self.clock.monotonic_s(),
            views=self.views,
            revision=revision,
            cameras=file.cameras,
        )
        self.recorders.carry_out(actions)

    def recording(self) -> dict[str, Recorder]:
        return {c: r for c, r in self.recorders.observe().items() if r.phase is Phase.RECORDING}


def became(was: Recorder | None, now: Recorder | None) -> set[Effect]:
    """Return as what it may be told what has become of a camera's recorder."""
    if was is None or was.recording is None:
        return {Effect.STARTED} if now else set()
    if now is None or now.recording is None:
        return {Effect.STOPPED}
    if now.open_segment != was.open_segment:
        return {Effect.REPLACED}
    if not now.recording.is_kept_as(was.recording):
        return {Effect.FOLLOWED}
    return {Effect.IN_PLACE, Effect.UNTOUCHED}


def unlabelled(recorder: Recorder) -> Recorder:
    """Return a recorder without the revision that it is held to, and what its file is and holds."""
    recording = recorder.recording
    if recording is not None:
        recording = replace(recording, provenance={**recording.provenance, "revision": ""})
    return replace(recorder, recording=recording, open_segment=None, size_bytes=0, grew_at_s=0.0)
