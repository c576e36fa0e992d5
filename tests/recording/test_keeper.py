"""What is kept is recorded until it is stopped; what cannot begin says so, and leaves nothing."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.recording.conftest import LogLines
from tests.recording.rig import RigClock
from tests.support import values
from tests.support.disks import FreezableDisk
from tests.support.waiting import PATIENCE_S, eventually, pause
from tests.thorvision.misbehaving import sends_and_holds, serving
from thorsched.base.errors import ConfigError
from thorsched.recording.keeper import START_LIMIT_S, STOP_LIMIT_S, Hold, Keeper, RecordingFailed
from thorsched.recording.lifecycle import Phase
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def clock() -> RigClock:
    return RigClock()


@pytest.fixture
def keeper(clock: RigClock) -> Iterator[Keeper]:
    made = Keeper(clock=clock)
    yield made
    made.close()
    made.close()
    assert made.kept() == {}
    assert not made.scratch.exists()
    names = {thread.name for thread in threading.enumerate()}
    assert not any(name in ("keeper", "closed files") for name in names)
    assert not any(name.startswith("recorder ") for name in names)


def wanted(root: Path, *, server: str = NOWHERE, camera: str = "side") -> Recording:
    usual = values.recording(camera, of=replace(values.source(), server=server))
    return replace(usual, output=values.output(root))


def start(keeper: Keeper, recording: Recording) -> Recording:
    return keeper.start(recording, restart=True, most_files=0, echo=False)


def test_a_camera_that_gets_no_thread_fails_at_once(keeper: Keeper, tmp_path: Path) -> None:
    before = threading.stack_size(2**46)  # no machine has room for such a thread
    try:
        with pytest.raises(RecordingFailed, match="side: this machine: no thread") as failed:
            start(keeper, wanted(tmp_path))
    finally:
        threading.stack_size(before)
    assert failed.value.trouble.cause is Cause.MACHINE
    assert keeper.kept() == {}
    with pytest.raises(RecordingFailed, match="connection refused"):
        start(keeper, wanted(tmp_path))


def test_a_camera_is_kept_from_the_start_of_its_start(keeper: Keeper, tmp_path: Path) -> None:
    with serving(sends_and_holds(b"")) as server:
        hung, outcomes = wanted(tmp_path, server=server.url), []

        def begin() -> None:
            with pytest.raises(RecordingFailed) as failed:
                start(keeper, hung)
            outcomes.append(failed.value)

        starting = threading.Thread(target=begin)
        starting.start()
        assert eventually(lambda: len(server.requests) == 1)
        assert [(kept.recording, kept.hold) for kept in keeper.kept().values()] == [
            (hung, Hold.STARTING)
        ]
        with pytest.raises(ConfigError, match="side is being started by another call already"):
            start(keeper, wanted(tmp_path))
        assert [kept.recording for kept in keeper.kept().values()] == [hung]
        stopped = keeper.stop(["side"])["side"]
        assert (stopped.is_at_rest, stopped.location, stopped.files) == (True, None, ())
        starting.join()
    assert [str(error) for error in outcomes] == ["side: this machine: it was stopped meanwhile"]
    assert keeper.kept() == {}


def test_what_is_not_kept_cannot_be_stopped(keeper: Keeper) -> None:
    assert keeper.stop(["side"]) == {}


def test_a_closed_keeper_begins_nothing(keeper: Keeper, tmp_path: Path) -> None:
    keeper.close()
    with pytest.raises(RecordingFailed, match="the client is being cleaned up"):
        start(keeper, wanted(tmp_path))
    pause(0.3)
    assert keeper.kept() == {}


def test_neither_a_start_nor_a_stop_waits_for_ever_for_a_disk(
    keeper: Keeper, clock: RigClock, freezable_disk: FreezableDisk, log_lines: LogLines
) -> None:
    outcomes: list[str] = []

    def begin(recording: Recording) -> None:
        try:
            start(keeper, recording)
        except RecordingFailed as error:
            outcomes.append(str(error))

    hung = wanted(freezable_disk.path)
    with freezable_disk.frozen():
        starting = threading.Thread(target=begin, args=(hung,))
        starting.start()
        assert eventually(lambda: keeper.recorder("side").phase is Phase.STARTING)
        clock.skip(START_LIMIT_S + hung.stall_limit_s)
        assert eventually(lambda: keeper.kept()["side"].hold is Hold.STOPPING)
        clock.skip(STOP_LIMIT_S)
        starting.join(PATIENCE_S)
        assert ["it has not begun within" in error for error in outcomes] == [True]
        stopping = threading.Thread(target=keeper.stop, args=(["side"],))
        stopping.start()
        pause(0.3)
        assert stopping.is_alive(), "it did not wait"
        clock.skip(STOP_LIMIT_S)
        stopping.join(PATIENCE_S)
        assert not stopping.is_alive()
    assert log_lines.of(logging.ERROR) == ["a recorder does not end"] * 2
    assert eventually(lambda: keeper.kept() == {})
