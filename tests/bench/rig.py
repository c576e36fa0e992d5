"""The simulated server of the benchmark, in a process of its own: its GIL disturbs nobody.

Warm before it is measured against: every picture of every camera has been drawn once, and the
pages of gst-launch and its plugins are in memory.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.ports import free_ports
from tests.support.waiting import pause
from thorsched.cameras.capability import JPEG, Capability
from thorsched.cameras.selector import Encoding
from thorsched.thorvision.address import ServerAddress
from thorsched.thorvision.server import ServerClient

CAPABILITY = Capability(JPEG, 1280, 720, 30, 1)
# The mouse in the pictures has gone round once by then.
_LAP_S = 9.0


@dataclass(frozen=True, slots=True)
class Rig:
    """Where the server is; its cameras are 0, 1, ..."""

    address: ServerAddress

    @property
    def url(self) -> str:
        return self.address.url


@contextmanager
def rig(cameras: int, *, warm: bool) -> Iterator[Rig]:
    """Serve `cameras` simulated cameras on a free port, until the end of the context."""
    command = [sys.executable, "-m", "thorsched", "simulate", "--port=0", f"--cameras={cameras}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _ready(process, cameras, warm=warm)
        finally:
            process.terminate()


def _ready(process: "subprocess.Popen[str]", cameras: int, *, warm: bool) -> Rig:
    assert process.stdout is not None
    # The first line says where it serves.
    url = next(word for word in process.stdout.readline().split() if word.startswith("http://"))
    if warm:
        _play_once(ServerClient(url), cameras)
    return Rig(ServerAddress.parse(url))


def _play_once(client: ServerClient, cameras: int) -> None:
    for camera, port in enumerate(free_ports(cameras)):
        client.start_stream(camera, port, CAPABILITY, Encoding.JPEG)
    pause(_LAP_S)
    for camera in range(cameras):
        client.stop_stream(camera)
