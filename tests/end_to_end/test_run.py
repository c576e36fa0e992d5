"""`thorsched run` with everything real: the program, gst-launch, SRT, files, signals."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.faults.lab import in_yaml
from tests.support.frames import identities, segments, sent_meanwhile
from tests.support.journals import endings_of, gaps_of
from tests.support.ports import free_port, free_ports
from tests.support.program import Program, program, recorders
from tests.support.waiting import pause_until
from thorsched.base.clock import SystemClock
from thorsched.cameras.capability import Capability
from thorsched.recording.trouble import Cause
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

PREAMBLE = """\
version: 1
timezone: UTC
storage: {{root: ./recordings, min_free: 1MB}}
segment: {{time: 2s}}
server: {{url: "{url}", ports: {ports}}}
"""
TWO_CAMERAS = """\
cameras:
  overhead:
    device: {id: 0}
    capability: jpeg 1280x720 @30fps
  side:
    device: {id: 1}
    capability: [jpeg 9999x9999, jpeg <=640x480 @30fps]
"""
FULL_HD = Capability.parse("image/jpeg,width=1920,height=1080,framerate=30/1")
LATENCY_S = 3
ALWAYS = "schedules: {ever: {cameras: all, always: true}}\n"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=2, port=free_port()) as simulator:
        yield simulator


def write(directory: Path, simulator: Simulator, text: str) -> Path:
    path = directory / "recordings.yaml"
    ports = free_ports(20)
    server = PREAMBLE.format(url=simulator.url, ports=f"{ports[0]}-{ports[-1]}")
    path.write_text(server + text)
    return path


def numbers(root: Path, camera: str, *, device_id: int) -> list[int]:
    """Return the numbers of the frames in a camera's files; all must be that device's."""
    found = identities(*segments(root, camera))
    assert {identity.device_id for identity in found} <= {device_id}
    return [identity.number for identity in found]


def assert_every_frame_once(simulator: Simulator, device_id: int, recorded: list[int]) -> None:
    """Assert that all that was sent from the first to the last of these is there, in order."""
    assert recorded == sent_meanwhile(simulator.truth(device_id), recorded)


def newest(simulator: Simulator) -> list[int]:
    """Return the number of the last frame that each camera has sent."""
    return [simulator.truth(device_id)[-1].number for device_id in (0, 1)]


def assert_nothing_lost(simulator: Simulator, root: Path, *, until: list[int]) -> None:
    """Assert that all is there to these frames of the two cameras, and that the journal says so."""
    for device_id, camera in enumerate(("overhead", "side")):
        recorded = numbers(root, camera, device_id=device_id)
        assert_every_frame_once(simulator, device_id, recorded)
        assert recorded[-1] >= until[device_id], camera
        assert gaps_of(root, camera) == [], camera


def pids(root: Path) -> set[int]:
    """Return the recorders that record somewhere below `root`."""
    return {recorder.pid for recorder in recorders(root)}


@contextmanager
def recording(file: Path) -> Iterator[Program]:
    """Run the program on `file`, from when both cameras have something on disk; see `program`."""
    with program("run", str(file), cwd=file.parent) as thorsched:
        for camera in ("overhead", "side"):
            thorsched.until(partial(segments, file.parent / "recordings", camera), what=camera)
        yield thorsched


def soon(seconds: float) -> datetime:
    """Return a whole second at least that far ahead."""
    return (SystemClock().now() + timedelta(seconds=seconds + 1)).replace(microsecond=0)


@pytest.mark.fault(48)
def test_every_frame_sent_inside_the_window_is_in_the_files_and_none_twice(
    simulator: Simulator, tmp_path: Path
) -> None:
    start = soon(10)  # by then the program has loaded and knows the cameras
    end = start + timedelta(seconds=6)
    window = f"schedules: {{pilot: {{cameras: all, from: {in_yaml(start)}, to: {in_yaml(end)}}}}}\n"
    file = write(tmp_path, simulator, TWO_CAMERAS + window)
    with program("run", str(file), cwd=tmp_path) as thorsched:
        pause_until(end + timedelta(seconds=2))
        thorsched.until(lambda: not recorders(tmp_path), what="the recorders end with the window")
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    for camera, device_id in (("overhead", 0), ("side", 1)):
        recorded = numbers(tmp_path / "recordings", camera, device_id=device_id)
        wanted = [
            frame.number
            for frame in simulator.truth(device_id)
            if start.timestamp() <= frame.due_s < end.timestamp()
        ]
        assert len(wanted) > 90, "the machine is too busy to send anything"
        assert set(wanted) <= set(recorded), thorsched.outputs
        assert_every_frame_once(simulator, device_id, recorded)
        assert len(segments(tmp_path / "recordings", camera)) >= 3


@pytest.mark.fault(42)
def test_one_ctrl_c_finalises_every_file_and_loses_nothing_filmed_before_it(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with recording(file) as thorsched:
        pause_until(soon(3))
        before = newest(simulator)
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
        assert recorders(tmp_path) == []
    assert_nothing_lost(simulator, tmp_path / "recordings", until=before)
    assert endings_of(tmp_path / "recordings") == ["Ctrl-C"]
    for camera, device_id in (("overhead", 0), ("side", 1)):
        for segment in segments(tmp_path / "recordings", camera):
            described = json.loads(segment.with_suffix(".json").read_text())
            assert described["finalised"], segment
        assert simulator.stream(device_id) is None, "the server still streams"


@pytest.mark.fault(42)
def test_sigterm_finalises_and_ends_with_0(simulator: Simulator, tmp_path: Path) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with recording(file) as thorsched:
        before = newest(simulator)
        thorsched.process.send_signal(signal.SIGTERM)
        assert thorsched.ends() == 0, thorsched.outputs
        assert recorders(tmp_path) == []
    assert_nothing_lost(simulator, tmp_path / "recordings", until=before)
    assert endings_of(tmp_path / "recordings") == ["SIGTERM"]


def test_for_ends_by_itself_with_0_and_a_table(simulator: Simulator, tmp_path: Path) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with program("run", str(file), "--for", "5s", cwd=tmp_path, is_fresh=True) as thorsched:
        assert thorsched.ends() == 0, thorsched.outputs
    table = thorsched.out.read_text()
    assert "overhead" in table
    assert "jpeg 1280x720 @30fps" in table
    assert "jpeg 640x480 @30fps" in table
    wanted_s = [float(found) for found in re.findall(r"@30fps +(\d+\.\d) s", table)]
    assert len(wanted_s) == 2
    assert all(4.0 < one_s < 10.0 for one_s in wanted_s), "from the first pass to the end"


def test_the_sidecar_says_what_and_why(simulator: Simulator, tmp_path: Path) -> None:
    about = "about: {experiment: circadian-3, subject: m042}\n"
    file = write(tmp_path, simulator, about + TWO_CAMERAS + ALWAYS)
    with recording(file) as thorsched:
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    (first, *_) = segments(tmp_path / "recordings", "side")
    sidecar = json.loads(first.with_suffix(".json").read_text())
    assert sidecar["about"] == {"experiment": "circadian-3", "subject": "m042"}
    assert sidecar["schedules"] == ["ever"]
    assert sidecar["requested"] == "jpeg <=640x480 @30fps"
    assert sidecar["capability"] == "image/jpeg,width=640,height=480,framerate=30/1"
    assert sidecar["frames"] == len(identities(first))


@pytest.mark.fault(56)
def test_an_edit_touches_only_the_camera_it_is_about(simulator: Simulator, tmp_path: Path) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with recording(file) as thorsched:
        recordings = tmp_path / "recordings"
        untouched, edited_out = (pids(recordings / camera) for camera in ("overhead", "side"))
        edited = file.read_text().replace("jpeg <=640x480 @30fps", "jpeg 1920x1080 @30fps")
        file.write_text(edited)
        thorsched.until(lambda: thorsched.says("1920x1080"), what="the edit is applied")
        thorsched.until(
            lambda: pids(recordings / "side") - edited_out, what="another recorder of side"
        )
        known = segments(recordings, "side")
        thorsched.until(lambda: len(segments(recordings, "side")) > len(known), what="its file")
        assert pids(recordings / "overhead") == untouched
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    assert_every_frame_once(simulator, 0, numbers(recordings, "overhead", device_id=0))
    assert FULL_HD in {one.capability for one in identities(*segments(recordings, "side"))}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("jpeg <=640x480 @30fps", "jpeg 1920x1080 @30fps", id="another capability"),
        pytest.param("cameras: all", "cameras: [overhead]", id="no schedule any more"),
    ],
)
def test_what_was_filmed_before_an_edit_that_ends_a_recorder_is_kept(
    simulator: Simulator, tmp_path: Path, before: str, after: str
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    recordings = tmp_path / "recordings"
    with recording(file) as thorsched:
        pause_until(soon(2))
        (edited_out,) = pids(recordings / "side")
        known = segments(recordings, "side")
        last = simulator.truth(1)[-1].number
        file.write_text(file.read_text().replace(before, after))
        thorsched.until(lambda: edited_out not in pids(recordings / "side"), what="it is ended")
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    attempt = known[0].name.rsplit("-", 1)[0]
    files = [path for path in segments(recordings, "side") if path.name.startswith(attempt)]
    recorded = [identity.number for identity in identities(*files)]
    assert recorded[-1] >= last, f"{last - recorded[-1]} frames before the edit are lost"
    assert_every_frame_once(simulator, 1, recorded)


def test_a_camera_that_leaves_the_file_leaves_no_thread_and_is_told_of_at_the_end(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    both = file.read_text()
    only_overhead = both[: both.index("  side:")] + ALWAYS
    with recording(file) as thorsched:
        side = tmp_path / "recordings" / "side"
        first, seen = pids(side), psutil.Process(thorsched.process.pid)
        threads = seen.num_threads()
        file.write_text(only_overhead)
        thorsched.until(lambda: not pids(side), what="the end of side's recorder")
        thorsched.until(lambda: seen.num_threads() < threads, what="the end of side's thread")
        file.write_text(both)
        thorsched.until(lambda: pids(side) - first, what="side's next recorder")
        thorsched.until(lambda: len(attempts(side)) > 1, what="its file")
        file.write_text(only_overhead)
        thorsched.until(lambda: not pids(side), what="the end of side's recorder")
        thorsched.until(lambda: seen.num_threads() < threads, what="the end of side's thread")
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    assert len(numbers(tmp_path / "recordings", "side", device_id=1)) > 0
    assert "side: files in" in thorsched.out.read_text()


def attempts(directory: Path) -> set[str]:
    """Return what the segments of each attempt below `directory` have in common."""
    return {path.stem.rpartition("-")[0] for path in directory.rglob("*.mkv")}


@pytest.mark.fault(53)
def test_a_wrong_edit_changes_nothing_until_it_is_mended(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    good = file.read_text()
    with recording(file) as thorsched:
        before = pids(tmp_path)
        file.write_text(good.replace("jpeg 1280x720", "jpeg 1280by720"))
        thorsched.until(
            lambda: thorsched.says("the edited file is not applied"), what="the mistake is told"
        )
        assert pids(tmp_path) == before
        file.write_text(good)
        thorsched.until(lambda: thorsched.says("back at the running revision"), what="it is mended")
        assert pids(tmp_path) == before
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs


@pytest.mark.fault(1)
def test_a_server_that_is_absent_at_the_start_is_waited_for(tmp_path: Path) -> None:
    with Simulator(cameras=2, port=free_port()) as simulator:
        simulator.faults.down()
        file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
        with program("run", str(file), cwd=tmp_path, is_fresh=True) as thorsched:
            thorsched.until(
                lambda: thorsched.says("server unreachable"), what="the trouble is told"
            )
            simulator.faults.up()
            thorsched.until(
                lambda: segments(tmp_path / "recordings", "side"), what="a file of side"
            )
            thorsched.interrupt()
            assert thorsched.ends() == 130, thorsched.outputs
            assert "Traceback" not in thorsched.outputs


@pytest.mark.fault(41)
def test_a_second_scheduler_on_the_same_root_is_refused_and_names_the_first(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    second = tmp_path / "second"
    second.mkdir()
    with recording(file) as first:
        with program("run", str(file), cwd=second) as refused:
            assert refused.ends() == 2
            assert refused.says(f"process {first.process.pid}"), refused.outputs
            assert "Traceback" not in refused.outputs
        assert len(recorders(tmp_path)) == 2
        before = newest(simulator)
        first.interrupt()
        assert first.ends() == 130
    assert_nothing_lost(simulator, tmp_path / "recordings", until=before)
    assert endings_of(tmp_path / "recordings") == ["Ctrl-C"], "the second has written to it"


@pytest.mark.fault(44)
def test_recording_goes_on_when_nobody_reads_its_output_any_more(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    reader, writer = os.pipe()
    with program(
        *("run", str(file), "--for", "5s"), cwd=tmp_path, stdout=writer, stderr=writer
    ) as thorsched:
        os.close(writer)
        with os.fdopen(reader) as said:
            assert said.readline().endswith("\n")
        assert thorsched.ends() == 0
        assert recorders(tmp_path) == []
    assert len(numbers(tmp_path / "recordings", "overhead", device_id=0)) > 30
    assert_nothing_lost(simulator, tmp_path / "recordings", until=[0, 0])
    assert endings_of(tmp_path / "recordings") == ["--for"]


@pytest.mark.fault(42)
def test_a_storm_of_signals_is_survived_and_ctrl_c_is_heeded_in_it(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with recording(file) as thorsched:
        for _ in range(3000):
            thorsched.process.send_signal(signal.SIGHUP)
        assert thorsched.process.poll() is None, thorsched.outputs
        before = newest(simulator)
        thorsched.interrupt()
        for _ in range(100):
            thorsched.process.send_signal(signal.SIGHUP)
        assert thorsched.ends() == 130, thorsched.outputs
        assert recorders(tmp_path) == []
    assert "Traceback" not in thorsched.outputs
    assert_nothing_lost(simulator, tmp_path / "recordings", until=before)


@pytest.mark.fault(42)
def test_a_second_ctrl_c_does_not_wait_finalises_all_the_same_and_says_what_that_cost(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    file.write_text(file.read_text().replace("ports:", f"latency: {LATENCY_S}s, ports:"))
    recordings = tmp_path / "recordings"
    with recording(file) as thorsched:
        pressed_s = SystemClock().now().timestamp()
        thorsched.interrupt()
        thorsched.until(lambda: thorsched.says("again ends at once"), what="the first is heeded")
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    assert thorsched.says("finalising at once")
    for device_id, camera in enumerate(("overhead", "side")):
        recorded = numbers(recordings, camera, device_id=device_id)
        assert_every_frame_once(simulator, device_id, recorded)
        due_s = {frame.number: frame.due_s for frame in simulator.truth(device_id)}
        lost_s = pressed_s - due_s[recorded[-1]]
        assert lost_s > 1, "it has waited"
        (gap,) = gaps_of(recordings, camera)
        assert gap.trouble.cause is Cause.STOPPED
        assert gap.end is not None
        assert abs((gap.end - gap.start).total_seconds() - lost_s) < 1
    for segment in segments(recordings, "side"):
        assert json.loads(segment.with_suffix(".json").read_text())["finalised"]
    assert endings_of(recordings) == ["Ctrl-C"]
