"""Writes lines to a stream that may be stuck, closed or full, without keeping anybody waiting.

Used by `base/logs.py` for log lines, and by `recording/echo.py` for what recorders print.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import TextIO

_MOST_WAITING = 1000
PATIENCE_S = 2.0


class LineWriter:
    """Takes lines without ever waiting; a thread of its own writes them.

    A reader that stops reading (a paused terminal, a full pipe) stops that thread and nobody else:
    what does not fit in the queue is dropped and counted, which is told when lines flow again.
    A line that its stream refuses is lost: a closed terminal, a full disk. What a stream cannot
    encode is written as escapes.
    """

    def __init__(self, *, name: str, loss: Callable[[int], str]) -> None:
        """Start the thread, of that `name`; `loss` words how many lines were dropped."""
        self._loss = loss
        self._changed = threading.Condition()
        self._waiting: list[tuple[TextIO, str]] = []
        self._dropped = 0
        self._is_writing = False
        self._is_held = False
        self._is_closed = False
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def write(self, stream: TextIO, line: str) -> None:
        """Have `line` and a line end written to `stream`, after all lines so far."""
        with self._changed:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting.append((stream, line))
                self._changed.notify_all()
            else:
                self._dropped += 1

    def hold(self, timeout_s: float) -> None:
        """Write nothing until `resume`; return when nothing is being written, or in `timeout_s`."""
        with self._changed:
            self._is_held = True
            self._changed.wait_for(lambda: not self._is_writing, timeout_s)

    def resume(self) -> None:
        with self._changed:
            self._is_held = False
            self._changed.notify_all()

    def drain(self, timeout_s: float) -> bool:
        """Wait until every line is written, no longer than `timeout_s`; return whether it is."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._waiting and not self._is_writing, timeout_s
            )

    def close(self) -> None:
        """End the thread once it has written what waits; does not wait for that."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while lines := self._taken():
            for stream, line in lines:
                _write(stream, line)
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()

    def _taken(self) -> list[tuple[TextIO, str]]:
        """Return all that waits, once something does; nothing when closed."""
        with self._changed:
            self._changed.wait_for(lambda: (self._waiting and not self._is_held) or self._is_closed)
            lines, self._waiting = self._waiting, []
            if self._dropped:  # the queue was full, hence is not empty
                lines.append((lines[-1][0], self._loss(self._dropped)))
            self._dropped = 0
            self._is_writing = bool(lines)
        return lines


def _write(stream: TextIO, line: str) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with contextlib.suppress(OSError, ValueError):
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
