"""A file of whose changes nothing is heard: it is polled, and the log says so."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("unshare") is None, reason="needs namespaces of Linux")

# Limits and mounts are those of namespaces of one's own: nobody else is hit, and nothing stays.
ALONE = ["unshare", "--user", "--map-root-user", "--mount"]
NONE_LEFT = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"'
SAID = "thorsched.reload.watching.observers: cannot watch the file, polling it"


def run_alone(*command: str) -> "subprocess.CompletedProcess[str]":
    ended = subprocess.run([*ALONE, *command], capture_output=True, text=True, check=False)
    if "unshare: " in ended.stderr:
        pytest.skip("no namespaces for users here")
    return ended


def unheard(which: str, directory: Path) -> list[str]:
    return [sys.executable, "-m", "tests.reload.unheard", which, str(directory)]


@pytest.mark.fault(54, 55)
def test_without_inotify_the_file_is_polled_and_the_log_says_so(tmp_path: Path) -> None:
    ended = run_alone("sh", "-c", NONE_LEFT, "sh", *unheard("none", tmp_path))
    assert ended.stdout.split() == ["1080p", "480p"], ended.stderr
    assert ended.stderr.startswith(SAID), ended.stderr
    assert "inotify instance limit reached" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.fault(54, 55)
@pytest.mark.skipif(not Path("/dev/fuse").exists(), reason="needs FUSE")
def test_a_file_on_another_machine_is_polled_and_half_of_it_not_applied(tmp_path: Path) -> None:
    ended = run_alone(*unheard("far", tmp_path))
    assert ended.stdout.split() == ["1080p"], ended.stderr
    assert ended.stderr == f"{SAID} it is on another machine (fuse.sshfs)\n"
