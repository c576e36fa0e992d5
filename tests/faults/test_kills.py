"""The program is killed at one call after the other that changes its state; the next converges.

strace kills it where it enters the n-th call of a kind, in whichever thread comes to that first.
"""

import shutil
import signal
import subprocess
from functools import partial

import pytest

from tests.faults.lab import Lab, ends_in_order
from tests.support.program import forked, program

pytestmark = pytest.mark.real

KILLS = [
    ("flock", 1),  # the root's lock
    ("rename", 1),  # its mark, and sidecars
    ("mkdir", 4),  # a camera's directory
    ("flock", 2),  # a stream's claim, and a port's
    ("flock", 3),  # the checkpoint's lock
    ("ftruncate", 3),  # its recorder was spawned, nothing is written down of it
    ("fsync", 2),  # a segment, before it is described
    ("fsync", 4),  # a sidecar
    ("unlink", 3),  # what is left over
]
_LIMIT_S = 60


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed: nothing else kills at a given call")
    return found


def killed_at(strace: str, call: str, number: int, lab: Lab) -> bool:
    """Run the program until that call kills it; return whether it did."""
    inject = f"inject={call}:signal=SIGKILL:when={number}"
    follow = ["-f", "-b", "execve", "-o", "/dev/null"]
    with (lab.directory / "out.txt").open("ab") as log:
        out = log.fileno()
        words = ("run", str(lab.file), "--for", "5s")
        running = forked(*words, cwd=lab.directory, out=out, err=out, is_held=True)
    command = [strace, *follow, "-e", f"trace={call}", "-e", inject, "-p", f"{running.pid}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
        try:
            assert tracer.stderr is not None
            assert b"attached" in tracer.stderr.readline()
            running.send_signal(signal.SIGCONT)
            return running.wait(_LIMIT_S) == -signal.SIGKILL
        finally:
            running.kill()


@pytest.mark.fault(37)
@pytest.mark.long
def test_however_it_was_killed_the_next_run_records_with_one_recorder_a_camera(
    strace: str, lab: Lab
) -> None:
    killed = []
    with program("schema", cwd=lab.directory):  # whatever happens, it ends the recorders
        for call, number in KILLS:
            killed.append(killed_at(strace, call, number, lab))
            for camera in lab.cameras:
                assert len(lab.recorders(camera)) <= 1, (call, number)
        with lab.running() as last:
            for camera in lab.cameras:
                last.until(partial(last.says, f"recorder recording camera={camera}"), what=camera)
            assert len(lab.pids()) == 2
            ends_in_order(last, lab)
    assert sum(killed) >= len(KILLS) - 2, f"too few of the faults happened: {killed}"
    for camera in lab.cameras:
        frames = lab.numbers(camera)
        assert frames == sorted(set(frames)), "a frame is there twice, or out of order"
        assert set(frames) <= lab.due(camera).keys()
    lab.assert_all_described()
