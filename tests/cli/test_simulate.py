"""`thorsched simulate` where its port is taken: who has it, and what to do."""

import http.server
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import thorsched
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

RUN = ("--", "thorsched", "run", "demo.yaml")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=3) as simulator:
        yield simulator


def test_who_has_the_port_is_named(simulator: Simulator, tmp_path: Path) -> None:
    refused = thorsched("simulate", "--port", str(simulator.port), cwd=tmp_path)
    assert refused.returncode == 2
    assert f"port {simulator.port} is held by process {os.getpid()}: " in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_thorvision_server_that_is_there_already_can_be_used(
    simulator: Simulator, tmp_path: Path
) -> None:
    refused = thorsched("simulate", "--port", str(simulator.port), *RUN, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1] == (
        "a ThorVision server with 3 cameras is there: use it by thorsched run demo.yaml"
    )


def test_another_port_must_stand_in_the_commands_file_too(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        other.timeout = 0.0
        port = other.server_port
        refused = thorsched("simulate", "--port", str(port), *RUN, cwd=tmp_path)
    assert refused.returncode == 2
    assert "change the port in the file that the command reads, too" in refused.stderr
    assert "Traceback" not in refused.stderr
