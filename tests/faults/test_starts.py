"""Starts of odd kinds: fifty in one second, of a recorder that exits at once, and in 1970."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.faults.lab import Lab, ends_in_order, lab_of
from tests.recording.attempt.bench import OBEDIENT, device, listing, write_program
from tests.recording.rig import Rig
from tests.support import values
from tests.support.frames import numbers
from tests.support.ports import free_ports
from tests.support.waiting import eventually
from tests.thorvision.misbehaving import Server, serving
from thorsched.base.backoff import LONGEST_BACKOFF_S
from thorsched.base.clock import SystemClock
from thorsched.base.gstreamer import tool
from thorsched.cameras.capability import Capability, Device
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.launcher import Launcher
from thorsched.recording.lifecycle import Phase, Start
from thorsched.recording.sidecars import read_sidecar
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real

FIFTY = range(50)
TRIES = 12
BOOTED = datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC)
# Slow and small: the machine has little to do for each of fifty.
SMALL = Capability.parse("image/jpeg,width=160,height=120,framerate=10/1")
SECONDS_BYTES = 130_000
# The clock is decades behind, as of a machine without a battery, until there is a file `set`.
IN_1970 = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from thorsched.base.clock import SystemClock
from thorsched.cli.main import main
right = SystemClock.now
behind = right(SystemClock()) - datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC)
SystemClock.now = lambda clock: right(clock) - (0 if Path("set").exists() else 1) * behind
sys.argv[:] = sys.argv[3:]
main()
"""
# As the recorder it exits; the simulator's senders are as ever.
EXITS = """#!/bin/sh
case "$*" in *srtclientsrc*) echo run >> {runs}; exit 3;; esac
exec {real} "$@"
"""
# Writes to its first segment, as a recorder does, until it is asked to end.
RECORDS = """#!/bin/sh
for word; do case $word in location=*) name=${word#location=};; esac; done
echo frames > "${name%%-*}-00000.mkv"
exec sleep 600
"""


@pytest.fixture
def gst_launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a program stands in for gst-launch, once a test has written it."""
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    return tools / "gst-launch-1.0"


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that lists fifty devices and does whatever it is asked."""
    listed = listing(*(device(number, f"camera {number}") for number in FIFTY))

    def script(server: Server, connection: socket.socket) -> None:
        is_list = server.requests[-1].line.startswith("GET")
        connection.sendall(listed if is_list else OBEDIENT)

    with serving(script) as server:
        yield server


def running_below(root: Path) -> list[psutil.Process]:
    """Return our children that work below `root`."""
    return [p for p in psutil.Process().children() if Path(p.cwd()).is_relative_to(root)]


@pytest.mark.fault(50)
def test_fifty_cameras_that_start_in_one_second_have_a_recorder_a_port_and_a_file_each(
    tmp_path: Path, gst_launch: Path, server: Server
) -> None:
    write_program(gst_launch, RECORDS)
    root, ports = tmp_path / "root", free_ports(len(FIFTY))
    root.mkdir()
    launcher = Launcher(
        clock=SystemClock(),
        check_root=lambda _: None,
        changed=lambda: None,
        closed=lambda _: None,
        outlives=True,
        noted=lambda _: None,
    )
    starts = []
    for number in FIFTY:
        source = values.source(device_id=number)
        source = replace(source, server=server.url, device_name=f"camera {number}")
        usual = values.recording(f"cam{number}", of=source)
        starts.append(
            Start(f"cam{number}", replace(usual, output=values.output(root), ports=ports))
        )
    try:
        launcher.carry_out(starts)
        assert eventually(
            lambda: {one.phase for one in launcher.observe().values()} == {Phase.RECORDING}
        ), launcher.observe()
        observed = launcher.observe().values()
        assert {one.failures for one in observed} == {0}
        assert {one.port for one in observed} == set(ports)
        assert len(running_below(root)) == len(FIFTY)
        assert len(list(root.rglob("*-00000.mkv"))) == len(FIFTY)
    finally:
        launcher.close()
    assert running_below(root) == []


