"""Waiting for the world to come to a state, with a limit."""

import threading
from collections.abc import Callable

from thorsched.base.clock import SystemClock

_LOOK_EVERY_S = 0.02
_never = threading.Event()


def pause(seconds: float) -> None:
    """Let time pass, for what must not happen within it."""
    _never.wait(seconds)


def eventually(holds: Callable[[], bool], *, within_s: float = 10.0) -> bool:
    """Return whether `holds` came true in time."""
    clock = SystemClock()
    deadline_s = clock.monotonic_s() + within_s
    while not holds():
        if clock.monotonic_s() > deadline_s:
            return False
        pause(_LOOK_EVERY_S)
    return True
