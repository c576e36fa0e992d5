"""However a script ends, its recordings are finalised, and its own handlers are its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.client.test_recording import VGA
from tests.support.frames import numbers, sent_meanwhile
from tests.support.program import recorders
from tests.support.waiting import PATIENCE_S, eventually, pause
from thorsched import RecordingFailed, ThorVisionClient
from thorsched.base.endings import heed_termination, undisturbed
from thorsched.simulator.server import Simulator
from thorsched.video.matroska import frames

pytestmark = pytest.mark.real


@contextmanager
def script(
    simulator: Simulator, directory: Path, *handles: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the script, from when it records; whatever happens, nothing of it is left."""
    arguments = [str(simulator.port), str(directory), *handles]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.client.script", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline() == b"recording\n", running.stderr
            pause(1.0)
            yield running
        finally:
            running.kill()
            for recorder in recorders(directory):
                recorder.kill()


def assert_all_is_finalised(simulator: Simulator, directory: Path, last: int) -> None:
    """Assert that nothing runs any more, and every frame up to number `last` is in the file."""
    assert recorders(directory) == []
    assert simulator.stream(0) is None
    (file,) = directory.glob("*.mkv")
    assert frames(file).finalised
    found = numbers(file)
    assert found[-1] >= last
    assert found == sent_meanwhile(simulator.truth(0), found)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_that_ends_a_script_finalises_its_recording(
    simulator: Simulator, tmp_path: Path, name: str
) -> None:
    with script(simulator, tmp_path) as running:
        last = simulator.truth(0)[-1].number
        number = signal.Signals[name]
        running.send_signal(number)
        running.wait(PATIENCE_S)
        # A KeyboardInterrupt that nobody catches ends Python by the signal.
        assert running.returncode == (-number if name == "SIGINT" else 128 + number)
        assert_all_is_finalised(simulator, tmp_path, last)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_signals_that_come_while_it_ends_cut_nothing_short(
    simulator: Simulator, tmp_path: Path, name: str
) -> None:
    with script(simulator, tmp_path) as running:
        last = simulator.truth(0)[-1].number
        number = signal.Signals[name]
        for _ in range(4):
            running.send_signal(number)
            pause(0.1)
        running.wait(PATIENCE_S)
        assert running.returncode == (-number if name == "SIGINT" else 128 + number)
        assert_all_is_finalised(simulator, tmp_path, last)


@pytest.mark.parametrize("handles", ["before", "after"])
def test_a_scripts_own_handler_is_called_and_records_on(
    simulator: Simulator, tmp_path: Path, handles: str
) -> None:
    with script(simulator, tmp_path, handles) as running:
        running.send_signal(signal.SIGTERM)
        assert running.stdout is not None
        assert running.stdout.readline() == b"heard\n"
        assert running.stdout.readline() == b"still recording\n"
        running.wait(PATIENCE_S)
        assert running.returncode == 0
        assert_all_is_finalised(simulator, tmp_path, 0)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        heed_termination()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_killed_scripts_recorder_keeps_its_device_until_it_is_ended_as_the_error_says(
    simulator: Simulator, tmp_path: Path
) -> None:
    with (
        script(simulator, tmp_path / "first") as running,
        ThorVisionClient(simulator.host, simulator.port) as client,
    ):
        running.kill()
        running.wait(PATIENCE_S)
        (recorder,) = recorders(tmp_path)
        with pytest.raises(RecordingFailed) as failed:
            client.start_stream_with_recording(0, VGA, output_dir=tmp_path / "second")
        assert f"recorder process {recorder.pid} (its program is gone;" in str(failed.value)
        assert f"`kill -INT {recorder.pid}` ends it" in str(failed.value)
        assert recorder.is_running()
        last = simulator.truth(0)[-1].number
        pause(1.0)
        os.kill(recorder.pid, signal.SIGINT)
        assert eventually(lambda: recorders(tmp_path) == [])
        (file,) = (tmp_path / "first").glob("*.mkv")
        assert frames(file).finalised
        assert numbers(file)[-1] >= last
        client.start_stream_with_recording(0, VGA, output_dir=tmp_path / "second")


AT_EXIT = """
import atexit, sys
from thorsched import ThorVisionClient
client = ThorVisionClient("127.0.0.1", int(sys.argv[1]))
@atexit.register
def record():
    client.start_stream_with_recording(
        0, "image/jpeg,width=640,height=480,framerate=30/1", output_dir=sys.argv[2]
    )
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="no thread can be started any more")
def test_what_is_begun_while_the_program_exits_is_finalised_all_the_same(
    simulator: Simulator, tmp_path: Path
) -> None:
    arguments = [str(simulator.port), str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-c", AT_EXIT, *arguments], timeout=PATIENCE_S, check=False
    )
    assert ended.returncode == 0
    assert_all_is_finalised(simulator, tmp_path, 0)


def test_what_is_put_off_is_heard_afterwards_unless_the_program_ends_anyway() -> None:
    with undisturbed(is_ending=True):
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), undisturbed(is_ending=False):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with undisturbed(is_ending=True):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM], "a handler of the program's own is left alone"
