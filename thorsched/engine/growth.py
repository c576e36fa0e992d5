"""What attempts were seen to put on disk, until their files are described. Pure.

A segment is counted when it is closed and described, which may be hours after its first frame.
Until then growth is the proof: `tally.py` keeps a `Growth` an attempt, which every pass has it look
at, so that neither an open segment nor one that is being described is taken for
missed.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from thorsched.recording.lifecycle import LOOK_S, QUICK_LOOK_S, Phase, Recorder
from thorsched.recording.segments import CLOCK_SET_S, attempt_of
from thorsched.schedule.intervals import Window

# Workers look at files this often, so no better is known when these began and ceased to grow.
FIRST_LOOK = timedelta(seconds=QUICK_LOOK_S)
LOOK = timedelta(seconds=LOOK_S)
# What is not described this long after its last growth is lost: it proves nothing any more.
FORGOTTEN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Growth:
    """One attempt's files, as they were last seen. `since_s` and `grew_at_s` are monotonic."""

    segment: Path
    """The newest."""
    size_bytes: int
    """Of all its segments."""
    since: datetime
    """When what is not described of them began to grow, aware UTC; `since_s` is the same moment."""
    since_s: float
    grew_at_s: float
    latency: timedelta
    is_live: bool
    """Whether frames are on their way: whatever has passed since the last growth is in the pipe."""

    @property
    def last(self) -> datetime:
        return self.since + timedelta(seconds=self.grew_at_s - self.since_s)

    def span(self, at: datetime) -> Window | None:
        """Return the time whose frames are on disk or in the pipe at `at`; None if none are."""
        start = self.since - self.latency - FIRST_LOOK
        end = at if self.is_live else self.last - self.latency + LOOK
        return Window(start, end) if start < end else None


def seen(
    growths: tuple[Growth, ...], recorder: Recorder, *, at: datetime, now_s: float
) -> tuple[Growth, ...]:
    """Return `growths`, the newest last, after a look at their recorder at `at`.

    `now_s` is the same moment by the monotonic clock.
    """
    current = _growing(growths, recorder, at, now_s)
    before = tuple(
        replace(growth, is_live=False)
        for growth in growths
        if not (current and is_same_attempt(growth.segment, current.segment))
        and at - growth.last < FORGOTTEN_AFTER
    )
    return (*before, current) if current else before


def goes_on(before: Recorder | None, after: Recorder | None) -> bool:
    """Return whether a look at a recorder makes an earlier one superfluous: its attempt goes on.

    Once an attempt was `seen` to record, each further look tells all that one before it has.
    """
    if after is before:
        return True
    if before is None or after is None:
        return False
    one, other = before.open_segment, after.open_segment
    return (
        before.phase is after.phase is Phase.RECORDING
        and before.since_s == after.since_s
        and _latency(before) == _latency(after)
        and one is not None
        and other is not None
        and is_same_attempt(one, other)
    )


def is_same_attempt(one: Path, other: Path) -> bool:
    """Return whether two segments are of one attempt."""
    return one is other or one == other or attempt_of(one) == attempt_of(other)


def _latency(recorder: Recorder) -> timedelta | None:
    return recorder.recording.latency if recorder.recording else None


def _growing(
    growths: tuple[Growth, ...], recorder: Recorder, at: datetime, now_s: float
) -> Growth | None:
    segment, recording = recorder.open_segment, recorder.recording
    is_live = recorder.phase is Phase.RECORDING
    if segment is None or recording is None or not (is_live or recorder.phase is Phase.STOPPING):
        return None
    for growth in growths:
        if is_same_attempt(growth.segment, segment):
            since, since_s = growth.since, growth.since_s
            ahead = since + timedelta(seconds=now_s - since_s) - at
            if ahead.total_seconds() > CLOCK_SET_S:  # it was set back
                since -= ahead
            break
    else:
        since_s = recorder.since_s if is_live else recorder.grew_at_s
        since = at - timedelta(seconds=now_s - since_s)
    return Growth(
        segment=segment,
        size_bytes=recorder.size_bytes,
        since=since,
        since_s=since_s,
        grew_at_s=recorder.grew_at_s,
        latency=recording.latency,
        is_live=is_live,
    )


def after_describing(
    growths: tuple[Growth, ...], segment: Path, *, until: datetime
) -> tuple[Growth, ...]:
    """Return the `growths` that tell more than the descriptions, now that of `segment` is there.

    Segments are described in the order in which they were closed, so those of earlier attempts are.
    Of its own attempt the description tells all `until` the segment's end: an attempt may live for
    weeks, and its beginning must not be kept in mind as long.
    """
    attempts = [attempt_of(growth.segment) for growth in growths]
    if attempt_of(segment) not in attempts:
        return growths
    own = attempts.index(attempt_of(segment))
    growth = growths[own]
    if growth.segment == segment and not growth.is_live:
        return growths[own + 1 :]
    told_s = (until + growth.latency + FIRST_LOOK - growth.since).total_seconds()
    told_s = min(max(told_s, 0.0), growth.grew_at_s - growth.since_s)
    rest = replace(
        growth,
        since=growth.since + timedelta(seconds=told_s),
        since_s=growth.since_s + told_s,
    )
    return (rest, *growths[own + 1 :])
