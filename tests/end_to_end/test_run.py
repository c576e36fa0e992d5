"""`thorsched run` with everything real: the program, gst-launch, SRT, files, signals."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.program import (
    eventually,
    frames,
    local,
    numbers,
    pause_until,
    program,
    recorders,
    segments,
)
from tests.simulator.ports import free_udp_ports
from thorsched.base.clock import SystemClock
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
ALWAYS = "schedules: {ever: {cameras: all, always: true}}\n"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(cameras=2) as simulator:
        yield simulator


def write(directory: Path, simulator: Simulator, text: str) -> Path:
    path = directory / "recordings.yaml"
    (first,) = free_udp_ports(1)
    ports = f"{first}-{first + 19}"
    path.write_text(PREAMBLE.format(url=simulator.url, ports=ports) + text)
    return path


def soon(seconds: float) -> datetime:
    """Return a whole second at least that far ahead."""
    return (SystemClock().now() + timedelta(seconds=seconds + 1)).replace(microsecond=0)


def test_every_frame_sent_inside_the_window_is_in_the_files_and_none_twice(
    simulator: Simulator, tmp_path: Path
) -> None:
    start = soon(6)
    end = start + timedelta(seconds=6)
    window = f"schedules: {{pilot: {{cameras: all, from: {local(start)}, to: {local(end)}}}}}\n"
    file = write(tmp_path, simulator, TWO_CAMERAS + window)
    with program("run", str(file), cwd=tmp_path) as thorsched:
        pause_until(end + timedelta(seconds=2))
        eventually(lambda: not recorders(tmp_path), what="the recorders end with the window")
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    for camera, device_id in (("overhead", 0), ("side", 1)):
        recorded = numbers(tmp_path / "recordings", camera, device_id=device_id)
        wanted = [
            frame.number
            for frame in simulator.truth(device_id)
            if start.timestamp() <= frame.due_s < end.timestamp()
        ]
        assert len(wanted) == 180
        assert set(wanted) <= set(recorded), thorsched.outputs
        assert recorded == list(range(recorded[0], recorded[-1] + 1))
        assert len(segments(tmp_path / "recordings", camera)) >= 3


def test_one_ctrl_c_finalises_every_file_and_loses_nothing_filmed_before_it(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with program("run", str(file), cwd=tmp_path) as thorsched:
        eventually(lambda: segments(tmp_path / "recordings", "side"), what="a file of side")
        pause_until(soon(3))
        asked = SystemClock().now()
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    assert recorders(tmp_path) == []
    for camera, device_id in (("overhead", 0), ("side", 1)):
        recorded = numbers(tmp_path / "recordings", camera, device_id=device_id)
        before = [f.number for f in simulator.truth(device_id) if f.due_s < asked.timestamp()]
        assert recorded[-1] >= before[-1]
        for segment in segments(tmp_path / "recordings", camera):
            described = json.loads(segment.with_suffix(".json").read_text())
            assert described["finalised"], segment
        assert simulator.stream(device_id) is None, "the server still streams"


def test_sigterm_finalises_and_ends_with_0(simulator: Simulator, tmp_path: Path) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with program("run", str(file), cwd=tmp_path) as thorsched:
        eventually(lambda: segments(tmp_path / "recordings", "side"), what="a file of side")
        thorsched.process.send_signal(signal.SIGTERM)
        assert thorsched.ends() == 0, thorsched.outputs
    assert recorders(tmp_path) == []


def test_for_ends_by_itself_with_0_and_a_table(simulator: Simulator, tmp_path: Path) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with program("run", str(file), "--for", "3s", cwd=tmp_path) as thorsched:
        assert thorsched.ends() == 0, thorsched.outputs
    table = thorsched.out.read_text()
    assert "overhead" in table
    assert "jpeg 1280x720 @30fps" in table
    assert "jpeg 640x480 @30fps" in table
    assert "3.0 s" in table


def test_the_sidecar_says_what_and_why(simulator: Simulator, tmp_path: Path) -> None:
    about = "about: {experiment: circadian-3, subject: m042}\n"
    file = write(tmp_path, simulator, about + TWO_CAMERAS + ALWAYS)
    with program("run", str(file), "--for", "2s", cwd=tmp_path) as thorsched:
        assert thorsched.ends() == 0, thorsched.outputs
    (first, *_) = segments(tmp_path / "recordings", "side")
    sidecar = json.loads(first.with_suffix(".json").read_text())
    assert sidecar["about"] == {"experiment": "circadian-3", "subject": "m042"}
    assert sidecar["schedules"] == ["ever"]
    assert sidecar["requested"] == "jpeg <=640x480 @30fps"
    assert sidecar["capability"] == "image/jpeg,width=640,height=480,framerate=30/1"
    assert sidecar["frames"] == len(frames([first]))


def test_an_edit_touches_only_the_camera_it_is_about(simulator: Simulator, tmp_path: Path) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with program("run", str(file), cwd=tmp_path) as thorsched:
        eventually(lambda: len(recorders(tmp_path)) == 2, what="two recorders")
        eventually(lambda: segments(tmp_path / "recordings", "side"), what="a file of side")
        untouched = {r.pid for r in recorders(tmp_path) if "overhead" in r.cwd()}
        edited = file.read_text().replace("jpeg <=640x480 @30fps", "jpeg 1920x1080 @30fps")
        file.write_text(edited)
        eventually(lambda: thorsched.says("1920x1080"), what="the edit is applied")
        eventually(
            lambda: len(segments(tmp_path / "recordings", "side")) > 1, what="a new file of side"
        )
        assert {r.pid for r in recorders(tmp_path) if "overhead" in r.cwd()} == untouched
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    recorded = numbers(tmp_path / "recordings", "overhead", device_id=0)
    assert recorded == list(range(recorded[0], recorded[-1] + 1))


def test_a_wrong_edit_changes_nothing_until_it_is_mended(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    good = file.read_text()
    with program("run", str(file), cwd=tmp_path) as thorsched:
        eventually(lambda: len(recorders(tmp_path)) == 2, what="two recorders")
        eventually(lambda: segments(tmp_path / "recordings", "side"), what="a file of side")
        before = {r.pid for r in recorders(tmp_path)}
        file.write_text(good.replace("jpeg 1280x720", "jpeg 1280by720"))
        eventually(
            lambda: thorsched.says("the edited file is not applied"), what="the mistake is told"
        )
        assert {r.pid for r in recorders(tmp_path)} == before
        file.write_text(good)
        eventually(lambda: thorsched.says("back at the running revision"), what="it is mended")
        assert {r.pid for r in recorders(tmp_path)} == before
        thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs


def test_a_server_that_is_absent_at_the_start_is_waited_for(tmp_path: Path) -> None:
    with Simulator(cameras=2) as simulator:
        simulator.faults.down()
        file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
        with program("run", str(file), cwd=tmp_path) as thorsched:
            eventually(lambda: thorsched.says("server unreachable"), what="the trouble is told")
            simulator.faults.up()
            eventually(lambda: segments(tmp_path / "recordings", "side"), what="a file of side")
            thorsched.interrupt()
            assert thorsched.ends() == 130, thorsched.outputs
            assert "Traceback" not in thorsched.outputs


def test_a_second_scheduler_on_the_same_root_is_refused_and_names_the_first(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    second = tmp_path / "second"
    second.mkdir()
    with program("run", str(file), cwd=tmp_path) as first:
        eventually(lambda: len(recorders(tmp_path)) == 2, what="two recorders")
        with program("run", str(file), cwd=second) as refused:
            assert refused.ends() == 2
            assert refused.says(f"process {first.process.pid}"), refused.outputs
            assert "Traceback" not in refused.outputs
        assert len(recorders(tmp_path)) == 2
        first.interrupt()
        assert first.ends() == 130


def test_recording_goes_on_when_nobody_reads_its_output_any_more(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    piped = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m thorsched run {file} --for 5s 2>&1 | head -n 1"],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert len(piped.stdout.splitlines()) == 1
    recorded = numbers(tmp_path / "recordings", "overhead", device_id=0)
    assert len(recorded) > 110
    assert recorded == list(range(recorded[0], recorded[-1] + 1))
    assert recorders(tmp_path) == []


def test_a_storm_of_signals_is_survived_and_ctrl_c_is_heeded_in_it(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with program("run", str(file), cwd=tmp_path) as thorsched:
        eventually(lambda: segments(tmp_path / "recordings", "side"), what="a file of side")
        for _ in range(3000):
            thorsched.process.send_signal(signal.SIGHUP)
        assert thorsched.process.poll() is None, thorsched.outputs
        thorsched.interrupt()
        for _ in range(100):
            thorsched.process.send_signal(signal.SIGHUP)
        assert thorsched.ends() == 130, thorsched.outputs
    assert recorders(tmp_path) == []
    assert "Traceback" not in thorsched.outputs


def test_a_second_ctrl_c_does_not_wait_and_finalises_all_the_same(
    simulator: Simulator, tmp_path: Path
) -> None:
    file = write(tmp_path, simulator, TWO_CAMERAS + ALWAYS)
    with program("run", str(file), cwd=tmp_path) as thorsched:
        eventually(lambda: segments(tmp_path / "recordings", "side"), what="a file of side")
        for _ in range(3):
            thorsched.interrupt()
        assert thorsched.ends() == 130, thorsched.outputs
    for segment in segments(tmp_path / "recordings", "side"):
        assert json.loads(segment.with_suffix(".json").read_text())["finalised"]
