"""The unit file, under a real systemd: what restarts the scheduler costs no frame."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.faults.lab import Lab
from tests.support.waiting import eventually
from thorsched.recording.root import holder_of

pytestmark = pytest.mark.real

UNIT = Path(__file__).parents[2] / "configs" / "thorsched.service"
_MANAGER = Path("/lib/systemd/systemd")
_BOOTED = Path("/run/systemd/system")
# Of the system's manager alone; a user's has none of it.
_SYSTEMS_OWN = re.compile(r"^(User|RequiresMountsFor|OOMScoreAdjust|After|Wants)=.*$", re.MULTILINE)


class Systemd:
    """A manager of units, as a user has one, in directories of its own."""

    def __init__(self, directory: Path) -> None:
        runtime, units = directory / "runtime", directory / "config" / "systemd" / "user"
        runtime.mkdir(mode=0o700)
        units.mkdir(parents=True)
        self.unit = units / "thorsched.service"
        self._environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(directory / "config"),
        }

    def manager(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [_MANAGER, "--user"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __call__(self, *words: str) -> str | None:
        """Return what `systemctl --user` printed, None if it failed."""
        done = subprocess.run(
            ["systemctl", "--user", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() if done.returncode == 0 else None

    def main_pid(self) -> str | None:
        return self("show", "--property=MainPID", "--value", "thorsched")


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    if not _MANAGER.exists() or shutil.which("systemctl") is None:
        pytest.skip("systemd is not installed")
    made = Systemd(tmp_path)
    with ExitStack() as last:
        if not _BOOTED.exists():  # in a container, where nothing was booted by it
            if os.geteuid() != 0:
                pytest.skip("this machine does not run systemd")
            _BOOTED.mkdir(parents=True)
            last.callback(_BOOTED.rmdir)
        manager = made.manager()
        last.callback(manager.wait)
        last.callback(manager.terminate)
        if not eventually(lambda: made("list-units") is not None, within_s=10):
            pytest.skip("a systemd of one's own does not start here")
        yield made


@pytest.mark.fault(36)
@pytest.mark.long
def test_restart_and_crash_cost_no_frame_and_stop_finalises(lab: Lab, systemd: Systemd) -> None:
    text = _SYSTEMS_OWN.sub("", UNIT.read_text())
    program = f"ExecStart={sys.executable} -m thorsched run {lab.file} --last-good"
    text = re.sub(r"^ExecStart=.*$", program, text, flags=re.MULTILINE)
    reload = f"ExecReload={sys.executable} -m thorsched reload {lab.file}"
    text = re.sub(r"^ExecReload=.*$", reload, text, flags=re.MULTILINE)
    systemd.unit.write_text(text.replace("RestartSec=1s", "RestartSec=100ms"))
    assert systemd("daemon-reload") is not None
    assert systemd("start", "thorsched") is not None
    assert eventually(partial(all_have, lab, 1))
    recorders = lab.pids()
    for again in (("restart", "thorsched"), ("kill", "-s", "KILL", "--kill-who=main", "thorsched")):
        before, count = systemd.main_pid(), len(lab.files("cam0"))
        assert systemd(*again) is not None
        assert eventually(partial(is_another, systemd, before)), f"{again} changed nothing"
        # A program that still imports would be ended by a signal as any other is.
        assert eventually(partial(is_at_work, systemd, lab))
        assert eventually(partial(all_have, lab, count + 2))
        assert lab.pids() == recorders
    assert_reloads(systemd, lab)
    assert lab.pids() == recorders
    assert systemd("stop", "thorsched") is not None
    assert lab.pids() == []
    assert systemd("show", "--property=Result", "--value", "thorsched") == "success"
    lab.assert_nothing_lost()
    lab.assert_all_described()
    assert eventually(lambda: lab.guards() == [])


def assert_reloads(systemd: Systemd, lab: Lab) -> None:
    """Assert that a reload fails of a wrong file, and not of the right one; the program runs on."""
    program, right = systemd.main_pid(), lab.file.read_text()
    lab.file.write_text(f"{right}nonsense: 1\n")
    assert systemd("reload", "thorsched") is None
    lab.file.write_text(right)
    assert systemd("reload", "thorsched") is not None
    assert systemd.main_pid() == program


def all_have(lab: Lab, count: int) -> bool:
    return all(lab.has_segments(camera, count) for camera in lab.cameras)


def is_at_work(systemd: Systemd, lab: Lab) -> bool:
    return holder_of(lab.root) == systemd.main_pid()


def is_another(systemd: Systemd, before: str | None) -> bool:
    return systemd.main_pid() not in {before, "0", None}
