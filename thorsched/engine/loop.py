"""A pass of the loop: look, decide, act. Level-triggered; never blocks.

Called by `app.py`, whose `wakeups.py` runs one pass at a time. Thinks with `thinking` and `plan`;
reads views that threads keep fresh; hands actions to recorders that carry them out on their own.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from thorsched.base.clock import Clock
from thorsched.catalogue.applied import RevisionApplied
from thorsched.engine.chronicle import Chronicle
from thorsched.engine.cuts import report_cuts, untold
from thorsched.engine.desired import Desired
from thorsched.engine.drift import drifts
from thorsched.engine.filenews import Standing
from thorsched.engine.happenings import Glance
from thorsched.engine.horizons import Horizons
from thorsched.engine.movements import Scene, moved
from thorsched.engine.plan import awaited, next_retry_s, plan
from thorsched.engine.reports import Reports, report_chosen, report_pass
from thorsched.engine.sources import View
from thorsched.engine.status import Status, Thought, summarise
from thorsched.engine.tallies import Tallies
from thorsched.engine.thinking import Thinking
from thorsched.recording.lifecycle import Action, Phase, Recorder
from thorsched.recording.segments import Described
from thorsched.recording.spec import tail
from thorsched.recording.trouble import Cause

RESYNC_S = 5.0
_OVERDUE_S = 1.0


class Recorders(Protocol):
    """Whatever runs recorders: this machine's launcher, or one day another machine's."""

    def observe(self) -> Mapping[str, Recorder]: ...
    def carry_out(self, actions: Iterable[Action]) -> None: ...


class Servers(Protocol):
    """Whatever knows what the servers offer."""

    def follow(self, urls: set[str]) -> None: ...
    def views(self) -> Mapping[str, View]: ...
    def look_again(self, url: str) -> None: ...
    def await_return(self, every_s: Mapping[str, float]) -> None: ...


class Revisions(Protocol):
    """Whoever knows which revision of the file runs."""

    @property
    def standing(self) -> Standing:
        """How it stands with the file, as one value: it may be another at the next look."""


class Archive(Protocol):
    """Whoever describes segments on this machine's disks."""

    @property
    def at(self) -> tuple[Path, float] | None:
        """The file in work and the monotonic second at which that began; None at rest."""


