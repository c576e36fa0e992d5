"""Whatever becomes of stdout and stderr, `thorsched run` records, ends, and says how it ended."""

import contextlib
import json
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.frames import numbers, segments
from tests.support.program import program, recorders

pytestmark = pytest.mark.real

# Without a buffer, streams have no lock that a stuck thread could hold while Python ends.
BUFFERED = {"PYTHONUNBUFFERED": ""}


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


def run(directory: Path, *, stdout: int, stderr: int | None = None, time_left: str = "4s") -> int:
    """Return the exit code of a run that ends by itself and leaves no recorder behind."""
    with program(
        *("run", "recordings.yaml", "--for", time_left),
        cwd=directory,
        env=BUFFERED,
        stdout=stdout,
        stderr=stderr,
    ) as running:
        exit_code = running.ends()
        assert recorders(directory) == []
        return exit_code


@pytest.mark.fault(44)
@pytest.mark.parametrize("kind", ["pipe", "terminal"])
def test_a_reader_that_stops_reading_stops_neither_the_recording_nor_its_end(
    directory: Path, kind: str
) -> None:
    with stuck(kind) as stream:
        assert run(directory, stdout=stream, stderr=stream) == 0
    recorded = numbers(*segments(directory / "recordings", "side"))
    assert len(recorded) > 30
    assert recorded == list(range(recorded[0], recorded[-1] + 1))


def test_ctrl_c_on_a_terminal_that_takes_nothing_finalises_and_ends_with_130(
    directory: Path,
) -> None:
    root = directory / "recordings"
    with (
        stuck("terminal") as stream,
        program(
            *("run", "recordings.yaml"), cwd=directory, env=BUFFERED, stdout=stream, stderr=stream
        ) as running,
    ):
        running.until(lambda: _bytes_of(segments(root, "side")) > 100_000, what="100 kB")
        running.interrupt()
        assert running.ends() == 130
        assert recorders(directory) == []
    (segment,) = segments(root, "side")
    assert json.loads(segment.with_suffix(".json").read_text())["finalised"]


def _bytes_of(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def test_a_summary_that_finds_no_room_changes_no_exit_code(directory: Path) -> None:
    with Path("/dev/full").open("w") as full:
        assert run(directory, stdout=full.fileno(), time_left="1s") == 0
    assert "No space left" not in (directory / "err.txt").read_text()


@pytest.mark.fault(42)
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
