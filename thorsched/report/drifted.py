"""When a camera was recorded, and not by the first of its selectors, as the journal has it. Pure.

Called by `gathering.py`. The scheduler notes when a drift begins and ends; of one that died nobody
has noted an end.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from thorsched.catalogue.entries import Run
from thorsched.recording.history import DRIFT, DRIFT_OVER, Happened
from thorsched.schedule.intervals import Window, clip

_OF_RUNS = ("run began", "run ended")
EVENTS = (DRIFT, DRIFT_OVER, *_OF_RUNS)


@dataclass(frozen=True, slots=True)
class Drifted:
    """What was recorded in place of what was wanted most, and why, in words."""

    span: Window
    what: str


def drifted(
    camera: str, events: Iterable[Happened], runs: Sequence[Run], *, within: Window
) -> tuple[Drifted, ...]:
    """Return the drifts of a camera that meet `within`, cut to it; `events` in their order."""
    return tuple(
        Drifted(span, what)
        for start, end, what in _spans(camera, events, runs, last=within.end)
        if start < end
        for span in clip([Window(start, end)], within)
    )


def _spans(
    camera: str, events: Iterable[Happened], runs: Sequence[Run], *, last: datetime
) -> Iterator[tuple[datetime, datetime, str]]:
    open_one: Happened | None = None
    for one in events:
        is_its = one.camera == camera and one.what in (DRIFT, DRIFT_OVER)
        if open_one is not None and (is_its or one.what in _OF_RUNS):
            yield open_one.at, min(one.at, _left_off(runs, before=one)), open_one.detail
            open_one = None
        if is_its and one.what == DRIFT:
            open_one = one
    if open_one is not None:
        yield open_one.at, last, open_one.detail


def _left_off(runs: Sequence[Run], *, before: Happened) -> datetime:
    """Return until when it was looked at: a run that died has seen nothing after its last pass."""
    if before.what != "run began":
        return before.at
    return max((run.last_pass for run in runs if run.began < before.at), default=before.at)
