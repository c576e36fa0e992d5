"""What becomes of the place where frames are kept, as the journal tells it: gap, cause, bounds."""

import contextlib
import subprocess
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.faults.lab import Lab, ends_in_order, lab_of
from tests.support.disks import mounted_tmpfs
from tests.support.program import Program
from thorsched.base.clock import SystemClock
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.trouble import Cause
from thorsched.simulator.answers import AnswerFault, AnswerTrouble

pytestmark = pytest.mark.real

LATE_S = 2.0
_SECONDS_BYTES = 500_000
# The program begins within that, on however busy a machine.
_TAKEN_S = 120


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
        late = AnswerFault(AnswerTrouble.SLOW, path="/jpeg", times=1, pause_s=LATE_S)
        lab.simulator.faults.answer(late)  # else it may be made good before anything is missing
        taken.unlink()
        running.until(partial(running.says, "file taken away"), what="a word about the file")
        running.until(partial(lab.has_segments, "cam0", 2), what="a file of a new attempt")
        running.until(partial(is_growing, lab), what="frames of a new attempt")
        ends_in_order(running, lab)
    assert lab.files()[0].stem.startswith(taken.stem), "what was removed is gone"
    gap = lab.assert_one_gap("cam0", Cause.FILE_TAKEN, longer_s=LATE_S / 2)
    assert taken.name in gap.trouble.detail
    lab.assert_no_gap(["cam1"])
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


@pytest.mark.fault(33)
def test_segments_that_have_the_next_attempts_name_are_left_alone_and_cost_no_frame(
    tmp_path: Path,
) -> None:
    with lab_of(1, tmp_path) as lab:
        foreign = [file_of(lab, second) for second in seconds_from_now(_TAKEN_S)]
        for path in foreign:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(path.name)
        with lab.running() as running:
            running.until(partial(lab.has_segments, "cam0", len(foreign) + 2), what="segments")
            ends_in_order(running, lab)
        assert [path.read_text() for path in foreign] == [path.name for path in foreign]
        with JournalReader(path_below(lab.root)) as journal:
            (attempt,) = journal.attempts()
            filed = {lab.root / segment.path for segment in journal.segments()}
        taken = [path.name.removesuffix("-00000.mkv") for path in foreign]
        assert Path(attempt.id).name in [f"{name}.2" for name in taken], "its name was free"
        for path in foreign:
            path.unlink()
        assert filed == {*lab.files()}
        lab.assert_nothing_lost()
        lab.assert_all_described()
        lab.assert_no_gap(["cam0"])


def seconds_from_now(count: int) -> list[datetime]:
    now = SystemClock().now().replace(microsecond=0)
    return [now + timedelta(seconds=second) for second in range(count)]


def file_of(lab: Lab, second: datetime) -> Path:
    """Return where cam0's first segment would lie if it began in that second."""
    name = f"cam0_{second:%Y%m%dT%H%M%SZ}-00000.mkv"
    return lab.root / "cam0" / f"{second:%Y-%m-%d}" / name
