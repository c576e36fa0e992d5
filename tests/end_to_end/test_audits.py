"""What a run has closed is audited, by it or by the next one, and what is wrong is told."""

import contextlib
import json
import sqlite3
from pathlib import Path

import jsonschema
import psutil
import pytest

from tests.end_to_end.test_run import ALWAYS, TWO_CAMERAS, simulator, write
from tests.support.broken import blocks_of
from tests.support.frames import segments
from tests.support.program import program
from tests.support.waiting import eventually
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.sidecars import read_sidecar
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

__all__ = ["simulator"]

LATER = "schedules: {later: {cameras: all, from: 2098-01-01T00:00, to: 2098-01-02T00:00}}\n"
BUSY_S = 150.0
"""The auditor gives way to everybody: where other tests run, that may take long."""
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/segment.schema.json").read_text("utf-8"))


def auditors(program_pid: int) -> list[psutil.Process]:
    children = psutil.Process(program_pid).children()
    return [one for one in children if "thorsched.catalogue.auditing.auditor" in one.cmdline()]


def has_audits(root: Path) -> bool:
    return any('"audit"' in sidecar.read_text() for sidecar in root.rglob("*Z-*.json"))


def damage(segment: Path) -> None:
    """Have a JPEG in the middle of a closed segment lack its end."""
    frames = blocks_of(segment)
    frame = frames[len(frames) // 2]
    with segment.open("r+b") as file:
        file.seek(frame.start + frame.size - 2)
        file.write(b"\0\0")


def forget(root: Path, segment: Path) -> None:
    """Have nobody know that a segment was audited."""
    told = read_sidecar(segment)
    left = {key: value for key, value in told.items() if key not in {"sha256", "audit"}}
    segment.with_suffix(".json").write_text(json.dumps(left))
    with contextlib.closing(sqlite3.connect(path_below(root))) as journal:
        journal.execute("DELETE FROM audits WHERE path LIKE ?", (f"%{segment.name}",))
        journal.commit()


@pytest.mark.long
def test_segments_are_audited_and_what_is_wrong_with_one_is_told_by_the_next_run(
    simulator: Simulator, tmp_path: Path
) -> None:
    root, file = tmp_path / "recordings", write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with program("run", str(file), cwd=tmp_path) as first:
        first.until(lambda: has_audits(root), what="an audit", within_s=BUSY_S)
        (auditor,) = auditors(first.process.pid)
        first.interrupt()
        assert first.ends() == 130, first.outputs
    assert eventually(lambda: not auditor.is_running())
    every = [path for camera in ("overhead", "side") for path in segments(root, camera)]
    for path in every:
        jsonschema.validate(read_sidecar(path), SCHEMA)
    damage(every[0])
    forget(root, every[0])
    file.write_text(file.read_text().replace(ALWAYS, LATER))
    with program("run", str(file), cwd=tmp_path) as second:
        second.until(lambda: second.says("segment is not good"), what="the damage", within_s=BUSY_S)
        second.until(
            lambda: all("audit" in read_sidecar(p) for p in every),
            what="all audits",
            within_s=BUSY_S,
        )
        second.interrupt()
        assert second.ends() == 130, second.outputs
    assert "audited segments not good" in second.out.read_text()
    with JournalReader(path_below(root)) as journal:
        audits = {one.path.name: one for one in journal.audits()}
        described = {one.path.name: one.frames for one in journal.segments()}
    assert audits.keys() == {path.name for path in every}
    assert {name: one.frames for name, one in audits.items()} == described
    assert "damaged pictures" in audits[every[0].name].verdict
    assert all("damaged" not in audits[path.name].verdict for path in every[1:])
