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


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_what_a_system_does_not_know_is_left_out(platform: str) -> None:
    code = f"from thorsched.base import host; host.be_modest({platform!r})"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
