"""A gst-launch-1.0 process: spawned in a session of its own, interrupted once, killed if need be.

Called by `attempt.py`, which may also have one that another scheduler has spawned. Knows nothing of
cameras and servers. Its output goes to a log file, never to a pipe: an unread pipe makes SIGINT
hang, a closed one kills the recorder with its scheduler.
"""

import contextlib
import errno
import logging
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

from thorsched.base import gstreamer, host
from thorsched.recording.basetime import with_base_time

log = logging.getLogger(__name__)

LOG_LIMIT_BYTES = 1_000_000
_LAST_WORDS_BYTES = 64_000
_DISK_FAILURES = frozenset({errno.EROFS, errno.ENOSPC, errno.EIO})


class Process(host.Signalled, Protocol):
    """What is needed of a process: `subprocess.Popen`, or `foreign.ForeignProcess`."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def kill(self) -> None: ...


class RecorderProcess:
    """One running, or exited, gst-launch."""

    def __init__(self, process: Process, *, log: Path, log_start: int = 0) -> None:
        """Watch `process`, whose output is appended to `log`; its own begins at `log_start`."""
        self._process = process
        self._log = log
        self._log_start = log_start
        self._interrupted = False

    @classmethod
    def spawn(
        cls, command: Sequence[str], *, directory: Path, log: Path, inherits: Sequence[int] = ()
    ) -> "RecorderProcess":
        """Spawn `command` in `directory`, appending its output to `log`. Raises `OSError`.

        It has the open files `inherits`, by their descriptors, with their locks.

        Where nothing can be appended to `log`, the output is lost and the process runs all the
        same: the recording is worth more than its words.
        """
        with _opened(log) as output:
            log_start = _capped(output)
            process = subprocess.Popen(
                command,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=with_base_time(gstreamer.launch_environment()),
                **host.own_session_kwargs(),
                **host.inheritance_kwargs(inherits),
            )
        return cls(process, log=log, log_start=log_start)

    @classmethod
    def adopt(cls, process: Process, *, log: Path) -> "RecorderProcess":
        """Watch a process that another scheduler has spawned; what it said until now is past."""
        try:
            log_start = log.stat().st_size
        except OSError:
            log_start = 0
        return cls(process, log=log, log_start=log_start)

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """Return the exit code, None while it runs; negative is the signal that killed it."""
        return self._process.poll()

    def waits_for_disk(self) -> bool:
        """Return whether the disk holds it now; no signal ends that."""
        return host.waits_for_disk(self._process.pid)

    def arrivals(self) -> int | None:
        """Return a number that grows while packets of a stream arrive; None if it is not known."""
        return host.thread_wakeups(self._process.pid, "SRT:TsbPd", like="SRT:")

    def interrupt(self) -> None:
        """Ask it to finalise its file and end; a second call does nothing.

        Two SIGINTs within milliseconds make gst-launch leave the file unfinalised.
        """
        if not self._interrupted and self.exit_code() is None:
            self._interrupted = True
            host.interrupt(self._process)

    def kill(self) -> None:
        """End it now; its last segment stays unfinalised."""
        self._process.kill()

    def cap_log(self) -> None:
        """Cut the log file to nothing when it has outgrown its limit; the process goes on.

        A log that somebody took away is left alone, as is one on a disk that fails.
        """
        with contextlib.suppress(OSError):
            if self._log.stat().st_size > LOG_LIMIT_BYTES:
                with open(self._log, "r+b", opener=host.plain_file_opener) as output:
                    output.seek(0, os.SEEK_END)
                    self._log_start = min(self._log_start, _capped(output))

    def last_words(self) -> str:
        """Return what it printed, the last 64 kB at most; nothing if the log is not to be had."""
        opener = host.plain_file_opener
        with contextlib.suppress(OSError), open(self._log, "rb", opener=opener) as output:
            end = output.seek(0, os.SEEK_END)
            output.seek(max(self._log_start, end - _LAST_WORDS_BYTES))
            return output.read().decode(errors="replace")
        return ""


def beside(log_path: Path) -> Path:
    """Return the log of a recorder that runs while another one uses `log_path`."""
    return log_path.with_stem(f"{log_path.stem}.2")


def words_in(log_path: Path) -> str:
    """Return what recorders have printed into a log; nothing if it is not to be had."""
    opener = host.plain_file_opener
    with contextlib.suppress(OSError), open(log_path, "rb", opener=opener) as output:
        return output.read(LOG_LIMIT_BYTES).decode(errors="replace")
    return ""


def _opened(log_path: Path) -> IO[bytes]:
    """Return the log, open to be appended to, or the null device if it cannot be.

    Raises `OSError` for a disk that nothing can be written to: a recording could not either.
    """
    try:
        log_path.parent.mkdir(parents=True, exist_ok=True)
        return open(log_path, "ab", opener=host.plain_file_opener)
    except OSError as error:
        if error.errno in _DISK_FAILURES:
            raise
        log.warning("a recorder's words are lost", extra={"log": log_path, "why": error})
        return Path(os.devnull).open("ab")


def _capped(output: IO[bytes]) -> int:
    """Empty a log that is over its limit; return the offset at which to go on."""
    if output.tell() > LOG_LIMIT_BYTES:
        output.truncate(0)
        return 0
    return output.tell()
