"""The program is killed at one call after the other that changes its state; the next converges.

strace kills it where it enters the n-th call of a kind, in whichever thread comes to that first.
"""

import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.faults.test_outliving import (
    CAMERAS,
    assert_all_described,
    pids,
    root_of,
    write,
)
from tests.support.frames import numbers, segments
from tests.support.ports import free_port
from tests.support.program import THORSCHED, program, recorders
from thorsched.simulator.server import Simulator

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


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=2, port=free_port()) as simulator:
        yield simulator


def killed_at(strace: str, call: str, number: int, file: Path) -> bool:
    """Run the program until that call kills it; return whether it did."""
    inject = f"inject={call}:signal=SIGKILL:when={number}"
    follow = ["-f", "-b", "execve", "-qqq", "-o", "/dev/null"]
    command = [strace, *follow, "-e", f"trace={call}", "-e", inject, *THORSCHED]
    ran = subprocess.run(
        [*command, "run", str(file), "--for", "5s"],
        cwd=file.parent,
        capture_output=True,
        timeout=_LIMIT_S,
        check=False,
    )
    return ran.returncode == -9


def test_however_it_was_killed_the_next_run_records_with_one_recorder_a_camera(
    strace: str, simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator)
    killed = []
    with program("schema", cwd=tmp_path):  # whatever happens, it ends the recorders
        for call, number in KILLS:
            killed.append(killed_at(strace, call, number, file))
            assert len(pids(file)) <= 2, (call, number)
            assert len({r.cwd() for r in recorders(tmp_path)}) == len(pids(file)), (call, number)
        with program("run", str(file), cwd=tmp_path) as last:
            for camera in CAMERAS:
                last.until(partial(last.says, f"recorder recording camera={camera}"), what=camera)
            assert len(pids(file)) == 2
            last.interrupt()
            assert last.ends() == 130, last.outputs
    assert sum(killed) >= len(KILLS) - 2, f"too few of the faults happened: {killed}"
    assert pids(file) == []
    for camera, device_id in zip(CAMERAS, (0, 1), strict=True):
        files = segments(root_of(file), camera)
        frames = numbers(*files)
        assert frames == sorted(set(frames)), "a frame is there twice, or out of order"
        assert set(frames) <= {frame.number for frame in simulator.truth(device_id)}
    assert_all_described(file)
