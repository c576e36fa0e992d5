"""`thorsched simulate`: a ThorVision server to try things on."""

import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence

import psutil

from thorsched.base.errors import MachineError, UnavailableError
from thorsched.base.text import counted, printable
from thorsched.cli.signals import ENDING, Signals
from thorsched.simulator.httpserver import PortTaken
from thorsched.simulator.server import Simulator
from thorsched.thorvision.address import AddressError
from thorsched.thorvision.server import ServerClient

_ANSWER_LIMIT_S = 2.0
_LOOK_S = 0.2
_FROM_THE_KEYBOARD = ("SIGINT", "SIGBREAK")  # these reach the command by themselves
_SIGNALLED = 128  # shells add the number of the signal that ended a command


def simulate(command: Sequence[str], *, cameras: int, host: str, port: int) -> int:
    """Serve until Ctrl-C, or while `command` runs; return the exit code to end with.

    That of a command which a signal has ended is 128 and its number, as shells have it. Raises
    `MachineError`, which says who has the port if it is taken, and what to do instead.
    """
    with _simulator(command, cameras=cameras, host=host, port=port) as simulator:
        if command:
            code = _run(command)
            if not simulator.was_called:
                what = f"nobody called this simulated server at {simulator.url}"
                whether = "does the file that the command reads name it?"
                print(f"{what}: {whether}", file=sys.stderr)
            return code
        signals = _signals()  # before it is said that Ctrl-C ends it
        print(f"simulated ThorVision server at {simulator.url} with {counted(cameras, 'camera')}")
        print(f"try: thorsched cameras {simulator.url}   (Ctrl-C ends it)", flush=True)
        while signals.take(within_s=_LOOK_S) is None:
            pass
    return 0


def _simulator(command: Sequence[str], *, cameras: int, host: str, port: int) -> Simulator:
    try:
        return Simulator(cameras=cameras, host=host, port=port)
    except PortTaken as error:
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
        yield (
            f"a ThorVision server with {counted(offered, 'camera')} already answers there; "
            f"run the command directly: {shlex.join(command)}"
        )
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
    """Run `command`, pass on what would end this, and wait for it: it is never left behind."""
    signals = _signals()
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        raise MachineError(f"cannot run {command[0]}: {error.strerror}") from error
    while process.poll() is None:
        number = signals.take(within_s=_LOOK_S)
        if number is not None and number.name not in _FROM_THE_KEYBOARD:
            process.send_signal(number)
    code = process.wait()
    return code if code >= 0 else _SIGNALLED - code


def _signals() -> Signals:
    """Return those that would end this process."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # by `nohup`; the command inherits it
        return Signals([name for name in ENDING if name != "SIGHUP"])
    return Signals(ENDING)
