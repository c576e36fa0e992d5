"""A modest process gives way to all others, on Linux at least: that is where it was run."""

import subprocess
import sys

import psutil
import pytest

MODEST = """
from thorsched.base import host
host.be_modest()
print("modest", flush=True)
input()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other words for it")
def test_a_modest_process_takes_what_nobody_else_wants() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MODEST], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "modest\n"
        modest = psutil.Process(process.pid)
        assert modest.nice() == 19
        assert modest.ionice().ioclass == psutil.IOPRIO_CLASS_IDLE
        process.communicate("\n")
    assert process.returncode == 0


MODEST_THREAD = """
import os, threading
from thorsched.base import host
def work():
    host.be_modest(host.Modest.THREAD)
    print(threading.get_native_id(), flush=True)
    input()
threading.Thread(target=work).start()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other words for it")
def test_a_modest_thread_leaves_the_others_of_its_process_as_they_are() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MODEST_THREAD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        thread = int(process.stdout.readline())
        nice, io = (
            {pid: psutil.Process(pid).nice() for pid in (thread, process.pid)},
            {pid: psutil.Process(pid).ionice().ioclass for pid in (thread, process.pid)},
        )
        assert (nice[thread], nice[process.pid]) == (19, psutil.Process().nice())
        assert io[thread] == psutil.IOPRIO_CLASS_IDLE != io[process.pid]
        process.communicate("\n")
    assert process.returncode == 0


@pytest.mark.parametrize("platform", ["win32", "darwin"])
@pytest.mark.parametrize("who", ["PROCESS", "THREAD"])
def test_what_a_system_does_not_know_is_left_out(platform: str, who: str) -> None:
    call = f"host.be_modest(host.Modest.{who}, platform={platform!r})"
    code = f"from thorsched.base import host; {call}"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
