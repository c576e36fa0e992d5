"""Edits while `thorsched run` records: all is real, and who is not edited loses no frame.

Nor does who is, where the stream is kept; where it is not, that is loudly said, and can be undone.
"""

import json
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.frames import identities, segments, sent_meanwhile
from tests.support.ports import free_port, free_ports
from tests.support.program import Program, program, recorders
from tests.support.program import thorsched as command
from thorsched.base.errors import MachineError
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.engine.cuts import CUT_SHORT
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
def test_edits_that_keep_the_stream_cost_no_frame_and_one_that_stops_it_is_told_and_undone(
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
        kept = [*segments(first, "side"), *segments(second, "side")]
        stop_side_and_undo(file, thorsched, second)
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    tells_of_the_stop(second)
    succeeded = []
    for root in (first, second):
        with JournalReader(path_below(root)) as journal:
            gaps = [gap for gap in journal.gaps() if gap.camera == "overhead"]
            assert {gap.trouble.cause for gap in gaps} <= {Cause.STARTING}
            succeeded += [one.succeeds for one in journal.attempts() if one.succeeds]
    assert len(set(succeeded)) == 4, "the journals do not tell of the overlaps"
    for number, camera in enumerate(CAMERAS):
        files = [*segments(first, camera), *segments(second, camera)]
        files = kept if camera == "side" else files
        found = identities(*files)
        assert {one.device_id for one in found} == {number}
        frames = [one.number for one in found]
        union = sorted(set(frames))
        assert union == sent_meanwhile(simulator.truth(number), union), "frames are missing"
        assert len(frames) > len(union), "nothing has overlapped"
        sidecars = [json.loads(path.with_suffix(".json").read_text()) for path in files]
        assert all(one["finalised"] for one in sidecars)
        assert sum(bool(one["overlaps"]) for one in sidecars) >= 3


def stop_side_and_undo(file: Path, thorsched: Program, root: Path) -> None:
    """Remove a camera that records, see it said, and do what is said to undo it."""
    file.write_text(
        "".join(line for line in file.read_text().splitlines(keepends=True) if "side:" not in line)
    )
    thorsched.until(lambda: warning_of(thorsched), what="a warning")
    said = warning_of(thorsched)
    assert "camera=side effect=stopped since=2" in said
    assert 'why="is not in the file any more"' in said
    assert any(
        "stopped=1 untouched=1" in line
        for line in thorsched.err.read_text().splitlines()
        if "applied the edited file" in line
    )
    thorsched.until(lambda: len(recorders(root)) == 1, what="the end of the recorder")
    before, undo = segments(root, "side"), shlex.split(said.partition('undo="')[2].rstrip('"'))
    done = command(*undo[1:], cwd=file.parent)
    assert done.returncode == 0, done.stderr
    thorsched.until(lambda: len(segments(root, "side")) > len(before), what="side, again")


def warning_of(thorsched: Program) -> str:
    lines = thorsched.err.read_text().splitlines()
    return next((line for line in lines if "WARNING an edit cuts a recording short" in line), "")


def tells_of_the_stop(root: Path) -> None:
    """Have the journal tell by which revision a recording was stopped, which leaves no gap."""
    with JournalReader(path_below(root)) as journal:
        (told,) = [one for one in journal.events() if one.what == CUT_SHORT]
        ended = [one for one in journal.attempts() if one.camera == "side" and one.ended]
        gaps = list(journal.gaps())
    revision = told.detail.removeprefix("stopped by revision ")[:8]
    assert told.camera == "side"
    assert "; recorded since 2" in told.detail
    assert ended[0].detail == f"no longer wanted since revision {revision}"
    meanwhile = told.at + timedelta(seconds=0.5)
    assert not [gap for gap in gaps if gap.start <= meanwhile and (gap.end or meanwhile) > told.at]


def edit(file: Path, before: str, after: str, thorsched: Program, *, changes: int) -> None:
    """Edit the file; wait until that many recorders altogether have taken another's place."""
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    thorsched.until(
        lambda: thorsched.err.read_text().count("recorder changed over") == changes,
        what=f"{after} takes effect",
    )
