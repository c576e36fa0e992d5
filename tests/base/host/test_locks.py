"""Locks that tell: one holder, seen by all, given back however it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from thorsched.base.host import freshen, is_locked, lock_exclusively, remove_locked, stands_at

LOCKER = """
import sys
from thorsched.base.host import lock_exclusively
with open(sys.argv[1], "a") as file:
    print(lock_exclusively(file), flush=True)
    sys.stdin.read()
"""


def locker(path: Path) -> "tuple[subprocess.Popen[str], str]":
    process = subprocess.Popen(
        [sys.executable, "-c", LOCKER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


SLEEPER = "import signal, sys; print('up', flush=True); signal.pause()"


def test_a_lock_is_one_processs_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process, got = locker(path)
    with process:
        assert got == "True"
        with path.open("a") as file:
            assert not lock_exclusively(file)
            process.kill()
            process.wait(10)
            assert lock_exclusively(file)


def test_closing_the_file_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a") as first, path.open("a") as second:
        assert lock_exclusively(first)
        assert not lock_exclusively(second)
        first.close()
        assert lock_exclusively(second)


def test_who_looks_whether_a_lock_is_held_is_seen_by_nobody_else_who_looks(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    with path.open() as first, path.open() as second:
        assert not is_locked(first)
        assert not is_locked(second)
    with path.open("a") as held, path.open() as looking:
        assert lock_exclusively(held)
        assert is_locked(looking)


def test_a_lock_stays_as_long_as_any_process_holds_the_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a") as ours:
        assert lock_exclusively(ours)
        heir = subprocess.Popen(
            [sys.executable, "-c", SLEEPER],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[ours.fileno()],
        )
    with heir, path.open("a") as other:
        assert not lock_exclusively(other)
        heir.kill()
        heir.wait(10)
        assert lock_exclusively(other)


def test_a_lock_that_is_given_back_is_given_back_for_its_heirs_too(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a") as ours, path.open("a") as other:
        assert lock_exclusively(ours)
        with subprocess.Popen(
            [sys.executable, "-c", SLEEPER],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[ours.fileno()],
        ) as heir:
            assert not lock_exclusively(other)
            remove_locked(ours, path)
            assert lock_exclusively(other)
            heir.kill()


def test_a_file_stands_at_its_path_until_it_is_removed_or_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a") as file:
        assert stands_at(file, path)
        path.unlink()
        assert not stands_at(file, path)
        assert stands_at(file, path, "win32"), "Windows would not have removed it"
        path.touch()
        assert not stands_at(file, path)
        too_long = tmp_path / ("x" * 300)
        with pytest.raises(OSError, match="too long"):
            stands_at(file, too_long)


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_a_locked_file_is_removed_and_let_go(tmp_path: Path, platform: str) -> None:
    path = tmp_path / "lock"
    with path.open("a") as ours, path.open("a") as waiting:
        assert lock_exclusively(ours)
        remove_locked(ours, path, platform)
        assert not path.exists()
        assert lock_exclusively(waiting)
        assert not stands_at(waiting, path)


def test_a_file_looks_new_when_freshened_except_on_windows_which_needs_it_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lock"
    with path.open("a") as file:
        os.utime(path, (0, 0))
        freshen(file, "win32")
        assert path.stat().st_mtime == 0
        freshen(file, "linux")
        assert path.stat().st_mtime > 0
