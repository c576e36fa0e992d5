"""What was not recorded stands in the journal as a gap, with its cause and its bounds."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.lab import Lab, assert_is, ends_in_order, kill, lab_of
from tests.support.waiting import eventually, pause
from thorsched.base.clock import SystemClock
from thorsched.catalogue.database import path_below
from thorsched.catalogue.reader import JournalReader
from thorsched.engine.loop import RESYNC_S
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real


@pytest.mark.fault(2)
def test_an_outage_is_one_gap_with_its_cause_and_the_other_camera_has_none(lab: Lab) -> None:
    with lab.recording() as running:
        known = len(lab.files("cam0"))
        lab.simulator.faults.kill(0)
        running.until(lambda: len(lab.files("cam0")) > known + 1, what="cam0 records again")
        ends_in_order(running, lab)
    truth = lab.missed()
    assert truth[1] - truth[0] > 1, "nothing was missed"
    (gap,) = lab.gaps()
    assert_is(gap, truth)
    assert gap.trouble.cause is Cause.STREAM_ENDED
    lab.assert_no_gap(["cam1"])


@pytest.mark.fault(40)
def test_after_a_sigkill_of_all_the_time_until_the_next_run_is_a_gap_that_says_so(
    tmp_path: Path,
) -> None:
    with lab_of(1, tmp_path) as lab, lab.recording() as first:
        kill(first)
        for recorder in lab.recorders():
            recorder.kill()
        assert eventually(lambda: lab.pids() == [])
        known = len(lab.files())
        pause(3)
        with lab.running() as second:
            lab.await_segments(second, known + 2)
            ends_in_order(second, lab)
        (gap,) = lab.gaps()
        truth = lab.missed()
    assert truth[1] - truth[0] > 3, "nothing was missed"
    assert_is(gap, truth)
    assert gap.trouble.cause is Cause.NOT_RUNNING
    assert f"process {first.process.pid} was killed" in gap.trouble.detail


@pytest.mark.fault(40)
@pytest.mark.long
def test_that_gap_is_told_though_somebody_holds_the_journal_as_the_next_run_begins(
    tmp_path: Path,
) -> None:
    with lab_of(1, tmp_path) as lab, lab.recording() as first:
        ends_in_order(first, lab)
        known = len(lab.files())
        pause(2)
        with closing(sqlite3.connect(path_below(lab.root), isolation_level=None)) as somebody:
            somebody.execute("PRAGMA locking_mode = EXCLUSIVE")
            somebody.execute("BEGIN EXCLUSIVE")
            with lab.running() as running:
                lab.await_segments(running, known + 2)
                running.until(lambda: running.says("the journal cannot be written"), what="that")
                somebody.close()
                running.until(lambda: running.says("the journal is written again"), what="this")
                running.until(lambda: lab.gaps() != [], what="the gap")
                ends_in_order(running, lab)
        (gap,) = lab.gaps()
        truth = lab.missed()
    assert truth[1] - truth[0] > 2, "nothing was missed"
    assert_is(gap, truth)
    assert gap.trouble.cause is Cause.ENDED


@pytest.mark.fault(36)
@pytest.mark.long
def test_recorders_that_the_next_run_adopts_leave_no_gap(lab: Lab) -> None:
    with lab.recording() as first:
        kill(first)
        pause(1)
        with lab.running() as second:
            second.until(lambda: second.says("adopted a recorder"), what="adoption")
            pause(RESYNC_S + 1)
            with JournalReader(path_below(lab.root)) as journal:
                assert [gap for gap in journal.gaps() if gap.end is None] == []
            ends_in_order(second, lab)
    lab.assert_nothing_lost()
    lab.assert_no_gap(["cam0", "cam1"])
    with JournalReader(path_below(lab.root)) as journal:
        assert [run.how for run in journal.runs()] == [None, "Ctrl-C"]
        assert [attempt.adopted for attempt in journal.attempts()] == [True, True]
        files = {lab.root / segment.path for segment in journal.segments()}
    assert files == {*lab.files("cam0"), *lab.files("cam1")}


@pytest.mark.fault(1)
def test_a_server_that_is_absent_at_the_start_is_a_gap_that_says_so(tmp_path: Path) -> None:
    with lab_of(1, tmp_path) as lab:
        lab.simulator.faults.down()
        with lab.running() as running:
            running.until(lambda: running.says("server unreachable"), what="the trouble")
            pause(2)  # so that there is something to miss
            lab.simulator.faults.up()
            up = SystemClock().now()
            lab.await_segments(running, 2)
            ends_in_order(running, lab)
        with JournalReader(path_below(lab.root)) as journal:
            (gap,) = journal.gaps()
            what = [event.what for event in journal.events()]
    assert gap.trouble.cause is Cause.SERVER_UNREACHABLE
    assert gap.end is not None
    assert up - timedelta(seconds=1) < gap.end < up + timedelta(seconds=15)
    assert {"run began", "server not to be asked", "server reached", "run ended"} <= set(what)
