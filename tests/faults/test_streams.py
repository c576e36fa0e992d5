"""Streams that end, fall silent, are refused or are not what they were: gaps, causes, frames."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order, in_yaml, lab_of
from tests.faults.test_recorders import records_again
from tests.support.frames import identities
from thorsched.base.clock import SystemClock
from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Gap
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.trouble import Cause
from thorsched.simulator.answers import AnswerFault, AnswerTrouble
from thorsched.simulator.faults import Faults
from thorsched.thorvision.server import ServerClient

pytestmark = pytest.mark.real

VGA = Capability.parse("image/jpeg,width=640,height=480,framerate=30/1")
STREAM_FAULTS: dict[str, tuple[Callable[[Faults, int], None], Cause, str]] = {
    "cam0": (lambda faults, id_: faults.silence(id_), Cause.STALLED, "the stream sends nothing"),
    "cam1": (lambda faults, id_: faults.garble(id_), Cause.GARBAGE, ""),
    "cam2": (lambda faults, id_: faults.freeze(id_), Cause.STALLED, "the stream sends nothing"),
    "cam3": (lambda faults, id_: faults.kill(id_), Cause.STREAM_ENDED, "nobody streams on port"),
    "cam4": (lambda faults, id_: faults.kill(id_, goodbye=True), Cause.STREAM_ENDED, ""),
}


def gaps_of(lab: Lab) -> list[Gap]:
    with JournalReader(path_below(lab.root)) as journal:
        return journal.gaps()


@pytest.mark.fault(2, 3, 4, 6)
def test_each_way_in_which_a_stream_fails_is_one_gap_and_costs_no_frame_that_had_come(
    tmp_path: Path,
) -> None:
    with lab_of(6, tmp_path) as lab:
        with lab.recording() as running:
            known = {camera: len(lab.files(camera)) for camera in STREAM_FAULTS}
            for camera, (do, _, _) in STREAM_FAULTS.items():
                do(lab.simulator.faults, lab.device_id(camera))
            running.until(partial(records_again, lab, known), what="segments of a new attempt")
            ends_in_order(running, lab)
        for camera, (_, cause, words) in STREAM_FAULTS.items():
            assert words in lab.assert_one_gap(camera, cause).trouble.detail
        lab.assert_no_gap(["cam5"])
        lab.assert_nothing_lost(["cam5"])
        lab.assert_all_described()


@pytest.mark.fault(5)
def test_a_call_that_is_rejected_is_a_gap_that_says_so_until_it_is_let_in(tmp_path: Path) -> None:
    with lab_of(1, tmp_path) as lab:
        lab.simulator.faults.refuse(0)
        with lab.running() as running:
            refused = 'was=starting trouble="server refused'
            running.until(lambda: running.err.read_text().count(refused) >= 2, what="two refusals")
            lab.simulator.faults.accept(0)
            lab.await_segments(running, 2)
            ends_in_order(running, lab)
        lab.assert_nothing_lost()
        (gap,) = gaps_of(lab)
        first = lab.due()[lab.numbers()[0]]
    assert gap.trouble.cause is Cause.SERVER_REFUSED
    assert gap.end is not None
    assert abs(gap.end.timestamp() - first) < 1


@pytest.mark.fault(7)
def test_another_resolution_in_the_stream_is_no_gap(tmp_path: Path) -> None:
    with lab_of(1, tmp_path) as lab:
        with lab.recording() as running:
            recorders = lab.pids()
            large = next(c for c in lab.simulator.devices[0].capabilities if c.width == 800)
            lab.simulator.faults.change(0, large)
            lab.await_segments(running, len(lab.files()) + 2)
            assert lab.pids() == recorders
            ends_in_order(running, lab)
        lab.assert_nothing_lost()
        lab.assert_no_gap(["cam0"])
        assert {one.capability for one in identities(*lab.files())} == {VGA, large}


@pytest.mark.fault(8, 14)
def test_ids_that_a_restart_has_shifted_are_a_gap_and_never_another_cameras_frames(
    tmp_path: Path,
) -> None:
    with lab_of(3, tmp_path) as lab:
        named = {one.id: one.name for one in lab.simulator.devices}
        assert named[0] == named[1] != named[2]
        rule = f'device: {{id: 2, name: "{named[2]}"}}'
        lab.file.write_text(lab.file.read_text().replace("device: {id: 2}", rule))
        lab.cameras.remove("cam1")
        text = "\n".join(line for line in lab.file.read_text().splitlines() if "cam1" not in line)
        lab.file.write_text(text + "\n")
        with lab.recording() as running:
            known = len(lab.files("cam2"))
            lab.simulator.faults.restart(shift_ids=-1)
            gone = re.compile(r"camera=cam2 .*no such device")
            running.until(lambda: gone.search(running.err.read_text()), what="a word about cam2")
            lab.simulator.faults.restart(shift_ids=1)
            running.until(partial(lab.has_segments, "cam2", known + 2), what="cam2 again")
            ends_in_order(running, lab)
        gap = lab.assert_one_gap("cam2", Cause.NO_DEVICE)
    assert named[2] in gap.trouble.detail


@pytest.mark.fault(15, 16, 17)
def test_answers_that_are_lost_and_ports_that_are_taken_cost_a_window_nothing(
    tmp_path: Path,
) -> None:
    with lab_of(1, tmp_path) as lab:
        other = ServerClient(lab.simulator.url)
        lab.ports = lab.ports[:3]
        for number, port in enumerate(lab.ports[:2], 1):
            other.start_stream(-number, port, VGA, Encoding.JPEG)
        lab.simulator.faults.answer(AnswerFault(AnswerTrouble.CUT, path="/jpeg", times=1))
        start = SystemClock().now().replace(microsecond=0) + timedelta(seconds=11)
        end = start + timedelta(seconds=3)
        lab.write(f"from: {in_yaml(start)}, to: {in_yaml(end)}", segment="1min")
        lab.file.write_text("lead: 8s\n" + lab.file.read_text())  # for a busy machine
        with lab.running() as running:
            running.until(lambda: lab.files() != [], what="a file")
            lab.simulator.faults.answer(AnswerFault(AnswerTrouble.HANG, path="/stop", times=1))
            running.until(
                lambda: lab.simulator.stream(0) is None and not lab.pids(), what="its end"
            )
            ends_in_order(running, lab)
        assert running.says('trouble="server unreachable'), "no answer was lost"
        assert running.says("did not stop the stream"), "no /stop failed"
        assert {stream for stream in (-1, -2) if lab.simulator.stream(stream)} == {-1, -2}
        lab.assert_nothing_lost()
        lab.assert_all_described()
        due = lab.due().items()
        wanted = {n for n, due_s in due if start.timestamp() <= due_s < end.timestamp()}
        assert wanted <= set(lab.numbers())
        assert gaps_of(lab) == []
