"""Whether a file is open for writing: asked of the kernel, and read from other systems' answers."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.privileges import without_privileges
from thorsched.base.host import is_open_for_writing
from thorsched.base.host.writers import has_writer_by_error

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")

WRITER = """
import sys
for _ in range(3000):
    with open(sys.argv[1], "w") as file:
        file.write("text")
"""


@linux_only
def test_a_file_is_being_written_until_its_last_writer_has_closed_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("w") as first, path.open("a"):
        assert is_open_for_writing(path) is True
        first.close()
        assert is_open_for_writing(path) is True
    assert is_open_for_writing(path) is False
    with path.open():
        assert is_open_for_writing(path) is False


@linux_only
def test_of_what_is_no_file_of_ours_nothing_is_known(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("text")
    path.chmod(0o444)
    tmp_path.chmod(0o755)
    assert is_open_for_writing(tmp_path / "absent") is None
    assert is_open_for_writing(tmp_path) is None
    if path.stat().st_uid == 0:
        with without_privileges():
            path = Path("/etc/passwd")
            assert path.read_text()
            assert is_open_for_writing(path) is None


@linux_only
def test_to_ask_ends_nobody_and_costs_no_writer_a_write(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    before = signal.getsignal(signal.SIGIO)
    assert before is signal.SIG_DFL, "the signal would end nobody anyway"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)]) as writer:
        answers = set()
        while writer.poll() is None:
            answers.add(is_open_for_writing(path))
    assert writer.returncode == 0
    assert answers == {True, False}
    assert path.read_text() == "text"


def test_windows_tells_it_by_the_error_of_reading_alone() -> None:
    assert has_writer_by_error(0) is False
    assert has_writer_by_error(32) is True
    assert has_writer_by_error(5) is None


def test_elsewhere_nothing_is_known(tmp_path: Path) -> None:
    assert is_open_for_writing(tmp_path, "darwin") is None
