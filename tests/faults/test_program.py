"""Faults of the program itself: its terminal, its loop, its streams, its limits, its time."""

import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.faults.lab import Lab, assert_is, ends_in_order, lab_of
from tests.support.program import Program, program
from tests.support.waiting import eventually, pause
from thorsched.cli.exits import ExitCode
from thorsched.engine.heartbeat import STOPPED_S
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real

# A session of its own whose terminal is stdout, as a login's.
LOGIN = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(1, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
# Once there is a file `hang`, no pass ends, and that is noticed after 3 s instead of 60.
HANGS = """
import sys, threading
from pathlib import Path
from thorsched.cli.main import main
from thorsched.engine.heartbeat import Heartbeat
from thorsched.engine.loop import Loop
run_pass, beat = Loop.run_pass, Heartbeat.beat
def hangs(loop):
    if Path("hang").exists():
        threading.Event().wait()
    return run_pass(loop)
def impatient(heartbeat):
    if Path("hang").exists():
        heartbeat._silence_limit_s = 3.0
    return beat(heartbeat)
Loop.run_pass, Heartbeat.beat = hangs, impatient
sys.argv[:] = sys.argv[3:]
main()
"""
STOOD_STILL_S = STOPPED_S + 1.0
CTRL_C = b"\x03"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Two cameras in segments of one second."""
    with lab_of(2, tmp_path) as lab:
        lab.write(segment="1s")
        yield lab


@contextmanager
def on_a_terminal(lab: Lab, *, log: int | None = None) -> Iterator[tuple[Program, int]]:
    """Run the program on a terminal; yield also what a person types to."""
    keyboard, screen = pty.openpty()
    inside = (sys.executable, "-c", LOGIN)
    try:
        with program(
            "run", str(lab.file), cwd=lab.directory, stdout=screen, stderr=log, inside=inside
        ) as running:
            lab.await_segments(running, 2)
            yield running, keyboard
    finally:
        os.close(screen)


def terminal_of(running: Program) -> str | None:
    return psutil.Process(running.process.pid).terminal()


@pytest.mark.fault(42)
def test_a_ctrl_c_that_is_typed_reaches_each_recorder_once(lab: Lab) -> None:
    with on_a_terminal(lab) as (running, keyboard):
        os.write(keyboard, CTRL_C)
        assert running.ends() == ExitCode.INTERRUPTED, running.outputs
        os.close(keyboard)
        assert lab.pids() == []
    lab.assert_nothing_lost()
    lab.assert_all_described()
    assert lab.repaired() == [], "a recorder was interrupted twice"


@pytest.mark.fault(42, 44)
def test_a_terminal_that_is_closed_and_a_log_on_a_full_disk_cost_their_words_only(lab: Lab) -> None:
    with (
        Path("/dev/full").open("w") as full,
        on_a_terminal(lab, log=full.fileno()) as (running, keyboard),
    ):
        before = lab.pids()
        os.close(keyboard)
        assert eventually(lambda: terminal_of(running) is None), "the terminal was not closed"
        lab.await_segments(running, len(lab.files()) + 2)
        assert lab.pids() == before
        running.process.send_signal(signal.SIGTERM)
        assert running.ends() == ExitCode.DONE
        assert lab.pids() == []
    lab.assert_nothing_lost()
    lab.assert_all_described()
    assert lab.repaired() == []


@pytest.mark.fault(43, 47)
@pytest.mark.long
def test_a_program_that_stood_still_goes_on_and_one_that_hangs_leaves_the_next_its_recorders(
    lab: Lab,
) -> None:
    inside = (sys.executable, "-c", HANGS)
    with program("run", str(lab.file), cwd=lab.directory, inside=inside) as hung:
        lab.await_segments(hung, 2)
        before = lab.pids()
        hung.process.send_signal(signal.SIGSTOP)
        pause(STOOD_STILL_S)
        hung.process.send_signal(signal.SIGCONT)
        hung.until(lambda: hung.says("the program stood still"), what="the word")
        lab.await_segments(hung, len(lab.files()) + 1)
        (lab.directory / "hang").touch()
        assert hung.ends() == ExitCode.HUNG, hung.outputs
        assert hung.says("no pass was completed")
        assert lab.pids() == before
        with lab.running() as second:
            for camera in lab.cameras:
                words = f"adopted a recorder camera={camera}"
                second.until(partial(second.says, words), what=words)
            assert lab.pids() == before
            ends_in_order(second, lab)
    lab.assert_nothing_lost()
    lab.assert_all_described()


@contextmanager
def no_descriptors(running: Program) -> Iterator[None]:
    """Let it open no file; those that are open stay."""
    seen = psutil.Process(running.process.pid)
    before = seen.rlimit(resource.RLIMIT_NOFILE)
    seen.rlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    yield
    seen.rlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def no_processes(running: Program) -> Iterator[None]:
    """Let it start neither a process nor a thread: the system calls fail."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: nothing else makes a given call fail")
    calls = "clone,clone3,fork,vfork"
    inject = ("-e", f"trace={calls}", "-e", f"inject={calls}:error=EAGAIN")
    command = [strace, "-f", *inject, "-o", "/dev/null", "-p", f"{running.process.pid}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
        assert tracer.stderr is not None
        assert b"attached" in tracer.stderr.readline()
        try:
            yield
        finally:
            tracer.terminate()


@pytest.mark.fault(24)
def test_without_descriptors_or_processes_a_camera_is_told_of_and_the_other_records_on(
    lab: Lab,
) -> None:
    with lab.recording() as running:
        (other,) = lab.recorders("cam1")
        for lacking, words in (
            (no_descriptors, "Too many open files"),
            (no_processes, "Resource temporarily unavailable"),
        ):
            (killed,) = lab.recorders("cam0")
            with lacking(running):
                killed.kill()
                running.until(partial(running.says, words), what=words)
                assert lab.recorders("cam0") == []
                assert lab.recorders("cam1") == [other]
            running.until(partial(lab.recorders, "cam0"), what="another recorder")
            lab.await_segments(running, len(lab.files()) + 2)
        ends_in_order(running, lab)
    lab.assert_nothing_lost(["cam1"])
    lab.assert_all_described()
    gaps = [gap for gap in lab.gaps() if gap.trouble.cause is not Cause.STARTING]
    assert len(gaps) == 2
    assert_is(max(gaps, key=lambda gap: (gap.end or gap.start) - gap.start), lab.missed())
