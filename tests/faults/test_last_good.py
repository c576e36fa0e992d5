"""A restart at night with a wrong file on disk: recording goes on by the last good revision."""

import hashlib
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order, kill
from tests.faults.test_outliving import await_adoption
from tests.support.program import thorsched
from thorsched.catalogue.applied import How, Kept
from thorsched.catalogue.database import path_below
from thorsched.catalogue.kept import kept_revisions
from thorsched.catalogue.reader import JournalReader

pytestmark = pytest.mark.real


def hows(root: Path) -> list[How]:
    with JournalReader(path_below(root)) as journal:
        return [one.applied.how for one in kept_revisions(journal) if isinstance(one, Kept)]


@pytest.mark.fault(36, 53)
def test_a_wrong_file_at_a_restart_is_refused_or_costs_no_frame_with_last_good(lab: Lab) -> None:
    with lab.recording() as first:
        recorders = lab.pids()
        kill(first)
        good = lab.file.read_text()
        revision = hashlib.sha256(good.encode()).hexdigest()[:8]
        wrong = good.replace("capability", "capabilty", 1)
        lab.file.write_text(wrong)

        refused = thorsched("run", str(lab.file), cwd=lab.directory)
        assert refused.returncode == 1
        mistake, hint = refused.stderr.splitlines()
        assert "did you mean 'capability'?" in mistake
        assert f"thorsched run {lab.file} --last-good records by revision {revision}" in hint
        assert lab.pids() == recorders

        known = len(lab.files(lab.cameras[0]))
        with lab.running("--last-good") as second:
            await_adoption(second, lab)
            assert second.says("did you mean 'capability'?")
            lab.await_segments(second, known + 2)
            assert lab.pids() == recorders

            put_back = thorsched(
                "history", str(lab.file), "--restore", "current", cwd=lab.directory
            )
            assert put_back.returncode == 0
            assert f"process {second.process.pid} runs by it, and goes on" in put_back.stdout
            words = "the file is back at the running revision"
            second.until(lambda: second.says(words), what=words)

            lab.file.write_text(f"{good}about: {{session: b}}\n")
            second.until(lambda: hows(lab.root)[0] is How.EDIT, what="the edit, in the journal")
            undone = thorsched("history", str(lab.file), "--restore", "previous", cwd=lab.directory)
            assert undone.returncode == 0
            assert f"process {second.process.pid} has applied it" in undone.stdout
            assert lab.pids() == recorders
            ends_in_order(second, lab)
    assert lab.file.read_text() == good
    assert [path.read_text() for path in lab.directory.glob("*.bak")] == [wrong]
    assert hows(lab.root) == [How.EDIT, How.EDIT, How.LAST_GOOD, How.START]
    lab.assert_nothing_lost()
    lab.assert_all_described()
