"""Calls that overlap, are interrupted or come from signal handlers; recordings that have ended."""

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TextIO

import pytest

from tests.client.test_recording import VGA, assert_every_frame, files
from tests.support.frames import numbers
from tests.support.program import recorders
from tests.support.waiting import PATIENCE_S, eventually, pause
from thorsched import RecordingFailed, ThorVisionClient
from thorsched.base.errors import ConfigError
from thorsched.simulator.answers import AnswerFault, AnswerTrouble
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real


@contextlib.contextmanager
def at_once(call: Callable[[], object]) -> Iterator[list[object]]:
    """Call it in a thread that ends with the block; what it returned or raised is in the list."""
    outcomes: list[object] = []

    def run() -> None:
        try:
            outcomes.append(call())
        except RecordingFailed as error:
            outcomes.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield outcomes
    finally:
        thread.join()


@contextlib.contextmanager
def interrupted_once(holds: Callable[[], object]) -> Iterator[None]:
    """Press Ctrl-C in the block as soon as it holds; the block must hear it."""

    def press() -> None:
        eventually(holds)
        os.kill(os.getpid(), signal.SIGINT)

    with at_once(press):
        try:
            yield
            pause(PATIENCE_S)
        except KeyboardInterrupt:
            return
    pytest.fail("nothing was interrupted")


def assert_records(simulator: Simulator, client: ThorVisionClient, directory: Path) -> None:
    """Assert that camera 0 can be recorded, to the last frame."""
    started = client.start_stream_with_recording(0, VGA, output_dir=directory)
    assert started["recording"]
    pause(0.5)
    assert client.list_active_streams()[0]["recording"]
    assert len(recorders(directory)) == 1
    last = simulator.truth(0)[-1].number
    client.stop_stream(0)
    found = numbers(*files(started["output_path"]))
    assert found[-1] >= last
    assert_every_frame(simulator, 0, found)


