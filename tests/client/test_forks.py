"""A forked child has none of the client's threads: it holds nothing back, and ends nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.test_recording import VGA
from tests.support.program import recorders
from tests.support.waiting import PATIENCE_S
from thorsched.simulator.server import Simulator

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no forks"),
]

OUTLIVING = """
import multiprocessing, sys, threading
from thorsched import ThorVisionClient
if __name__ == "__main__":
    end = multiprocessing.get_context("fork").Event()
    with ThorVisionClient("127.0.0.1", int(sys.argv[1])) as client:
        client.start_stream_with_recording(0, sys.argv[3], output_dir=sys.argv[2])
        child = multiprocessing.get_context("fork").Process(target=end.wait)
        child.start()
        client.stop_stream(0)
        again = client.start_stream_with_recording(0, sys.argv[3], output_dir=sys.argv[2])
        print(again["recording"])
    end.set()
    child.join()
"""

ENDING = """
import os, sys
from thorsched import ThorVisionClient
with ThorVisionClient("127.0.0.1", int(sys.argv[1])) as client:
    client.start_stream_with_recording(
        0, sys.argv[3], output_dir=sys.argv[2], gstreamer_log="console"
    )
    child = os.fork()
    if child == 0:
        assert client.list_active_streams() == {}
        sys.exit(3)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    print(client.list_active_streams()[0]["recording"])
    print(client.stop_stream(0)["message"])
"""


def said(script: str, simulator: Simulator, directory: Path) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", script, str(simulator.port), str(directory), VGA],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert recorders(directory) == []
    assert simulator.stream(0) is None
    return ended.stdout.splitlines()


def test_a_child_that_outlives_a_recording_does_not_hold_its_camera(
    simulator: Simulator, tmp_path: Path
) -> None:
    assert said(OUTLIVING, simulator, tmp_path) == ["True"]


def test_a_child_that_ends_leaves_its_parents_recording_alone(
    simulator: Simulator, tmp_path: Path
) -> None:
    assert said(ENDING, simulator, tmp_path) == ["3", "True", "Stream and recording stopped"]
