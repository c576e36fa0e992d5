"""Prints on stderr what recorders print into their logs, for a script that wants to see it.

Made by `keeper.py`, whose thread looks. Nobody waits for stderr: what a paused terminal or a full
pipe does not take is dropped, and counted. A stream may have a recorder print anything: that is
escaped.
"""

import contextlib
import sys
from pathlib import Path

from thorsched.base.host import plain_file_opener
from thorsched.base.lines import PATIENCE_S, LineWriter
from thorsched.base.text import printable

_LONGEST_LINE = 4000


class Echo:
    """What is printed of which log. One thread looks and closes, any may add."""

    def __init__(self) -> None:
        self._done_bytes: dict[Path, int] = {}
        self._lines: LineWriter | None = None

    def add(self, log: Path) -> None:
        """Print what comes to `log` from now on, a line at a time."""
        done_bytes = 0
        with contextlib.suppress(OSError):
            done_bytes = log.stat().st_size
        self._done_bytes.setdefault(log, done_bytes)

    def look(self, *, is_last: bool = False) -> None:
        """Print what has come since the last look; what is no whole line yet if it `is_last`."""
        for log, done_bytes in self._done_bytes.copy().items():
            opener = plain_file_opener
            with contextlib.suppress(OSError), open(log, "rb", opener=opener) as file:
                start_bytes = done_bytes if done_bytes <= file.seek(0, 2) else 0
                file.seek(start_bytes)
                words = file.read()
                if not is_last:
                    words = words[: words.rfind(b"\n") + 1]
                self._done_bytes[log] = start_bytes + len(words)
                self._print(words.decode("utf-8", "replace"))

    def _print(self, words: str) -> None:
        if not words or sys.stderr is None:  # a program without a console has none
            return
        if self._lines is None:
            self._lines = LineWriter(name="echo", loss=_loss)
        for line in words.removesuffix("\n").split("\n"):
            self._lines.write(sys.stderr, printable(line.rstrip("\r"), longest=_LONGEST_LINE))

    def close(self) -> None:
        """Print what is left, and end; waits for a bounded time."""
        self.look(is_last=True)
        if self._lines is not None:
            self._lines.drain(PATIENCE_S)
            self._lines.close()


def _loss(lines: int) -> str:
    return f"{lines} lines of the recorders lost, nobody read them"
