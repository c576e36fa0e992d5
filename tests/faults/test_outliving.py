"""What becomes of recorders whose scheduler is killed, ended or replaced; everything is real."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.faults.lab import Lab, ends_in_order, in_yaml, kill, lab_of
from tests.faults.test_recorders import stand_in
from tests.support.frames import numbers
from tests.support.program import Program, thorsched
from tests.support.waiting import eventually
from thorsched.base.clock import SystemClock
from thorsched.base.gstreamer import tool
from thorsched.recording.naming import INTERNAL
from thorsched.recording.sidecars import read_sidecar
from thorsched.recording.trouble import Cause
from thorsched.video import matroska

pytestmark = pytest.mark.real

SLOW_S = 2.0
# As a busy machine, or one whose registry of plugins is old, begins a recorder.
SLOW = """#!{python}
import os, sys, time
if "srtclientsrc" in sys.argv:
    time.sleep({slow_s})
os.execv("{real}", sys.argv)
"""


@pytest.fixture
def killed(lab: Lab) -> Iterator[Lab]:
    """A lab whose scheduler was killed while its two recorders recorded."""
    with lab.recording() as first:
        before = lab.pids()
        kill(first)
        assert lab.pids() == before
        assert len(before) == 2
        yield lab


def await_adoption(running: Program, lab: Lab) -> None:
    for camera in lab.cameras:
        words = f"adopted a recorder camera={camera}"
        running.until(partial(running.says, words), what=words)


@pytest.mark.fault(36)
def test_after_a_sigkill_the_next_run_goes_on_with_the_recorders_and_no_frame_is_lost(
    killed: Lab,
) -> None:
    before = killed.pids()
    with killed.running() as second:
        await_adoption(second, killed)
        killed.await_segments(second, 4)
        assert killed.pids() == before
        ends_in_order(second, killed)
    killed.assert_nothing_lost()
    killed.assert_all_described()
    assert [killed.simulator.stream(device_id) for device_id in (0, 1)] == [None, None]


@pytest.mark.fault(36)
def test_the_times_of_recorders_that_began_slowly_are_right_before_and_after_their_adoption(
    lab: Lab,
) -> None:
    stand_in(lab, SLOW.format(python=sys.executable, slow_s=SLOW_S, real=tool("gst-launch-1.0")))
    lab.write(segment="1s")
    with lab.recording() as first:
        kill(first)
        known = len(lab.files())
        with lab.running() as second:
            await_adoption(second, lab)
            lab.await_segments(second, known + 2)
            ends_in_order(second, lab)
    lab.assert_nothing_lost()
    lab.assert_no_gap(["cam0", "cam1"])
    for camera in lab.cameras:
        due = lab.due(camera)
        for path in lab.files(camera):
            said = datetime.fromisoformat(read_sidecar(path)["first_frame"])
            assert abs(said.timestamp() - due[numbers(path)[0]]) < SLOW_S / 2, path


@pytest.mark.fault(40)
@pytest.mark.long
def test_what_died_with_its_scheduler_is_repaired_and_recorded_anew(killed: Lab) -> None:
    for process in (*killed.guards(), *killed.recorders()):  # as a reboot leaves nobody
        process.kill()
    assert eventually(lambda: killed.pids() == killed.guards() == [])
    left = {camera: killed.files(camera) for camera in killed.cameras}
    frames = {camera: numbers(*paths) for camera, paths in left.items()}
    with killed.running() as second:
        killed.await_segments(second, max(map(len, left.values())) + 1)
        assert not second.says("adopted a recorder")
        ends_in_order(second, killed)
    for camera in killed.cameras:
        assert numbers(*left[camera]) == frames[camera]
    killed.assert_all_described()
    assert killed.repaired(), "what died was whole"


@pytest.mark.fault(39)
def test_a_stranger_that_has_a_dead_recorders_pid_and_words_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "srtclientsrc").write_text("read line\n")  # of what nobody writes
    with lab_of(1, tmp_path) as lab, lab.recording() as first:
        (recorder,) = lab.recorders()
        words = recorder.cmdline()
        kill(first)
        recorder.kill()
        assert eventually(lambda: not psutil.pid_exists(recorder.pid))
        with process_with(recorder.pid, words, cwd=tmp_path) as stranger:
            known = len(lab.files())
            with lab.running() as second:
                lab.await_segments(second, known + 2)
                assert psutil.Process(recorder.pid).cmdline() == words
                assert not second.says("adopted a recorder")
                ends_in_order(second, lab)
            assert stranger.poll() is None, "the stranger was signalled"
        gap = lab.assert_one_gap("cam0", Cause.NOT_RUNNING)
        assert f"process {first.process.pid} was killed" in gap.trouble.detail
        lab.assert_all_described()


@contextmanager
def process_with(pid: int, words: Sequence[str], *, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a recorder's words with this process id, as those of a shell: its script is the third."""
    last = Path("/proc/sys/kernel/ns_last_pid")
    for _ in range(100):  # others may begin in between
        try:
            last.write_text(str(pid - 1))
        except OSError as error:
            pytest.skip(f"to choose a process id needs root: {error}")
        with subprocess.Popen(
            words,
            executable="/bin/sh",
            cwd=cwd,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                if process.pid == pid:
                    yield process
                    return
            finally:
                process.kill()
    pytest.fail(f"nobody gets the process id {pid}")


def test_recorders_left_below_a_root_are_adopted_when_an_edit_names_it(killed: Lab) -> None:
    there = killed.root
    killed.root = killed.directory / "elsewhere"
    killed.write()
    with killed.running() as second:
        second.until(partial(second.says, "its program is gone"), what="a device in use")
        assert not second.says("adopted a recorder")
        killed.root = there
        orphans = killed.pids()
        killed.write()
        await_adoption(second, killed)
        second.until(lambda: not {*orphans} & {*killed.pids()}, what="the orphans' end")
        second.until(lambda: len(killed.pids()) == 2, what="recorders of its own")
        killed.await_segments(second, 4)
        ends_in_order(second, killed)
    killed.assert_all_described()


def test_a_handover_ends_the_scheduler_and_leaves_its_recorders_to_the_next(lab: Lab) -> None:
    with lab.recording() as first:
        before = lab.pids()
        done = thorsched("handover", str(lab.file), cwd=lab.directory)
        assert (done.returncode, first.ends()) == (0, 0), done.stderr
        assert "2 recorders record on" in done.stdout
        assert lab.pids() == before
        between = thorsched("check", str(lab.file), cwd=lab.directory)
        assert between.stdout.count("the next `thorsched run` of its file goes on with it") == 2
        nobody = thorsched("handover", str(lab.file), cwd=lab.directory)
        assert (nobody.returncode, "no thorsched records to" in nobody.stderr) == (2, True)
        with lab.running() as second:
            await_adoption(second, lab)
            after = thorsched("check", str(lab.file), cwd=lab.directory)
            assert "another `thorsched run` must wait" in after.stdout, "the second is seen"
            assert "its program is gone" not in after.stdout, "nobody is told to end its recorders"
            ends_in_order(second, lab)
    lab.assert_nothing_lost()


def test_a_handover_asks_nobody_whose_number_somebody_has_written_into_the_lock(lab: Lab) -> None:
    lock = lab.root / INTERNAL / "lock"
    lock.parent.mkdir(parents=True)
    with subprocess.Popen(["sleep", "600"]) as stranger, lock.open("w") as forged:
        fcntl.flock(forged, fcntl.LOCK_EX)
        forged.write(str(stranger.pid))
        forged.flush()
        done = thorsched("handover", str(lab.file), cwd=lab.directory)
        assert (done.returncode, "does not hold it" in done.stderr) == (2, True), done.stderr
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.fault(36, 48)
@pytest.mark.long
def test_a_recorder_whose_scheduler_never_returns_ends_by_itself_after_its_window(
    lab: Lab,
) -> None:
    end = (SystemClock().now() + timedelta(seconds=12)).replace(microsecond=0)
    lab.write(f"from: {in_yaml(end - timedelta(hours=1))}, to: {in_yaml(end)}")
    with lab.recording() as first:
        kill(first)
        assert len(lab.pids()) == 2
        assert eventually(lambda: lab.pids() == [], within_s=60), "orphans run on"
    assert SystemClock().now() >= end
    for camera in lab.cameras:
        assert all(matroska.frames(path).finalised for path in lab.files(camera))
        assert lab.due(camera)[lab.numbers(camera)[-1]] >= end.timestamp() - 0.1
    assert eventually(lambda: lab.guards() == []), "the guard stays although nothing is left"


def test_a_guard_that_was_killed_is_replaced_and_there_is_one(killed: Lab) -> None:
    (guard,) = killed.guards()
    guard.kill()
    assert eventually(lambda: killed.guards() == [])
    with killed.running() as second:
        second.until(lambda: len(killed.guards()) == 1, what="a guard")
        ends_in_order(second, killed)
