"""What is open is synced, what is being closed is not, and a disk that hangs holds nobody up."""

import contextlib
import logging
import os
from dataclasses import replace
from pathlib import Path

from tests.recording.conftest import LogLines
from tests.support import values
from tests.support.waiting import eventually
from thorsched.recording.lifecycle import Phase, Recorder
from thorsched.recording.syncing import Disk, Syncing, open_segments


def recorder(root: Path, *, phase: Phase = Phase.RECORDING, name: str = "side") -> Recorder:
    recorded = replace(values.recording(name), output=values.output(root))
    segment = root / name / f"{name}-00000.mkv"
    return Recorder(name, phase=phase, recording=recorded, open_segment=segment)


def test_only_what_frames_arrive_in_below_the_root_is_synced() -> None:
    root, other = Path("one"), Path("other")
    writing = recorder(root)
    rest = [recorder(root, phase=phase) for phase in Phase if phase is not Phase.RECORDING]
    begun = replace(writing, open_segment=None)
    observed = [writing, *rest, recorder(other), begun]
    assert open_segments(observed, root) == (writing.open_segment,)


def test_what_cannot_be_synced_is_told_once_and_again_after_it_could(
    tmp_path: Path, log_lines: LogLines
) -> None:
    disk, segment = Disk(tmp_path), tmp_path / "side-00000.mkv"
    for _ in range(2):
        segment.mkdir()  # it cannot be opened
        disk.sync([segment])
        disk.sync([segment])
        segment.rmdir()
        segment.touch()
        disk.sync([segment])
        segment.unlink()
        disk.sync([segment])
    assert log_lines.of(logging.WARNING) == ["an open segment is not safe on its disk"] * 2


def is_waited_for(fifo: Path) -> bool:
    """Return whether somebody is held in opening it."""
    with contextlib.suppress(OSError):  # ENXIO: nobody
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        return True
    return False


def test_a_sync_that_hangs_holds_nobody_up(tmp_path: Path) -> None:
    held = recorder(tmp_path)
    assert held.open_segment is not None
    held.open_segment.parent.mkdir()
    os.mkfifo(held.open_segment)
    fifo, looked = held.open_segment, []

    def observe() -> dict[str, Recorder]:
        looked.append(1)
        return {"side": held}

    syncing = Syncing(observe)
    syncing.keep(tmp_path)
    assert eventually(lambda: looked)
    syncing.keep(tmp_path)
    syncing.close()
    assert eventually(lambda: is_waited_for(fifo)), "nothing hung"
    assert looked == [1], "there are two threads for one disk"
