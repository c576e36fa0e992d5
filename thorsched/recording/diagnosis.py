"""From an exit code and gst-launch's last words to a trouble that a person understands. Pure.

Called by `attempt.py` once its recorder is gone. Never looks at a disk or a server: what it is told
of the room on the disk is all that it knows.
"""

import re
import signal
from pathlib import Path

from thorsched.base.text import printable
from thorsched.base.units import format_size
from thorsched.recording.trouble import Cause, Trouble

# The first line of the debug information is a place in GStreamer's source; the second has the
# words, unless something else that gst-launch tells stands there. It may begin in the middle of a
# line: gst-launch writes messages and errors in two threads.
_ERROR = re.compile(
    r"ERROR: from element /(?:\S*/)?Gst(?P<element>\w+):\S+: (?P<words>[^\n]+)"
    r"(?:\nAdditional debug info:\n[^\n]*"
    r"(?:\n(?!ERROR|WARNING|Got |Execution|Setting|Freeing|Redistribute|handling|Interrupt|\d+:\d\d:)"
    r"(?P<debug>[^\n]+))?)?",
    re.MULTILINE,
)
_ERRONEOUS = re.compile(r"erroneous pipeline: (?P<words>[^\n]+)")
_DISK_FULL = "No space left"
_QUOTA = "Disk quota exceeded"
# srtclientsrc reads two clocks to date a message, of which one counts whole microseconds: what came
# in one burst, or was taken late on a busy machine, may be dated before what came before it.
_TIMESTAMPS = "Timestamping error"
_OUT_OF_ORDER = (
    "GStreamer dated a frame before the one that came before it, and ended the recording: the server "
    "sent them in one burst, or this machine was too busy to take them in time; it is begun anew"
)
_MAKE_ROOM = "remove what is not needed, or name another storage.root; it is tried again"
EXIT_UNKNOWN = 256
"""The exit code of a process that was adopted: the system tells it to the parent alone."""
# The log lies on the same disk: on one that is full, a recorder dies without a word.
_ROOM_FOR_WORDS_BYTES = 1_000_000
# With as much left, a disk that takes nothing has run out of something else than bytes.
_PLENTY_BYTES = 1_000_000_000

# What gst-launch 1.22 and 1.26 say of SRT, and what has happened then.
_STREAMS = (
    (
        ("authenticate", "reject"),
        Cause.SERVER_REFUSED,
        (
            "the stream lets nobody in without a password: another program may have begun it, or "
            "streams on the same port; end that program, or give the server other `ports`"
        ),
    ),
    (
        # The same, from 1.26 on, where it notices the end of the call before the reason.
        ("Socket is broken",),
        Cause.SERVER_REFUSED,
        (
            "the stream lets nobody in: another program may have begun it with a password, or "
            "have called it at the same moment; it is called again"
        ),
    ),
    (
        # GStreamer's listener lets one caller wait at a time.
        ("backlog",),
        Cause.SERVER_REFUSED,
        "another program called the same stream at the same moment; it is called again",
    ),
    (
        ("Connection timeout",),
        Cause.SERVER_UNREACHABLE,
        (
            "the server answers, but its video does not: nothing came from the stream's UDP port for "
            "3 s; is a firewall in between, which lets no UDP through?"
        ),
    ),
    (
        ("Unknown or erroneous",),
        Cause.STREAM_ENDED,
        (
            "the server ended the stream, or the connection broke; was the camera unplugged, the server "
            "restarted, or does another program (the GUI?) use this camera now?"
        ),
    ),
)


def diagnose(exit_code: int, log: str, *, free_bytes: int, root: Path) -> Trouble:
    """Return why a recorder ended that nobody had told to.

    `exit_code` is `Popen.returncode` (negative: the signal that killed it); `log` is what the
    recorder printed, its end at least; `free_bytes` is what is left on its disk, that of `root`.
    Its first error counts: the others follow from it.
    """
    erroneous = _ERRONEOUS.search(log)
    if erroneous:
        what = f"GStreamer does not take the recorder's pipeline: {printable(erroneous['words'])}"
        return Trouble(Cause.MACHINE, f"{what}; `thorsched check` says what to install")
    error = _ERROR.search(log)
    if error is None and exit_code > 0 and free_bytes < _ROOM_FOR_WORDS_BYTES:
        gone = f"the disk is full, or gone ({_left(free_bytes, root)})"
        return Trouble(Cause.STORAGE, f"{gone}: {_MAKE_ROOM}")
    if error is None:
        return Trouble(Cause.RECORDER_EXITED, f"{_how(exit_code)}, without a word")
    words = printable(f"{error['words']} {error['debug'] or ''}".strip())
    if _TIMESTAMPS in words:
        return Trouble(Cause.TIMESTAMPS, f"{_OUT_OF_ORDER} ({error['debug'] or words})")
    if error["element"] in ("FileSink", "SplitMuxSink"):
        return Trouble(Cause.STORAGE, _storage(words, free_bytes, root))
    if error["element"].startswith("SRT"):
        return _stream(words, log[error.start() :])
    return Trouble(Cause.RECORDER_EXITED, words)


def _storage(words: str, free_bytes: int, root: Path) -> str:
    if _QUOTA in words:
        return f"your disk quota is used up on {root}: {_MAKE_ROOM}"
    return words if _DISK_FULL not in words else disk_full(free_bytes, root)


def disk_full(free_bytes: int, root: Path) -> str:
    """Return what to say of a disk that takes nothing more, with so much free on it."""
    left = _left(free_bytes, root)
    if free_bytes >= _PLENTY_BYTES:
        left += ": it may hold as many files as it can"
    return f"the disk is full ({left}): {_MAKE_ROOM}"


def _left(free_bytes: int, root: Path) -> str:
    return f"{format_size(free_bytes)} free on {root}"


def _stream(words: str, rest: str) -> Trouble:
    """Return what the words mean, or `rest`: the lines of two threads may stand in each other."""
    for said in (words, rest):
        for marks, cause, sentence in _STREAMS:
            if any(mark in said for mark in marks):
                return Trouble(cause, sentence)
    return Trouble(Cause.STREAM_ENDED, words)


def _how(exit_code: int) -> str:
    if exit_code == EXIT_UNKNOWN:
        return "exit code not known (an earlier run began it)"
    if exit_code >= 0:
        return f"exit code {exit_code}"
    names = {number.value: number.name for number in signal.Signals}
    return f"killed by {names.get(-exit_code, f'signal {-exit_code}')}"
