"""How a program that is told to end gets to tidy up first.

Called by `client/`, in programs that are not ours: what they handle themselves is theirs.
"""

import signal
import sys
import threading
from types import FrameType

from thorsched.base import host

_BY_SIGNAL = 128


def heed_termination() -> None:
    """Let signals that would end the program at once raise `SystemExit` in its main thread.

    So `with` blocks are left and `atexit` is heard; the exit code is a shell's, 128 and the
    signal's number. A signal that the program handles or ignores is left alone, now and later; from
    another thread than the main one nothing can be done, and nothing is.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in host.termination_signals():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(_BY_SIGNAL + number)
