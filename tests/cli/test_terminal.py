"""The live table on a real terminal that is resized, and given to a shell and back."""

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.real

FILE = """\
server: http://127.0.0.1:{port}
storage: {{root: ./recordings, min_free: 1MB}}
cameras:
  side: {{device: {{id: 0}}, capability: jpeg 640x480 @30fps}}
schedules:
  ever: {{cameras: all, always: true}}
"""
CLEARED = b"\x1b[2J"


class Terminal:
    """A terminal that `thorsched run` has for itself, and everything that was written on it."""

    def __init__(self, directory: Path) -> None:
        self._screen, theirs = pty.openpty()
        self.resize(80, 24)
        self.shown = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "thorsched", "run", "recordings.yaml"],
            cwd=directory,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")},
        )
        os.close(theirs)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
            while piece := os.read(self._screen, 65_536):
                self.shown += piece

    def resize(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, size)

    def shows(self, words: bytes, *, after: bytes = b"") -> bool:
        return eventually(
            lambda: words in self.shown.partition(after)[2] if after else words in self.shown
        )

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "recordings.yaml").write_text(FILE.format(port=free_port()))
    terminal = Terminal(tmp_path)
    yield terminal
    if terminal.process.poll() is None:
        terminal.process.kill()
        terminal.process.wait()


def test_a_resized_terminal_is_drawn_anew_to_its_new_width(terminal: Terminal) -> None:
    assert terminal.shows(b"revision")
    assert b"per second" not in terminal.shown
    terminal.resize(160, 50)
    terminal.send(signal.SIGWINCH)
    assert terminal.shows(b"per second", after=CLEARED)


def test_after_ctrl_z_and_fg_the_table_is_drawn_on_a_clear_screen(terminal: Terminal) -> None:
    assert terminal.shows(b"revision")
    terminal.send(signal.SIGSTOP)
    stopped = psutil.STATUS_STOPPED
    assert eventually(lambda: psutil.Process(terminal.process.pid).status() == stopped)
    assert CLEARED not in terminal.shown
    terminal.send(signal.SIGCONT)
    assert terminal.shows(b"revision", after=CLEARED)
    terminal.send(signal.SIGINT)
    assert terminal.process.wait(PATIENCE_S) == 130
