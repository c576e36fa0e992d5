"""Asking the scheduler of a storage root for something, by a signal; and nobody else.

Called by `handover.py` and `cli/reload/command.py`. Whoever may write to the root may have written
any process's id into its lock, and an id may be another process's by now.
"""

import contextlib
from pathlib import Path

from thorsched.base.errors import MachineError
from thorsched.recording.foreign import ForeignProcess
from thorsched.recording.root import holder_of, may_hold


def ask(holder: int, root: Path, signal: int, *, what: str) -> None:
    """Signal the scheduler that holds `root`, for `what`. Raises `MachineError` if it cannot be."""
    try:
        with contextlib.closing(ForeignProcess(holder)) as scheduler:
            if not may_hold(holder, root):
                raise MachineError(
                    f"the lock of {root} names process {holder}, which does not hold it; "
                    "nothing was changed"
                )
            if holder_of(root) != str(holder):
                raise MachineError(f"process {holder} has just ended; nothing was changed")
            scheduler.send_signal(signal)
    except OSError as error:
        raise MachineError(
            f"cannot ask process {holder} for {what}: {error.strerror}; "
            "run this as the user that runs it"
        ) from error
