"""Signals as values."""

import signal
import subprocess
import sys

import pytest

SCRIPT = """\
import os, sys
from thorsched.cli.signals import OF_A_RUN, Signals
signals = Signals(OF_A_RUN)
os.kill(os.getpid(), int(sys.argv[1]))
print(signals.take(within_s=10.0).name, signals.take(within_s=0.0))
"""


STARTING = """\
import os, signal, subprocess, sys
from thorsched.cli.signals import heed_no_hangup
heed_no_hangup()
os.kill(os.getpid(), signal.SIGHUP)
child = [sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGHUP).name)"]
print(subprocess.run(child, capture_output=True, text=True).stdout)
"""


def test_a_hangup_ends_no_program_that_starts_and_whom_it_starts_as_ever() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTING], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "SIG_DFL"


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (signal.SIGINT, "SIGINT"),
        (signal.SIGTERM, "SIGTERM"),
        (signal.SIGHUP, "SIGHUP"),
        (signal.SIGCONT, "SIGCONT"),
        (signal.SIGWINCH, "SIGWINCH"),
        (signal.SIGUSR1, "SIGUSR1"),
    ],
)
def test_a_signal_is_noted_once(sent: signal.Signals, taken: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(int(sent))], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{taken} None\n"
