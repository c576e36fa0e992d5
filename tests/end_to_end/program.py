"""The program as a user starts it, and what it leaves on disk."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import av
import psutil

from thorsched.base.clock import SystemClock
from thorsched.simulator.footage import Identity, parse_identity

PATIENCE_S = 30.0


class Program:
    """A `thorsched` process; its two outputs go to files, as under a service manager."""

    def __init__(self, *arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> None:
        self.out, self.err = cwd / "out.txt", cwd / "err.txt"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "thorsched", *arguments],
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, "COLUMNS": "200", **(env or {})},
            )

    def says(self, words: str) -> bool:
        return words in self.err.read_text() or words in self.out.read_text()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def ends(self) -> int:
        """Wait for the end; return the exit code."""
        return self.process.wait(PATIENCE_S)

    @property
    def outputs(self) -> str:
        return f"--- out\n{self.out.read_text()}\n--- err\n{self.err.read_text()}"


@contextmanager
def program(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Run `thorsched ARGUMENTS`; whatever happens, nothing of it runs on afterwards."""
    running = Program(*arguments, cwd=cwd, env=env)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
        for recorder in recorders(cwd):
            recorder.kill()


def eventually(condition: Callable[[], object], *, what: str, within_s: float = PATIENCE_S) -> None:
    """Wait until `condition` holds; fail, saying `what` never came, after `within_s`."""
    clock, pause = SystemClock(), threading.Event()
    deadline_s = clock.monotonic_s() + within_s
    while not condition():
        assert clock.monotonic_s() < deadline_s, f"never: {what}"
        pause.wait(0.02)


def pause_until(moment: datetime) -> None:
    left_s = (moment - SystemClock().now()).total_seconds()
    threading.Event().wait(max(left_s, 0.0))


def recorders(root: Path) -> list[psutil.Process]:
    """Return the gst-launch processes that record somewhere below `root`."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "gst-launch-1.0" and Path(process.cwd()).is_relative_to(
                root
            ):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def segments(root: Path, camera: str) -> list[Path]:
    """Return a camera's files in the order of their recording."""
    return sorted((root / camera).rglob("*.mkv"))


def frames(paths: list[Path]) -> list[Identity]:
    """Return whose frames are in the files, and their numbers, in order."""
    found = []
    for path in paths:
        with av.open(str(path)) as container:
            for packet in container.demux(video=0):
                if packet.size:
                    identity = parse_identity(bytes(packet))
                    assert identity is not None, f"{path} holds a frame that is not the simulator's"
                    found.append(identity)
    return found


def numbers(root: Path, camera: str, *, device_id: int) -> list[int]:
    """Return the numbers of the frames in a camera's files; all must be that device's."""
    found = frames(segments(root, camera))
    assert {identity.device_id for identity in found} <= {device_id}
    return [identity.number for identity in found]


def local(moment: datetime) -> str:
    """Return an aware moment as the YAML writes it, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
