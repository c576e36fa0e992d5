"""The live table: drawn on a healthy terminal, and in nobody's way on a stuck one."""

import io
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from thorsched.base import logs
from thorsched.base.clock import SystemClock
from thorsched.cli.console import Screen
from thorsched.cli.live import LiveView
from thorsched.engine.status import CameraStatus, Status
from thorsched.engine.tally import Tally
from thorsched.recording.lifecycle import Phase
from thorsched.recording.trouble import Cause, Trouble

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON_S = 5.0
log = logging.getLogger("thorsched.tests")


class Terminal(io.StringIO):
    """Keeps what it is sent and tells when; takes nothing while it is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.is_entered = threading.Event()
        self.is_open = threading.Event()
        self._written = threading.Condition()

    def write(self, text: str) -> int:
        self.is_entered.set()
        self.is_open.wait()
        with self._written:
            self._written.notify_all()
            return super().write(text)

    def shows(self, words: str) -> bool:
        with self._written:
            return self._written.wait_for(lambda: words in self.getvalue(), SOON_S)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    root = logging.getLogger("thorsched")
    before = (root.handlers[:], root.level, root.propagate)
    terminal = Terminal()
    yield terminal
    terminal.is_open.set()
    for handler in root.handlers:
        if handler not in before[0]:
            handler.close()
    root.handlers[:], root.level, root.propagate = before


def status(second: int, *, wrong: str | None = None, trouble: str = "") -> Status:
    camera = CameraStatus(
        name="side",
        phase=Phase.IDLE,
        chosen=None,
        window=None,
        trouble=Trouble(next(iter(Cause)), trouble),
        attempt_bytes=0,
        open_segment=None,
        tally=Tally(),
    )
    at = NOON + timedelta(seconds=second)
    return Status(at, "0123456789", Path("recordings"), wrong, None, (camera,))


def view(terminal: Terminal) -> LiveView:
    screen = Screen(file=terminal, force_terminal=True, width=200, legacy_windows=False)
    return LiveView(screen, pictures=False)


def test_a_status_is_drawn_and_log_lines_pass_above_it(terminal: Terminal) -> None:
    terminal.is_open.set()
    logs.set_up(sys.stderr)
    with view(terminal) as live:
        live.show(status(0))
        assert terminal.shows("revision 01234567")
        log.info("recorder exited")
        assert logs.flush(SOON_S)
        live.say("finalising")
        live.show(status(1))
        assert terminal.shows("finalising")
    assert not live.is_stuck
    shown = terminal.getvalue()
    line, table = shown.index("recorder exited"), shown.rindex("revision 01234567")
    assert shown.index("revision 01234567") < line < table
    assert shown.endswith("\x1b[2K"), "the table is taken away"


def test_text_from_outside_is_shown_as_it_is_and_moves_no_cursor(terminal: Terminal) -> None:
    terminal.is_open.set()
    with view(terminal) as live:
        live.show(status(0, wrong="line 1: [/x]\nline 2: \x1b[2J", trouble="[red]no[/y] \x1b[9A"))
        assert terminal.shows("line 1: [/x]")
        assert terminal.shows("line 2: \\x1b[2J")
        assert terminal.shows("[red]no[/y] \\x1b[9A")


def test_a_paused_terminal_stops_neither_who_shows_nor_the_end(terminal: Terminal) -> None:
    streams, clock = (sys.stdout, sys.stderr), SystemClock()
    logs.set_up(sys.stderr)
    began_s = clock.monotonic_s()
    with view(terminal) as live:
        assert terminal.is_entered.wait(SOON_S)
        for second in range(1000):
            live.show(status(second))
            log.info("second %d", second)
    assert clock.monotonic_s() - began_s < SOON_S
    assert live.is_stuck
    assert (sys.stdout, sys.stderr) == streams


def test_a_terminal_that_comes_back_shows_the_latest_status(terminal: Terminal) -> None:
    with view(terminal) as live:
        assert terminal.is_entered.wait(SOON_S)
        for second in range(10):
            live.show(status(second, wrong=f"mistake {second}."))
        terminal.is_open.set()
        assert terminal.shows("mistake 9.")
    assert "mistake 5." not in terminal.getvalue()
