"""What the log and the journal hear of recordings that another file cuts short than began them.

An edit is told of as it is applied, by `reload/edits/report.py`. Here it is those of which nobody
could tell then: recorders that a start finds, begun by a file that was edited meanwhile, and such
as went on until their server answered. Called by `loop.py`.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from thorsched.base.units import format_utc
from thorsched.catalogue.applied import Effect, RevisionApplied, restoring
from thorsched.recording.history import Happened
from thorsched.recording.lifecycle import Action, Recorder, Stop
from thorsched.recording.trouble import Cause

log = logging.getLogger(__name__)

CUT_SHORT = "recording cut short by an edit"
"""What has happened, in the journal's words."""


def untold(actions: Iterable[Action], applied: RevisionApplied) -> tuple[Stop, ...]:
    """Return what ends a recorder for what is in the file, and was not told of with the edit."""
    told = {one.camera for one in applied.difference.cameras if one.is_loss}
    return tuple(
        action
        for action in actions
        if isinstance(action, Stop) and action.cause is Cause.EDITED and action.camera not in told
    )


def report_cuts(
    stops: Iterable[Stop],
    observed: Mapping[str, Recorder],
    applied: RevisionApplied,
    since: Mapping[str, datetime],
    *,
    now: datetime,
) -> Iterator[Happened]:
    """Log a warning for each of `stops`, and yield it for the journal.

    `since` when frames have come is by camera. Of one that is before its window nothing is lost.
    """
    for stop in stops:
        recording = observed[stop.camera].recording
        if recording is None or not recording.window.holds(now):
            continue
        begun, end = since.get(stop.camera), recording.window.bounds[1]
        undo = restoring(applied.path, str(recording.provenance.get("revision", "")))
        warn_of_cut(stop.camera, since=begun, until=end, why=stop.why, undo=undo)
        words = cut_words(stop.why, begun, end, undo=undo)
        yield Happened(now, CUT_SHORT, words, stop.camera)


def warn_of_cut(
    camera: str,
    *,
    since: datetime | None,
    until: datetime | None,
    why: str,
    undo: str,
    effect: Effect | None = None,
) -> None:
    """Log that a recording is cut short; `effect` is what becomes of it, where that is known."""
    log.warning(
        "an edit cuts a recording short",
        extra={
            "camera": camera,
            "effect": effect.value if effect else None,
            "since": since,
            "until": until,
            "why": why,
            "undo": undo,
        },
    )


def cut_words(why: str, since: datetime | None, until: datetime | None, *, undo: str) -> str:
    """Return what the journal is told of a recording that is cut short."""
    recorded = f"recorded since {format_utc(since)}" if since else "no frames came"
    would = f"until {format_utc(until)}" if until else "without end"
    return f"{why}; {recorded}; would have been {would}; to undo: {undo}"
