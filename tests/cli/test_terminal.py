"""The live table on a real terminal: resized, given to a shell and back, paused for good."""

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.frames import numbers, segments
from tests.support.ports import free_port
from tests.support.program import recorders
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
CTRL_S = b"\x13"


class Terminal:
    """A terminal that a command has for itself, and everything that was written on it."""

    def __init__(self, directory: Path, *arguments: str, columns: int = 80) -> None:
        self._screen, theirs = pty.openpty()
        self.resize(columns, 24)
        self.shown = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "thorsched", *(arguments or ("run", "recordings.yaml"))],
            cwd=directory,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")},
        )
        self._beside = os.open(os.ttyname(theirs), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        os.close(theirs)
        self._is_read = threading.Event()
        self._is_read.set()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
            while self._is_read.wait() and (piece := os.read(self._screen, 65_536)):
                self.shown += piece

    def type(self, keys: bytes) -> None:
        os.write(self._screen, keys)

    def stop_reading(self) -> None:
        """Let it fill up."""
        self._is_read.clear()
        eventually(self.is_stuck)

    def is_stuck(self) -> bool:
        """Return whether it takes nothing, not even a byte from another program."""
        try:
            os.write(self._beside, b"." * 4096)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        """Kill what still runs on it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._beside)

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
    terminal.close()


@pytest.fixture
def filming(directory: Path) -> Iterator[Terminal]:
    """A terminal on whose table a camera records."""
    terminal = Terminal(directory)
    try:
        assert terminal.shows(b"recorder recording"), terminal.shown
        yield terminal
    finally:
        terminal.close()


def press_ctrl_s(terminal: Terminal) -> None:
    terminal.type(CTRL_S)


def read_no_more(terminal: Terminal) -> None:
    terminal.stop_reading()


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


@pytest.mark.parametrize(
    ("pause", "number", "exit_code"),
    [(press_ctrl_s, signal.SIGINT, 130), (read_no_more, signal.SIGTERM, 0)],
)
def test_on_a_terminal_that_is_paused_every_file_is_finalised_and_the_program_ends(
    filming: Terminal,
    directory: Path,
    pause: Callable[[Terminal], None],
    number: signal.Signals,
    exit_code: int,
) -> None:
    pause(filming)
    assert eventually(filming.is_stuck), "the terminal still takes what is written"
    filming.send(number)
    assert filming.process.wait(PATIENCE_S) == exit_code
    assert filming.is_stuck(), "somebody has read on"
    assert recorders(directory) == []
    files = segments(directory / "recordings", "side")
    assert numbers(*files)
    for file in files:
        assert json.loads(file.with_suffix(".json").read_text())["finalised"], file


@pytest.mark.parametrize(("columns", "widest"), [(160, 100), (60, 60)])
def test_check_wraps_what_it_finds_beside_its_marks(
    directory: Path, columns: int, widest: int
) -> None:
    text = (directory / "recordings.yaml").read_text()
    (directory / "recordings.yaml").write_text(
        text.replace("./recordings", f"./{'long-' * 15}root")
    )
    terminal = Terminal(directory, "check", "recordings.yaml", columns=columns)
    try:
        assert terminal.process.wait(PATIENCE_S) == 0
        assert terminal.shows(b"ready to record")
    finally:
        terminal.close()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.shown.decode())
    lines = [line.rstrip() for line in shown.splitlines()]
    first = next(at for at, line in enumerate(lines) if line.startswith("ok   storage.root:"))
    assert lines[first + 1].startswith("     "), "what is wrapped stands beside its mark"
    assert max(map(len, lines)) <= widest
    assert f"{'long-' * 15}root" in "".join(line.strip() for line in lines)
