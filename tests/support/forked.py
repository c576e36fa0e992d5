"""The program, begun by a fork: a process has imported it once, and each run is a fork of that.

What starts a hundred times would spend nine tenths of its time on imports otherwise. The fork is
made before anything has run, and it ends as every Python does. Called by `program.py`, which
starts a Python for each run that depends on what Python reads then, and for all that is long.
"""

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path

_SOCKET = 0
_MOST_BYTES = 1 << 20
_MEASURED = "COVERAGE_PROCESS_CONFIG"
_COMMANDS = ("cameras", "check", "commands", "export", "metadata", "plan", "rebuild", "report")
_NEEDED = tuple(f"thorsched.cli.{name}" for name in (*_COMMANDS, "verify"))


class Nest:
    """The process that has imported what the runs will need, and the socket to it."""

    def __init__(self, *needed: str) -> None:
        self._here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, *needed],
                stdin=there.fileno(),
                env={name: value for name, value in os.environ.items() if name != _MEASURED},
            )

    def run(
        self, arguments: tuple[str, ...], *, cwd: Path, env: dict[str, str], limit_s: float
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end, with nothing to read; return what it said."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            request = json.dumps([arguments, str(cwd), env]).encode()
            socket.send_fds(self._here, [request], [out.fileno(), err.fileno()])
            pid = int(self._here.recv(_MOST_BYTES))
            code = self._end_of(pid, arguments, limit_s)
            out.seek(0)
            err.seek(0)
            said, complained = out.read().decode(), err.read().decode()
        return subprocess.CompletedProcess(arguments, code, said, complained)

    def _end_of(self, pid: int, arguments: tuple[str, ...], limit_s: float) -> int:
        self._here.settimeout(limit_s)
        try:
            return int(self._here.recv(_MOST_BYTES))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            self._here.recv(_MOST_BYTES)
            raise subprocess.TimeoutExpired(arguments, limit_s) from None
        finally:
            self._here.settimeout(None)

    def close(self) -> None:
        self._here.close()
        self._process.wait()


@cache
def nest(*more: str) -> Nest:
    """Return this process's own, which ends with it, where the modules `more` are there too."""
    made = Nest(*_NEEDED, *more)
    atexit.register(made.close)
    return made


def _become_the_next() -> None:
    """Fork for each request; return in the child, with everything as the program shall find it."""
    asked = socket.socket(fileno=_SOCKET)
    while True:
        request, descriptors, _, _ = socket.recv_fds(asked, _MOST_BYTES, 2)
        if not request:
            os._exit(0)
        pid = os.fork()
        if pid == 0:
            break
        for descriptor in descriptors:
            os.close(descriptor)
        asked.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        asked.send(str(os.waitstatus_to_exitcode(status)).encode())
    arguments, cwd, env = json.loads(request)
    asked.detach()  # what stdin will be takes its place
    _stand_in(descriptors, arguments, cwd, env)


def _stand_in(descriptors: list[int], arguments: list[str], cwd: str, env: dict[str, str]) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate([nothing, *descriptors]):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["thorsched", *arguments]


if __name__ == "__main__":
    import coverage

    for needed in sys.argv[1:]:
        import_module(needed)
    from thorsched.cli.main import main

    gc.freeze()  # or every run copies the heap as it ends, to clear it
    _become_the_next()
    coverage.process_startup()
    main()
