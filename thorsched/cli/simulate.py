"""`thorsched simulate`: a ThorVision server to try things on."""

import signal
import subprocess
import threading
from collections.abc import Sequence

from thorsched.base.errors import MachineError
from thorsched.simulator.server import Simulator


def simulate(command: Sequence[str], *, cameras: int, host: str, port: int) -> int:
    """Serve until Ctrl-C, or while `command` runs; return the exit code to end with."""
    with Simulator(cameras=cameras, host=host, port=port) as simulator:
        if command:
            return _run(command)
        print(f"simulated ThorVision server at {simulator.url} with {cameras} cameras")
        print(f"try: thorsched cameras {simulator.url}   (Ctrl-C ends it)", flush=True)
        _wait_for_signal()
    return 0


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