class Loop:
    """Holds the recorders to the running revision of the file."""

    def __init__(
        self,
        revisions: Revisions,
        *,
        clock: Clock,
        recorders: Recorders,
        servers: Servers,
        archive: Archive,
        chronicle: Chronicle,
        horizons: Horizons,
    ) -> None:
        self._chronicle = chronicle
        self._revisions = revisions
        self._clock = clock
        self._recorders = recorders
        self._servers = servers
        self._archive = archive
        self._horizons = horizons
        self._thinking = Thinking()
        self._scene: Scene | None = None
        """Of the last pass."""
        self._tallies = Tallies()
        self._latest = Thought({}, Desired({}, None), None)
        self._reports = Reports()

    def end_within(self, time_left: timedelta) -> None:
        """Let no window go on beyond `time_left` from now, whatever becomes of the wall clock."""
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        self._horizons.end_within(time_left, now=now, now_s=now_s)

    def longest_tail(self) -> timedelta:
        """Return how long the recorders of now, and those to come, go on after their windows."""
        to_come = [
            server.latency for server in self._revisions.standing.loaded.config.servers.values()
        ]
        observed = self._recorders.observe().values()
        everyone = [one for recorder in observed for one in recorder.everyone]
        running = [one.recording.latency for one in everyone if one.recording]
        return max(map(tail, to_come + running), default=timedelta(0))

    def run_pass(self) -> datetime:
        """Look, decide, act; return when to look again, aware UTC."""
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        standing = self._revisions.standing
        loaded, config = standing.loaded, standing.loaded.config
        horizon = self._horizons.at(config, now=now, now_s=now_s)
        self._servers.follow({config.server_of(camera).url for camera in config.cameras})
        views = self._servers.views()
        observed = self._recorders.observe()
        latencies = {n: r.recording.latency for n, r in observed.items() if r.recording}
        resolved, wanted = self._thinking.think(
            loaded, views, now=now, horizon=horizon, latencies=latencies
        )
        before = self._latest.desired
        found = drifts(config, wanted.wanted, resolved, observed, horizon)
        self._latest = Thought(resolved, wanted, horizon.until, horizon.pauses.at(now), found)
        unready = self._reports.unready(config, resolved, wanted)
        self._reports.odds(config, horizon, now)
        for one in self._reports.drifts(found, observed, wanted.wanted, now=now):
            self._chronicle.note(one)
        self._reports.pauses(horizon.pauses, now=now)
        self._reports.rest(config, wanted, horizon, now=now)
        self._reports.silent(observed, self._archive.at, now_s=now_s)
        troubles = {name: r.trouble for name, r in observed.items() if r.trouble}
        glance = Glance(now, now_s, loaded.revision, standing.wrong, views)
        scene = Scene(glance, wanted.turns, wanted.wanted, observed, {**troubles, **unready})
        cameras = moved(self._scene, scene)
        self._scene = scene
        self._tallies.look(config, scene, cameras, horizon=horizon)
        self._chronicle.look(loaded, scene, cameras, horizon=horizon)
        self._doubt_lists(observed)
        self._servers.await_return(awaited(wanted.wanted, observed))
        actions = plan(
            wanted.wanted,
            observed,
            now=now,
            now_s=now_s,
            views=views,
            revision=loaded.revision,
            cameras=config.cameras,
        )
        self._tell_cuts(actions, observed, standing.applied, now)
        report_chosen(actions, resolved, observed)
        self._recorders.carry_out(actions)
        due = self._due(wanted, now, now_s)
        if actions or wanted.wanted != before.wanted:
            report_pass(wanted, actions, due)
        return due

    def _tell_cuts(
        self,
        actions: Iterable[Action],
        observed: Mapping[str, Recorder],
        applied: RevisionApplied,
        now: datetime,
    ) -> None:
        """Tell of recordings that are cut short by an edit, if that was not foreseen with it."""
        if stops := untold(actions, applied):
            since = self._chronicle.recorded_since([stop.camera for stop in stops], at=now)
            for one in report_cuts(stops, observed, applied, since, now=now):
                self._chronicle.note(one)

    def _doubt_lists(self, observed: Mapping[str, Recorder]) -> None:
        """Have the lists read again that led recorders to a device which is another one by now."""
        for recorder in observed.values():
            recording, trouble = recorder.recording, recorder.trouble
            is_down = recorder.phase is Phase.BACKING_OFF
            if is_down and recording and trouble and trouble.cause is Cause.NO_DEVICE:
                self._servers.look_again(recording.source.server)

    def _due(self, wanted: Desired, now: datetime, now_s: float) -> datetime:
        due = now + timedelta(seconds=RESYNC_S)
        if wanted.next_edge is not None:
            due = min(due, wanted.next_edge)
        retry_s = next_retry_s(wanted.wanted, self._recorders.observe())
        if retry_s is not None:
            wait_s = retry_s - now_s
            # One that is overdue has been asked for; its recorder pokes when it has done something.
            due = min(due, now + timedelta(seconds=wait_s if wait_s > 0 else _OVERDUE_S))
        return due

    def described(self, described: Described) -> None:
        """Take note of a segment on disk; from any thread."""
        self._tallies.record(described)
        self._chronicle.described(described)

    def audited(self, camera: str, flaw: str) -> None:
        """Take note of a segment that was audited, and what is wrong with it; from any thread."""
        self._tallies.audit(camera, flaw)

    def finish(self) -> None:
        """Take down how all has ended, once there are no more passes and segments."""
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        self._chronicle.finish(self._recorders.observe(), now=now, now_s=now_s)

    def status(self) -> Status:
        """Return what is known now; from any thread."""
        now, standing, latest = self._clock.now(), self._revisions.standing, self._latest
        config, observed = standing.loaded.config, self._recorders.observe()
        return summarise(
            at=now,
            standing=standing,
            thought=latest,
            recorders=observed,
            tallies=self._tallies.as_of(now, observed, config, horizon=self._horizons.latest),
            archivist_at=self._archive.at,
            now_s=self._clock.monotonic_s(),
        )
