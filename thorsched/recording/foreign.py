"""Processes that another program has started: found by command line, watched, signalled.

Called by `adoption.py` and `guard.py` for recorders, by `cli/asking.py` for a scheduler. An id
alone says nothing: it may be another process's by now. So a process is held first (on Linux by a
descriptor, which never means another one), and then asked who it is.
"""

import contextlib
import errno
import os
import select
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import psutil

from thorsched.base import host
from thorsched.recording.diagnosis import EXIT_UNKNOWN


class ForeignProcess:
    """A process that is not our child, in the manner of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        """Hold the process that has the id now. Raises `ProcessLookupError`."""
        self.pid = pid
        if sys.platform == "linux":
            self._descriptor = os.pidfd_open(pid)
        else:
            try:
                self._process = psutil.Process(pid)
            except psutil.Error as error:
                raise ProcessLookupError(errno.ESRCH, str(error)) from error

    def poll(self) -> int | None:
        """Return None while it runs, then `EXIT_UNKNOWN`."""
        if sys.platform == "linux":
            is_gone = bool(select.select([self._descriptor], [], [], 0.0)[0])
        else:
            is_gone = not self._process.is_running()
        return EXIT_UNKNOWN if is_gone else None

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing happens if it is gone. Raises `PermissionError`."""
        if sys.platform == "linux":
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)
        else:
            try:
                self._process.send_signal(number)
            except psutil.NoSuchProcess:
                pass
            except psutil.AccessDenied as error:
                raise PermissionError(errno.EPERM, str(error)) from error

    def kill(self) -> None:
        if sys.platform == "linux":
            self.send_signal(signal.SIGKILL)
        else:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._process.kill()

    def close(self) -> None:
        """Let go of it; it runs on."""
        if sys.platform == "linux":
            os.close(self._descriptor)


def find(command: Sequence[str], *, holding: Path) -> ForeignProcess | None:
    """Return the process with exactly this command line that has the file open; None if none does.

    The words alone would let whoever may write where they are from have any process signalled. They
    must do where it cannot be known who has a file open: only Linux tells.
    """
    with contextlib.suppress(OSError), host.open_regular(holding, "r") as file:
        for pid in psutil.pids():
            if _runs(pid, command) and (process := _held(pid, command, file)) is not None:
                return process
    return None


def _held(pid: int, command: Sequence[str], file: IO[str]) -> ForeignProcess | None:
    """Hold the process, then look again whether it is the one that was meant."""
    try:
        process = ForeignProcess(pid)
    except ProcessLookupError:
        return None
    if _runs(pid, command) and _has_open(pid, file) and process.poll() is None:
        return process
    process.close()
    return None


def _runs(pid: int, command: Sequence[str]) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        return psutil.Process(pid).cmdline() == list(command)
    return False


def _has_open(pid: int, file: IO[str]) -> bool:
    known = host.has_open(pid, file)
    return sys.platform != "linux" if known is None else known
