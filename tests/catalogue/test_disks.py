"""A disk that takes nothing costs the journal its newest entries at worst, and nobody waits."""

import contextlib
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root, reaches
from tests.catalogue.told import RUN, STALLED, described
from tests.support.disks import mounted_image, mounted_tmpfs
from tests.support.privileges import without_privileges
from tests.support.values import NOON
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.base.clock import SystemClock
from thorsched.catalogue.entries import Gap, Gaps
from thorsched.catalogue.journal import MOST_WAITING, Journal
from thorsched.recording.history import Happened

UNWELL = "the journal cannot be written, what happens is kept in memory"
WELL = "the journal is written again"
GAP = Gap("side", NOON, None, STALLED)


def said(caplog: pytest.LogCaptureFixture, words: str) -> list[dict[str, object]]:
    return [vars(one) for one in caplog.records if one.message == words]


@pytest.fixture(autouse=True)
def _all_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def is_unwell(caplog: pytest.LogCaptureFixture) -> bool:
    return eventually(lambda: said(caplog, UNWELL))


def is_well_again(caplog: pytest.LogCaptureFixture) -> bool:
    return eventually(lambda: said(caplog, WELL))


def assert_all_is_there(root: Root) -> None:
    with root.read() as read:
        assert read.runs()[-1].how == "Ctrl-C"
        assert len(read.segments()) == 1
        assert read.gaps() == [GAP]


@pytest.fixture
def full(tmp_path: Path) -> Iterator[tuple[Root, Path]]:
    """A root whose own directory is a disk that is full, and the file that fills it."""
    with mounted_tmpfs(tmp_path / ".thorsched") as disk:
        root, filler = Root(tmp_path), disk / "filler"
        yield root, filler


def fill(filler: Path) -> None:
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while os.write(descriptor, bytes(4096)):
            pass
    os.close(descriptor)
    assert shutil.disk_usage(filler.parent).free == 0


@pytest.mark.fault(27)
def test_on_a_disk_that_is_full_entries_wait_until_there_is_room(
    full: tuple[Root, Path], caplog: pytest.LogCaptureFixture
) -> None:
    root, filler = full
    fill(filler)
    with root.written() as journal:
        journal.tell(described(root.path))
        journal.keep_gaps(Gaps("side", (GAP,)))
        assert is_unwell(caplog)
        assert list(root.journal.parent.iterdir()) == [filler], "a draft takes room of others"
        filler.unlink()
        assert is_well_again(caplog)
    assert_all_is_there(root)
    assert [line["lost"] for line in said(caplog, WELL)] == [0]


@pytest.mark.fault(27)
def test_on_a_disk_that_fills_up_likewise_and_it_is_said_once(
    full: tuple[Root, Path], caplog: pytest.LogCaptureFixture
) -> None:
    root, filler = full
    with root.written() as journal:
        reaches(root, RUN)
        fill(filler)
        for number in range(4000):
            journal.tell(Happened(NOON, "counted", str(number)))
        assert is_unwell(caplog)
        journal.tell(described(root.path))
        journal.keep_gaps(Gaps("side", (GAP,)))
        filler.unlink()
        assert is_well_again(caplog)
    assert_all_is_there(root)
    with root.read() as read:
        events = read.events()
    assert len([one for one in events if one.what == "counted"]) == 4000
    assert len([one for one in events if one.what == "journal written again"]) == 1
    assert len(said(caplog, UNWELL)) == len(said(caplog, WELL)) == 1
    assert root.set_aside() == []


@pytest.mark.fault(27)
def test_of_what_waits_too_long_the_oldest_is_kept_and_the_rest_is_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = Root(tmp_path)  # its directory is not there
    with root.written() as journal:
        assert is_unwell(caplog)
        for number in range(MOST_WAITING + 10):
            journal.tell(Happened(NOON, "counted", str(number)))
        journal.keep_gaps(Gaps("side", (GAP,)))
        root.journal.parent.mkdir()
        assert is_well_again(caplog)
    with root.read() as read:
        counted = [int(one.detail) for one in read.events() if one.what == "counted"]
        assert read.gaps() == [GAP]
    assert counted == list(range(MOST_WAITING - 1)), "the first of all is the run's beginning"
    (line,) = said(caplog, WELL)
    assert line["lost"] == 11


