"""Edits of a file that `thorsched run` holds cameras to, right and wrong, and reloads by hand.

Its server is not there: what an edit would do to cameras is told all the same.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port
from tests.support.program import Program, program, thorsched
from thorsched.catalogue.database import path_below
from thorsched.catalogue.kept import last_revision
from thorsched.catalogue.reader import JournalReader

pytestmark = pytest.mark.real

FILE = """\
timezone: UTC
storage: {{root: ./exp3, min_free: 1MB}}
server: "http://127.0.0.1:{port}"
hooks: {{on_file: {hook}}}
cameras:
  overhead: {{device: {{id: 0}}, capability: jpeg}}
  side: {{device: {{id: 1}}, capability: jpeg}}
schedules:
  ever: {{cameras: all, always: true}}
"""
_WRITES = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"


@dataclass
class Lab:
    """A program that holds cameras to a file, and what is told of that."""

    running: Program
    file: Path
    lines_before: int = 0
    """Of the log, as the test began."""

    @property
    def good(self) -> str:
        return self.file.with_suffix(".good").read_text()

    @property
    def root(self) -> Path:
        return self.file.parent / "exp3"

    def reload(self, *options: str) -> "subprocess.CompletedProcess[str]":
        return thorsched("reload", str(self.file), *options, cwd=self.file.parent)

    def told(self) -> list[dict[str, Any]]:
        """Return what the hook was told of the file."""
        path = self.file.parent / "told.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line)["file"] for line in lines]

    def states(self) -> list[str]:
        return [one["state"] for one in self.told()]

    def await_told(self, *states: str) -> None:
        """Wait until the hook was told these last."""
        wanted = list(states)
        self.running.until(lambda: self.states()[-len(wanted) :] == wanted, what=str(wanted))

    def events(self) -> list[tuple[str, str]]:
        with JournalReader(path_below(self.root)) as journal:
            return [(e.what, e.detail) for e in journal.events() if e.what.startswith("file")]

    def lines(self) -> list[str]:
        return self.running.err.read_text().splitlines()

    def log(self, words: str) -> list[str]:
        """Return the lines of the log with these words, from the test's beginning on."""
        return [line for line in self.lines()[self.lines_before :] if words in line]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    directory = tmp_path_factory.mktemp("lab")
    file, told = directory / "recordings.yaml", directory / "told.jsonl"
    hook = json.dumps([sys.executable, "-c", _WRITES, str(told)])
    file.write_text(FILE.format(port=free_port(), hook=hook))
    file.with_suffix(".good").write_text(file.read_text())
    with program("run", str(file), cwd=directory, is_fresh=True) as running:
        lab = Lab(running, file)
        running.until(lab.told, what="the first word of the hook")
        yield lab
        running.interrupt()
        assert running.ends() == 130, running.outputs
        assert "Traceback" not in running.outputs


@pytest.fixture(autouse=True)
def as_it_was(lab: Lab) -> Iterator[None]:
    """After each test the good file runs, whatever has become of the test."""
    lab.lines_before = len(lab.lines())
    yield
    lab.file.write_text(lab.good)
    assert lab.reload().returncode == 0


