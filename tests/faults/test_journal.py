"""Faults of the journal alone: recording goes on, and what lives is found all the same."""

from functools import partial

import pytest

from tests.faults.lab import Lab, ends_in_order, kill
from tests.support.disks import mounted_tmpfs, resize
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real


@pytest.mark.fault(27)
def test_27_a_disk_that_is_full_for_the_journal_alone_costs_no_recording(lab: Lab) -> None:
    lab.root.mkdir()
    with mounted_tmpfs(lab.root / ".thorsched", size="40k") as disk, lab.recording() as running:
        running.until(lambda: running.says("the journal cannot be written"), what="the word")
        assert not path_below(lab.root).exists()
        resize(disk, "10m")
        running.until(lambda: running.says("the journal is written again"), what="the other word")
        ends_in_order(running, lab)
        lab.assert_nothing_lost()
        with JournalReader(path_below(lab.root)) as journal:
            assert {row.camera for row in journal.attempts()} == {"cam0", "cam1"}
            files = {lab.root / segment.path for segment in journal.segments()}
    assert files == {*lab.files("cam0"), *lab.files("cam1")}


@pytest.mark.fault(38)
def test_38_what_is_no_journal_is_set_aside_and_live_recorders_are_adopted(lab: Lab) -> None:
    path = path_below(lab.root)
    with lab.recording() as first:
        kill(first)
        before = lab.pids()
        path.write_bytes(bytes(range(256)) * 100)
        with lab.running() as second:
            for camera in lab.cameras:
                words = f"adopted a recorder camera={camera}"
                second.until(partial(second.says, words), what=words)
            assert lab.pids() == before
            second.until(lambda: second.says("a new one begun"), what="the word")
            lab.await_segments(second, 4)
            ends_in_order(second, lab)
    lab.assert_nothing_lost()
    assert len(list(path.parent.glob("journal.sqlite3.broken-*"))) > 0
    with JournalReader(path) as journal:
        assert [run.how for run in journal.runs()] == ["Ctrl-C"]
        assert [attempt.adopted for attempt in journal.attempts()] == [True, True]
        assert [gap for gap in journal.gaps() if gap.trouble.cause is not Cause.STARTING] == []
