"""The auditor's process answers, gives way, and costs one file when it crashes or hangs."""

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.films import FRAMES, Film, stamped
from tests.support.waiting import eventually, has_ended
from thorsched.base.clock import SystemClock
from thorsched.catalogue.auditing.auditor import RATE_BYTES_S, answer_of
from thorsched.catalogue.auditing.examiner import Examiner, Unexamined
from thorsched.video.examination import examine

SLOW_BYTES = 10 * RATE_BYTES_S


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return stamped(tmp_path_factory.mktemp("stamped") / "whole.mkv")


@pytest.fixture
def examiner() -> Iterator[Examiner]:
    made = Examiner()
    yield made
    made.close()


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A file that takes its seconds, and no room on the disk."""
    path = tmp_path / "slow.mkv"
    with path.open("wb") as file:
        file.truncate(SLOW_BYTES)
    return path


def process_of(examiner: Examiner) -> psutil.Process:
    assert eventually(lambda: examiner.pid)
    assert examiner.pid is not None
    return psutil.Process(examiner.pid)


def begun(examiner: Examiner, path: Path) -> tuple[threading.Thread, list[str]]:
    """Have a file examined by a thread; return it, and what it is told in the end."""
    told: list[str] = []

    def work() -> None:
        try:
            told.append(examiner.examine(path).sha256)
        except Unexamined as error:
            told.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    return thread, told


def test_files_are_examined_by_one_modest_process(examiner: Examiner, whole: Film) -> None:
    found = examiner.examine(whole.path)
    process = process_of(examiner)
    assert found == examine(whole.path)
    assert found.frames == FRAMES
    assert examiner.examine(whole.path) == found
    assert examiner.pid == process.pid
    if sys.platform == "linux":
        assert (process.nice(), process.ionice().ioclass) == (19, psutil.IOPRIO_CLASS_IDLE)
    assert os.getsid(process.pid) == process.pid, "a Ctrl-C would reach it"


def test_a_file_that_is_gone_is_told_of_and_the_next_one_examined(
    examiner: Examiner, whole: Film, tmp_path: Path
) -> None:
    with pytest.raises(Unexamined, match="No such file"):
        examiner.examine(tmp_path / "gone \N{SNOWMAN}\n.mkv")
    os.mkfifo(tmp_path / "pipe.mkv")
    with pytest.raises(Unexamined, match="not a plain file"):
        examiner.examine(tmp_path / "pipe.mkv")
    assert examiner.examine(whole.path).frames == FRAMES


def test_a_crash_costs_the_file_in_work_and_no_other(
    examiner: Examiner, whole: Film, slow: Path
) -> None:
    thread, told = begun(examiner, slow)
    process_of(examiner).kill()
    thread.join()
    assert told == ["its process ended with -9"]
    assert examiner.examine(whole.path).frames == FRAMES


def test_one_that_hangs_is_ended_and_costs_the_file_in_work(slow: Path) -> None:
    examiner = Examiner(hung_after_s=2.0)
    thread, told = begun(examiner, slow)
    hung = process_of(examiner)
    hung.send_signal(signal.SIGSTOP)
    thread.join()
    assert told == ["not a byte was read for 2 s: does the disk not answer?"]
    assert eventually(lambda: not hung.is_running())
    examiner.close()


def test_it_ends_at_once_when_it_is_told_to_whatever_it_is_at(
    examiner: Examiner, slow: Path
) -> None:
    thread, told = begun(examiner, slow)
    process = process_of(examiner)
    examiner.close()
    thread.join()
    assert told == ["its process ended with -9"]
    assert eventually(lambda: not process.is_running())
    with pytest.raises(Unexamined, match="it is over"):
        examiner.examine(slow)


def test_it_ends_with_who_started_it_though_that_is_killed(slow: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from thorsched.catalogue.auditing.examiner import start\n"
        "process = start(); print(process.pid, flush=True)\n"
        f"process.stdin.write({str(slow)!r:s}.join(chr(34) * 2) + chr(10)); process.stdin.flush()\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        process = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert eventually(lambda: has_ended(process))


def test_it_never_reads_faster_than_its_rate(slow: Path) -> None:
    os.truncate(slow, int(0.6 * RATE_BYTES_S))
    out, clock = io.StringIO(), SystemClock()
    began_s = clock.monotonic_s()
    answer = answer_of(str(slow), out, clock=clock)
    assert clock.monotonic_s() - began_s >= 0.59
    assert "found" in answer
