"""The recorders of a machine side by side."""

import logging
import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.recording.conftest import LogLines
from tests.recording.rig import RigClock
from tests.support.values import output, recording, source
from tests.support.waiting import PATIENCE_S, eventually, pause
from tests.thorvision.misbehaving import sends_and_holds, serving
from thorsched.engine.silence import STARTING_LIMIT_S, silence
from thorsched.recording.launcher import CLOSE_LIMIT_S, Launcher
from thorsched.recording.lifecycle import Phase, Recorder, Start, Stop
from thorsched.recording.segments import Segment
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause


def any_root(root: Path) -> None:
    """Let everything be recorded to."""
    root.mkdir(exist_ok=True)


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    closed = queue.SimpleQueue[Segment]()
    made = Launcher(
        clock=RigClock(),
        check_root=any_root,
        changed=lambda: None,
        closed=closed.put,
        outlives=True,
        noted=lambda _: None,
    )
    yield made
    made.close()
    assert closed.empty()
    assert threads() == set()


def test_it_can_be_observed_while_cameras_are_added(launcher: Launcher) -> None:
    done = threading.Event()
    failures: list[Exception] = []

    def observe() -> None:
        while not done.is_set():
            try:
                launcher.observe()
            except RuntimeError as error:
                failures.append(error)

    observer = threading.Thread(target=observe)
    observer.start()
    for number in range(60):
        launcher.carry_out([Stop(f"cam{number}", "never wanted")])
    done.set()
    observer.join()
    assert failures == []
    assert len(launcher.observe()) == 60


def test_a_camera_that_never_recorded_is_idle(launcher: Launcher) -> None:
    assert launcher.observe() == {}
    launcher.carry_out([Stop("side", "never wanted")])
    assert launcher.observe() == {"side": Recorder("side")}


def threads() -> set[str]:
    return {t.name for t in threading.enumerate() if t.name.startswith("recorder ")}


def test_a_camera_that_is_not_needed_any_more_is_forgotten_with_its_thread_until_it_comes_back(
    launcher: Launcher,
) -> None:
    stops = [Stop(camera, "never wanted") for camera in ("side", "top")]
    launcher.carry_out(stops)
    launcher.release_all_but({"side"})
    assert eventually(lambda: threads() == {"recorder side"})
    assert launcher.observe() == {"side": Recorder("side"), "top": Recorder("top")}

    def is_forgotten() -> bool:
        launcher.release_all_but({"side"})
        return launcher.observe() == {"side": Recorder("side")}

    assert eventually(is_forgotten)
    launcher.carry_out(stops)
    assert threads() == {"recorder side", "recorder top"}
    assert launcher.observe() == {"side": Recorder("side"), "top": Recorder("top")}


def test_a_camera_that_is_not_at_rest_keeps_its_thread(launcher: Launcher, tmp_path: Path) -> None:
    launcher.carry_out([Start("side", wanted(tmp_path, server=""))])
    assert eventually(lambda: launcher.observe()["side"].phase is Phase.BACKING_OFF)
    launcher.release_all_but(())
    pause(0.2)
    launcher.release_all_but(())
    assert launcher.observe()["side"].phase is Phase.BACKING_OFF
    assert threads() == {"recorder side"}
    launcher.carry_out([Stop("side", "no longer wanted")])
    assert eventually(lambda: launcher.observe()["side"].phase is Phase.IDLE)
    launcher.release_all_but(())
    assert eventually(lambda: threads() == set())


def test_a_camera_that_comes_back_while_its_thread_is_sent_away_starts_and_keeps_its_back_off(
    launcher: Launcher, tmp_path: Path
) -> None:
    launcher.carry_out([Stop("side", "never wanted")])
    launcher.release_all_but(())
    launcher.carry_out([Start("side", wanted(tmp_path, server=""))])
    assert eventually(lambda: launcher.observe()["side"].phase is Phase.BACKING_OFF)
    launcher.release_all_but({"side"})
    assert launcher.observe()["side"].failures == 1
    launcher.carry_out([Start("side", wanted(tmp_path, server=""), at_once=True)])
    assert eventually(lambda: launcher.observe()["side"].failures == 2)
    assert eventually(lambda: len(threads()) == 1)


def wanted(root: Path, *, server: str) -> Recording:
    usual = recording(of=replace(source(), server=server))
    return replace(usual, output=output(root))


@pytest.mark.parametrize("server", ["", "ftp://rig", "http://user:secret@rig:8000", "http://rig:0"])
def test_a_server_that_is_no_address_ends_no_thread(
    launcher: Launcher, tmp_path: Path, server: str
) -> None:
    launcher.carry_out([Start("side", wanted(tmp_path, server=server))])
    assert eventually(lambda: launcher.observe()["side"].phase is Phase.BACKING_OFF)
    trouble = launcher.observe()["side"].trouble
    assert trouble is not None
    assert trouble.cause is Cause.MACHINE
    assert "secret" not in trouble.detail


def test_a_camera_in_trouble_does_not_keep_another_one_waiting(
    launcher: Launcher, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with serving(sends_and_holds(b"")) as server:
        hung, full = (wanted(root, server=server.url) for root in (tmp_path / "root", in_the_way))
        launcher.carry_out([Start("hung", hung)])
        assert eventually(lambda: len(server.requests) == 1)
        launcher.carry_out([Start("full", full)])
        assert eventually(lambda: launcher.observe()["full"].phase is Phase.BACKING_OFF)
        assert launcher.observe()["hung"].phase is Phase.STARTING, "its server did not hang"


@pytest.mark.fault(24)
def test_a_camera_that_gets_no_thread_leaves_the_others_served_and_is_served_later(
    launcher: Launcher, tmp_path: Path, log_lines: LogLines
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    launcher.carry_out([Stop("side", "never wanted")])
    start = Start("side", wanted(in_the_way, server="http://rig:8000"))
    before = threading.stack_size(2**46)  # no machine has room for such a thread
    try:
        for _ in range(2):
            launcher.carry_out([Stop("top", "never wanted"), start])
    finally:
        threading.stack_size(before)
    assert eventually(lambda: launcher.observe()["side"].phase is Phase.BACKING_OFF)
    assert log_lines.of(logging.ERROR) == ["no thread for a camera"]
    assert "top" not in launcher.observe()
    launcher.carry_out([Stop("top", "never wanted")])
    assert launcher.observe()["top"] == Recorder("top")


def test_what_does_not_end_is_left_behind_when_closing(tmp_path: Path, log_lines: LogLines) -> None:
    clock, may_end = RigClock(), threading.Event()

    def hangs(root: Path) -> None:
        del root
        assert may_end.wait(60)

    launcher = Launcher(
        clock=clock,
        check_root=hangs,
        changed=lambda: None,
        closed=print,
        noted=print,
        outlives=True,
    )
    launcher.carry_out([Start("side", wanted(tmp_path, server="http://127.0.0.1:9"))])
    assert eventually(lambda: launcher.observe()["side"].phase is Phase.STARTING)
    closing = threading.Thread(target=launcher.close)
    closing.start()
    pause(0.3)
    assert closing.is_alive(), "it did not wait"
    clock.skip(STARTING_LIMIT_S)
    assert silence(launcher.observe()["side"], now_s=clock.monotonic_s()) is not None
    clock.skip(CLOSE_LIMIT_S)
    closing.join(PATIENCE_S)
    assert not closing.is_alive()
    assert log_lines.of(logging.ERROR) == ["a recorder does not end and is left behind"]
    may_end.set()
    launcher.close()
    assert threads() == set()
