"""`thorsched verify` where thorsched records, and where it was killed with its recorders."""

import json

import pytest

from tests.faults.lab import Lab, kill
from tests.support.program import thorsched
from tests.support.waiting import eventually

pytestmark = pytest.mark.real


def verified(lab: Lab, *arguments: str) -> tuple[int, set[str]]:
    """Return the exit code, and the kinds of what is wrong."""
    told = thorsched("verify", str(lab.root), "--json", *arguments, cwd=lab.directory)
    assert told.stdout, told.stderr
    findings = json.loads(told.stdout)["findings"]
    return told.returncode, {one["kind"] for one in findings if one["wrong"]}


@pytest.mark.long
def test_what_a_killed_machine_leaves_is_found_and_mended(lab: Lab) -> None:
    with lab.recording() as running:
        assert verified(lab) == (0, set()), "a recording in progress is no error"
        refused = thorsched("verify", str(lab.root), "--repair", cwd=lab.directory)
        assert refused.returncode == 2
        assert f"process {running.process.pid}" in refused.stderr
        kill(running)
        for recorder in lab.recorders():
            recorder.kill()
        assert eventually(lambda: not lab.recorders())
    code, kinds = verified(lab)
    assert code == 2
    assert {"no sidecar", "unfinalised"} <= kinds
    code, _ = verified(lab, "--repair")
    assert code == 0, "something could not be mended"
    assert verified(lab) == (0, set())
    lab.assert_all_described()
    assert lab.repaired()
    lab.assert_nothing_lost()
