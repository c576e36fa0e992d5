"""What a run has recorded is audited, copied, proved, and told to a command meanwhile."""

import json
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.end_to_end.test_audits import BUSY_S
from tests.end_to_end.test_run import ALWAYS, TWO_CAMERAS, simulator, write
from tests.support.program import program
from thorsched.base.text import counted
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

__all__ = ["simulator"]

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/hooks.schema.json").read_text("utf-8"))


@pytest.mark.long
def test_a_run_copies_what_it_has_audited_and_tells_its_hooks(
    simulator: Simulator, tmp_path: Path
) -> None:
    nas, told = tmp_path / "nas", tmp_path / "told.jsonl"
    nas.mkdir()
    root, file = tmp_path / "recordings", write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    code = f"import sys; open({str(told)!r}, 'a').write(sys.stdin.read())"
    command = json.dumps([sys.executable, "-c", code])
    text = file.read_text().replace("storage: {", f"storage: {{offload: {{to: {nas}}}, ")
    file.write_text(f"{text}hooks: {{on_segment: {command}, on_recording: {command}}}\n")
    with program("run", str(file), cwd=tmp_path) as running:
        running.until(lambda: list(nas.glob("*/*/*.mkv")), what="a copy", within_s=BUSY_S)
        running.until(told.exists, what="a hook")
        running.interrupt()
        assert running.ends() == 130, running.outputs
    for copy in nas.glob("*/*/*.mkv"):
        assert copy.read_bytes() == (root / copy.relative_to(nas)).read_bytes()
    with JournalReader(path_below(root)) as journal:
        verified = {one.path for one in journal.copies() if one.state == "verified"}
    assert verified <= {path.relative_to(nas) for path in nas.glob("*/*/*.mkv")}
    assert verified
    left = {path.relative_to(root) for path in root.glob("*/*/*.mkv")} - verified
    assert running.says(": the next thorsched run goes on with ") is bool(left)
    assert not left or running.says(f"{counted(len(left), 'file')}, ")
    tidings = [json.loads(line) for line in told.read_text().splitlines()]
    for tiding in tidings:
        jsonschema.validate(tiding, SCHEMA)
    assert {"segment", "recording"} <= {tiding["event"] for tiding in tidings}
