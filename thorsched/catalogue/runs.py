"""Why nothing was recorded after a run: how it ended, in words, and on whose side that lies. Pure.

Called by `engine/chronicle.py` for the gap before a new run, and by `report/gathering.py` for
the time that nobody records any more.
"""

from thorsched.base.units import format_utc
from thorsched.catalogue.entries import Run
from thorsched.recording.trouble import Cause, Trouble

HUNG = "hung"
BY_AN_ERROR = "an error"
_BY_US = {HUNG: "made no pass any more", BY_AN_ERROR: "ended by an error"}
"""What `runs.how` says of an end that nobody asked for, in words; all else was somebody's wish."""


def absence_after(run: Run) -> Trouble:
    """Return what was in the way of recording from a run's last pass on."""
    last = f"last at work {format_utc(run.last_pass)}"
    if run.how is None:
        killed = f"process {run.pid} was killed, or its machine stopped; {last}"
        return Trouble(Cause.NOT_RUNNING, killed)
    if run.how in _BY_US:
        return Trouble(Cause.NOT_RUNNING, f"process {run.pid} {_BY_US[run.how]}; {last}")
    return Trouble(Cause.ENDED, f"by {run.how} (process {run.pid}), {last}")


def was_ended(run: Run) -> bool:
    """Return whether somebody has ended the run, so that all since then is as they wish."""
    return absence_after(run).cause is Cause.ENDED