@pytest.mark.fault(28)
def test_where_it_may_not_write_it_waits_for_permission(
    root: Root, caplog: pytest.LogCaptureFixture
) -> None:
    with without_privileges():
        journal = root.begin()
        assert is_unwell(caplog)
    journal.tell(described(root.path))
    journal.keep_gaps(Gaps("side", (GAP,)))
    assert is_well_again(caplog)
    assert journal.close(how="Ctrl-C", patience_s=PATIENCE_S)
    assert_all_is_there(root)


def test_one_that_somebody_else_holds_is_waited_for_and_not_set_aside(
    root: Root, caplog: pytest.LogCaptureFixture
) -> None:
    with root.written() as journal:
        reaches(root, RUN)
        with closing(sqlite3.connect(root.journal, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            journal.tell(described(root.path))
            journal.keep_gaps(Gaps("side", (GAP,)))
            assert is_unwell(caplog)
            other.execute("ROLLBACK")
        assert is_well_again(caplog)
    assert_all_is_there(root)
    assert root.set_aside() == []


@pytest.mark.parametrize("other", [None, b"something else"])
def test_one_that_is_taken_away_while_it_is_written_is_begun_anew(
    root: Root, other: bytes | None
) -> None:
    later = replace(RUN, last_pass=NOON + timedelta(minutes=1))
    with root.written() as journal:
        reaches(root, RUN)
        root.journal.unlink()
        if other is not None:
            root.journal.write_bytes(other)
        journal.tell(described(root.path))
        journal.keep_gaps(Gaps("side", (GAP,)))
        journal.passed(later.last_pass)
        reaches(root, later)
    assert_all_is_there(root)
    kept = [root.journal.with_name(name).read_bytes() for name in root.set_aside()]
    assert other is None or other in kept


def test_one_whose_directory_is_taken_away_is_told_as_that_and_gone_on_with_once_it_is_back(
    root: Root, caplog: pytest.LogCaptureFixture
) -> None:
    inside, elsewhere = root.journal.parent, root.path / "elsewhere"
    with root.written() as journal:
        reaches(root, RUN)
        inside.rename(elsewhere)
        journal.tell(described(root.path))
        journal.keep_gaps(Gaps("side", (GAP,)))
        assert is_unwell(caplog)
        [told] = [record for record in caplog.records if record.message == UNWELL]
        assert str(vars(told)["why"]).startswith(f"there is no {inside} any more")
        assert "a new one is begun" not in caplog.text
        elsewhere.rename(inside)
        assert is_well_again(caplog)
    assert_all_is_there(root)
    assert root.set_aside() == []


@pytest.mark.fault(29)
def test_nobody_waits_for_a_disk_that_does_not_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SystemClock()
    with mounted_image(tmp_path / "image", tmp_path / ".thorsched") as disk:
        root = Root(tmp_path)
        journal = root.begin()
        reaches(root, RUN)
        with disk.frozen():
            began_s = clock.monotonic_s()
            for number in range(100):
                journal.tell(Happened(NOON, "counted", str(number)))
                journal.passed(NOON + timedelta(seconds=number))
                journal.keep_gaps(Gaps("side", (GAP,)))
            took_s = clock.monotonic_s() - began_s
            assert not journal.close(how="Ctrl-C", patience_s=0.5)
            assert took_s < 1.0
            assert "the journal is left unfinished" in caplog.text
        assert eventually(lambda: _has_counted(root, 100)), "what waited is written after all"


def _has_counted(root: Root, number: int) -> bool:
    with root.read() as read:
        return len([one for one in read.events() if one.what == "counted"]) == number


def test_a_disk_that_does_not_answer_has_no_past(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "not there", RUN, clock=Root(tmp_path).clock)
    journal.start()
    assert journal.past(patience_s=0.1) is None
    journal.close(how="Ctrl-C", patience_s=PATIENCE_S)
