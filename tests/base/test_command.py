"""A command of the operator's comes to an end, whatever it does."""

import sys
import threading
from pathlib import Path

import psutil
import pytest

from tests.support.waiting import eventually
from thorsched.base import wordlog
from thorsched.base.command import MOST_OUTPUT_BYTES, run


def python(code: str, *, limit_s: float = 30.0, given: bytes = b"") -> tuple[str, bytes, bytes]:
    done = run([sys.executable, "-c", code], limit_s=limit_s, given=given)
    return done.why, done.out, done.err


def test_it_reads_what_it_is_given_and_its_words_are_kept_apart() -> None:
    code = "import sys; print(sys.stdin.read()); print('oh', file=sys.stderr)"
    assert python(code, given=b"hello") == ("", b"hello\n", b"oh\n")


def test_its_failure_is_told() -> None:
    assert python("raise SystemExit(7)")[0] == "exit code 7"
    assert run(["/nowhere/at-all"], limit_s=1).why.startswith("it cannot be started: ")


def test_one_that_takes_too_long_is_killed_with_what_it_has_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = (
        "import subprocess, sys, pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(pid)!r}).write_text(str(child.pid))\n"
        "time.sleep(600)"
    )
    assert python(code, limit_s=3.0)[0] == "it took longer than 3 s"
    assert eventually(lambda: not psutil.pid_exists(int(pid.read_text())) or _is_dead(pid))


def _is_dead(pid: Path) -> bool:
    return psutil.Process(int(pid.read_text())).status() == psutil.STATUS_ZOMBIE


def test_one_that_floods_is_heard_to_its_end_and_kept_in_part() -> None:
    why, out, _ = python("import sys; sys.stdout.write('x' * 10_000_000)")
    assert why == ""
    assert len(out) == MOST_OUTPUT_BYTES


def test_one_that_leaves_a_child_behind_is_over_when_it_ends() -> None:
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    assert python(code)[0] == ""


def test_one_that_is_called_off_is_ended() -> None:
    done = run(
        [sys.executable, "-c", "import time; time.sleep(600)"],
        limit_s=60,
        is_called_off=lambda: True,
    )
    assert done.why == "it was called off"


def test_one_that_nobody_can_hear_is_ended() -> None:
    others = psutil.Process().children()
    before = threading.stack_size(2**46)  # no machine has room for such a thread
    try:
        why = python("import time; time.sleep(600)")[0]
    finally:
        threading.stack_size(before)
    assert why.startswith("no thread to hear it: ")
    assert set(psutil.Process().children()) <= set(others)


def test_what_commands_say_is_logged_up_to_a_size(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "hooks.log"
    for number in range(40):
        wordlog.append(path, "a hook", f"{number:060}\n".encode() * 1000)
    assert path.stat().st_size < wordlog.MOST_BYTES + 70_000
    assert path.read_text().endswith("000039\n")
    assert sorted(one.name for one in path.parent.iterdir()) == ["hooks.log", "hooks.log.1"]


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can wait for a pipe there")
def test_a_child_that_keeps_the_pipes_leaves_neither_threads_nor_files_behind() -> None:
    """A hook that starts one for each segment would use up what the recorders need."""
    me = psutil.Process()
    before = me.num_fds(), me.num_threads()
    code = (
        "import subprocess, sys; print(subprocess.Popen("
        "[sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True).pid)"
    )
    why, out, _ = python(code)
    try:
        assert why == ""
        assert eventually(lambda: me.num_fds() <= before[0] and me.num_threads() <= before[1])
    finally:
        psutil.Process(int(out)).kill()
