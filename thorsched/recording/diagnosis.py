"""From an exit code and gst-launch's last words to a trouble that a person understands. Pure."""

import re
import signal

from thorsched.base.text import printable
from thorsched.recording.trouble import Cause, Trouble

# The first line of the debug information is a place in GStreamer's source; the second has the words.
_ERROR = re.compile(
    r"^ERROR: from element /(?:\S*/)?Gst(?P<element>\w+):\S+: (?P<words>[^\n]+)"
    r"(?:\nAdditional debug info:\n[^\n]*(?:\n(?!ERROR|Execution|Setting)(?P<debug>[^\n]+))?)?",
    re.MULTILINE,
)
_ERRONEOUS = re.compile(r"erroneous pipeline: (?P<words>[^\n]+)")
_DISK_FULL = ("No space left", "Disk quota exceeded")
_NOT_LET_IN = ("authenticate", "reject")
# The log lies on the same disk: on one that is full, a recorder dies without a word.
_ROOM_FOR_WORDS_BYTES = 1_000_000


def diagnose(exit_code: int, log: str, *, free_bytes: int) -> Trouble:
    """Return why a recorder ended that nobody had told to.

    `exit_code` is `Popen.returncode` (negative: the signal that killed it); `log` is what the
    recorder printed, its end at least; `free_bytes` is what is left on its disk. Its first error
    counts: the others follow from it.
    """
    erroneous = _ERRONEOUS.search(log)
    if erroneous:
        what = f"GStreamer does not take the recorder's pipeline: {printable(erroneous['words'])}"
        return Trouble(Cause.MACHINE, f"{what}; `thorsched check` says what to install")
    error = _ERROR.search(log)
    if error is None and exit_code > 0 and free_bytes < _ROOM_FOR_WORDS_BYTES:
        return Trouble(Cause.STORAGE, f"the disk is full, or gone ({_how(exit_code)})")
    if error is None:
        return Trouble(Cause.RECORDER_EXITED, f"{_how(exit_code)}, without a word")
    words = printable(f"{error['words']} {error['debug'] or ''}".strip())
    if any(mark in words for mark in _DISK_FULL):
        return Trouble(Cause.STORAGE, f"the disk is full ({words})")
    if error["element"] in ("FileSink", "SplitMuxSink"):
        return Trouble(Cause.STORAGE, words)
    if not error["element"].startswith("SRT"):
        return Trouble(Cause.RECORDER_EXITED, words)
    if any(mark in words for mark in _NOT_LET_IN):
        return Trouble(Cause.SERVER_REFUSED, f"the stream does not let us in: {words}")
    return Trouble(Cause.SERVER_UNREACHABLE, f"the stream ended: {words}")


def _how(exit_code: int) -> str:
    if exit_code >= 0:
        return f"exit code {exit_code}"
    names = {number.value: number.name for number in signal.Signals}
    return f"killed by {names.get(-exit_code, f'signal {-exit_code}')}"
