"""What recorders make of disks that fill up and directories that go away."""

import contextlib
import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from tests.recording.conftest import LogLines
from tests.recording.rig import Rig
from tests.support.broken import readable
from tests.support.disks import FreezableDisk, read_only
from tests.support.frames import numbers, sent_meanwhile
from tests.support.waiting import PATIENCE_S, eventually, pause
from thorsched.base.host import waits_for_disk
from thorsched.engine.silence import silence
from thorsched.recording.launcher import CLOSE_LIMIT_S
from thorsched.recording.lifecycle import Phase
from thorsched.recording.trouble import Cause
from thorsched.simulator.server import Simulator

pytestmark = pytest.mark.real


def with_frames(paths: Sequence[Path]) -> dict[Path, list[tuple[int, bytes]]]:
    """Return the frames in the files; those without one are being removed meanwhile."""
    found = {}
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            if frames := readable(path):
                found[path] = frames
    return found


class Disk(Protocol):
    """A directory that can be taken away from its place and be put back."""

    path: Path

    def go(self) -> None: ...
    def come_back(self) -> None: ...


class Renamed:
    """A directory that is renamed, as the parent of a mount is."""

    def __init__(self, parent: Path) -> None:
        self.path = parent / "disk"
        self.path.mkdir()

    def go(self) -> None:
        self.path.rename(self.path.with_name("elsewhere"))

    def come_back(self) -> None:
        self.path.with_name("elsewhere").rename(self.path)


class Mounted:
    """A directory mounted in a second place, where it is unmounted although it is in use."""

    def __init__(self, parent: Path) -> None:
        self._store, self.path = parent / "store", parent / "disk"
        self._store.mkdir()
        self.path.mkdir()

    def go(self) -> None:
        subprocess.run(["umount", "--lazy", self.path], check=True)

    def come_back(self) -> None:
        subprocess.run(["mount", "--bind", self._store, self.path], check=True, capture_output=True)


@contextlib.contextmanager
def mounted(parent: Path) -> Iterator[Mounted]:
    if os.geteuid() != 0:
        pytest.skip("to mount and unmount needs root")
    disk = Mounted(parent)
    disk.come_back()
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk.path], check=False, capture_output=True)


@pytest.mark.fault(26)
def test_a_disk_that_is_full_is_tried_until_there_is_room(small_disk: Path) -> None:
    with Simulator(cameras=1) as simulator, Rig(simulator, small_disk / "root") as rig:
        rig.want(rig.recording(segment=timedelta(seconds=1)))
        rig.until(lambda: any(t.cause is Cause.STORAGE for t in rig.troubles))
        failed = rig.recorder().failures
        rig.until(lambda: rig.recorder().failures > failed)
        # What a file without a frame took is free again.
        assert shutil.disk_usage(small_disk).free < 100_000, rig.troubles
        details = [one.detail for one in rig.troubles if one.cause is Cause.STORAGE]
        assert [detail for detail in details if "the disk is full" not in detail] == []
        kept = with_frames(rig.files())
        assert kept
        subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
        rig.record(rig.recording())
        rig.close()
        # What was left unfinalised is repaired; no frame has changed.
        assert {path: readable(path) for path in kept} == kept
        frames = numbers(rig.files()[0])
        assert frames == sent_meanwhile(simulator.truth(0), frames)


@pytest.mark.fault(26)
def test_too_little_room_is_said_before_the_server_is_asked(rig: Rig) -> None:
    wanted = rig.recording()
    rig.want(replace(wanted, output=replace(wanted.output, min_free_bytes=10**18)))
    rig.until(lambda: rig.recorder().failures >= 2)
    assert {trouble.cause for trouble in rig.troubles} == {Cause.STORAGE}
    assert "min_free asks for" in rig.troubles[0].detail
    assert rig.simulator.truth(0) == ()


@pytest.mark.fault(28)
def test_a_root_that_is_read_only_is_tried_until_it_can_be_written(rig: Rig) -> None:
    rig.record(rig.recording(segment=timedelta(seconds=1)), at_least_bytes=300_000)
    with read_only(rig.root):
        rig.process().kill()
        rig.until(lambda: rig.recorder().failures >= 2)
        assert rig.troubles[-1].cause is Cause.STORAGE
        assert "Read-only file system" in rig.troubles[-1].detail
        kept = with_frames(rig.files())
    rig.record(rig.recording())
    rig.close()
    assert kept
    assert {path: readable(path) for path in kept} == kept
    assert sorted(rig.whole_files().items()) == [(path.name, True) for path in rig.files()]


