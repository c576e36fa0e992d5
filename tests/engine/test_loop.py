"""A pass of the loop, over recorders and servers that are plain values."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.engine.plain import PlainArchive, PlainJournal, PlainPauses, PlainRecorders, PlainServers
from tests.support.clocks import FakeClock
from tests.support.revisions import look, revisions_of
from tests.support.values import HD
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import DROP_AFTER_S, Roster
from thorsched.config.load import load
from thorsched.engine.chronicle import Chronicle
from thorsched.engine.horizons import Horizons
from thorsched.engine.loop import RESYNC_S, Loop
from thorsched.engine.sources import View
from thorsched.recording.lifecycle import (
    Exited,
    Grew,
    Phase,
)
from thorsched.recording.trouble import Cause, Trouble

TEN_YEARS_S = 3652 * 86_400.0
URL = "http://127.0.0.1:8000"
FILE = f"""\
version: 1
timezone: UTC
server: {URL}
cameras:
  side: {{device: {{id: 0}}, capability: jpeg 720p}}
  top: {{device: {{id: 1}}, capability: jpeg 720p}}
schedules:
  noon: {{cameras: all, daily: "12:00-13:00"}}
"""


class House:
    """A loop and the plain world around it."""

    def __init__(
        self, path: Path, *, chronicle: Callable[[PlainJournal], Chronicle] = Chronicle
    ) -> None:
        path.write_text(FILE)
        self.path = path
        self.clock = FakeClock()
        self.recorders = PlainRecorders(self.clock)
        self.servers = PlainServers()
        self.archive = PlainArchive()
        self.journal = PlainJournal()
        self.pauses = PlainPauses()
        self.chronicle = chronicle(self.journal)
        self.revisions = revisions_of(load(path), clock=self.clock, tell=self.journal.tell)
        self.loop = Loop(
            self.revisions,
            clock=self.clock,
            recorders=self.recorders,
            servers=self.servers,
            archive=self.archive,
            chronicle=self.chronicle,
            horizons=Horizons(ZoneInfo("UTC"), self.pauses),
        )

    def after(self, seconds: float) -> float:
        """Run a pass that much later; return in how many seconds it wants the next."""
        self.clock.advance(seconds)
        return (self.loop.run_pass() - self.clock.now()).total_seconds()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "recordings.yaml")


@pytest.mark.fault(48)
def test_started_inside_a_window_it_records_at_once(house: House) -> None:
    house.after(0)
    assert house.servers.followed == {URL}
    assert house.recorders.phases() == dict.fromkeys(("side", "top"), Phase.RECORDING)


@pytest.mark.fault(45)
@pytest.mark.parametrize("step_s", [3601.0, -3600.0, TEN_YEARS_S + 3601, -TEN_YEARS_S - 3600])
def test_a_clock_that_is_set_out_of_a_window_and_back_is_followed_each_time(
    house: House, step_s: float
) -> None:
    cameras = ("side", "top")
    house.after(0)
    for step in (step_s, -step_s, step_s, -step_s):
        house.clock.step_wall(step)
        house.after(1)
        wanted = step != step_s
        house.after(2)
        phase = Phase.RECORDING if wanted else Phase.IDLE
        assert house.recorders.phases() == dict.fromkeys(cameras, phase)
    house.clock.step_wall(TEN_YEARS_S)  # at noon, too
    house.after(1)
    assert house.recorders.phases() == dict.fromkeys(cameras, Phase.RECORDING)


@pytest.mark.fault(49)
def test_what_is_wanted_always_is_recorded_in_1970_and_when_the_clock_is_right_at_last(
    house: House,
) -> None:
    house.path.write_text(FILE.replace('daily: "12:00-13:00"', "always: true"))
    look(house.revisions)
    right = house.clock.now()
    house.clock.step_wall(7 - right.timestamp())
    house.after(0)
    assert house.clock.now().year == 1970
    assert house.recorders.phases() == dict.fromkeys(("side", "top"), Phase.RECORDING)
    house.clock.step_wall((right - house.clock.now()).total_seconds())
    house.after(1)
    assert house.recorders.phases() == dict.fromkeys(("side", "top"), Phase.RECORDING)
    assert house.recorders.begun == 2, "a recorder was replaced although nothing had changed"


def test_a_pass_in_step_does_nothing_and_looks_again_after_the_resync(house: House) -> None:
    house.after(0)
    assert house.after(1) == RESYNC_S
    assert house.recorders.begun == 2


def test_when_it_records_next_is_told_once_each_time_that_nothing_is_left_to_record(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="thorsched.engine.reports")

    def told() -> list[str]:
        return [r.__dict__["until"] for r in caplog.records if r.message == "nothing to record"]

    for seconds in (-60, 60, 3602, 1, 60):
        house.clock.step_wall(min(seconds, 0))
        house.after(max(seconds, 0))
    assert told() == ["Sun 2026-03-01 12:00 (UTC)", "Mon 2026-03-02 12:00 (UTC)"]
    house.loop.end_within(timedelta(0))
    house.path.write_text(FILE.replace("12:00", "11:00"))
    look(house.revisions)
    house.after(60)
    assert len(told()) == 2, "it is about to end"


def test_the_next_pass_is_due_at_the_edge(house: House) -> None:
    house.after(0)
    assert house.after(3599.0) == pytest.approx(2)  # the window's end and the tail


def test_recorders_end_with_the_tail_and_nothing_is_wanted_then(house: House) -> None:
    house.after(0)
    house.after(3600.9)
    assert house.recorders.phases() == dict.fromkeys(("side", "top"), Phase.RECORDING)
    house.after(0.1)
    assert house.recorders.phases() == dict.fromkeys(("side", "top"), Phase.IDLE)
    assert house.loop.status().at_rest
    assert [camera.tally.wanted_s for camera in house.loop.status().cameras] == [3600.0, 3600.0]


def test_one_cameras_trouble_leaves_the_other_alone_and_is_retried_when_due(house: House) -> None:
    house.recorders.broken = {"side"}
    wait_s = house.after(0)
    assert 0.3 < wait_s < 0.6
    assert house.recorders.phases() == {"side": Phase.BACKING_OFF, "top": Phase.RECORDING}
    house.recorders.broken = set()
    house.after(wait_s + 0.01)
    assert house.recorders.phases()["side"] is Phase.RECORDING
    side = house.loop.status().cameras[0]
    assert side.tally.last_trouble == Trouble(Cause.SERVER_REFUSED, "busy")


def test_a_server_that_answers_again_ends_the_backoff_of_its_cameras(house: House) -> None:
    house.recorders.broken = {"side"}
    for _ in range(6):
        house.after(20)
    assert house.recorders.phases()["side"] is Phase.BACKING_OFF
    house.recorders.broken = set()
    house.after(1)
    assert house.recorders.phases()["side"] is Phase.BACKING_OFF, "its time has come already"
    house.servers.view = replace(house.servers.view, reached_at_s=house.clock.monotonic_s())
    house.after(0.1)
    assert house.recorders.phases()["side"] is Phase.RECORDING


def test_what_stands_in_a_cameras_way_is_told_before_its_window_and_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.clock.step_wall(-4 * 3600.0)
    devices = (Device(0, "left", (HD,)),)
    house.servers.view = View(Roster.unknown().fold(devices, now_s=0.0))
    for _ in range(3):
        house.after(1)
    assert [one.message for one in caplog.records] == ["camera not ready"]
    side, top = house.loop.status().cameras
    assert (side.trouble, side.window, top.window) == (None, None, None)
    assert top.trouble is not None
    assert top.trouble.cause is Cause.NO_DEVICE
    assert top.tally.last_trouble is None, "it has cost nothing yet"


def test_what_keeps_all_cameras_of_a_server_waiting_is_one_line_that_names_them(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    silent = Trouble(Cause.SERVER_UNREACHABLE, "no route")
    house.servers.view = View(Roster.unknown(), problem=silent)
    for _ in range(3):
        house.after(1)
    (line,) = caplog.records
    said = vars(line)
    assert (line.message, said["cameras"], said["trouble"]) == (
        "cameras not ready",
        "side, top",
        silent,
    )
    assert said["server"] == house.revisions.current.config.server_name_of("side")


def test_a_recorder_that_hangs_is_told_of_once_and_the_other_records(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.recorders.hung = {"side"}
    for seconds in range(0, 50, 5):
        house.after(RESYNC_S)
        house.recorders.happened("top", Grew(2 + seconds))
    (line,) = caplog.records
    assert (line.message, vars(line)["camera"]) == ("recorder not heard of", "side")
    assert str(vars(line)["why"]) == "starting for 40 s: nothing heard"
    side, top = house.loop.status().cameras
    assert (str(side.silence), top.silence) == ("starting for 45 s: nothing heard", None)


def test_a_program_that_stood_still_does_not_take_its_own_sleep_for_a_silence(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.after(0)
    house.archive.at = (Path("side-00000.mkv"), house.clock.monotonic_s())
    house.after(600)
    house.archive.at = None
    for camera in house.recorders.phases():
        house.recorders.happened(camera, Grew(2))
    house.after(1)
    assert [one.message for one in caplog.records if one.levelno == logging.WARNING] == []


def test_an_archivist_that_hangs_is_told_of_once_a_file(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    files = [Path(f"side-0000{number}.mkv") for number in range(2)]
    for file in files:
        house.archive.at = (file, house.clock.monotonic_s())
        house.after(30)
        assert house.loop.status().archiving is None
        house.after(1)
        house.after(10)
        house.archive.at = None
        house.after(1)
        house.archive.at = (file, house.clock.monotonic_s() - 40)
        house.after(1)
        house.after(0)
        house.after(1)
    hung = house.loop.status().archiving
    assert str(hung) == ("archivist has been at side-00001.mkv for 42 s: the disk does not answer?")
    lines = [one for one in caplog.records if one.message == "archivist not heard of"]
    assert [vars(line)["file"] for line in lines] == files


@pytest.mark.parametrize("step_s", [-3600.0, 3600.0 * 13, 315e6 + 7200, -315e6 + 7200])
def test_after_a_jump_of_the_clock_the_next_pass_is_right(house: House, step_s: float) -> None:
    house.after(0)
    house.clock.step_wall(step_s)
    house.after(0)
    house.after(1)  # what had been filmed before it is on disk
    is_noon_hour = house.clock.now().hour == 12
    assert house.recorders.phases()["side"] is (Phase.RECORDING if is_noon_hour else Phase.IDLE)


def test_an_edited_file_starts_stops_and_leaves_alone(house: House) -> None:
    house.after(0)
    house.path.write_text(FILE.replace("cameras: all", "cameras: [top]"))
    look(house.revisions)
    house.after(1)
    assert house.recorders.phases() == {"side": Phase.RECORDING, "top": Phase.RECORDING}
    house.after(1)  # what was filmed before the edit is on disk
    assert house.recorders.phases() == {"side": Phase.IDLE, "top": Phase.RECORDING}
    assert house.recorders.begun == 2


def test_a_device_that_is_unplugged_leaves_its_recorder_to_its_own_end(house: House) -> None:
    house.after(0)
    house.servers.view = View(Roster(devices=(), known=True))
    house.after(1)
    assert house.recorders.phases() == dict.fromkeys(("side", "top"), Phase.RECORDING)
    house.recorders.happened("side", Exited(Trouble(Cause.RECORDER_EXITED, "the stream ended")))
    house.after(20)
    assert house.recorders.phases()["side"] is Phase.BACKING_OFF
    status = house.loop.status()
    assert status.cameras[0].trouble is not None
    assert status.cameras[0].trouble.cause is Cause.NO_DEVICE


def test_a_replugged_device_with_another_id_is_recorded_from_there(house: House) -> None:
    house.path.write_text(FILE.replace("{id: 0}", '{name: "left"}'))
    look(house.revisions)
    house.after(0)
    devices = (Device(5, "left", (HD,)), Device(1, "right", (HD,)))
    roster = Roster.unknown().fold(devices, now_s=0.0)
    house.servers.view = View(roster)
    house.after(1)
    assert house.recorders.begun == 2, "one list is not enough"
    house.servers.view = View(roster.fold(devices, now_s=DROP_AFTER_S))
    for _ in range(3):  # it ends, its last frames are there, the new one begins
        house.after(1)
    recording = house.recorders.recorders["side"].recording
    assert recording is not None
    assert recording.source.device_id == 5
    assert house.recorders.begun == 3


def test_the_end_that_was_asked_for_cuts_the_window(house: House) -> None:
    house.after(0)
    house.loop.end_within(timedelta(seconds=10))
    assert house.after(9.0) == pytest.approx(2)
    house.after(2.1)
    assert house.loop.status().at_rest


@pytest.mark.parametrize("step_s", [-3600.0, 3600.0])
def test_a_clock_that_is_set_does_not_move_the_end_that_was_asked_for(
    house: House, step_s: float
) -> None:
    house.path.write_text(FILE.replace('daily: "12:00-13:00"', "always: true"))
    look(house.revisions)
    house.after(0)
    house.loop.end_within(timedelta(seconds=10))
    house.after(1.0)
    house.clock.step_wall(step_s)
    house.after(7.0)
    assert set(house.recorders.phases().values()) == {Phase.RECORDING}
    house.after(3.1)
    house.after(0.1)
    assert house.loop.status().at_rest


def test_a_recorder_that_meets_another_device_has_the_list_read_again(house: House) -> None:
    house.after(0)
    house.recorders.happened("side", Exited(Trouble(Cause.NO_DEVICE, "it is another one now")))
    house.after(0.1)
    assert set(house.servers.doubted) == {house.servers.followed.copy().pop()}
