"""Whatever becomes of stdout and stderr, `thorsched run` records, ends, and says how it ended."""

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.program import frames, recorders, segments
from tests.simulator.ports import free_udp_ports
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

FILE = """\
version: 1
storage: {{root: ./recordings, min_free: 1MB}}
server: {{url: "{url}", ports: {port}-{last}}}
cameras: {{side: {{device: {{id: 0}}, capability: jpeg 640x480 @30fps}}}}
schedules: {{ever: {{cameras: all, always: true}}}}
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    (port,) = free_udp_ports(1)
    with Simulator(cameras=1) as simulator:
        text = FILE.format(url=simulator.url, port=port, last=port + 9)
        (tmp_path / "recordings.yaml").write_text(text)
        yield tmp_path
    for recorder in recorders(tmp_path):
        recorder.kill()


@contextlib.contextmanager
def stuck(kind: str) -> Iterator[int]:
    """Yield the writing end of a terminal or a pipe that is full and that nobody reads."""
    reader, writer = pty.openpty() if kind == "terminal" else os.pipe()
    try:
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"x")
        os.set_blocking(writer, True)
        yield writer
    finally:
        os.close(reader)
        os.close(writer)


def run(directory: Path, *, stdout: int, stderr: int, time_left: str = "4s") -> int:
    return subprocess.run(
        [sys.executable, "-m", "thorsched", "run", "recordings.yaml", "--for", time_left],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        timeout=40,
        check=False,
    ).returncode


@pytest.mark.parametrize("kind", ["pipe", "terminal"])
def test_a_reader_that_stops_reading_stops_neither_the_recording_nor_its_end(
    directory: Path, kind: str
) -> None:
    with stuck(kind) as stream:
        assert run(directory, stdout=stream, stderr=stream) == 0
    recorded = [frame.number for frame in frames(segments(directory / "recordings", "side"))]
    assert len(recorded) > 60
    assert recorded == list(range(recorded[0], recorded[-1] + 1))
    assert recorders(directory) == []


def test_a_summary_that_finds_no_room_changes_no_exit_code(directory: Path) -> None:
    with (
        Path("/dev/full").open("w") as full,
        (directory / "err.txt").open("w") as err,
    ):
        assert run(directory, stdout=full.fileno(), stderr=err.fileno(), time_left="1s") == 0
    assert "No space left" not in (directory / "err.txt").read_text()


def test_a_terminal_that_was_closed_changes_no_exit_code(directory: Path) -> None:
    reader, writer = pty.openpty()
    os.close(reader)
    assert run(directory, stdout=writer, stderr=writer, time_left="1s") == 0
    os.close(writer)


def test_the_last_lines_and_the_summary_are_all_there(directory: Path) -> None:
    with (directory / "all.txt").open("w") as all_:
        assert run(directory, stdout=all_.fileno(), stderr=all_.fileno(), time_left="3s") == 0
    said = (directory / "all.txt").read_text()
    assert said.rindex("recorder idle") < said.index("side: files in")
