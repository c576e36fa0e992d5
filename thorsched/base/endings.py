"""How a program that is told to end gets to tidy up first.

Called by `client/`, in programs that are not ours: what they handle themselves is theirs.
"""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from thorsched.base import host

_BY_SIGNAL = 128


def heed_termination() -> None:
    """Let signals that would end the program at once raise `SystemExit` in its main thread.

    So `with` blocks are left and `atexit` is heard; the exit code is a shell's, 128 and the
    signal's number. A signal that the program handles or ignores is left alone, now and later; from
    another thread than the main one nothing can be done, and nothing is.
    """
    if not _is_main_thread():
        return
    for number in host.termination_signals():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


@contextlib.contextmanager
def undisturbed(*, is_ending: bool) -> Iterator[None]:
    """Put off Ctrl-C and what `heed_termination` heeds: an end that is cut short loses frames.

    What came meanwhile is heard afterwards; not at all if the program `is_ending` anyway, as a
    second Ctrl-C says no more than the first. Only the main thread hears of signals at all.
    """
    if not _is_main_thread():
        yield
        return
    came: list[int] = []
    handlers = {
        number: handler
        for number in (*host.termination_signals(), signal.SIGINT)
        if (handler := signal.getsignal(number)) in (_exit, signal.default_int_handler)
    }
    try:
        for number in handlers:
            signal.signal(number, lambda number, _: came.append(number))
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came and not is_ending:
        signal.raise_signal(came[0])


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _exit(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(_BY_SIGNAL + number)
