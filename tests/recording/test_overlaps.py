"""A change that keeps the stream costs no frame: real recorders, real SRT, real signals."""

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.recording.rig import Rig
from tests.support import values
from tests.support.frames import numbers, sent_meanwhile
from thorsched.recording.lifecycle import Phase
from thorsched.recording.naming import Naming
from thorsched.recording.quarantine import directory_of
from thorsched.recording.spec import Recording
from thorsched.recording.trouble import Cause
from thorsched.recording.withheld import UNPROVEN

pytestmark = pytest.mark.real


def begins_another(rig: Rig, edited: Recording) -> None:
    """Have the camera kept otherwise, until two recorders run."""
    rig.want(edited)
    rig.until(lambda: len(rig.processes()) == 2)


def changes_over(rig: Rig, edited: Recording, *, at_least_bytes: int = 100_000) -> None:
    rig.record(edited, at_least_bytes=at_least_bytes)
    rig.until(lambda: rig.recorder().everyone == (rig.recorder(),))


def attempts_below(root: Path) -> list[list[Path]]:
    """Return each attempt's segments, the first attempt first."""
    attempts: dict[str, list[Path]] = {}
    for path in sorted(root.glob("cam0/*/*.mkv")):
        attempts.setdefault(path.stem.rpartition("-")[0], []).append(path)
    return list(attempts.values())


def assert_no_frame_is_missing(rig: Rig, *attempts: list[Path]) -> list[int]:
    """Assert that the union has every frame; return the numbers of those that are there twice."""
    recorded = [numbers(*files) for files in attempts]
    for frames in recorded:
        assert frames == sent_meanwhile(rig.simulator.truth(0), frames)
    union = sorted(set().union(*recorded))
    assert union == sent_meanwhile(rig.simulator.truth(0), union)
    return sorted(number for number in union if sum(number in one for one in recorded) > 1)


def sidecar(path: Path) -> dict[str, object]:
    told = json.loads(path.with_suffix(".json").read_text())
    assert isinstance(told, dict)
    return told


def slow(rig: Rig) -> Recording:
    """Return what takes seconds to change over, for what happens meanwhile."""
    return replace(rig.recording(), latency=timedelta(seconds=1))


def shorter(usual: Recording) -> Recording:
    return replace(usual, output=replace(usual.output, segment_time=timedelta(seconds=1)))


def less_latent(usual: Recording) -> Recording:
    return replace(usual, latency=timedelta(milliseconds=100))


def named_otherwise(usual: Recording) -> Recording:
    naming = Naming("{camera}/{date}/later_{start}", logs=usual.output.naming.logs)
    return replace(usual, output=replace(usual.output, naming=naming))


@pytest.mark.parametrize("edit", [shorter, less_latent, named_otherwise])
def test_an_edit_that_keeps_the_stream_costs_no_frame(
    rig: Rig, edit: Callable[[Recording], Recording]
) -> None:
    rig.record(rig.recording())
    old = rig.process().pid
    stream = rig.simulator.stream(0)
    assert stream is not None
    changes_over(rig, edit(rig.recording()))
    assert rig.process().pid != old
    assert rig.simulator.stream(0) is stream, "it was stopped, or asked for again"
    assert rig.troubles == []
    rig.close()
    first, second = attempts_below(rig.root)
    twice = assert_no_frame_is_missing(rig, first, second)
    assert twice, "the two have not overlapped"
    assert all(rig.whole_files().values())
    names = [files[0].stem.rpartition("-")[0] for files in (first, second)]
    assert sidecar(first[-1])["overlaps"] == [names[1]]
    assert sidecar(second[0])["overlaps"] == [names[0]]
    assert rig.streams() == []
    assert rig.listening_ports() == []


