"""Runs an operator's command: without a shell, in a session of its own, within a time limit.

Called by `catalogue/keeping/transfer.py` and `engine/hooks.py` in threads of theirs. Whatever the
command does, this comes to an end: what it starts is killed with it, and what it prints is cut.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from thorsched.base.host import own_session_kwargs
from thorsched.base.host.platforms import WINDOWS
from thorsched.base.text import printable

MOST_OUTPUT_BYTES = 64 * 1024
_FIRST_LOOK_S = 0.01
_LOOK_S = 0.2
_LAST_WORDS_S = 2.0
_PIECE_BYTES = 4096
_LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has become of a command: `why` it failed, '' if it did not."""

    why: str
    out: bytes = b""
    err: bytes = b""

    @property
    def said(self) -> bytes:
        """All that it printed."""
        return self.out + self.err

    @property
    def last_words(self) -> str:
        """The last line of that, fit to be shown; '' if there is none."""
        lines = self.said.decode(errors="replace").strip().splitlines()
        return printable(lines[-1], longest=_LONGEST_WORDS) if lines else ""


def run(
    words: Sequence[str],
    *,
    limit_s: float,
    given: bytes = b"",
    is_called_off: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Run a command with `given` on its stdin; it is killed after `limit_s`, or if called off."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(given)
        stdin.seek(0)
        try:
            process = subprocess.Popen(
                list(words),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                **own_session_kwargs(),
            )
        except (OSError, ValueError) as error:
            return Outcome(f"it cannot be started: {error}")
    assert process.stdout is not None  # noqa: S101 - for mypy
    assert process.stderr is not None  # noqa: S101 - for mypy
    try:
        heard = [_Listener(process.stdout), _Listener(process.stderr)]
    except RuntimeError as error:  # no more threads
        _end(process)
        for pipe in (process.stdout, process.stderr):
            pipe.close()
        return Outcome(f"no thread to hear it: {error}")
    why = _wait(process, limit_s, is_called_off)
    exit_code = _end(process)
    if not why and exit_code:
        why = f"exit code {exit_code}"
    out, err = (listener.words() for listener in heard)
    return Outcome(why, out, err)


def _wait(
    process: "subprocess.Popen[bytes]", limit_s: float, is_called_off: Callable[[], bool]
) -> str:
    """Wait for its end; return why that was given up, '' if it came."""
    never, left_s, pause_s = threading.Event(), limit_s, _FIRST_LOOK_S
    while not _has_ended(process):
        if left_s <= 0:
            return f"it took longer than {limit_s:g} s"
        if is_called_off():
            return "it was called off"
        never.wait(pause_s)
        left_s -= pause_s
        pause_s = min(2 * pause_s, _LOOK_S)
    return ""


def _has_ended(process: "subprocess.Popen[bytes]", platform: str = sys.platform) -> bool:
    """Return whether it has ended. Its number stays its own: nobody else is to be killed for it."""
    if platform == WINDOWS:
        return process.poll() is not None
    how = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, how) is not None


def _end(process: "subprocess.Popen[bytes]", platform: str = sys.platform) -> int | None:
    """End what is left of it, and of what it has started; return its exit code, if it has one."""
    if platform == WINDOWS:
        process.kill()
    else:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(_LAST_WORDS_S)
    return None  # one in a dead disk's call cannot be waited for


class _Listener:
    """Reads all that a pipe brings, and keeps the beginning."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._is_over = threading.Event()
        self._heard = bytearray()
        self._thread = threading.Thread(target=self._read, name="command output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._pipe:
            while self._may_read() and (piece := os.read(self._pipe.fileno(), _PIECE_BYTES)):
                self._heard += piece[: MOST_OUTPUT_BYTES - len(self._heard)]

    def _may_read(self, platform: str = sys.platform) -> bool:
        """Wait until there is something to read; return False when nobody listens any more."""
        if platform == WINDOWS:  # which cannot wait for a pipe: there the thread stays
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_READ)
            while not self._is_over.is_set():
                if selector.select(_LOOK_S):
                    return True
        return False

    def words(self) -> bytes:
        """Return what was heard; a grandchild that keeps the pipe is not waited for."""
        self._thread.join(_LAST_WORDS_S)
        self._is_over.set()
        return bytes(self._heard)
