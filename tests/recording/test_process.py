"""A recorder process: its session, its words, its one interrupt. Small children, real processes."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.recording.conftest import LogLines
from tests.support.waiting import eventually, pause
from thorsched.base.gstreamer import tool
from thorsched.recording.process import LOG_LIMIT_BYTES, RecorderProcess
from thorsched.video import matroska

# Notes every SIGINT and goes on.
LISTENER = """
import pathlib, signal
def hear(number, frame):
    with open("heard", "a") as file:
        file.write("INT ")
signal.signal(signal.SIGINT, hear)
pathlib.Path("ready").touch()
while True:
    signal.pause()
"""


class Children:
    """Starts processes in `directory`; none of them outlives the test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "logs" / "side.log"
        self._started: list[RecorderProcess] = []

    def start(self, *command: str) -> RecorderProcess:
        process = RecorderProcess.spawn(command, directory=self.directory, log=self.log)
        self._started.append(process)
        return process

    def python(self, script: str) -> RecorderProcess:
        return self.start(sys.executable, "-c", script)

    def listener(self) -> RecorderProcess:
        process = self.python(LISTENER)
        assert eventually((self.directory / "ready").exists)
        return process

    def heard(self) -> str:
        heard = self.directory / "heard"
        return heard.read_text() if heard.exists() else ""

    def end(self) -> None:
        for process in self._started:
            process.kill()
            assert has_ended(process)


def has_ended(process: RecorderProcess) -> bool:
    return eventually(lambda: process.exit_code() is not None)


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(tmp_path)
    yield made
    made.end()


def test_it_runs_in_its_directory_and_session_with_nothing_to_read(children: Children) -> None:
    process = children.python(
        "import os, sys; print(os.getcwd(), os.getsid(0) == os.getpid(), sys.stdin.read() == '')"
    )
    assert has_ended(process)
    assert process.last_words() == f"{children.directory} True True\n"
    assert os.getsid(0) != process.pid


def test_it_inherits_no_file_of_ours(children: Children) -> None:
    with (children.directory / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)  # noqa: FBT003 - as the library has it
        process = children.python("import os; print(sorted(os.listdir('/proc/self/fd'))[:-1])")
        assert has_ended(process)
    assert process.last_words() == "['0', '1', '2']\n"


def test_it_is_interrupted_once_however_often_it_is_asked_for(children: Children) -> None:
    process = children.listener()
    process.interrupt()
    assert eventually(lambda: children.heard() == "INT ")
    process.interrupt()
    process.interrupt()
    pause(0.1)
    assert children.heard() == "INT "


def test_an_interrupt_after_the_end_does_nothing(children: Children) -> None:
    process = children.start("true")
    assert has_ended(process)
    process.interrupt()
    process.kill()
    assert process.exit_code() == 0


@pytest.mark.fault(21)
def test_what_ignores_the_interrupt_is_killed(children: Children) -> None:
    process = children.listener()
    process.interrupt()
    assert eventually(lambda: children.heard() == "INT ")
    pause(0.1)
    assert process.exit_code() is None
    process.kill()
    assert has_ended(process)
    assert process.exit_code() == -signal.SIGKILL


def test_its_last_words_are_its_own_and_no_more_than_needed(children: Children) -> None:
    assert has_ended(children.python("import sys; print('the one before'); sys.exit(3)"))
    process = children.python("import sys; print('x' * 100_000, flush=True); sys.exit('the end')")
    assert has_ended(process)
    words = process.last_words()
    assert "the one before" not in words
    assert words.endswith("the end\n")
    assert len(words) == 64_000
    assert "the one before" in children.log.read_text()


def test_words_that_are_no_utf8_are_kept_as_far_as_they_go(children: Children) -> None:
    process = children.python("import os; os.write(1, b'caf\\xe9 closed\\n')")
    assert has_ended(process)
    assert process.last_words() == "caf\ufffd closed\n"


