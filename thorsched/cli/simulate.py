"""`thorsched simulate`: a ThorVision server to try things on."""

import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence

import psutil

from thorsched.base.errors import MachineError, UnavailableError
from thorsched.base.text import printable
from thorsched.simulator.server import Simulator
from thorsched.thorvision.address import AddressError
from thorsched.thorvision.server import ServerClient

_ANSWER_LIMIT_S = 2.0


def simulate(command: Sequence[str], *, cameras: int, host: str, port: int) -> int:
    """Serve until Ctrl-C, or while `command` runs; return the exit code to end with.

    Raises `MachineError`, which says who has the port if it is taken, and what to do instead.
    """
    with _simulator(command, cameras=cameras, host=host, port=port) as simulator:
        if command:
            return _run(command)
        print(f"simulated ThorVision server at {simulator.url} with {cameras} cameras")
        print(f"try: thorsched cameras {simulator.url}   (Ctrl-C ends it)", flush=True)
        _wait_for_signal()
    return 0


def _simulator(command: Sequence[str], *, cameras: int, host: str, port: int) -> Simulator:
    try:
        return Simulator(cameras=cameras, host=host, port=port)
    except MachineError as error:
        advice = "".join(f"\n{line}" for line in _advice(command, host=host, port=port))
        raise MachineError(f"{error}{advice}") from error


def _advice(command: Sequence[str], *, host: str, port: int) -> Iterator[str]:
    """Yield what helps if the port is taken; nothing if nobody is found to have it."""
    holder = _holder(port)
    if holder is None:
        return
    yield f"port {port} is held by {holder}"
    offered = _cameras_at(f"http://{host}:{port}")
    if offered and command:
        yield f"a ThorVision server with {offered} cameras is there: use it by {shlex.join(command)}"
    elif command:
        yield "with another --port, change the port in the file that the command reads, too"


def _cameras_at(url: str) -> int:
    """Return how many cameras a server offers, 0 if none answers."""
    try:
        return len(ServerClient(url, timeout_s=_ANSWER_LIMIT_S).devices())
    except (AddressError, UnavailableError):
        return 0


def _holder(port: int) -> str | None:
    """Return the process that listens on the TCP port, as far as this user may know it."""
    try:
        found = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):  # not everybody may ask
        return None
    for one in found:
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port:
            return _process(one.pid)
    return None


def _process(pid: int | None) -> str:
    if pid is None:
        return "a process of another user"
    try:
        words = shlex.join(psutil.Process(pid).cmdline())
    except (psutil.Error, OSError):
        return f"process {pid}"
    return f"process {pid}: {printable(words)}"


def _run(command: Sequence[str]) -> int:
    """Run `command`; a Ctrl-C is its business, and this waits for it to end."""
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        raise MachineError(f"cannot run {command[0]}: {error.strerror}") from error
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    return process.wait()


def _wait_for_signal() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
