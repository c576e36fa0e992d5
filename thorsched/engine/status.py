"""What the program knows, as one immutable value: tables and pages read nothing else. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from thorsched.catalogue.applied import RevisionApplied
from thorsched.catalogue.entries import Pause
from thorsched.config.models import Config
from thorsched.engine.desired import Desired, Unready, Wanted
from thorsched.engine.drift import Drift
from thorsched.engine.filenews import Looked, Standing
from thorsched.engine.manner import selectors_of
from thorsched.engine.silence import Archiving, Silence, archiving, silence
from thorsched.engine.sources import Chosen, Resolved
from thorsched.engine.tally import Tally
from thorsched.engine.upgrades import requested
from thorsched.engine.wrong import Wrong
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.spec import tail
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera: what it does, what it should do, and what it has done since the start."""

    name: str
    phase: Phase
    chosen: Chosen | None
    window: Window | None
    """The window that is wanted now; None when nothing is."""
    trouble: Trouble | None
    kept_bytes: int
    """On disk since the start, as far as it is known, the segment that is open included."""
    missed_s: float
    """Seconds that were wanted so far and are neither on disk nor on the way there."""
    open_segment: Path | None
    tally: Tally
    retry_in_s: float | None
    """How long its recorder waits for the next attempt; None if that is not what it does."""
    is_in_file: bool = True
    """Whether the file still has the selector by which `chosen` was."""
    silence: Silence | None = None
    """Since when nothing was heard of its recorder, once that is longer than it may be."""
    warning: Trouble | None = None
    """What is wrong with the frames that arrive."""
    drift: Drift | None = None
    """That, and why, it is not recorded by the first of its selectors."""
    paused: Pause | None = None
    """Why a person does not want it now, and until when."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A start or end of a window, as the file says it: without lead and tail."""

    at: datetime
    is_start: bool
    is_change: bool = False
    """Whether it is inside of a window, where other settings of its schedules begin to hold."""


@dataclass(frozen=True, slots=True)
class Status:
    """The program as of `at`."""

    at: datetime
    revision: str
    applied: datetime
    """When that revision was, aware UTC."""
    root: Path
    wrong: Wrong | None
    """Why what is on disk is not the revision that runs: its mistakes, or that it is gone."""
    next_edge: Edge | None
    lead: timedelta
    """Recorders start that much before their windows."""
    cameras: tuple[CameraStatus, ...]
    until: datetime | None
    """No window goes on beyond it: the end of `--for`, or the moment of a Ctrl-C."""
    archiving: Archiving | None = None
    """What the archivist is at, once that is longer than it may take."""
    looked: Looked | None = None
    """What the last look at the file that somebody asked for has come to."""
    edit: RevisionApplied | None = None
    """What that revision was applied for, and what it has changed."""

    @property
    def at_rest(self) -> bool:
        """Whether no recorder runs and none is wanted."""
        return all(c.phase is Phase.IDLE and c.window is None for c in self.cameras)


@dataclass(frozen=True, slots=True)
class Thought:
    """What a pass made of the world, as one value."""

    resolved: Resolved
    desired: Desired
    until: datetime | None
    """The horizon's."""
    paused: Mapping[str, Pause] = field(default_factory=dict)
    drifts: Mapping[str, Drift] = field(default_factory=dict)


def summarise(
    *,
    at: datetime,
    standing: Standing,
    thought: Thought,
    recorders: Mapping[str, Recorder],
    tallies: Mapping[str, Tally],
    archivist_at: tuple[Path, float] | None,
    now_s: float,
) -> Status:
    """Return the status of every camera of the file, then of those that have left it meanwhile.

    `now_s` is `at` by the monotonic clock, by which recorders wait and the archivist works
    at what `archivist_at` says. What grew since the last pass is seen here; `tallies` remember
    what grew before it.
    """
    config, applied = standing.loaded.config, standing.applied
    names = [*config.cameras, *(n for n in tallies if n not in config.cameras)]
    return Status(
        at=at,
        revision=standing.loaded.revision,
        applied=applied.at,
        edit=applied,
        root=config.storage.root,
        wrong=standing.wrong,
        looked=standing.looked,
        next_edge=_next_edge(config, thought.desired, recorders, at=at),
        lead=config.lead,
        until=thought.until,
        archiving=archiving(archivist_at, now_s=now_s),
        cameras=tuple(
            _camera(
                selectors_of(config, name),
                thought,
                recorders.get(name, Recorder(name)),
                tallies.get(name, Tally()),
                at=at,
                now_s=now_s,
            )
            for name in names
        ),
    )


