"""`thorsched handover FILE`: ends the scheduler of a file and leaves its recorders to the next.

So an upgrade costs no frame: hand over, install, run again. The scheduler is asked by SIGUSR1; it
is known by the lock of its storage root, which it holds until it has let go of everything.
"""

import signal
import threading
from pathlib import Path

from thorsched.base.clock import SystemClock
from thorsched.base.errors import MachineError
from thorsched.base.host import can_hand_over
from thorsched.base.text import counted, typed_path
from thorsched.cli.asking import ask
from thorsched.cli.beginning import what_counts
from thorsched.cli.exits import ExitCode
from thorsched.config.load import revision_of
from thorsched.recording.guard import orphans_below
from thorsched.recording.root import holder_of
from thorsched.reload.past.recall import content_at

_PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.1


def hand_over(path: Path) -> int:
    """Return the exit code. Raises `ConfigError`, and `MachineError` if nobody can be asked."""
    if not can_hand_over():
        raise MachineError("a handover needs signals that Windows has not; end the scheduler")
    loaded = what_counts(path)
    root = loaded.config.storage.root
    holder = holder_of(root)
    if not holder.isdecimal():
        raise MachineError(f"no thorsched records to {root}; nothing was changed")
    ask(int(holder), root, signal.SIGUSR1, what="a handover")
    clock, waiting = SystemClock(), threading.Event()
    deadline_s = clock.monotonic_s() + _PATIENCE_S
    while holder_of(root) == holder:
        if clock.monotonic_s() >= deadline_s:
            raise MachineError(
                f"process {holder} was asked, and has not ended within {_PATIENCE_S:.0f} s; "
                "its log says why"
            )
        waiting.wait(_LOOK_EVERY_S)
    content = content_at(path)
    is_right = content is not None and revision_of(content) == loaded.revision
    _tell(path, len(orphans_below(root)), how="" if is_right else " --last-good")
    return ExitCode.DONE


def _tell(path: Path, recorders: int, *, how: str) -> None:
    command = f"`thorsched run {typed_path(path)}{how}`"
    if recorders:
        going_on = counted(recorders, "recorder")
        print(f"handed over: {going_on} record on; {command} goes on with them")
    else:
        print(f"handed over; nothing recorded at that moment; {command} goes on")
