"""Devices that come, go, and list something else, while the program records them.

One program lives through all of it: most of the time goes by until a list is believed.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.faults.lab import Lab, assert_is, ends_in_order, in_yaml, lab_of
from tests.support.frames import Identity, identities
from tests.support.program import Program
from thorsched.base.clock import SystemClock
from thorsched.cameras.capability import Capability, Device
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Gap
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.history import Happened
from thorsched.recording.trouble import Blame, Cause, blame_of

LARGE = Capability.parse("image/jpeg,width=640,height=480,framerate=30/1")
SMALL = Capability.parse("image/jpeg,width=320,height=240,framerate=30/1")
LATER, AT_ONCE, MOVER, TWIN, OTHER = "cam0", "cam1", "cam2", "cam3", 4
NAMES = ("Later", "At once", "Mover", "Twin", "Twin")
MOVED, MOVED_TWIN = 17, 18
# What a busy simulator leaves out by itself is shorter.
_SHORT_S = 0.2
_FILE = """\
timezone: UTC
lead: 1s
storage: {{root: {root}, min_free: 1MB}}
segment: {{time: 2s}}
server: {{url: "{url}", ports: {first}-{last}, latency: 300ms}}
about: {{edit: "{edit}"}}
cameras:
  cam0: {{device: {{name: Later}}, capability: [jpeg 640x480, jpeg 320x240]}}
  cam1: {{device: {{name: At once}}, capability: [jpeg 640x480, jpeg 320x240], upgrade: at_once}}
  cam2: {{device: {{name: Mover}}, capability: jpeg 320x240}}
  cam3: {{device: {{name: Twin}}, capability: jpeg 320x240}}
