"""The two that are compared, each as its user starts it: a program of its own on the same cameras.

The edge is, for thorsched, the start of a window, with `lead: 0s` (as it comes it begins early and
misses nothing); for pythorvision, which knows no schedule, the moment at which its user's loop over
the cameras begins. Both record 720p30 over SRT with 500 ms of latency, one directory a camera.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil

from tests.bench.rig import CAPABILITY, Rig
from tests.support.ports import free_ports
from tests.support.waiting import has_ended
from thorsched.base.clock import SystemClock

PEER_VERSION = "0.3.0"
# By then the scheduler has loaded, knows the server's cameras and waits.
_HEAD_START = timedelta(seconds=5)
_CHECKOUT = Path(__file__).parents[2]
_SPARE_PORTS = 50
_ENDS_WITHIN_S = 60.0
_LAST_WORDS_CHARS = 2000

_FILE = """\
version: 1
timezone: UTC
server: {{url: "{url}", ports: {first_port}-{last_port}, latency: 500ms}}
lead: 0s
storage: {{root: {root}, min_free: 1MB}}
cameras:
{cameras}
schedules:
  bench: {{cameras: all, from: {edge:%Y-%m-%dT%H:%M:%S}Z, to: 2099-01-01T00:00}}
"""


@dataclass(frozen=True, slots=True)
class Recording:
    """One side at work. `edge_s` is wall time; `directories` has one for each camera."""

    edge_s: float
    program: psutil.Process
    directories: Sequence[Path]

    def recorders(self) -> list[psutil.Process]:
        return self.program.children(recursive=True)

    def is_over(self) -> bool:
        return has_ended(self.program)


Side = Callable[[Rig, Path, int], AbstractContextManager[Recording]]


@contextmanager
def thorsched(rig: Rig, root: Path, cameras: int) -> Iterator[Recording]:
    """Run `thorsched run` below `root`; when the context ends, every file is finalised."""
    edge = (SystemClock().now() + _HEAD_START + timedelta(seconds=1)).replace(microsecond=0)
    ports = free_ports(1 + _SPARE_PORTS)
    file = root / "bench.yaml"
    file.write_text(
        _FILE.format(
            url=rig.url,
            first_port=ports[0],
            last_port=ports[-1],
            root=root,
            cameras="\n".join(_camera(number) for number in range(cameras)),
            edge=edge,
        )
    )
    command = [sys.executable, "-m", "thorsched", "run", str(file)]
    with _started(command, root / "thorsched.log") as process:
        directories = [root / f"cam{number}" for number in range(cameras)]
        try:
            yield Recording(edge.timestamp(), psutil.Process(process.pid), directories)
        finally:
            process.terminate()
            process.wait(_ENDS_WITHIN_S)


def _camera(number: int) -> str:
    return f"  cam{number}: {{device: {{id: {number}}}, capability: {CAPABILITY}}}"


@contextmanager
def pythorvision(rig: Rig, root: Path, cameras: int) -> Iterator[Recording]:
    """Run the peer's loop below `root`; when the context ends, every file is finalised."""
    address, ports = rig.address, [str(port) for port in free_ports(cameras)]
    what = [address.host, str(address.port), CAPABILITY.caps, str(root), *ports]
    command = [sys.executable, "-m", "tests.bench.peer", *what]
    with _started(command, root / "peer.log") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        edge_s = float(process.stdout.readline())
        directories = [root / str(number) for number in range(cameras)]
        try:
            yield Recording(edge_s, psutil.Process(process.pid), directories)
        finally:
            process.stdin.close()
            process.wait(_ENDS_WITHIN_S)


@contextmanager
def _started(command: Sequence[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `command`; whatever happens, nothing of it runs on afterwards."""
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, cwd=_CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        try:
            yield process
        except Exception as error:
            error.add_note(f"the program said: {log.read_text()[-_LAST_WORDS_CHARS:]}")
            raise
        finally:
            if process.poll() is None:
                _kill(psutil.Process(process.pid))


def _kill(program: psutil.Process) -> None:
    for process in [*program.children(recursive=True), program]:
        process.kill()


SIDES: dict[str, Side] = {"thorsched": thorsched, "pythorvision": pythorvision}
