"""What becomes of recorders whose scheduler is killed, ended or replaced; everything is real."""

import signal
from collections.abc import Iterator
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.support.frames import numbers, segments, sent_meanwhile
from tests.support.ports import free_port, free_ports
from tests.support.program import Program, program, recorders, thorsched
from tests.support.waiting import eventually
from thorsched.base.clock import SystemClock
from thorsched.recording.checkpoint import paths_below
from thorsched.simulator.server import Simulator
from thorsched.video import matroska

pytestmark = pytest.mark.real

CAMERAS = ("overhead", "side")
FILE = """\
timezone: UTC
storage: {{root: ./recordings, min_free: 1MB}}
segment: {{time: 2s}}
server: {{url: "{url}", ports: {first}-{last}}}
cameras:
  overhead: {{device: {{id: 0}}, capability: jpeg 640x480 @30fps}}
  side: {{device: {{id: 1}}, capability: jpeg 640x480 @30fps}}
schedules: {{pilot: {{cameras: all, {rule}}}}}
"""
ALWAYS = "always: true"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=2, port=free_port()) as simulator:
        yield simulator


def write(directory: Path, simulator: Simulator, rule: str = ALWAYS) -> Path:
    path = directory / "recordings.yaml"
    ports = free_ports(20)
    text = FILE.format(url=simulator.url, first=ports[0], last=ports[-1], rule=rule)
    path.write_text(text)
    return path


def root_of(file: Path) -> Path:
    return file.parent / "recordings"


def guards(file: Path) -> list[psutil.Process]:
    """Return the guards of a file's root."""
    guard = "thorsched.recording.guard"
    return [p for p in psutil.process_iter() if {guard, str(root_of(file))} <= set(words_of(p))]


def words_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def has_segments(file: Path, camera: str, beyond: int) -> bool:
    return len(segments(root_of(file), camera)) > beyond


def record(running: Program, file: Path, *, beyond: int = 0) -> None:
    """Wait until each camera has that many segments and one more."""
    for camera in CAMERAS:
        running.until(partial(has_segments, file, camera, beyond), what=camera)


def kill(running: Program) -> None:
    running.process.send_signal(signal.SIGKILL)
    assert running.process.wait() == -signal.SIGKILL


def pids(file: Path) -> list[int]:
    return sorted(recorder.pid for recorder in recorders(file.parent))


def assert_nothing_lost(simulator: Simulator, file: Path) -> None:
    """Assert that all that was sent from the first frame of a camera to its last is there, once."""
    for camera, device_id in zip(CAMERAS, (0, 1), strict=True):
        recorded = numbers(*segments(root_of(file), camera))
        assert recorded == sent_meanwhile(simulator.truth(device_id), recorded)
        assert len(recorded) > 60


def assert_all_described(file: Path) -> None:
    for camera in CAMERAS:
        for segment in segments(root_of(file), camera):
            assert segment.with_suffix(".json").exists(), segment
            assert matroska.frames(segment).finalised, segment
    assert paths_below(root_of(file)) == []


@pytest.fixture
def killed(simulator: Simulator, tmp_path: Path) -> Iterator[Path]:
    """The file of a scheduler that was killed while its two recorders recorded."""
    file = write(tmp_path, simulator)
    with program("run", str(file), cwd=tmp_path) as first:
        record(first, file)
        before = pids(file)
        kill(first)
        assert pids(file) == before
        assert len(before) == 2
        yield file


def test_after_a_sigkill_the_next_run_goes_on_with_the_recorders_and_no_frame_is_lost(
    simulator: Simulator, killed: Path
) -> None:
    before = pids(killed)
    with program("run", str(killed), cwd=killed.parent) as second:
        second.until(lambda: second.says("adopted a recorder"), what="adoption")
        record(second, killed, beyond=2)
        assert pids(killed) == before
        second.interrupt()
        assert second.ends() == 130, second.outputs
    assert pids(killed) == []
    assert_nothing_lost(simulator, killed)
    assert_all_described(killed)
    assert [simulator.stream(device_id) for device_id in (0, 1)] == [None, None]


def test_what_died_with_its_scheduler_is_described_and_recorded_anew(killed: Path) -> None:
    for recorder in recorders(killed.parent):
        recorder.kill()
    assert eventually(lambda: pids(killed) == [])
    left = {camera: segments(root_of(killed), camera) for camera in CAMERAS}
    frames = {camera: numbers(*paths) for camera, paths in left.items()}
    with program("run", str(killed), cwd=killed.parent) as second:
        record(second, killed, beyond=max(map(len, left.values())))
        assert not second.says("adopted a recorder")
        second.interrupt()
        assert second.ends() == 130, second.outputs
    for camera in CAMERAS:
        assert numbers(*left[camera]) == frames[camera]
        assert all(path.with_suffix(".json").exists() for path in left[camera])
    assert paths_below(root_of(killed)) == []


def test_a_handover_ends_the_scheduler_and_leaves_its_recorders_to_the_next(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator)
    with program("run", str(file), cwd=tmp_path) as first:
        record(first, file)
        before = pids(file)
        done = thorsched("handover", str(file), cwd=tmp_path)
        assert (done.returncode, first.ends()) == (0, 0), done.stderr
        assert "2 recorders record on" in done.stdout
        assert pids(file) == before
        nobody = thorsched("handover", str(file), cwd=tmp_path)
        assert (nobody.returncode, "no thorsched records to" in nobody.stderr) == (2, True)


def test_a_recorder_whose_scheduler_never_returns_ends_by_itself_after_its_window(
    simulator: Simulator, tmp_path: Path
) -> None:
    end = (SystemClock().now() + timedelta(seconds=12)).replace(microsecond=0)
    start = end - timedelta(hours=1)
    rule = ", ".join(
        f"{name}: {moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
        for name, moment in (("from", start), ("to", end))
    )
    file = write(tmp_path, simulator, rule)
    with program("run", str(file), cwd=tmp_path) as first:
        record(first, file)
        kill(first)
        assert len(pids(file)) == 2
        assert eventually(lambda: pids(file) == [], within_s=60), "orphans run on"
    assert SystemClock().now() >= end
    for camera, device_id in zip(CAMERAS, (0, 1), strict=True):
        paths = segments(root_of(file), camera)
        assert all(matroska.frames(path).finalised for path in paths)
        due = {frame.number: frame.due_s for frame in simulator.truth(device_id)}
        assert due[numbers(*paths)[-1]] >= end.timestamp() - 0.1
    assert eventually(lambda: guards(file) == []), "the guard stays although there is nothing left"


def test_a_guard_that_was_killed_is_replaced_at_the_next_start_and_there_is_one(
    killed: Path,
) -> None:
    assert len(guards(killed)) == 1
    guards(killed)[0].kill()
    assert eventually(lambda: guards(killed) == [])
    with program("run", str(killed), cwd=killed.parent) as second:
        second.until(lambda: guards(killed), what="a guard")
        second.interrupt()
        assert second.ends() == 130
    assert eventually(lambda: guards(killed) == [])
