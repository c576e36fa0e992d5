"""Threads that a recording can do without.

A machine may have no more of them: whatever such a thread does is left undone then, and told.
"""

import logging
import threading

log = logging.getLogger(__name__)


def started(thread: threading.Thread, *, undone: str) -> bool:
    """Start it; return whether there is one. What stays `undone` without it is told in the log."""
    try:
        thread.start()
    except RuntimeError as error:
        why = {"wanted_for": thread.name, "why": error, "undone": undone}
        log.error("no thread to be had", extra=why)  # noqa: TRY400 - no bug of ours
        return False
    return True
