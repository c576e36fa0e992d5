"""A loop that hangs ends the program, whatever it hangs in: a supervisor can start it anew."""

import subprocess
import sys

import pytest

from thorsched.cli.exits import ExitCode

LIMIT_S = 60.0

PROGRAM = """
import logging, sys, threading
from thorsched.base import logs
from thorsched.base.clock import SystemClock
from thorsched.cli.run.command import end_at_once
from thorsched.engine.heartbeat import Heartbeat

class Stuck(logging.Handler):
    def emit(self, record):
        threading.Event().wait()

logs.set_up(sys.stderr)
if "stuck" in sys.argv:
    logging.getLogger("thorsched").addHandler(Stuck())
    threading.Thread(target=logging.getLogger("thorsched.x").error, args=("held",), daemon=True).start()
clock = SystemClock()
Heartbeat(clock=clock, poke=lambda: None, hung=end_at_once, silence_limit_s=0.5).start()
threading.Event().wait()
"""


@pytest.mark.fault(43)
@pytest.mark.parametrize("log", ["writes", "stuck"])
def test_a_hung_loop_ends_the_program_even_if_it_hangs_in_the_log(log: str) -> None:
    command = [sys.executable, "-c", PROGRAM, log]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert ended.returncode == ExitCode.HUNG
    if log == "writes":  # a log that is stuck says nothing
        assert "no pass was completed" in ended.stderr
