"""A simulated server and what talks to it, for the tests of this folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.simulator.callers import Caller
from tests.simulator.client import Client
from tests.support.ports import free_port
from thorsched.simulator.server import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    # A port of our own, so that it is there again after a restart.
    with Simulator(cameras=3, port=free_port()) as running:
        yield running


@pytest.fixture
def client(simulator: Simulator) -> Client:
    return Client(simulator.url)


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Callable[[int], Caller]]:
    """Return a function that makes a caller of a port; all are gone after the test."""
    with ExitStack() as callers:
        count = iter(range(100))
        yield lambda port: callers.enter_context(
            Caller(port, tmp_path / f"received-{next(count)}.mjpeg")
        )
