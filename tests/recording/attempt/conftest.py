"""A bench with its server, and an attempt whose process runs. See `bench.py`."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recording.attempt.bench import (
    OBEDIENT,
    STAND_IN,
    Bench,
    ends,
    write_program,
)
from tests.support.program import recorders
from tests.support.waiting import eventually
from tests.thorvision.misbehaving import Server, serving
from thorsched.recording.attempt import Attempt
from thorsched.recording.lifecycle import Spawned


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made: list[Bench] = []

    def script(server: Server, connection: socket.socket) -> None:
        path = server.requests[-1].line.split(" ")[1]
        started = "/jpeg" in made[0].told()
        answers = made[0].answers | (made[0].after_start if started else {})
        connection.sendall(answers.get(path, OBEDIENT))

    with serving(script) as server:
        made.append(Bench(server, tmp_path / "root"))
        yield made[0]
        made[0].roots.close()
        for left in recorders(tmp_path):  # of a test that failed before it ended its own
            left.kill()


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory of the PATH besides the system's own; gst-launch is not in these."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "sleep", "touch"):
        (tools / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(tools))
    return tools


@pytest.fixture
def running(bench: Bench, tools: Path) -> Iterator[Attempt]:
    """An attempt whose process runs and has written nothing."""
    write_program(tools / "gst-launch-1.0", STAND_IN)
    attempt = bench.attempt()
    assert isinstance(attempt.begin(), Spawned)
    assert eventually((bench.directory / "running").exists)
    yield attempt
    attempt.kill()
    assert ends(attempt)
    attempt.release()
