"""What becomes of the place where frames are kept, as the journal tells it: gap, cause, bounds."""

import contextlib
import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order, lab_of
from tests.support.disks import mounted_tmpfs
from tests.support.frames import sent_meanwhile
from tests.support.program import Program
from thorsched.recording.segments import SEAM
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real

_SECONDS_BYTES = 500_000


def fill(disk: Path) -> Path:
    """Write a file that leaves no room; return it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass
    return filler


def is_growing(lab: Lab) -> bool:
    """Return whether each camera's last file has a second of frames and more."""
    files = [lab.files(camera)[-1:] for camera in lab.cameras]
    return all(found and found[0].stat().st_size > _SECONDS_BYTES for found in files)


def numbers_are_complete(lab: Lab, missed: tuple[float, float]) -> bool:
    """Return whether every frame of cam0 that was not due in between is there once."""
    found, due = lab.numbers(), lab.due()
    sent = sent_meanwhile(lab.simulator.truth(0), found)
    return found == [n for n in sent if not missed[0] < due[n] < missed[1]]


def records_anew(lab: Lab, known: int, running: Program) -> None:
    running.until(partial(lab.has_segments, "cam0", known + 3), what="segments of a new attempt")


@pytest.mark.fault(26)
def test_a_disk_that_is_full_is_one_gap_that_ends_unaided_once_there_is_room(
    tmp_path: Path,
) -> None:
    with (
        mounted_tmpfs(tmp_path / "disk", size="100m") as disk,
        lab_of(1, tmp_path, root=disk / "recordings") as lab,
    ):
        with lab.recording() as running:
            whole = [path for path in lab.files() if path.with_suffix(".json").exists()]
            contents = {path: path.read_bytes() for path in whole}
            known = len(lab.files())
            filler = fill(disk)
            running.until(partial(running.says, "the disk is full"), what="a word about the disk")
            filler.unlink()
            records_anew(lab, known, running)
            ends_in_order(running, lab)
        gap = lab.assert_one_gap("cam0", Cause.STORAGE)
        assert "full" in gap.trouble.detail
        lab.assert_all_described()
        assert {path: path.read_bytes() for path in whole} == contents


@pytest.mark.fault(30)
def test_an_open_segment_that_is_removed_is_one_gap_and_its_frames_are_kept(lab: Lab) -> None:
    lab.write(segment="1min")  # so that what is removed is what is recorded to
    with lab.running() as running:
        running.until(partial(is_growing, lab), what="frames of both cameras")
        (taken,) = lab.files()
        taken.unlink()
        running.until(partial(running.says, "file taken away"), what="a word about the file")
        running.until(partial(is_growing, lab), what="frames of a new attempt")
        ends_in_order(running, lab)
    assert lab.files()[0].stem.startswith(taken.stem), "what was removed is gone"
    gone, back = lab.missed()
    if back - gone > 2 * SEAM.total_seconds():  # it may be noticed and made good within that
        gap = lab.assert_one_gap("cam0", Cause.FILE_TAKEN)
        assert taken.name in gap.trouble.detail
    assert numbers_are_complete(lab, (gone, back))
    assert lab.gaps("cam1") == []
    lab.assert_nothing_lost(["cam1"])


@pytest.mark.fault(31)
def test_a_disk_that_is_unmounted_is_one_gap_and_nothing_is_written_below_it(
    tmp_path: Path,
) -> None:
    with (
        mounted_tmpfs(tmp_path / "disk", size="100m") as disk,
        lab_of(1, tmp_path, root=disk / "recordings") as lab,
    ):
        with lab.recording() as running:
            whole = [path for path in lab.files() if path.with_suffix(".json").exists()]
            contents = {path: path.read_bytes() for path in whole}
            known = len(lab.files())
            kept = tmp_path / "kept"
            kept.mkdir()
            subprocess.run(["mount", "--move", disk, kept], check=True)
            running.until(partial(running.says, "storage"), what="a word about the storage")
            assert list(disk.iterdir()) == [], "the bare mount point was written to"
            subprocess.run(["mount", "--move", kept, disk], check=True)
            records_anew(lab, known, running)
            ends_in_order(running, lab)
        lab.assert_one_gap("cam0", Cause.FILE_TAKEN)
        assert {path: path.read_bytes() for path in whole} == contents