def test_another_root_is_recorded_to_beside_the_old_one(rig: Rig, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    rig.record(rig.recording())
    rig.roots.hold(elsewhere)
    usual = rig.recording()
    changes_over(rig, replace(usual, output=values.output(elsewhere)))
    rig.close()
    (first,), (second,) = attempts_below(rig.root), attempts_below(elsewhere)
    assert assert_no_frame_is_missing(rig, first, second)
    assert all(rig.whole_files().values())


def test_one_that_has_no_room_leaves_the_old_one_alone_until_the_edit_is_undone(rig: Rig) -> None:
    usual = rig.recording()
    rig.record(usual)
    old = rig.process().pid
    rig.want(replace(usual, output=replace(shorter(usual).output, min_free_bytes=1 << 60)))

    def has_failed() -> bool:
        successor = rig.recorder().successor
        return successor is not None and successor.phase is Phase.BACKING_OFF

    rig.until(has_failed)
    (failed,) = rig.recorder().beside
    assert failed.trouble is not None
    assert failed.trouble.cause is Cause.STORAGE
    assert rig.process().pid == old
    rig.record(usual, at_least_bytes=rig.recorder().size_bytes + 100_000)
    rig.until(lambda: rig.recorder().beside == ())
    rig.close()
    (only,) = attempts_below(rig.root)
    assert_no_frame_is_missing(rig, only)
    assert sidecar(only[0])["overlaps"] == []


def test_an_old_one_that_is_killed_is_followed_by_what_has_begun_already(rig: Rig) -> None:
    usual = slow(rig)
    rig.record(usual)
    old, stream = rig.process(), rig.simulator.stream(0)
    begins_another(rig, shorter(usual))
    (new,) = [process for process in rig.processes() if process.pid != old.pid]
    old.send_signal(signal.SIGKILL)
    changes_over(rig, shorter(usual))
    assert rig.process() == new, "it was begun anew"
    assert rig.simulator.stream(0) is stream
    rig.close()
    first, second = attempts_below(rig.root)
    repaired = {one.segment.path.name for one in rig.described if one.repaired is not None}
    assert repaired == {first[-1].name}, "it was not killed"
    for files in (first, second):
        assert_no_frame_is_missing(rig, files)


def test_a_new_one_that_is_killed_is_begun_again_and_the_old_one_goes_on(rig: Rig) -> None:
    usual = slow(rig)
    rig.record(usual)
    old = rig.process().pid
    begins_another(rig, shorter(usual))
    (new,) = [process for process in rig.processes() if process.pid != old]
    new.send_signal(signal.SIGKILL)
    rig.until(lambda: new.pid not in [process.pid for process in rig.processes()])
    assert rig.recorder().phase is Phase.RECORDING
    changes_over(rig, shorter(usual))
    rig.close()
    first, *_, last = attempts_below(rig.root)
    assert assert_no_frame_is_missing(rig, first, last)


def test_an_end_during_an_overlap_finalises_both(rig: Rig) -> None:
    usual = slow(rig)
    rig.record(usual)
    begins_another(rig, shorter(usual))
    rig.until(lambda: rig.recorder().beside[0].phase is Phase.RECORDING)
    rig.close()
    assert len(rig.described) == 2
    assert all(rig.whole_files().values())
    assert rig.streams() == []


@pytest.mark.fault(8)
def test_a_new_one_of_which_nobody_knows_whose_frames_it_has_ends_in_quarantine(rig: Rig) -> None:
    usual = slow(rig)
    rig.record(usual)
    begins_another(rig, shorter(usual))
    rig.until(lambda: [one.phase for one in rig.recorder().beside] == [Phase.RECORDING])
    rig.simulator.faults.kill(0, goodbye=True)
    rig.until(lambda: Cause.STREAM_ENDED in [trouble.cause for trouble in rig.troubles])
    changes_over(rig, shorter(usual))
    rig.close()
    apart = sorted(directory_of(rig.root).glob("cam0/*/*.mkv"))
    assert apart, "it was proven, or had no frame"
    first, *_, last = attempts_below(rig.root)
    assert len({path.stem.rpartition("-")[0] for path in apart}) == 1
    assert not {path.name for path in apart} & {path.name for path in [*first, *last]}
    for path in apart:
        lay = path.relative_to(directory_of(rig.root)).as_posix()
        assert sidecar(path)["quarantined"] == {"why": UNPROVEN, "from": lay}
        assert numbers(path), "it cannot be read"
    moved = [one for one in rig.described if one.quarantined is not None]
    assert sorted(one.segment.path for one in moved) == apart
    told = {one.origin for one in rig.described if one.quarantined is None}
    assert not told & {one.origin for one in moved}, "it counted as recorded"


def test_a_stream_that_ends_during_an_overlap_is_asked_for_anew_by_one_recorder(rig: Rig) -> None:
    usual = slow(rig)
    rig.record(usual)
    begins_another(rig, shorter(usual))
    rig.simulator.faults.kill(0, goodbye=True)
    rig.until(lambda: Cause.STREAM_ENDED in [trouble.cause for trouble in rig.troubles])
    changes_over(rig, shorter(usual))
    rig.close()
    *before, last = attempts_below(rig.root)
    assert 1 <= len(before) <= 2
    assert all(max(numbers(*files)) < numbers(*last)[0] for files in before)
