"""The program as a user starts it: a process of its own, and the recorders it has started."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support.forked import Fork, nest
from tests.support.waiting import PATIENCE_S, eventually

THORSCHED = (sys.executable, "-m", "thorsched")
_LONGEST_S = 90.0


class Program:
    """A `thorsched` process; its two outputs go to files, as under a service manager.

    Or to the file descriptors `stdout` and `stderr`: then the files stay empty. `inside` is
    what the command begins with, as `ip netns exec NAME`. It is a fork of what has imported
    everything, which spares 0.9 s of a processor; or a Python that starts, with `env` or `inside`
    or where it `is_fresh`.
    """

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        inside: Sequence[str] = (),
        is_fresh: bool = False,
    ) -> None:
        self.out, self.err = cwd / "out.txt", cwd / "err.txt"
        with self.out.open("wb") as out_file, self.err.open("wb") as err_file:
            out = out_file.fileno() if stdout is None else stdout
            err = err_file.fileno() if stderr is None else stderr
            self.process: Fork | subprocess.Popen[bytes]
            if env or inside or is_fresh:
                self.process = subprocess.Popen(
                    [*inside, *THORSCHED, *arguments],
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    env=_environment(env),
                )
            else:
                self.process = forked(*arguments, cwd=cwd, out=out, err=err)

    def until(
        self, holds: Callable[[], object], *, what: str, within_s: float = PATIENCE_S
    ) -> None:
        """Wait until `holds`; fail, saying that `what` never came, after a while or at the end."""
        came = False

        def came_or_ended() -> bool:
            nonlocal came
            came = bool(holds())  # kept: what came may be gone again at a second look
            return came or self.process.poll() is not None

        eventually(came_or_ended, within_s=within_s)
        assert came, f"never: {what}\n{self.outputs}"

    def says(self, words: str) -> bool:
        return words in self.err.read_text() or words in self.out.read_text()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def ends(self) -> int:
        """Wait for the end; return the exit code."""
        assert eventually(lambda: self.process.poll() is not None, within_s=2 * PATIENCE_S), (
            f"it never ends\n{self.outputs}"
        )
        return self.process.wait()

    @property
    def outputs(self) -> str:
        return f"--- out\n{self.out.read_text()}\n--- err\n{self.err.read_text()}"


@contextmanager
def program(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    inside: Sequence[str] = (),
    is_fresh: bool = False,
) -> Iterator[Program]:
    """Run `thorsched ARGUMENTS`, see `Program`; whatever happens, nothing of it runs on afterwards.

    So whether it leaves recorders behind is to be looked at before the end of this.
    """
    running = Program(
        *arguments,
        cwd=cwd,
        env=env,
        stdout=stdout,
        stderr=stderr,
        inside=inside,
        is_fresh=is_fresh,
    )
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
        for recorder in recorders(cwd):
            recorder.kill()


def forked(*arguments: str, cwd: Path, out: int, err: int, is_held: bool = False) -> Fork:
    """Start `thorsched ARGUMENTS` as a fork of what has imported everything; see `Nest.start`."""
    environment = _environment(None)
    return nest().start(arguments, cwd=cwd, env=environment, out=out, err=err, is_held=is_held)


def thorsched(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `thorsched ARGUMENTS` to its end; return what it said and its exit code.

    It is a fork of what has imported everything, or with `env` a Python that starts with that.
    """
    if env is None:
        more = ("pynwb",) if "export" in arguments else ()
        return nest(*more).run(arguments, cwd=cwd, env=_environment(None), limit_s=_LONGEST_S)
    return subprocess.run(
        [*THORSCHED, *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
        env=_environment(env),
    )


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "200", **(more or {})}


def recorders(root: Path) -> list[psutil.Process]:
    """Return the gst-launch processes that record somewhere below `root`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "gst-launch-1.0" and Path(process.cwd()).is_relative_to(root):
                found.append(process)
        except psutil.Error:  # it is gone by now, or somebody else's
            continue
    return found
