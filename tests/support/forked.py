"""The program, begun by a fork: a process has imported it once, and each run is a fork of that.

What starts hundreds of times would spend most of its time on imports otherwise. The fork is made
before anything has run, and it ends as every Python does. Called by `program.py`, which starts a
Python for each run that depends on what Python reads then.
"""

import atexit
import gc
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from functools import cache
from importlib import import_module
from pathlib import Path

_SOCKET = 0
_MOST_BYTES = 1 << 20
_MEASURED = "COVERAGE_PROCESS_CONFIG"
_COMMANDS = ("cameras", "check", "commands", "export", "metadata", "rebuild", "report", "simulate")
_MORE = ("history.restore", "plan.command", "reload.command", "run.command", "verify")
_NEEDED = tuple(f"thorsched.cli.{name}" for name in (*_COMMANDS, *_MORE))


class Fork:
    """A run of the program, with what the tests need of a `subprocess.Popen`."""

    def __init__(self, pid: int, ended: int) -> None:
        self.pid = pid
        self._ended = ended
        """Where its exit code can be read once it has one."""
        self._code: int | None = None
        self._reading = threading.Lock()
        weakref.finalize(self, os.close, ended)

    def poll(self) -> int | None:
        """Return its exit code, below 0 that of a signal; None while it runs."""
        return self._code_within(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code once it has ended; raises `subprocess.TimeoutExpired`."""
        code = self._code_within(timeout)
        if code is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired("thorsched", timeout)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _code_within(self, limit_s: float | None) -> int | None:
        """Wait so long for its exit code; several threads may, and others look or signal."""
        if self._code is None and select.select([self._ended], [], [], limit_s)[0]:
            with self._reading:
                if self._code is None:
                    told = os.read(self._ended, _MOST_BYTES)
                    assert told, "the nest is gone, and with it the exit code"
                    self._code = int(told)
        return self._code


class Nest:
    """The process that has imported what the runs will need, and the socket to it."""

    def __init__(self, *needed: str) -> None:
        self._here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asking = threading.Lock()
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, *needed],
                stdin=there.fileno(),
                env={name: value for name, value in os.environ.items() if name != _MEASURED},
            )

    def start(
        self,
        arguments: tuple[str, ...],
        *,
        cwd: Path,
        env: dict[str, str],
        out: int,
        err: int,
        is_held: bool = False,
    ) -> Fork:
        """Start the program, with nothing to read; what it prints goes to `out` and `err`.

        One that `is_held` does nothing before a SIGCONT.
        """
        request = json.dumps([arguments, str(cwd), env, is_held]).encode()
        ended, ends = os.pipe()
        with self._asking:
            socket.send_fds(self._here, [request], [out, err, ends])
            os.close(ends)
            return Fork(int(self._here.recv(_MOST_BYTES)), ended)

    def run(
        self, arguments: tuple[str, ...], *, cwd: Path, env: dict[str, str], limit_s: float
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end, with nothing to read; return what it said."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            started = self.start(arguments, cwd=cwd, env=env, out=out.fileno(), err=err.fileno())
            try:
                code = started.wait(limit_s)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()
                raise
            out.seek(0)
            err.seek(0)
            said, complained = out.read().decode(), err.read().decode()
        return subprocess.CompletedProcess(arguments, code, said, complained)

    def close(self) -> None:
        self._here.close()
        self._process.wait()


@cache
def nest(*more: str) -> Nest:
    """Return this process's own, which ends with it, where the modules `more` are there too."""
    made = Nest(*_NEEDED, *more)
    atexit.register(made.close)
    return made


class _Brood:
    """In the nest: the runs that have not ended, and where the end of each is told."""

    def __init__(self) -> None:
        self._asked = socket.socket(fileno=_SOCKET)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._asked, selectors.EVENT_READ)
        self._ends: dict[int, tuple[int, int]] = {}
        """By the descriptor of each run's process: its pid, and where its exit code goes."""

    def become_the_next(self) -> None:
        """Fork for each request; return in the child, with everything as the program shall find it.

        It ends when nobody can ask any more; what still runs then runs on.
        """
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._asked:
                    self._tell_end_of(key.fd)
                elif self._is_child_of_a_request():
                    return

    def _is_child_of_a_request(self) -> bool:
        request, descriptors, _, _ = socket.recv_fds(self._asked, _MOST_BYTES, 3)
        if not request:
            os._exit(0)
        *outputs, ends = descriptors
        *place, is_held = json.loads(request)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.close(ends)
            self._leave()
            _stand_in(outputs, *place)
            if is_held:
                os.kill(os.getpid(), signal.SIGSTOP)
            return True
        if is_held:
            os.waitpid(pid, os.WUNTRACED)
        for output in outputs:
            os.close(output)
        process = os.pidfd_open(pid)
        self._ends[process] = pid, ends
        self._selector.register(process, selectors.EVENT_READ)
        self._asked.send(str(pid).encode())
        return False

    def _tell_end_of(self, process: int) -> None:
        pid, ends = self._ends.pop(process)
        _, status = os.waitpid(pid, 0)
        self._selector.unregister(process)
        os.write(ends, str(os.waitstatus_to_exitcode(status)).encode())
        os.close(ends)
        os.close(process)

    def _leave(self) -> None:
        """Keep nothing of the others' in the child."""
        self._selector.close()
        for process, (_, ends) in self._ends.items():
            os.close(process)
            os.close(ends)
        self._asked.detach()  # what stdin will be takes its place


def _stand_in(descriptors: list[int], arguments: list[str], cwd: str, env: dict[str, str]) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate([nothing, *descriptors]):
        os.dup2(descriptor, number)
        os.close(descriptor)
    # Anew, for a stream remembers whether its file can be read again from any place: a pipe cannot.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["thorsched", *arguments]


if __name__ == "__main__":
    import coverage

    for needed in sys.argv[1:]:
        import_module(needed)
    from thorsched.cli.main import main

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who runs the tests ends them, and they this
    gc.freeze()  # or every run copies the heap as it ends, to clear it
    _Brood().become_the_next()
    coverage.process_startup()
    main()
