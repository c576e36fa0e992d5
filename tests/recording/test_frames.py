"""Every frame that arrived is in the files, in order, once: real recorders, real SRT."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.recording.rig import VGA, Rig, rig_of
from tests.support.frames import identities, numbers, packets_of, sent_meanwhile
from tests.support.waiting import pause
from thorsched.recording.lifecycle import Phase
from thorsched.simulator.answers import AnswerFault, AnswerTrouble

pytestmark = pytest.mark.real

CAMERAS = 4
MOST_LATE_S = 1.0


def test_four_cameras_record_every_frame_once_over_the_seams_of_their_segments(
    tmp_path: Path,
) -> None:
    with rig_of(CAMERAS, tmp_path / "root") as rig:
        rig.record(*(rig.recording(n, segment=timedelta(seconds=1)) for n in range(CAMERAS)))
        rig.until(lambda: all(len(rig.files(n)) >= 4 for n in range(CAMERAS)))
        assert len(rig.processes()) == CAMERAS
        assert len(set(rig.listening_ports())) == CAMERAS
        rig.close()
        for number in range(CAMERAS):
            files = rig.files(number)
            frames = numbers(*files)
            assert frames == sent_meanwhile(rig.simulator.truth(number), frames), f"cam{number}"
            assert {one.device_id for one in identities(*files)} == {number}
            assert {one.capability for one in identities(*files)} == {VGA}
        assert rig.listening_ports() == []
        assert rig.streams() == []
        described = {one.segment.path: one.frames for one in rig.described}
        assert described == {
            file: len(packets_of(file)) for n in range(CAMERAS) for file in rig.files(n)
        }


def test_a_segment_is_said_to_begin_and_end_when_its_frames_were_due(rig: Rig) -> None:
    # Of a long latency, so that one who forgets it is found out on a busy machine too.
    latency = timedelta(seconds=2)
    rig.record(replace(rig.recording(segment=timedelta(seconds=1)), latency=latency))
    rig.until(lambda: len(rig.files()) >= 3)
    rig.close()
    due_s = {frame.number: frame.due_s for frame in rig.simulator.truth(0)}
    assert len(rig.described) >= 3
    for one in rig.described:
        frames = numbers(one.segment.path)
        first = datetime.fromtimestamp(due_s[frames[0]], UTC)
        end = datetime.fromtimestamp(due_s[frames[-1]], UTC) + timedelta(seconds=1 / 30)
        assert abs((one.span.start - first).total_seconds()) < MOST_LATE_S
        assert abs((one.span.end - end).total_seconds()) < MOST_LATE_S


def test_cameras_start_together_even_where_each_answer_takes_two_seconds(tmp_path: Path) -> None:
    with rig_of(CAMERAS, tmp_path / "root") as rig:
        slow = AnswerFault(AnswerTrouble.SLOW, path="/jpeg", times=CAMERAS, pause_s=2.0)
        rig.simulator.faults.answer(slow)
        began_s = rig.clock.monotonic_s()
        rig.record(*(rig.recording(n) for n in range(CAMERAS)))
        took_s = rig.clock.monotonic_s() - began_s
        rig.close()
        firsts = [numbers(*rig.files(n))[0] for n in range(CAMERAS)]
    assert took_s >= 2.0, "the answers were not slow"
    assert max(firsts) - min(firsts) < 90, "they started one after another"


def test_what_is_wanted_anew_within_a_second_gets_a_name_of_its_own(rig: Rig) -> None:
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    rig.clock.stop_wall(at)
    directory = rig.root / "cam0" / "2026-03-01"
    directory.mkdir(parents=True)
    stranger = directory / "cam0_20260301T090000Z-00000.mkv"
    stranger.write_bytes(b"somebody's only copy")
    for _ in range(2):
        rig.record(rig.recording())
        rig.want()
        rig.until(rig.is_in(Phase.IDLE))
    rig.close()
    assert [path.name for path in rig.files()] == [
        "cam0_20260301T090000Z-00000.mkv",
        "cam0_20260301T090000Z.2-00000.mkv",
        "cam0_20260301T090000Z.3-00000.mkv",
    ]
    assert stranger.read_bytes() == b"somebody's only copy"
    second, third = (set(numbers(path)) for path in rig.files()[1:])
    assert second
    assert third
    assert not second & third


def test_other_labels_leave_the_recorder_alone_and_reach_the_sidecars(rig: Rig) -> None:
    wanted = rig.recording()
    rig.record(wanted)
    before = rig.process().pid
    rig.want(replace(wanted, provenance={"about": {"subject": "m042"}}))
    rig.until(lambda: rig.launcher.observe()["cam0"].recording != wanted)
    assert rig.process().pid == before
    rig.close()
    (described,) = rig.described
    assert described.segment.recording == wanted, "the labels of its beginning"
    (later,) = described.segment.relabelled
    assert later.recording.provenance == {"about": {"subject": "m042"}}


def test_a_start_that_is_taken_back_at_once_leaves_nothing(rig: Rig) -> None:
    # The recorder is spawned when the answer comes, and taken back in the same moment.
    slow = AnswerFault(AnswerTrouble.SLOW, path="/jpeg", times=1, pause_s=2.0)
    rig.simulator.faults.answer(slow)
    rig.want(rig.recording())
    rig.until(lambda: rig.simulator.stream(0) is not None)
    rig.want()
    rig.until(rig.is_in(Phase.IDLE))
    pause(0.2)
    assert rig.recorder().phase is Phase.IDLE
    rig.close()
    assert rig.files() == []
    assert rig.listening_ports() == []
    assert rig.streams() == []


def test_another_capability_is_another_file(rig: Rig) -> None:
    rig.record(rig.recording())
    small = next(c for c in rig.simulator.devices[0].capabilities if c.width == 320)
    other = replace(rig.recording().source, capability=small)
    edited = {"requested": "jpeg min", "selectors": ["jpeg min"]}
    wanted = replace(rig.recording(), source=other, provenance=edited)
    rig.record(wanted, at_least_bytes=20_000)
    rig.close()
    shown = [{one.capability for one in identities(path)} for path in rig.files()]
    assert shown == [{VGA}, {small}]
