"""Faults of the journal alone: recording goes on, and what lives is found all the same."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.catalogue.damages import empty, garbage, newer, torn
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
    with ExitStack() as runs, lab.recording() as last:
        before = lab.pids()
        for number, damage in enumerate((torn, empty, newer, garbage), start=1):
            kill(last)
            damage(path)
            last = runs.enter_context(lab.running())  # noqa: PLW2901 - one follows the other
            for words in (
                "a new one begun",
                *(f"adopted a recorder camera={c}" for c in lab.cameras),
            ):
                last.until(partial(last.says, words), what=f"{words} after {damage.__name__}")
            assert lab.pids() == before, damage
            last.until(path.exists, what="the new one")
            assert len(set_aside(path)) == number
        lab.await_segments(last, len(lab.files()) + 1)
        ends_in_order(last, lab)
    lab.assert_nothing_lost()
    with JournalReader(path) as journal:
        assert journal.runs()[-1].how == "Ctrl-C"
        assert {run.how for run in journal.runs()[:-1]} <= {None}, "what was salvaged was killed"
        assert [attempt.adopted for attempt in journal.attempts()] == [True, True]
        assert [gap for gap in journal.gaps() if gap.trouble.cause is not Cause.STARTING] == []


def set_aside(journal: Path) -> set[str]:
    """Return when something was set aside."""
    found = journal.parent.glob(f"{journal.name}.broken-*")
    return {path.name.removesuffix("-wal").removesuffix("-shm") for path in found}