def test_a_start_while_the_camera_is_being_stopped_begins_anew_after_it(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    first = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    with at_once(lambda: client.stop_stream(0)) as stopped:
        assert eventually(lambda: client.list_active_streams() == {})
        assert_records(simulator, client, tmp_path)
    assert stopped == [
        {
            "message": "Stream and recording stopped",
            "camera_id": 0,
            "output_path": first["output_path"],
            "files": [str(path) for path in files(first["output_path"])],
        }
    ]


def test_after_an_interrupted_start_the_camera_can_be_started(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    with interrupted_once(lambda: recorders(tmp_path)):
        client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    assert client.list_active_streams() == {}
    assert_records(simulator, client, tmp_path)


def test_an_interrupted_start_of_several_stops_all_that_it_has_begun_and_nothing_else(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    before = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    simulator.faults.answer(AnswerFault(AnswerTrouble.SLOW, path="/jpeg", times=1, pause_s=4))
    with interrupted_once(lambda: len(client.list_active_streams()) == 2):
        client.start_streams_with_recording(
            [(0, VGA), (1, VGA), (2, VGA)], output_dir=tmp_path, gstreamer_log="none"
        )
    assert list(client.list_active_streams()) == [0]
    assert eventually(lambda: len(recorders(tmp_path)) == 1)
    assert eventually(lambda: simulator.stream(1) is None and simulator.stream(2) is None)
    assert client.list_active_streams()[0]["output_path"] == before["output_path"]
    assert client.list_active_streams()[0]["recording"]
    again = client.start_streams_with_recording([(1, VGA), (2, VGA)], output_dir=tmp_path)
    assert [one["recording"] for one in again] == [True, True]


def test_a_start_that_is_interrupted_while_the_server_is_asked_is_undone(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    simulator.faults.answer(AnswerFault(AnswerTrouble.SLOW, path="/jpeg", times=1, pause_s=2))
    with interrupted_once(lambda: list(tmp_path.glob("*.mkv"))):
        client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    assert_records(simulator, client, tmp_path)


def test_after_an_interrupted_stop_the_camera_can_be_started(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    started = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    with interrupted_once(lambda: client.list_active_streams() == {}):
        client.stop_stream(0)
    assert_records(simulator, client, tmp_path)
    assert_every_frame(simulator, 0, numbers(*files(started["output_path"])))


@pytest.mark.parametrize("end", ["stop_stream", "cleanup"])
def test_a_start_that_is_stopped_meanwhile_says_so_and_leaves_nothing(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path, end: str
) -> None:
    ended: Callable[[], object] = (
        client.cleanup if end == "cleanup" else lambda: client.stop_stream(0)
    )
    with at_once(lambda: client.start_stream_with_recording(0, VGA, output_dir=tmp_path)) as start:
        assert eventually(lambda: recorders(tmp_path))
        ended()
    assert [str(error) for error in start] == [
        "0_HD_USB_Camera: this machine: it was stopped meanwhile"
    ]
    assert recorders(tmp_path) == []
    assert client.list_active_streams() == {}
    assert_records(simulator, client, tmp_path)


def test_a_signal_handler_may_call_what_it_interrupts(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    calls = 0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal calls
        del number, frame
        calls += 1
        client.list_active_streams()
        client.stop_stream(1)
        # Only now, or on a slow machine handlers would interrupt handlers without an end.
        signal.setitimer(signal.ITIMER_REAL, 0.001)

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        for _ in range(2):
            client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
            eventually(lambda: not client.list_active_streams()[0]["recording"], within_s=1.0)
            client.stop_stream(0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert calls > 100


def test_a_recording_that_has_ended_says_so_and_is_begun_anew_when_asked(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    for _ in range(2):
        client.start_stream_with_recording(0, VGA, output_dir=tmp_path, restart=False)
        (process,) = recorders(tmp_path)
        process.kill()
        assert eventually(
            lambda: (client.list_active_streams()[0]["reason"] or "").startswith("ended: recorder")
        )
    stopped = client.stop_stream(0)
    assert stopped["message"].startswith("the recording had ended before: recorder exited: killed")
    assert stopped["files"] == [str(path) for path in files(stopped["output_path"])]
    assert_records(simulator, client, tmp_path)


def test_a_camera_that_is_given_twice_is_refused_before_anything_starts(
    client: ThorVisionClient, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="camera 0 is given twice"):
        client.start_streams_with_recording([(0, VGA), (1, VGA), (0, VGA)], output_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_stop_names_the_files_of_all_attempts(client: ThorVisionClient, tmp_path: Path) -> None:
    started = client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    (process,) = recorders(tmp_path)
    process.kill()
    assert eventually(
        lambda: client.list_active_streams()[0]["output_path"] != started["output_path"]
    )
    assert eventually(lambda: client.list_active_streams()[0]["recording"])
    known = [str(path) for path in sorted(tmp_path.glob("*.mkv"))]
    assert len(known) == 2
    assert client.list_active_streams()[0]["files"] == known
    assert {number: end["files"] for number, end in client.cleanup().items()} == {0: known}


def test_a_start_that_asks_for_something_else_is_told_that_the_old_one_goes_on(
    client: ThorVisionClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    started = client.start_stream_with_recording(0, VGA, output_dir=tmp_path / "one")
    with caplog.at_level(logging.WARNING, "thorsched.client"):
        client.start_stream_with_recording(0, VGA, output_dir=tmp_path / "one")
        assert caplog.messages == []
        again = client.start_stream_with_recording(0, VGA, output_dir=tmp_path / "other")
    goes_on = "the camera records already, and goes on as it was started"
    assert again == {**started, "message": goes_on}
    assert caplog.messages == [goes_on]


@contextlib.contextmanager
def unread() -> Iterator[TextIO]:
    """A pipe that is full, and that nobody reads before the end of this."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"\n")
    os.set_blocking(writer, True)
    full = os.fdopen(writer, "w")
    try:
        yield full
    finally:
        os.close(reader)
        with contextlib.suppress(BrokenPipeError):
            full.close()


def test_a_recording_is_begun_anew_although_nobody_reads_the_recorders_words(
    client: ThorVisionClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unread() as full:
        monkeypatch.setattr(sys, "stderr", full)
        started = client.start_stream_with_recording(
            0, VGA, output_dir=tmp_path, gstreamer_log="console"
        )
        for killed in range(2):
            (process,) = recorders(tmp_path)
            process.kill()
            assert eventually(lambda: len(list(tmp_path.glob("*.mkv"))) == killed + 2)  # noqa: B023
            assert eventually(lambda: client.list_active_streams()[0]["recording"])
        assert client.list_active_streams()[0]["output_path"] != started["output_path"]
        client.cleanup()


def test_a_server_that_fails_to_stop_is_quoted(
    simulator: Simulator, client: ThorVisionClient, tmp_path: Path
) -> None:
    client.start_stream_with_recording(0, VGA, output_dir=tmp_path)
    simulator.faults.answer(AnswerFault(AnswerTrouble.STATUS, path="/stop", times=1))
    said = client.stop_stream(0)["message"]
    assert said.startswith("recording finalised; the server did not stop the stream: http://")
    assert "this is a simulated failure" in said
    assert_records(simulator, client, tmp_path)
