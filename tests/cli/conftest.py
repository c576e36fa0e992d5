"""A simulated server of one camera, and a file that records it, for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.drawing import Terminal
from tests.support.ports import free_ports
from tests.support.program import recorders
from thorsched.simulator.server import Simulator

FILE = """\
version: 1
storage: {{root: ./recordings, min_free: 1MB}}
server: {{url: "{url}", ports: {first}-{last}}}
cameras:
  side: {{device: {{id: 0}}, capability: jpeg 640x480 @30fps}}
schedules:
  ever: {{cameras: all, always: true}}
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A directory with a `recordings.yaml` for a running server; no recorder outlives the test."""
    ports = free_ports(10)
    with Simulator(cameras=1) as simulator:
        text = FILE.format(url=simulator.url, first=ports[0], last=ports[-1])
        (tmp_path / "recordings.yaml").write_text(text)
        yield tmp_path
    for recorder in recorders(tmp_path):
        recorder.kill()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal that is paused until the test opens it."""
    terminal = Terminal()
    yield terminal
    terminal.is_open.set()
