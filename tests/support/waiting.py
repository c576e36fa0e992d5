"""Waiting for the world to come to a state. Limits are generous: they cost only tests that fail."""

import threading
from collections.abc import Callable
from datetime import datetime

import psutil

from thorsched.base.clock import SystemClock

PATIENCE_S = 30.0
"""What a busy machine may take for what takes a second on a quiet one."""

_LOOK_EVERY_S = 0.02
_never = threading.Event()


def pause(seconds: float) -> None:
    """Let time pass, for what must not happen within it."""
    _never.wait(seconds)


def pause_until(moment: datetime) -> None:
    """Let time pass until the aware `moment`; not at all if it is past."""
    left_s = (moment - SystemClock().now()).total_seconds()
    pause(max(left_s, 0.0))


def eventually(holds: Callable[[], object], *, within_s: float = PATIENCE_S) -> bool:
    """Return whether `holds` came true in time."""
    clock = SystemClock()
    deadline_s = clock.monotonic_s() + within_s
    while not holds():
        if clock.monotonic_s() > deadline_s:
            return False
        pause(_LOOK_EVERY_S)
    return True


def has_ended(process: psutil.Process) -> bool:
    """Return whether a process is over, though nobody may have asked how: it ends at any moment."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