def test_a_log_that_grows_is_cut_while_the_process_goes_on_writing(children: Children) -> None:
    process = children.python(
        f"""
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
os.write(1, b"x" * {LOG_LIMIT_BYTES + 1})
signal.sigwait([signal.SIGINT])
os.write(1, b"after the cut")
"""
    )
    assert eventually(lambda: children.log.stat().st_size > LOG_LIMIT_BYTES)
    process.cap_log()
    assert children.log.stat().st_size == 0
    process.interrupt()
    assert has_ended(process)
    assert process.last_words() == "after the cut"
    assert children.log.stat().st_size == len("after the cut")


def test_a_log_that_is_small_is_left_alone(children: Children) -> None:
    process = children.start("echo", "hello")
    assert has_ended(process)
    process.cap_log()
    assert children.log.read_text() == "hello\n"


def test_a_log_full_of_earlier_words_is_cut_at_the_start(children: Children) -> None:
    children.log.parent.mkdir()
    children.log.write_bytes(b"x" * (LOG_LIMIT_BYTES + 1))
    process = children.start("echo", "hello")
    assert has_ended(process)
    assert process.last_words() == "hello\n"
    assert children.log.read_text() == "hello\n"


def test_a_log_that_was_taken_away_costs_its_words_only(children: Children) -> None:
    process = children.listener()
    children.log.unlink()
    children.log.parent.rmdir()
    process.cap_log()
    assert process.last_words() == ""
    assert process.exit_code() is None
    assert not children.log.parent.exists()


@pytest.mark.parametrize("command", [["no-such-program"], ["/"]])
def test_what_cannot_be_started_is_an_error_of_the_machine(
    children: Children, command: Sequence[str]
) -> None:
    with pytest.raises(OSError, match=command[0]):
        children.start(*command)


def test_a_directory_that_is_gone_is_an_error_of_the_machine(children: Children) -> None:
    with pytest.raises(FileNotFoundError, match="gone"):
        RecorderProcess.spawn(["true"], directory=children.directory / "gone", log=children.log)


def test_a_log_that_cannot_be_written_is_done_without(
    children: Children, log_lines: LogLines
) -> None:
    children.log.parent.write_text("in the way")
    process = children.python("print('unheard'); raise SystemExit(3)")
    assert has_ended(process)
    assert (process.exit_code(), process.last_words()) == (3, "")
    process.cap_log()
    assert log_lines.of(logging.WARNING) == ["a recorder's words are lost"]
    assert children.log.parent.read_text() == "in the way"


def test_a_disk_that_takes_no_log_would_take_no_recording_either(
    small_disk: Path, children: Children
) -> None:
    (small_disk / "logs").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    children.log = small_disk / "logs" / "side.log"
    with pytest.raises(OSError, match="Read-only file system"):
        children.start("true")


@pytest.mark.real
def test_an_interrupt_makes_gst_launch_finalise_its_file(children: Children) -> None:
    source = ["videotestsrc", "is-live=true", "!", "video/x-raw,width=160,height=120", "!"]
    film = children.directory / "film.mkv"
    process = children.start(
        *(str(tool("gst-launch-1.0")), "-e", *source, "jpegenc", "!", "jpegparse", "!"),
        *("splitmuxsink", "muxer-factory=matroskamux", f"location={film.name}"),
    )
    assert eventually(lambda: film.exists() and film.stat().st_size > 30_000)
    process.interrupt()
    process.interrupt()
    assert has_ended(process)
    assert process.exit_code() == 0
    assert matroska.frames(film).finalised


@pytest.mark.real
def test_it_outlives_whoever_started_it(children: Children) -> None:
    # What it must survive: its parent killed, in the same terminal session.
    script = (
        "import sys, pathlib;"
        "from thorsched.recording.process import RecorderProcess;"
        "p = RecorderProcess.spawn(['sleep', '60'], directory=pathlib.Path('.'),"
        " log=pathlib.Path('logs/it.log'));"
        "print(p.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=children.directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.killpg(parent.pid, signal.SIGKILL)
        parent.wait()
    try:
        pause(0.1)
        os.kill(pid, 0)
    finally:
        os.kill(pid, signal.SIGKILL)
