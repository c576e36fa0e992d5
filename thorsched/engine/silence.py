"""Who has not been heard of for longer than anything that is done there may take. Pure.

A call that never returns (a dead NFS mount, a disk that does not answer) holds the thread that
would tell of trouble. So it is the others who notice: `status.py` for tables, `reports.py` for the
log.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from thorsched.base.units import format_seconds
from thorsched.recording.lifecycle import INTERRUPT_GRACE_S, Phase, Recorder

# The calls of a start have limits that come to about 23 s; after them the recorder gives up by
# itself once the first bytes, or the next ones, take too long.
STARTING_LIMIT_S = 30.0
ARCHIVING_LIMIT_S = 30.0
_MARGIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Silence:
    """A recorder that should have said something by now."""

    phase: Phase
    killed: bool
    for_s: float

    def __str__(self) -> str:
        silent = format_seconds(self.for_s, decimals=0)
        if self.killed:
            return f"killed, and still there after {silent}: the disk does not answer?"
        return f"{self.phase.value} for {silent}: nothing heard"


@dataclass(frozen=True, slots=True)
class Archiving:
    """A segment that the archivist has been at for longer than it should take."""

    file: Path
    for_s: float

    def __str__(self) -> str:
        busy = format_seconds(self.for_s, decimals=0)
        return f"archivist has been at {self.file.name} for {busy}: the disk does not answer?"


def silence(recorder: Recorder, *, now_s: float) -> Silence | None:
    """Return for how long nothing was heard of `recorder`, or of who is beside it.

    None while that may be. One that records is heard of when its files grow, one that was killed
    when it is gone.
    """
    found = (_silence(one, now_s=now_s) for one in recorder.everyone)
    return next((one for one in found if one is not None), None)


def _silence(recorder: Recorder, *, now_s: float) -> Silence | None:
    is_recording = recorder.phase is Phase.RECORDING
    if now_s - (recorder.grew_at_s if is_recording else recorder.since_s) <= _MARGIN_S:
        return None  # no limit is as short: most have just been heard of
    since_s, limit_s = _bounds(recorder)
    for_s = now_s - since_s
    return Silence(recorder.phase, recorder.killed, for_s) if for_s > limit_s else None


def _bounds(recorder: Recorder) -> tuple[float, float]:
    """Return since when nothing was heard, monotonic, and how long that may go on."""
    stall_limit_s = recorder.recording.stall_limit_s if recorder.recording else 0.0
    match recorder.phase:
        case Phase.STARTING:
            return recorder.since_s, max(STARTING_LIMIT_S, stall_limit_s + _MARGIN_S)
        case Phase.RECORDING:
            return recorder.grew_at_s, stall_limit_s + _MARGIN_S
        case Phase.STOPPING if recorder.killed:
            return recorder.since_s + INTERRUPT_GRACE_S, _MARGIN_S
        case Phase.STOPPING:
            return recorder.since_s, INTERRUPT_GRACE_S + _MARGIN_S
        case Phase.IDLE | Phase.BACKING_OFF:
            return recorder.since_s, math.inf


def archiving(at: tuple[Path, float] | None, *, now_s: float) -> Archiving | None:
    """Return what the archivist is at; None while that may be.

    `at` is the file in work, and the monotonic second at which that began.
    """
    if at is None or now_s - at[1] <= ARCHIVING_LIMIT_S:
        return None
    return Archiving(at[0], now_s - at[1])
