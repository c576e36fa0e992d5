"""Child processes: their sessions, one interrupt each, what they wait for, and the platforms."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_S, eventually
from thorsched.base.host import (
    inheritance_kwargs,
    interrupt,
    own_session_kwargs,
    thread_wakeups,
    waits_for_disk,
)

SLEEPER = "import signal, sys; print('up', flush=True); signal.pause()"


def sleeper() -> "subprocess.Popen[bytes]":
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-c", SLEEPER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        **own_session_kwargs(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def test_a_child_has_a_session_of_its_own() -> None:
    with sleeper() as process:
        assert os.getsid(process.pid) == process.pid
        assert os.getpgid(process.pid) != os.getpgid(0)
        process.kill()


def test_only_posix_lets_a_child_have_open_files() -> None:
    assert inheritance_kwargs([7, 8], "linux") == {"pass_fds": (7, 8)}
    assert inheritance_kwargs([7, 8], "darwin") == {"pass_fds": (7, 8)}
    assert inheritance_kwargs([7, 8], "win32") == {}


def test_an_interrupt_is_one_sigint_to_that_process() -> None:
    with sleeper() as process:
        interrupt(process)
        assert process.wait(10) == -signal.SIGINT


def test_interrupting_what_has_ended_does_nothing() -> None:
    with sleeper() as process:
        process.kill()
        process.wait(10)
        interrupt(process)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_on_posix_a_session_of_its_own(platform: str) -> None:
    assert own_session_kwargs(platform) == {"start_new_session": True}


# Whoever calls vfork waits as for a disk, until the child ends or runs another program.
HELD = "import ctypes, time; print(flush=True); ctypes.CDLL(None).vfork(); time.sleep(60)"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process waits for")
def test_a_process_that_a_wait_holds_which_no_signal_ends_is_told_from_one_that_sleeps() -> None:
    command = [sys.executable, "-c", HELD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as held:
        assert eventually(lambda: waits_for_disk(held.pid))
        assert not waits_for_disk(held.pid, "darwin")
        os.killpg(held.pid, signal.SIGKILL)
    assert not waits_for_disk(held.pid), "it is gone"
    assert not waits_for_disk(os.getpid())


def test_how_often_a_thread_has_waited_and_gone_on_is_told_by_its_name() -> None:
    def wakeups(name: str, like: str = "test:", platform: str = "linux") -> int | None:
        return thread_wakeups(os.getpid(), name, like=like, platform=platform)

    named, ended = threading.Event(), threading.Event()

    def run() -> None:
        Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_text("test:own")
        named.set()
        while not ended.wait(0.01):
            pass

    assert wakeups("test:own") is None, "no thread has such a name"
    thread = threading.Thread(target=run)
    thread.start()
    assert named.wait(PATIENCE_S)
    before = wakeups("test:own")
    assert before is not None
    assert eventually(lambda: (wakeups("test:own") or 0) > before)
    assert wakeups("test:other") == 0, "there is none as yet"
    assert wakeups("test:own", platform="darwin") is None
    ended.set()
    thread.join()
