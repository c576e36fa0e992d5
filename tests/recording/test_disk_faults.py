"""What recorders make of disks that fill up and directories that go away."""

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.recording.rig import Rig
from tests.support.frames import numbers, sent_meanwhile
from tests.support.waiting import pause
from thorsched.recording.archive import LONGEST_HEAD_BYTES
from thorsched.recording.trouble import Cause
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real

STALL_S = 3.0


def with_frames(paths: Sequence[Path]) -> dict[Path, bytes]:
    """Return what is in the files; those without a frame are being removed meanwhile."""
    found = {}
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            content = path.read_bytes()
            if len(content) > LONGEST_HEAD_BYTES:
                found[path] = content
    return found


def test_a_disk_that_is_full_is_tried_until_there_is_room(small_disk: Path) -> None:
    with Simulator(cameras=1) as simulator, Rig(simulator, small_disk / "root") as rig:
        rig.want(rig.recording(segment=timedelta(seconds=1)))
        rig.until(lambda: rig.recorder().failures >= 2)
        # What a file without a frame took is free again.
        assert shutil.disk_usage(small_disk).free < 100_000
        assert {trouble.cause for trouble in rig.troubles} == {Cause.STORAGE}
        assert all("the disk is full" in trouble.detail for trouble in rig.troubles)
        kept = with_frames(rig.files())
        assert kept
        subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
        rig.record(rig.recording())
        rig.close()
        assert all(path.read_bytes().startswith(content) for path, content in kept.items())
        frames = numbers(rig.files()[0])
        assert frames == sent_meanwhile(simulator.truth(0), frames)


def test_too_little_room_is_said_before_the_server_is_asked(rig: Rig) -> None:
    wanted = rig.recording()
    rig.want(replace(wanted, output=replace(wanted.output, min_free_bytes=10**18)))
    rig.until(lambda: rig.recorder().failures >= 2)
    assert {trouble.cause for trouble in rig.troubles} == {Cause.STORAGE}
    assert "min_free asks for" in rig.troubles[0].detail
    assert rig.simulator.truth(0) == ()


def rename(directory: Path) -> None:
    directory.rename(directory.with_name("renamed"))


def remove(directory: Path) -> None:
    shutil.rmtree(directory)


def unlink_open_segment(directory: Path) -> None:
    for path in directory.glob("*.mkv"):
        path.unlink()


@pytest.mark.parametrize("harm", [rename, remove, unlink_open_segment])
def test_a_directory_or_segment_that_goes_away_is_noticed_and_made_anew(
    rig: Rig, harm: Callable[[Path], None]
) -> None:
    rig.record(rig.recording())
    before = rig.process()
    harm(rig.files()[0].parent)
    pause(0.5)
    assert before.is_running(), "the recorder noticed by itself"
    rig.clock.skip(STALL_S)
    rig.until(lambda: rig.recorder().failures == 1)
    assert [trouble.cause for trouble in rig.troubles] == [Cause.STALLED]
    rig.record(rig.recording())
    assert not before.is_running()
    rig.close()
    newest = rig.root / "cam0"
    assert numbers(*newest.glob("20*/*.mkv"))


def test_a_log_that_goes_away_is_no_trouble(rig: Rig) -> None:
    rig.record(rig.recording())
    shutil.rmtree(rig.root / ".thorsched")
    before = rig.recorder().size_bytes
    rig.until(lambda: rig.recorder().size_bytes > before + 200_000)
    rig.process().kill()
    rig.until(lambda: rig.recorder().failures == 1)
    assert "SIGKILL" in rig.troubles[0].detail
    rig.record(rig.recording())
