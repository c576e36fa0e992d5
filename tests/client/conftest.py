"""A simulated server, and a client of it of which nothing may be left after a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import recorders
from thorsched import ThorVisionClient
from thorsched.simulator.server import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=3) as running:
        yield running


@pytest.fixture
def client(simulator: Simulator, tmp_path: Path) -> Iterator[ThorVisionClient]:
    with ThorVisionClient(simulator.host, simulator.port) as made:
        yield made
    assert recorders(tmp_path) == []
    assert [n for n in range(3) if simulator.stream(n) is not None] == []
    assert made.list_active_streams() == {}