@pytest.mark.fault(50)
@pytest.mark.long
def test_fifty_cameras_that_are_wanted_at_once_lose_nothing_and_have_no_gap(tmp_path: Path) -> None:
    devices = [Device(number, f"camera {number}", (SMALL,)) for number in FIFTY]
    with lab_of(devices, tmp_path) as lab:
        # The starts take two cores for many seconds: what SRT buffers must outlast that.
        lab.write(segment="1min", capability="jpeg 160x120 @10fps", latency="3s")
        with lab.running() as running:
            running.until(
                lambda: all(map(has_seconds, map(lab.files, lab.cameras))),
                what="seconds of frames of all",
                within_s=90.0,
            )
            ends_in_order(running, lab)
        lab.assert_nothing_lost()
        lab.assert_all_described()
        lab.assert_no_gap()
        with JournalReader(path_below(lab.root)) as journal:
            attempts = [(one.camera, one.cause) for one in journal.attempts()]
            wanted_from = {stretch.start for stretch in journal.recordings()}
        assert sorted(attempts) == sorted((camera, None) for camera in lab.cameras)
        assert len(wanted_from) == 1, "they were not wanted at once"


def has_seconds(files: list[Path]) -> bool:
    return any(file.stat().st_size > SECONDS_BYTES for file in files)


@pytest.mark.fault(22)
def test_a_gst_launch_that_exits_at_once_is_tried_for_ever_and_records_once_it_can(
    rig: Rig, gst_launch: Path
) -> None:
    runs = gst_launch.with_name("runs")
    write_program(gst_launch, EXITS.format(runs=runs, real=tool("gst-launch-1.0")))
    rig.want(rig.recording())

    def has_failed_often() -> bool:
        if rig.recorder().phase is Phase.BACKING_OFF:
            rig.clock.skip(LONGEST_BACKOFF_S)
        return rig.recorder().failures >= TRIES

    rig.until(has_failed_often)
    assert {trouble.cause for trouble in rig.troubles} == {Cause.RECORDER_EXITED}
    assert "exit code 3" in rig.troubles[0].detail
    assert len(runs.read_text().splitlines()) == rig.recorder().failures
    gst_launch.unlink()
    rig.clock.skip(LONGEST_BACKOFF_S)
    rig.record(rig.recording())


@pytest.mark.fault(49)
def test_what_is_recorded_in_1970_is_whole_and_marked(rig: Rig) -> None:
    rig.clock.stop_wall(BOOTED)
    rig.record(rig.recording())
    rig.close()
    ((described,), (file,)) = rig.described, rig.files()
    assert file.name.startswith("cam0_19700101T000020Z")
    assert (described.finalised, described.frames > 10) == (True, True)
    assert json.loads(file.with_suffix(".json").read_text())["clock"]["trusted"] is False


@pytest.mark.fault(49)
@pytest.mark.long
def test_a_run_in_1970_loses_nothing_and_is_right_once_its_clock_is(tmp_path: Path) -> None:
    with lab_of(1, tmp_path) as lab:
        lab.write(segment="1s")
        lab.inside = (sys.executable, "-c", IN_1970)
        with lab.recording() as running:
            before, recorders = len(lab.files()), lab.pids()
            (tmp_path / "set").touch()
            running.until(partial(running.says, "the clock jumped"), what="the word")
            lab.await_segments(running, before + 4)
            assert lab.pids() == recorders
            ends_in_order(running, lab)
        lab.assert_nothing_lost()
        lab.assert_all_described()
        right = assert_right_once_set(lab)
        with JournalReader(path_below(lab.root)) as journal:
            *_, wanted = journal.recordings()
        assert abs(wanted.start.timestamp() - right) < 5, "nothing was wanted before the program"
        gaps = lab.gaps()
        assert {gap.trouble.cause for gap in gaps} <= {Cause.CLOCK}
        lengths = [gap.end - gap.start for gap in gaps if gap.end is not None]
        assert len(lengths) == len(gaps)
        assert sum(lengths, timedelta()) < timedelta(seconds=5), "of one segment only"


def assert_right_once_set(lab: Lab) -> float:
    """Assert that all files up to one are marked, and that the others' times are right.

    Returns when the first frame of those was due, in seconds since 1970.
    """
    told = {path: read_sidecar(path) for path in lab.files()}
    trusted = [one["clock"]["trusted"] for one in told.values()]
    assert trusted == sorted(trusted)
    assert (trusted[0], trusted[-1]) == (False, True)
    firsts = []
    for path, one in told.items():
        if one["clock"]["trusted"]:
            firsts.append(lab.due()[numbers(path)[0]])
            said = datetime.fromisoformat(one["first_frame"])
            assert abs(said.timestamp() - firsts[-1]) < 1, path
    return firsts[0]
