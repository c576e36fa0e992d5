"""What a pass of the loop writes to the log: transitions, not ticks. Called by `loop.py`."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from thorsched.base.units import format_utc
from thorsched.config.models import Config
from thorsched.engine.desired import Desired, Horizon, Unready, Wanted
from thorsched.engine.drift import Drift
from thorsched.engine.odds import odds
from thorsched.engine.outlook import coming
from thorsched.engine.pauses import Pauses
from thorsched.engine.silence import Archiving, archiving, silence
from thorsched.engine.sources import Chosen, Resolved
from thorsched.recording.history import DRIFT, DRIFT_OVER, Happened
from thorsched.recording.lifecycle import Action, Phase, Recorder, Start
from thorsched.recording.trouble import SERVER_CAUSES, Cause, Trouble
from thorsched.schedule.intervals import Window

log = logging.getLogger(__name__)

# After a Ctrl-Z nobody was heard of for long, until the other threads have had a moment, too.
_AWAKE_S = 1.0
# What ended longer ago was over before the program began.
_JUST_NOW = timedelta(minutes=1)
# How far ahead schedules are compared while it runs; `check` looks further.
_JUDGED = timedelta(days=7)
_Silent = tuple[str, Phase, bool]


class Reports:
    """Remembers what was told, so that each thing is told once."""

    def __init__(self) -> None:
        self._unready: dict[str, Trouble] = {}
        self._silent: dict[_Silent, float] = {}
        """Monotonic; when each was seen first."""
        self._told: set[_Silent] = set()
        self._slow: set[Path] = set()
        self._slow_at: tuple[Path, float] | None = None
        self._rests_by: Config | None = None
        self._pauses = Pauses()
        self._judged: Config | None = None
        self._drifts: dict[str, Drift] = {}

    def odds(self, config: Config, horizon: Horizon, now: datetime) -> None:
        """Log when a file comes whose schedules ask for several things at once."""
        if self._judged is not config:
            self._judged = config
            for one in odds(config, between=Window(now, now + _JUDGED), zone=horizon.zone):
                log.warning("schedules are at odds", extra={"why": one})

    def drifts(
        self,
        drifts: Mapping[str, Drift],
        observed: Mapping[str, Recorder],
        wanted: Mapping[str, Wanted],
        *,
        now: datetime,
    ) -> tuple[Happened, ...]:
        """Log each drift as it begins and ends; return that for the journal.

        While a recorder is tried again nobody knows as what it will come back: a drift lasts until
        another capability is recorded, or none is wanted any more.
        """
        told: list[Happened] = []
        for camera in self._drifts.keys() | drifts.keys():
            before, drift = self._drifts.get(camera), drifts.get(camera)
            phase = observed.get(camera, Recorder(camera)).phase
            if drift is None and camera in wanted and phase is not Phase.RECORDING:
                continue
            if before and (drift is None or drift.words != before.words):
                del self._drifts[camera]
                log.info("drift over", extra={"camera": camera, **_of(before)})
                told.append(Happened(now, DRIFT_OVER, before.words, camera))
            if drift and camera not in self._drifts:
                why = {"why": drift.why(_utc)}
                log.warning("drift", extra={"camera": camera, **_of(drift), **why})
                detail = f"{drift.words}: {drift.why(_utc)}"
                told.append(Happened(now, DRIFT, detail, camera))
            if drift and drift.better and not (before and before.better):
                again = {"selector": drift.better, "taken": drift.taken(_utc)}
                log.info("better selector available", extra={"camera": camera, **again})
            if drift:
                self._drifts[camera] = drift
        return tuple(told)

    def unready(self, config: Config, resolved: Resolved, wanted: Desired) -> Mapping[str, Trouble]:
        """Log what keeps cameras from being recorded, once each time it changes; return it.

        Before they are wanted, too: there may be time yet to do something about it. A server that
        does not list its devices is told of by `watches.py` until then.
        """
        unready = {
            camera: outcome
            for camera, outcome in resolved.items()
            if isinstance(outcome, Trouble)
            and outcome.cause is not Cause.ASKING
            and (camera in wanted.wanted or outcome.cause not in SERVER_CAUSES)
        }
        news = {c: trouble for c, trouble in unready.items() if self._unready.get(c) != trouble}
        self._unready = unready
        _log_unready(config, news)
        return unready

    def rest(self, config: Config, wanted: Desired, horizon: Horizon, *, now: datetime) -> None:
        """Log when it records next, each time that there begins to be nothing to record.

        Not of what is paused: that has been told.
        """
        is_ending = horizon.until is not None and horizon.until <= now
        if wanted.wanted or is_ending or horizon.pauses.at(now):
            self._rests_by = None
        elif self._rests_by is not config:
            self._rests_by = config
            _log_rest(config, horizon, now)

    def pauses(self, pauses: Pauses, *, now: datetime) -> None:
        """Log each pause as it begins, and as it ends."""
        for one in pauses.news(self._pauses):
            was = self._pauses.known.get(one.id)
            if one.end is None and was is None:
                why = {"until": one.planned, "why": one.why}
                log.info("camera paused", extra={"camera": one.camera, **why})
            elif one.end is not None and one.end >= now - _JUST_NOW:
                log.info("pause over", extra={"camera": one.camera, "how": one.how})
        self._pauses = pauses

    def silent(
        self,
        observed: Mapping[str, Recorder],
        archivist_at: tuple[Path, float] | None,
        *,
        now_s: float,
    ) -> None:
        """Log who is not heard of any more: a call that never returns tells nothing itself."""
        found = {camera: silence(one, now_s=now_s) for camera, one in observed.items()}
        silent = {(c, one.phase, one.killed): one for c, one in found.items() if one}
        self._silent = {what: self._silent.get(what, now_s) for what in silent}
        self._told &= silent.keys()
        for what, one in silent.items():
            if what not in self._told and now_s - self._silent[what] >= _AWAKE_S:
                self._told.add(what)
                log.warning("recorder not heard of", extra={"camera": what[0], "why": one})
        self._slow_archivist(archiving(archivist_at, now_s=now_s), now_s)

    def _slow_archivist(self, at: Archiving | None, now_s: float) -> None:
        """Log once a file, however often a disk lets it fail after a minute."""
        if at is None or at.file in self._slow:
            self._slow_at = None
            return
        if self._slow_at is None or self._slow_at[0] != at.file:
            self._slow_at = (at.file, now_s)
        elif now_s - self._slow_at[1] >= _AWAKE_S:
            self._slow.add(at.file)
            log.warning("archivist not heard of", extra={"file": at.file, "for_s": at.for_s})


def _utc(at: datetime) -> str:
    return str(format_utc(at))


def _of(drift: Drift) -> dict[str, str]:
    return {"wanted": drift.wanted, "recording": drift.recording, "by": drift.selector}


def _log_rest(config: Config, horizon: Horizon, now: datetime) -> None:
    then = coming(config, now=now, zone=horizon.zone)
    if then is None:
        log.info("nothing to record any more")
        return
    whose = {"schedules": ", ".join(then.schedules), "cameras": ", ".join(then.cameras)}
    log.info("nothing to record", extra={"until": then.start, **whose})


def _log_unready(config: Config, news: Mapping[str, Trouble]) -> None:
    """Log a line a camera, or a line a server where it is the server's trouble."""
    of_server: dict[tuple[str, Trouble], list[str]] = {}
    for camera, trouble in news.items():
        if trouble.cause in SERVER_CAUSES:
            server = config.server_name_of(camera)
            of_server.setdefault((server, trouble), []).append(camera)
        else:
            log.warning("camera not ready", extra={"camera": camera, "trouble": trouble})
    for (server, trouble), cameras in of_server.items():
        log.warning(
            "cameras not ready",
            extra={"server": server, "cameras": ", ".join(cameras), "trouble": trouble},
        )