@pytest.mark.fault(53)
def test_a_wrong_edit_is_told_everywhere_and_cleared_when_it_is_mended(lab: Lab) -> None:
    revision = lab.told()[-1]["revision"]
    known = len(lab.events())
    lab.file.write_text(lab.good.replace("jpeg}", "jpeg 12by80}", 1) + "nonsense: 1\n")
    lab.await_told("wrong")
    done = lab.reload()
    assert (done.returncode, done.stdout) == (1, "")
    first, second, end, undo = done.stderr.splitlines()
    assert first.startswith(f"{lab.file}:6:48: cameras.overhead.capability: ")
    assert second.startswith(f"{lab.file}:10:1: nonsense: ")
    assert end.startswith(f"nothing was changed: revision {revision[:8]} of ")
    assert f"(process {lab.running.process.pid})" in end
    assert undo == f"to undo: thorsched history {lab.file} --restore current"
    paused = thorsched("pause", str(lab.file), "--list", cwd=lab.file.parent)
    assert (paused.returncode, paused.stdout) == (0, "no camera is paused\n")
    assert (
        f"is wrong (thorsched check {lab.file} says what): this goes by revision" in paused.stderr
    )
    wrong = lab.told()[-1]
    assert wrong["revision"] == revision
    assert wrong["wrong"]["lines"] == [first, second]
    (line, *_) = lab.log("the edited file is not applied")
    assert f"runs_on={revision[:8]} applied=2" in line
    assert any(f"place={lab.file}:6:48 " in one for one in lab.log("a mistake in the file"))
    lab.file.write_text(lab.good)
    lab.await_told("wrong", "mended")
    assert lab.log("the file is back at the running revision")
    lab.running.until(lambda: "file as before" in dict(lab.events()[known:]), what="its end")
    whats = [what for what, _ in lab.events()[known:]]
    assert whats.count("file not applied") == 1, "it was told twice"
    assert whats.count("file as before") == 1


def test_a_reload_says_what_an_edit_does_to_each_camera_and_how_to_undo_it(lab: Lab) -> None:
    revision = lab.told()[-1]["revision"]
    lab.file.write_text(lab.good.replace("  side: {device: {id: 1}, capability: jpeg}\n", ""))
    done = lab.reload()
    assert done.returncode == 0, done.stderr
    with JournalReader(path_below(lab.root)) as journal:
        applied = last_revision(journal)
    assert applied is not None
    assert f"revision {applied.revision[:8]} runs" in done.stdout
    assert "side: " in done.stdout
    assert "is not in the file any more" in done.stdout
    lab.await_told("applied")
    assert lab.told()[-1]["was"] == revision
    assert [one["camera"] for one in lab.told()[-1]["cameras"]] == ["side"]
    told = json.loads(lab.reload("--json").stdout)
    assert (told["outcome"], told["revision"]) == ("nothing new", applied.revision)
    assert [one["camera"] for one in told["cameras"]] == ["overhead", "side"]


def test_a_sighup_looks_and_says_what_it_has_come_to(lab: Lab) -> None:
    process = lab.running.process
    process.send_signal(signal.SIGHUP)
    lab.running.until(lambda: lab.log("it is as it runs"), what="its outcome")
    lab.file.unlink()
    process.send_signal(signal.SIGHUP)
    lab.running.until(lambda: lab.log("the file is gone"), what="that it is gone")
    done = lab.reload()
    assert done.returncode == 1
    assert "there is no such file" in done.stderr
    assert "nothing was changed: revision " in done.stderr, "the scheduler was not found"
    lab.await_told("wrong")
    assert lab.told()[-1]["wrong"]["kind"] == "gone"
    assert process.poll() is None, "a hangup has ended it"


def test_an_edit_of_the_root_is_answered_and_so_is_one_that_the_machine_cannot_do(
    lab: Lab,
) -> None:
    lab.file.write_text(lab.good.replace("./exp3", "./elsewhere"))
    done = lab.reload()
    assert done.returncode == 0, done.stderr
    assert "runs" in done.stdout
    assert "storage.root: " in done.stdout
    blocked = lab.file.parent / "blocked"
    blocked.write_text("a file")
    lab.file.write_text(lab.good.replace("./exp3", "./blocked"))
    done = lab.reload()
    assert done.returncode == 2, done.stdout
    assert done.stderr.startswith("not applied: ")
    assert str(blocked) in done.stderr
    assert "nothing was changed: revision " in done.stderr
    told = json.loads(lab.reload("--json").stdout)
    assert told["outcome"] == "refused", "nor is it at a second time, when there is no news"
    lab.await_told("wrong")
    assert lab.told()[-1]["wrong"]["kind"] == "machine"
