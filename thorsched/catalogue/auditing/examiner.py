"""The auditor's process, as whoever audits sees it: a file is handed over, its findings come back.

Made by `app.py`, called by `audit.py` in its thread. Reading, decoding and what a hostile file may
do to either happen in that other process (`auditor.py`); when it crashes or hangs, that costs the
file in work its audit, and the next one has another process.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, cast

from thorsched.base import host
from thorsched.video.findings import Examination

HUNG_AFTER_S = 120.0
"""It tells every second how far it has come, unless the disk does not answer.

On a machine that is all too busy it gets next to nothing, and may take long to start.
"""
_PROGRESS = '{"read":'


class Unexamined(Exception):
    """A file could not be examined, and why: another time may be better."""


class Examiner:
    """One process, started when it is first needed. `examine` in one thread, `close` in any."""

    def __init__(self, *, hung_after_s: float = HUNG_AFTER_S) -> None:
        self._hung_after_s = hung_after_s
        self._lock = threading.Lock()
        self._is_closed = False
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that runs; None if none does."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def examine(self, path: Path) -> Examination:
        """Return what is in a file; it may take minutes. Raises `Unexamined`."""
        try:
            process = self._running()
            asks = cast("IO[str]", process.stdin)
            asks.write(json.dumps(str(path)) + "\n")
            asks.flush()
        except (OSError, ValueError) as error:  # no processes left, or this one has just ended
            raise self._given_up(f"no process for it ({error})") from None
        lines = queue.SimpleQueue[str]()
        listener = threading.Thread(target=_listen, args=(process, lines), daemon=True)
        try:
            listener.start()
        except RuntimeError as error:  # no more threads
            raise self._given_up(f"no thread for it ({error})") from None
        while True:
            try:
                line = lines.get(timeout=self._hung_after_s)
            except queue.Empty:
                why = f"not a byte was read for {self._hung_after_s:.0f} s"
                raise self._given_up(f"{why}: does the disk not answer?") from None
            if not line:
                raise self._given_up(f"its process ended{_how(process)}")
            if (found := self._found(line)) is not None:
                return found

    def _found(self, line: str) -> Examination | None:
        """Return what was found; None while it is being read. Raises `Unexamined`."""
        try:
            answer = json.loads(line)
            if "why" in answer:
                raise Unexamined(answer["why"])
            return Examination(**answer["found"]) if "found" in answer else None
        except (ValueError, TypeError):
            raise self._given_up("what its process says makes no sense") from None

    def _given_up(self, why: str) -> Unexamined:
        self._kill()
        return Unexamined(why)

    def _running(self) -> "subprocess.Popen[str]":
        """Return the process, started anew if there is none. Raises `OSError`."""
        with self._lock:
            if self._is_closed:
                raise OSError("it is over")
            if self._process is None:
                self._process = start()
            return self._process

    def close(self) -> None:
        """End the process, whatever it is at; nothing is examined after that."""
        with self._lock:
            self._is_closed = True
        self._kill()

    def _kill(self) -> None:
        """End the process; one that waits for a disk ends when that answers, and nobody waits."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError, RuntimeError):  # it is gone, or no more threads
                cast("IO[str]", process.stdin).close()
                threading.Thread(target=_bury, args=(process,), daemon=True).start()


def start() -> "subprocess.Popen[str]":
    """Start the process, which ends with this program at the latest. Raises `OSError`."""
    package = str(Path(__file__).parents[3])  # the same code, wherever the program was started
    return subprocess.Popen(
        [sys.executable, "-m", "thorsched.catalogue.auditing.auditor"],
        cwd=package,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
        **host.own_session_kwargs(),
    )


def _listen(process: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str]") -> None:
    """Hand on what the process says of one file; an empty line in the end, if it is gone."""
    with contextlib.suppress(OSError, ValueError):
        for line in cast("IO[str]", process.stdout):
            lines.put(line)
            if not line.startswith(_PROGRESS):
                return
    process.wait()
    lines.put("")


def _bury(process: "subprocess.Popen[str]") -> None:
    process.wait()
    with contextlib.suppress(OSError):
        cast("IO[str]", process.stdout).close()


def _how(process: "subprocess.Popen[str]") -> str:
    code = process.poll()
    return "" if code is None else f" with {code}"