def _next_edge(
    config: Config, desired: Desired, recorders: Mapping[str, Recorder], *, at: datetime
) -> Edge | None:
    """Return what the loop waits for, as a person would say it; None if that is nothing to come.

    `desired.next_window` is a start less the lead, or an end plus the tail, and around the edges of
    a window that is wanted already it may be the same of that window's other end.
    """
    edge, change = _next_window(config, desired, recorders, at=at), desired.next_change
    if change is None or change <= at or (edge is not None and edge.at <= change):
        return edge
    return Edge(change, is_start=True, is_change=True)


def _next_window(
    config: Config, desired: Desired, recorders: Mapping[str, Recorder], *, at: datetime
) -> Edge | None:
    moment = desired.next_window
    if moment is None:
        return None
    latencies = {config.server_of(camera).latency for camera in config.cameras}
    latencies |= {r.recording.latency for r in recorders.values() if r.recording}
    meant = {moment + config.lead, *(moment - tail(latency) for latency in latencies)}
    windows = [wanted.window for wanted in desired.wanted.values()]
    if ends := meant.intersection(window.end for window in windows):
        return Edge(min(ends), is_start=False)
    starts = meant.intersection(window.start for window in windows)
    start = min(starts, default=moment + config.lead)
    return Edge(start, is_start=True) if start > at else None


def _camera(
    selectors: frozenset[str],
    thought: Thought,
    recorder: Recorder,
    tally: Tally,
    *,
    at: datetime,
    now_s: float,
) -> CameraStatus:
    wanted = thought.desired.wanted.get(recorder.camera)
    chosen = thought.resolved.get(recorder.camera)
    pipe = tail(recorder.recording.latency) if recorder.recording else timedelta(0)
    tally = tally.see(recorder, at=at, now_s=now_s)
    source = _running(recorder) or (chosen if isinstance(chosen, Chosen) else None)
    return CameraStatus(
        name=recorder.camera,
        phase=recorder.phase,
        chosen=source,
        window=wanted.window if wanted else None,
        trouble=_trouble(wanted, chosen) or recorder.trouble or _trouble_of_successor(recorder),
        kept_bytes=tally.kept_bytes,
        missed_s=tally.missed_s(at=at, pipe=pipe),
        open_segment=recorder.open_segment,
        tally=tally,
        retry_in_s=None if isinstance(wanted, Unready) else _retry_in_s(recorder, now_s),
        is_in_file=bool(source and source.selector in selectors),
        silence=silence(recorder, now_s=now_s),
        warning=recorder.warning,
        drift=thought.drifts.get(recorder.camera),
        paused=thought.paused.get(recorder.camera),
    )


def _running(recorder: Recorder) -> Chosen | None:
    """Return what is recorded, whatever the file or the server name by now."""
    if recorder.recording is None or recorder.phase not in (Phase.STARTING, Phase.RECORDING):
        return None
    return Chosen(recorder.recording.source, requested(recorder.recording), 0)


def _trouble(wanted: Wanted | None, chosen: Chosen | Trouble | None) -> Trouble | None:
    """Return what stands in a camera's way, before it is wanted, too; None if nothing does."""
    if isinstance(wanted, Unready):
        return wanted.trouble
    if isinstance(chosen, Trouble) and chosen.cause is not Cause.ASKING:
        return chosen
    return None


def _trouble_of_successor(recorder: Recorder) -> Trouble | None:
    """Return why an edit cannot take effect, although nothing is missed by that."""
    trouble = recorder.successor.trouble if recorder.successor else None
    if trouble is None:
        return None
    return Trouble(trouble.cause, f"goes on as before the edit: {trouble.detail}")


def _retry_in_s(recorder: Recorder, now_s: float) -> float | None:
    waiting = [one for one in recorder.everyone if one.phase is Phase.BACKING_OFF]
    return max(waiting[0].retry_at_s - now_s, 0.0) if waiting else None