def report_chosen(
    actions: Iterable[Action],
    resolved: Resolved,
    observed: Mapping[str, Recorder],
) -> None:
    """Log what is about to be recorded; not again for every retry."""
    for action in actions:
        chosen = resolved.get(action.camera)
        if (
            isinstance(action, Start)
            and isinstance(chosen, Chosen)
            and _is_news(action, observed.get(action.camera))
        ):
            log.info(
                "recording wanted",
                extra={
                    "camera": action.camera,
                    "capability": chosen.source,
                    "device": f"{chosen.source.device_id} {chosen.source.device_name}",
                    "until": action.recording.window.bounds[1],
                },
            )


def _is_news(start: Start, recorder: Recorder | None) -> bool:
    """Return whether it is more than another attempt at what was to be recorded before."""
    before = recorder.recording if recorder else None
    return before is None or before.source != start.recording.source


def report_pass(wanted: Desired, actions: Iterable[Action], due: datetime) -> None:
    """Log what a pass found and did; only of a pass in which something has changed."""
    if not log.isEnabledFor(logging.DEBUG):
        return
    log.debug(
        "pass",
        extra={
            "wanted": ", ".join(
                f"{camera} ({one.trouble if isinstance(one, Unready) else one.source})"
                for camera, one in wanted.wanted.items()
            ),
            "actions": ", ".join(f"{type(a).__name__.lower()} {a.camera}" for a in actions),
            "next_edge": wanted.next_edge,
            "due": due,
        },
    )
