"""What was in a journal that was set aside is known again in the new one, and nobody waits."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.damages import garbage, newer, overwritten
from tests.catalogue.stock import LATER_S, Stock, plain_segments
from tests.catalogue.told import RUN, STALLED, attempt_in, began
from tests.support.films import Film
from tests.support.values import NOON
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.catalogue.entries import Gap, Gaps, Run, Stretch, Stretches
from thorsched.catalogue.rebuilding.recovery import REBUILT
from thorsched.recording.checkpoint import Checkpoint
from thorsched.recording.checkpoint_text import Begun, first_line
from thorsched.recording.history import Happened
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real
GAP = Gap("side", NOON + timedelta(seconds=40), NOON + timedelta(seconds=50), STALLED)
OPEN = Gap("side", NOON + timedelta(seconds=60), None, STALLED)
SECOND = replace(RUN, pid=43, began=NOON + timedelta(hours=2), last_pass=NOON + timedelta(hours=2))


def told_a_lot(root: Root, *, events: int = 500) -> None:
    """Have a journal of more than is known again at once; with 3000 events, of much more."""
    with root.written() as journal:
        journal.tell(began(root.path))
        journal.tell(Stretches((Stretch("side", NOON, None, "f" * 64, ("nights",)),)))
        journal.keep_gaps(Gaps("side", (GAP, OPEN)))
        journal.passed(NOON + timedelta(minutes=2))
        for number in range(events):
            journal.tell(Happened(NOON, "counted", str(number)))


def is_known_again(root: Root, name: str) -> bool:
    with root.read() as journal:
        return (REBUILT, name) in {(event.what, event.detail) for event in journal.events()}


def recovered(root: Root, run: Run = SECOND) -> None:
    """Run until all is known again."""
    with root.written(run):
        assert eventually(lambda: root.has_run(run))
        name = root.set_aside()[0]
        assert eventually(lambda: is_known_again(root, name))


@pytest.mark.fault(38)
def test_all_that_an_unusable_journal_had_is_in_the_new_one_soon(root: Root) -> None:
    told_a_lot(root)
    newer(root.journal)
    recovered(root)
    with root.read() as read:
        assert [run.pid for run in read.runs()] == [42, 43]
        assert read.runs()[0].last_pass == NOON + timedelta(minutes=2)
        assert len([one for one in read.events() if one.what == "counted"]) == 500
        (attempt,) = read.attempts()
        assert attempt.run == -1
        (stretch,) = read.recordings()
    assert stretch.end == NOON + timedelta(minutes=2), "what was planned beyond is not known"


def test_what_whoever_goes_on_needs_is_known_at_once(root: Root) -> None:
    told_a_lot(root)
    newer(root.journal)
    with root.written(SECOND) as journal:
        past = journal.past(patience_s=PATIENCE_S)
    assert past is not None
    assert past.run is not None
    assert past.run.pid == 42
    assert past.cameras["side"].gaps == (OPEN,)
    assert len(past.cameras["side"].unfinished) == 1


def test_all_segments_are_found_again_however_old(root: Root, film: Film) -> None:
    stock = Stock(root, film)
    garbage(root.journal)
    recovered(root)
    with root.read() as read:
        assert len(read.segments()) == len(read.audits()) == 3
        assert [attempt.server for attempt in read.attempts()] == ["http://rig:8000"]
        assert {gap.trouble.cause for gap in read.gaps()} == {Cause.UNKNOWN}
    assert stock.wrong() == []


def test_what_a_recorder_is_at_is_no_gap(root: Root, film: Film) -> None:
    stock = Stock(root, film)
    recording = stock.describe(9).segment.recording
    for path in (stock.segment(9), stock.segment(1), stock.sidecar(1)):
        path.unlink()
    prefix = attempt_in(root.path).name
    begun = Begun(recording, Path("side/2026-03-01"), prefix, NOON, 9001, ("x",))
    running = Checkpoint.begin(root.path, prefix, first_line(begun))
    garbage(root.journal)
    recovered(root)
    running.close()
    with root.read() as read:
        assert read.gaps() == []


def test_one_that_was_broken_off_is_begun_anew_and_writes_nothing_twice(root: Root) -> None:
    told_a_lot(root, events=3000)
    overwritten(root.journal)
    with root.written(SECOND):
        pass  # it ends long before all is known again
    (name,) = root.set_aside()[:1]
    assert not is_known_again(root, name)
    third = replace(SECOND, pid=44, began=NOON + timedelta(hours=3))
    recovered(root, third)
    with root.read() as read:
        counted = [one.detail for one in read.events() if one.what == "counted"]
        pids = [run.pid for run in read.runs()]
    assert len(set(counted)) == len(counted) > 1000
    assert pids[-2:] == [43, 44]


def test_what_is_known_again_is_not_read_another_time(root: Root) -> None:
    told_a_lot(root)
    newer(root.journal)
    recovered(root)
    with root.written(replace(SECOND, pid=44)):
        pass
    with root.read() as read:
        assert len([one for one in read.events() if one.what == REBUILT]) == 1


def test_once_the_journal_names_it_as_known_again_it_may_be_deleted(root: Root) -> None:
    told_a_lot(root)
    newer(root.journal)
    with root.written(SECOND):
        pass
    third = replace(SECOND, pid=44)
    recovered(root, third)
    with closing(sqlite3.connect(root.journal)) as journal:
        named = journal.execute("SELECT detail FROM events WHERE what = 'journal rebuilt'")
        assert [name for (name,) in named] == root.set_aside()[:1], "as the README has it"
    for name in root.set_aside():
        (root.journal.parent / name).unlink()
    assert root.set_aside() == []
    with root.written(replace(SECOND, pid=45)) as journal_of_45:
        assert journal_of_45.past(patience_s=PATIENCE_S) is not None
    with root.read() as read:
        assert [run.pid for run in read.runs()] == [42, 43, 44, 45]
        assert len([one for one in read.events() if one.what == "counted"]) == 500


def test_many_segments_hold_up_nobody(root: Root) -> None:
    plain_segments(root.path, 3000, size_bytes=100)
    root.clock.step_wall(LATER_S)
    root.journal.write_bytes(b"garbage")
    with root.written(SECOND) as journal:
        past = journal.past(patience_s=PATIENCE_S)
        assert past is not None
        journal.tell(Happened(NOON, "told meanwhile"))
        assert eventually(lambda: _has(root, "told meanwhile"))
        with root.read() as read:
            assert len(read.segments()) < 3000, "that comes first"
        assert eventually(lambda: _has(root, REBUILT))
    with root.read() as read:
        assert len(read.segments()) == 3000


def _has(root: Root, what: str) -> bool:
    with root.read() as read:
        return what in {event.what for event in read.events()}
