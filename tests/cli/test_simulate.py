"""`thorsched simulate` where its port is taken, and with a command: how both end."""

import http.server
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import program, thorsched
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

LIMIT_S = 30.0
RUN = ("--", "thorsched", "run", "demo.yaml")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=3) as simulator:
        yield simulator


def test_who_has_the_port_is_named(simulator: Simulator, tmp_path: Path) -> None:
    refused = thorsched("simulate", "--port", str(simulator.port), cwd=tmp_path)
    assert refused.returncode == 2
    first, second, *_ = refused.stderr.splitlines()
    assert first == (
        f"cannot serve at {simulator.url}: the port is in use; "
        "stop what is there or choose another port"
    )
    assert second.startswith(f"port {simulator.port} is held by process {os.getpid()}: ")
    assert "Traceback" not in refused.stderr


def test_an_address_of_another_machine_is_not_blamed_on_who_has_the_port(
    simulator: Simulator, tmp_path: Path
) -> None:
    port = str(simulator.port)
    refused = thorsched("simulate", "--host", "192.0.2.1", "--port", port, *RUN, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == (
        f"cannot serve at http://192.0.2.1:{port}: that is no address of this machine; "
        "leave --host out, or write 0.0.0.0 for all that it has\n"
    )


def test_a_thorvision_server_that_is_there_already_can_be_used(
    simulator: Simulator, tmp_path: Path
) -> None:
    refused = thorsched("simulate", "--port", str(simulator.port), *RUN, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1] == (
        "a ThorVision server with 3 cameras already answers there; "
        "run the command directly: thorsched run demo.yaml"
    )


def test_another_port_must_stand_in_the_commands_file_too(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        other.timeout = 0.0
        port = other.server_port
        refused = thorsched("simulate", "--port", str(port), *RUN, cwd=tmp_path)
    assert refused.returncode == 2
    assert "change the port in the file that the command reads, too" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_command_that_a_signal_ends_ends_it_as_it_would_a_shell(tmp_path: Path) -> None:
    killed = thorsched("simulate", "--port", "0", "--", "sh", "-c", "kill -TERM $$", cwd=tmp_path)
    assert killed.returncode == 128 + signal.SIGTERM


COMMAND = """\
import signal
signals = (signal.SIGHUP, signal.SIGTERM)
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
print("up", flush=True)
print("told", signal.sigwait(signals).name, flush=True)
raise SystemExit(7)
"""


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_command_is_told_of_the_end_and_waited_for(
    tmp_path: Path, number: signal.Signals
) -> None:
    words = ("simulate", "--port", "0", "--", sys.executable, "-c", COMMAND)
    with program(*words, cwd=tmp_path, is_fresh=True) as running:
        running.until(lambda: running.says("up"), what="the command is up")
        running.process.send_signal(number)
        assert running.ends() == 7
        assert running.out.read_text() == f"up\ntold {number.name}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_without_a_command_each_way_of_ending_it_ends_with_0(
    tmp_path: Path, number: signal.Signals
) -> None:
    with program("simulate", "--port", "0", cwd=tmp_path) as running:
        running.until(lambda: running.says("Ctrl-C ends it"), what="the simulator is up")
        running.process.send_signal(number)
        assert running.ends() == 0


# Another thread hears the signal, so that it wakes nobody: what else happens only to one that
# comes in the moment before the main thread goes to sleep.
UNHEARD = """
import signal, sys, threading, time
from pathlib import Path
from thorsched.cli.main import main
def hear():
    while not Path("now").exists():
        time.sleep(0.01)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
threading.Thread(target=hear, daemon=True).start()
main()
"""


def test_a_ctrl_c_that_does_not_wake_the_main_thread_is_heard_all_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-c", UNHEARD, "simulate", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert any("Ctrl-C ends it" in line for line in running.stdout)
            (tmp_path / "now").touch()
            assert running.wait(LIMIT_S) == 0
        finally:
            running.kill()


def test_a_command_that_calls_another_server_is_told_of(tmp_path: Path) -> None:
    done = thorsched("simulate", "--port", "0", "--", "true", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.startswith("nobody called this simulated server at http://127.0.0.1:")
    assert done.stderr.endswith(": does the file that the command reads name it?\n")
