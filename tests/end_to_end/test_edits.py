"""Edits that keep the streams, while `thorsched run` records: all is real, and no frame is lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.frames import identities, segments, sent_meanwhile
from tests.support.ports import free_port, free_ports
from tests.support.program import Program, program, recorders
from thorsched.base.errors import MachineError
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.root import RootLock
from thorsched.recording.trouble import Cause
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

FILE = """\
version: 1
timezone: UTC
storage: {{root: ./recordings, min_free: 1MB}}
segment: {{time: 2s}}
server: {{url: "{url}", ports: {ports}}}
cameras:
  overhead: {{device: {{id: 0}}, capability: jpeg 1280x720 @30fps}}
  side: {{device: {{id: 1}}, capability: jpeg <=640x480 @30fps}}
schedules:
  ever: {{cameras: all, always: true}}
"""
CAMERAS = ("overhead", "side")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=len(CAMERAS), port=free_port()) as simulator:
        yield simulator


@pytest.mark.long
def test_other_segments_and_then_another_root_cost_no_frame(
    simulator: Simulator, tmp_path: Path
) -> None:
    ports = free_ports(20)
    file = tmp_path / "recordings.yaml"
    file.write_text(FILE.format(url=simulator.url, ports=f"{ports[0]}-{ports[-1]}"))
    first, second = tmp_path / "recordings", tmp_path / "elsewhere"
    with program("run", str(file), cwd=tmp_path) as thorsched:
        thorsched.until(lambda: all(segments(first, name) for name in CAMERAS), what="files")
        streams = [simulator.stream(number) for number in range(len(CAMERAS))]
        edit(file, "time: 2s", "time: 1h", thorsched, changes=2)
        edit(file, "root: ./recordings", "root: ./elsewhere", thorsched, changes=4)
        thorsched.until(lambda: not recorders(first), what="the end of the old recorders")
        assert [simulator.stream(number) for number in range(len(CAMERAS))] == streams
        with pytest.raises(MachineError, match=f"process {thorsched.process.pid}"):
            RootLock(first)  # its journal is still there
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    succeeded = []
    for root in (first, second):
        with JournalReader(path_below(root)) as journal:
            assert {gap.trouble.cause for gap in journal.gaps()} <= {Cause.STARTING}
            succeeded += [one.succeeds for one in journal.attempts() if one.succeeds]
    assert len(set(succeeded)) == 4, "the journals do not tell of the overlaps"
    for number, camera in enumerate(CAMERAS):
        files = [*segments(first, camera), *segments(second, camera)]
        found = identities(*files)
        assert {one.device_id for one in found} == {number}
        frames = [one.number for one in found]
        union = sorted(set(frames))
        assert union == sent_meanwhile(simulator.truth(number), union), "frames are missing"
        assert len(frames) > len(union), "nothing has overlapped"
        sidecars = [json.loads(path.with_suffix(".json").read_text()) for path in files]
        assert all(one["finalised"] for one in sidecars)
        assert sum(bool(one["overlaps"]) for one in sidecars) >= 3


def edit(file: Path, before: str, after: str, thorsched: Program, *, changes: int) -> None:
    """Edit the file; wait until that many recorders altogether have taken another's place."""
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    thorsched.until(
        lambda: thorsched.err.read_text().count("recorder changed over") == changes,
        what=f"{after} takes effect",
    )
