"""`thorsched run FILE`: records until it is told to end, shows what it does, and sums up.

Ctrl-C (SIGINT) ends every window now: the recorders go on for the moment that SRT still buffers,
so that nothing filmed before the Ctrl-C is lost, and finalise. A second one does not wait for that.
SIGTERM does the same and ends with 0, SIGHUP looks at the file. SIGUSR1 ends the program and leaves
its recorders to the next one. SIGCONT and SIGWINCH (after a
Ctrl-Z, of a terminal that is resized) draw the live table anew.

A run that ends by itself (`--for`) ends with 0 unless a camera that was wanted has not one known
frame: then with 2, as after anything else that kept it from its work. Gaps do not change the code,
and neither does what is missing after a SIGTERM: `systemctl stop` is no failure.
"""

import logging
import math
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from tzlocal import get_localzone

from thorsched.app import App
from thorsched.base import logs
from thorsched.base.clock import Clock, SystemClock
from thorsched.cli.beginning import begin
from thorsched.cli.console import Screen, show_within
from thorsched.cli.exits import ExitCode
from thorsched.cli.run.live import LiveView
from thorsched.cli.run.summary import nothing_recorded, summary
from thorsched.cli.signals import OF_A_RUN, Signals, heed_no_hangup
from thorsched.engine.status import Status

log = logging.getLogger(__name__)

_LOOK_S = 1.0
_LOOK_AT_THE_END_S = 0.1
_PATIENCE_S = 2.0  # with a stream that nobody reads


def run_file(
    path: Path, *, run_for: timedelta | None, pictures: bool, verbose: bool, last_good: bool
) -> int:
    """Record what `path` asks for; return the exit code. Raises `ConfigError`, `MachineError`.

    If it is wrong or gone, `last_good` records by its last revision that was right.
    """
    screen = Screen(stderr=True)
    clock = SystemClock()
    logs.set_up(sys.stderr, level=logging.DEBUG if verbose else logging.INFO)
    heed_no_hangup()
    beginning = begin(path, last_good=last_good)
    app = App(beginning, clock=clock, zone=get_localzone(), hung=end_at_once)
    signals = Signals(
        OF_A_RUN
    )  # not before: nothing records as yet, and a dead disk may hold us there
    live = LiveView(screen, pictures=pictures)
    run = _Run(app, live, clock=clock)
    try:
        app.start()
        with live:
            if run_for is not None:
                run.end_within(run_for, why="--for")
            run.until_the_end(signals)
    finally:
        app.hand_over() if run.hands_over else app.close()
        logs.flush(_PATIENCE_S)
    status = app.status()
    exit_code = run.exit_code(status)
    is_shown = run.hands_over or show_within(
        _PATIENCE_S, summary(status, app.left_to_copy(patience_s=_PATIENCE_S))
    )
    if live.is_stuck or not is_shown or not logs.flush(0.0):
        os._exit(exit_code)  # a stuck thread holds a lock that Python wants while it ends
    return exit_code


def end_at_once() -> None:
    """End a program whose loop is dead; the recorders live on in sessions of their own."""
    logs.flush(_PATIENCE_S)
    os._exit(ExitCode.HUNG)


def is_over(*, at_rest: bool, left_s: float, longest_end_s: float, asked: int) -> bool:
    """Return whether a run leaves, `left_s` before its end or, if negative, after it.

    What does not come to rest within `longest_end_s` of the end sits in a call that nobody can end,
    on a dead disk. `asked` counts the signals to end: whoever sends a second one does not wait.
    """
    if left_s > 0:
        return False
    return at_rest or -left_s > longest_end_s or asked > 1


class _Run:
    """The main thread of a run: shows, heeds signals, and knows when to end."""

    def __init__(self, app: App, live: LiveView, *, clock: Clock) -> None:
        self._app = app
        self._live = live
        self._clock = clock
        self._ending_s: float | None = None
        """Monotonic; when all windows are over."""
        self.hands_over = False
        """Whether the recorders are left to the next program."""
        self._asked_to_end = 0
        self._asked_by: signal.Signals | None = None
        self._said = ""

    def exit_code(self, status: Status) -> ExitCode:
        """Return how the run has ended, as of its last status."""
        match self._asked_by:
            case signal.SIGINT:
                return ExitCode.INTERRUPTED
            case None if not self.hands_over and nothing_recorded(status):
                return ExitCode.NOT_READY
            case _:
                return ExitCode.DONE

    def end_within(self, time_left: timedelta, *, why: str) -> None:
        self._app.end_within(time_left, why=why)
        self._ending_s = self._clock.monotonic_s() + time_left.total_seconds()

    def until_the_end(self, signals: Signals) -> None:
        """Return when the end that was asked for has come and every recorder rests."""
        while not self.hands_over and not self._has_ended():
            number = signals.take(within_s=self._patience_s())
            if number is not None:
                self._heed(number)

    def _has_ended(self) -> bool:
        status = self._app.status()
        self._live.show(status)
        if not self._is_ending():
            return False
        if not self._asked_to_end:
            self._say("the time of --for is over, finalising")
        return is_over(
            at_rest=status.at_rest,
            left_s=self._left_s(),
            longest_end_s=self._app.longest_end_s(),
            asked=self._asked_to_end,
        )

    def _left_s(self) -> float:
        """Return the seconds until the end that was asked for; negative after it."""
        if self._ending_s is None:
            return math.inf
        return self._ending_s - self._clock.monotonic_s()

    def _is_ending(self) -> bool:
        return self._left_s() <= 0

    def _patience_s(self) -> float:
        return min(max(self._left_s(), _LOOK_AT_THE_END_S), _LOOK_S)

    def _heed(self, number: signal.Signals) -> None:
        match number.name:
            case "SIGINT" | "SIGTERM" | "SIGBREAK":
                self._end(number)
            case "SIGHUP":
                self._app.reload()
            case "SIGUSR1" if not self._asked_to_end:
                self.hands_over = True
                self._say("handing over: the recorders go on, for the next `thorsched run`")
            case _:
                self._live.redraw()

    def _end(self, number: signal.Signals) -> None:
        self._asked_to_end += 1
        self._asked_by = number
        first = self._asked_to_end == 1
        again = "Ctrl-C again" if number is signal.SIGINT else "a second signal"
        self._say(f"finalising; {again} ends at once" if first else "finalising at once")
        if first:
            why = "Ctrl-C" if number is signal.SIGINT else number.name
            self.end_within(timedelta(0), why=why)

    def _say(self, words: str) -> None:
        """Say on the screen and in the log, once, what happens now."""
        if words != self._said:
            self._said = words
            self._live.say(words)
            log.info(words)