schedules:
  ever: {{cameras: [cam1, cam2, cam3], always: true}}
{later}
"""
_EVER = "  later: {cameras: [cam0], always: true}"
_UNTIL = "  later: {{cameras: [cam0], from: 2020-01-01T00:00, to: {}}}"
_FROM = "  again: {{cameras: [cam0], from: {}, for: 10min}}"


@dataclass(frozen=True, slots=True)
class Left:
    """What the program left, and what it was seen to do."""

    lab: Lab
    ids: dict[str, int]
    """Those that the cameras had at last."""
    log: str
    gaps: dict[str, list[Gap]]
    events: list[Happened]
    kept: dict[str, bool]
    """Whether the recorder of a camera was the same before and after the list had become poorer."""
    silence: tuple[datetime, datetime]
    """Between two windows of the camera that takes a better selector later."""

    def recorded(self, camera: str) -> list[Identity]:
        return identities(*self.lab.files(camera))

    def holes(self, camera: str) -> list[tuple[float, float]]:
        """Return when the frames were due, in seconds since 1970, between which sent ones lack."""
        due = {one.number: one.due_s for one in self.lab.simulator.truth(self.ids[camera])}
        recorded = [one.number for one in self.recorded(camera)]
        assert recorded == sorted(set(recorded)), "frames are there twice"
        sent = sorted(due)
        places = {number: place for place, number in enumerate(sent)}
        return [(due[a], due[b]) for a, b in pairwise(recorded) if places[b] - places[a] > 1]

    def lasted(self, camera: str) -> list[tuple[int, Capability]]:
        """Return as which device and with which capability a camera was recorded, in turn."""
        return [
            key for key, _ in groupby((f.device_id, f.capability) for f in self.recorded(camera))
        ]

    def causes(self, camera: str) -> list[Cause]:
        return [gap.trouble.cause for gap in self.gaps[camera]]

    def drifts(self, camera: str) -> list[str]:
        return [one.what for one in self.events if one.camera == camera and "drift" in one.what]


def write(lab: Lab, *, edit: str = "", later: str = _EVER) -> None:
    first, last = lab.ports[0], lab.ports[-1]
    text = _FILE.format(root=lab.root, url=lab.url, first=first, last=last, edit=edit, later=later)
    lab.file.write_text(text)


def until_logged(running: Program, *patterns: str) -> None:
    for pattern in patterns:
        running.until(partial(has_logged, running, pattern), what=pattern)


def has_logged(running: Program, pattern: str) -> bool:
    return re.search(pattern, running.err.read_text()) is not None


@contextmanager
def begun_anew(running: Program, *cameras: str) -> Iterator[None]:
    """Wait, after what is done meanwhile, for the first frames of another attempt of each."""
    before = {camera: times_recorded(running, camera) for camera in cameras}
    yield
    for camera, times in before.items():
        running.until(partial(is_recorded_after, running, camera, times), what=f"{camera} anew")


def is_recorded_after(running: Program, camera: str, times: int) -> bool:
    return times_recorded(running, camera) > times


def times_recorded(running: Program, camera: str) -> int:
    return running.err.read_text().count(f"recorder recording camera={camera}")


def list_anew(lab: Lab, capabilities: list[Capability] | None) -> None:
    """Have two cameras offer that, and the program ask for the list."""
    for device_id in (0, 1):
        lab.simulator.faults.offer(device_id, capabilities)
    lab.simulator.faults.disconnect_events()


def pids(lab: Lab) -> dict[str, list[int]]:
    return {camera: [one.pid for one in lab.recorders(camera)] for camera in lab.cameras}


def lose_what_is_wanted_and_come_back_elsewhere(running: Program, lab: Lab) -> None:
    """Have two devices list less, one come back with another id, and another one twice."""
    faults = lab.simulator.faults
    list_anew(lab, [SMALL])
    faults.unplug(2)
    faults.replug(OTHER, MOVED_TWIN)
    until_logged(
        running, "camera=cam3 .*ambiguous device", r"pass .*cam0 \(jpeg 320x240", "cam2 .*no such"
    )
    with begun_anew(running, MOVER):
        faults.replug(2, MOVED)
    assert not running.says("drift camera")


def fail_and_find_it_again(running: Program, lab: Lab) -> None:
    """Have the recorders of two cameras die, and their devices then list all as before."""
    for camera in (LATER, AT_ONCE):
        for recorder in lab.recorders(camera):
            recorder.kill()
    until_logged(running, "drift camera=cam0", "drift camera=cam1")
    list_anew(lab, None)
    write(lab, edit="unrelated")
    until_logged(running, "drift over camera=cam1", "better selector available camera=cam0")


def end_a_window(running: Program, lab: Lab) -> tuple[datetime, datetime]:
    """Have the window of one camera end, and the next begin; return the time between."""
    end = SystemClock().now().replace(microsecond=0) + timedelta(seconds=5)
    again = end + timedelta(seconds=3)
    two = f"{_UNTIL.format(in_yaml(end))}\n{_FROM.format(in_yaml(again))}"
    with begun_anew(running, LATER):
        write(lab, edit="two windows", later=two)
        until_logged(running, "drift over camera=cam0")
    return end, again


@contextmanager
def lived_through(directory: Path) -> Iterator[Left]:
    """Yield what is left of four cameras whose devices did all that."""
    devices = [Device(n, name, (LARGE, SMALL)) for n, name in enumerate(NAMES)]
    with lab_of(devices, directory) as lab:
        lab.cameras = [LATER, AT_ONCE, MOVER, TWIN]
        write(lab)
        lab.simulator.faults.unplug(OTHER)
        with lab.running("-v") as running:
            lab.await_segments(running, 2)
            before = pids(lab)
            lose_what_is_wanted_and_come_back_elsewhere(running, lab)
            after = pids(lab)
            fail_and_find_it_again(running, lab)
            silence = end_a_window(running, lab)
            with begun_anew(running, LATER, AT_ONCE, MOVER):
                lab.simulator.faults.restart(shift_ids=1)
            ends_in_order(running, lab)
        with JournalReader(path_below(lab.root)) as journal:
            events = list(journal.events())
        yield Left(
            lab,
            {LATER: 1, AT_ONCE: 3, MOVER: MOVED_TWIN, TWIN: MOVED},
            running.err.read_text(),
            {camera: lab.gaps(camera) for camera in lab.cameras},
            events,
            {camera: before[camera] == after[camera] for camera in lab.cameras},
            silence,
        )


def assert_named(left: Left, camera: str, *, silence: tuple[float, float] | None = None) -> None:
    """Assert that all that is missing is in the journal, each hole by itself, and nothing else.

    While a server restarts there may have been nothing to miss: a recorder that calls at once has
    all that is sent then. That is the server's gap all the same.
    """
    holes = [hole for hole in left.holes(camera) if hole[1] - hole[0] > _SHORT_S]
    if silence is not None:
        unwanted = [hole for hole in holes if hole[0] > silence[0] - 1 and hole[1] < silence[1] + 1]
        assert len(unwanted) == 1, "the window has not ended"
        holes.remove(unwanted[0])
    gaps = [gap for gap in left.gaps[camera] if gap.end is not None]
    named = [gap for gap in gaps if any(meet(gap, hole) for hole in holes)]
    assert len(holes) == len(named), (holes, gaps)
    for hole, gap in zip(holes, named, strict=True):
        assert_is(gap, hole)
    others = [gap.trouble.cause for gap in gaps if gap not in named]
    assert {blame_of(cause) for cause in others} <= {Blame.SERVER}, (holes, gaps)


def meet(gap: Gap, hole: tuple[float, float]) -> bool:
    start, end = hole
    return gap.end is not None and gap.start.timestamp() < end and start < gap.end.timestamp()


@pytest.mark.fault(8, 12, 14)
@pytest.mark.long
def test_devices_that_move_and_list_something_else_cost_what_is_told_and_nothing_more(
    tmp_path: Path,
) -> None:
    with lived_through(tmp_path) as left:
        assert_a_better_selector_waits_for_the_next_window_and_a_poorer_list_costs_no_frame(left)
        assert_a_better_selector_at_once_costs_about_a_second_of_nobodys_fault(left)
        assert_a_device_with_another_id_is_recorded_again_by_its_name(left)
        assert_of_two_devices_none_is_guessed_and_the_recorder_goes_on(left)


def assert_a_better_selector_waits_for_the_next_window_and_a_poorer_list_costs_no_frame(
    left: Left,
) -> None:
    assert left.kept[LATER]
    assert left.lasted(LATER) == [(0, LARGE), (0, SMALL), (0, LARGE), (1, LARGE)]
    killed, restarted = left.causes(LATER)
    assert (killed, blame_of(restarted)) == (Cause.RECORDER_EXITED, Blame.SERVER)
    assert_named(left, LATER, silence=(left.silence[0].timestamp(), left.silence[1].timestamp()))
    assert left.drifts(LATER) == ["drift", "drift over"]
    (drifted,) = {
        told["requested"]: told["selectors"]
        for path in left.lab.files(LATER)
        if (told := sidecar(path))["capability"] == SMALL.caps
    }.items()
    assert drifted == ("jpeg 320x240", ["jpeg 640x480", "jpeg 320x240"])


def assert_a_better_selector_at_once_costs_about_a_second_of_nobodys_fault(
    left: Left,
) -> None:
    assert left.kept[AT_ONCE]
    assert left.lasted(AT_ONCE) == [(1, LARGE), (1, SMALL), (1, LARGE), (3, LARGE)]
    killed, changed, restarted = left.causes(AT_ONCE)
    assert (killed, blame_of(restarted)) == (Cause.RECORDER_EXITED, Blame.SERVER)
    assert (changed, blame_of(changed)) == (Cause.CAPABILITY_CHANGED, Blame.NOBODY)
    assert_named(left, AT_ONCE)
    assert "by upgrade: at_once: jpeg 320x240 @30fps -> jpeg 640x480" in left.log
    assert left.drifts(AT_ONCE) == ["drift", "drift over"]


def assert_a_device_with_another_id_is_recorded_again_by_its_name(
    left: Left,
) -> None:
    moves = [(2, SMALL), (MOVED, SMALL), (MOVED_TWIN, SMALL)]
    assert left.lasted(MOVER) == moves
    assert [blame_of(cause) for cause in left.causes(MOVER)] == [Blame.SERVER, Blame.SERVER]
    assert_named(left, MOVER)
    assert left.drifts(MOVER) == []


def assert_of_two_devices_none_is_guessed_and_the_recorder_goes_on(left: Left) -> None:
    assert left.kept[TWIN]
    assert left.lasted(TWIN) == [(3, SMALL)]
    assert [hole for hole in left.holes(TWIN) if hole[1] - hole[0] > _SHORT_S] == []
    assert set(left.causes(TWIN)) == {Cause.AMBIGUOUS_DEVICE}
    assert "name 'Twin' fits 2 devices: 3 'Twin', 18 'Twin'; say which with id" in left.log


def sidecar(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    return told