@pytest.fixture(params=["unmounted", "renamed"])
def comes_and_goes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A disk that a recorder writes to although it is in its place no more."""
    if request.param == "renamed":
        yield Renamed(tmp_path)
        return
    with mounted(tmp_path) as disk:
        yield disk


@pytest.mark.fault(31)
@pytest.mark.parametrize("segment_s", [1, 3600])
def test_a_disk_that_goes_and_comes_back_has_every_segment_described(
    comes_and_goes: Disk, segment_s: int
) -> None:
    with Simulator(cameras=1) as simulator, Rig(simulator, comes_and_goes.path / "root") as rig:
        rig.record(rig.recording(segment=timedelta(seconds=segment_s)))
        comes_and_goes.go()
        rig.until(lambda: rig.recorder().failures >= 1)  # it was stopped for want of growth
        rig.until(lambda: rig.processes() == [])
        comes_and_goes.come_back()
        rig.record(rig.recording())
        rig.close()
        files = rig.files()
        assert segment_s > 1 or len(files) > 4, "none was made unseen"
        assert sorted(rig.whole_files()) == [path.name for path in files]
        assert [path.with_suffix(".json").exists() for path in files] == [True] * len(files)
        assert sum(one.frames for one in rig.described) == len(numbers(*files))


def test_a_log_that_goes_away_is_no_trouble(rig: Rig) -> None:
    rig.record(rig.recording())
    shutil.rmtree(rig.root / ".thorsched")
    before = rig.recorder().size_bytes
    rig.until(lambda: rig.recorder().size_bytes > before + 200_000)
    rig.process().kill()
    rig.until(lambda: rig.recorder().failures == 1)
    assert "SIGKILL" in rig.troubles[0].detail
    rig.record(rig.recording())


@pytest.mark.fault(29)
def test_a_disk_that_freezes_while_ending_holds_nobody_and_what_it_held_is_readable_once_it_thaws(
    freezable_disk: FreezableDisk, log_lines: LogLines
) -> None:
    with Simulator(cameras=1) as simulator, Rig(simulator, freezable_disk.path / "root") as rig:
        rig.record(rig.recording())
        with freezable_disk.frozen():
            held = rig.process()
            assert eventually(lambda: waits_for_disk(held.pid))
            ended: list[bool] = []
            closing = threading.Thread(
                target=lambda: ended.append(rig.launcher.close()), daemon=True
            )
            closing.start()
            assert eventually(rig.is_in(Phase.STOPPING))
            pause(0.5)
            assert closing.is_alive(), "it did not wait"
            rig.clock.skip(CLOSE_LIMIT_S)
            closing.join(PATIENCE_S)
            assert ended == [False]
            assert waits_for_disk(held.pid), "the recorder could have ended"
            assert eventually(lambda: rig.recorder().killed)
            silent = silence(rig.recorder(), now_s=rig.clock.monotonic_s())
            assert str(silent).startswith("killed, and still there after ")
        assert log_lines.of(logging.ERROR) == ["a recorder does not end and is left behind"]
        rig.close()
        frames = numbers(*rig.files())
        assert frames
        assert frames == sent_meanwhile(simulator.truth(0), frames)


@pytest.mark.fault(29)
def test_a_disk_that_freezes_is_told_as_the_trouble_and_recorded_to_again_once_it_thaws(
    freezable_disk: FreezableDisk,
) -> None:
    with Simulator(cameras=1) as simulator, Rig(simulator, freezable_disk.path / "root") as rig:
        rig.record(rig.recording())
        with freezable_disk.frozen():
            assert eventually(rig.is_in(Phase.STOPPING))
            trouble = rig.recorder().trouble
        assert trouble is not None
        assert trouble.cause is Cause.STORAGE
        assert trouble.detail.startswith("the disk does not answer: no new frame for ")
        rig.until(lambda: rig.recorder().failures == 1)
        assert trouble in rig.troubles
        rig.record(rig.recording())
