"""What the journal is told is on disk, and there again for the next run."""

import sqlite3
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.catalogue.conftest import Root, reaches
from tests.catalogue.revised import CHANGED
from tests.catalogue.told import RUN, SPAN, STALLED, began, described, ended, records
from tests.support.values import NOON, window
from tests.support.waiting import PATIENCE_S
from thorsched.catalogue.applied import How, RevisionApplied
from thorsched.catalogue.entries import (
    Audited,
    CameraPast,
    Copied,
    CopyState,
    Gap,
    Gaps,
    Past,
    Removed,
    Stretch,
    Stretches,
)
from thorsched.catalogue.kept import last_revision
from thorsched.recording.history import Happened
from thorsched.recording.segments import Repaired
from thorsched.recording.trouble import Cause, Trouble

GAP = Gap("side", NOON + timedelta(seconds=12), None, STALLED)
ENDED = replace(GAP, end=NOON + timedelta(seconds=20))


def test_an_attempt_is_told_from_its_beginning_to_its_end(root: Root) -> None:
    with root.written() as journal:
        for entry in (began(root.path), records(root.path), ended(root.path)):
            journal.tell(entry)
    with root.read() as read:
        (attempt,) = read.attempts()
    assert attempt.id == "side/2026-03-01/side_20260301T120001Z"
    assert (attempt.camera, attempt.device_id, attempt.port, attempt.pid) == ("side", 0, 9001, 4711)
    assert (attempt.window_start, attempt.window_end) == (window().start, window().end)
    assert attempt.began == NOON + timedelta(seconds=1)
    assert attempt.first_bytes == NOON + timedelta(seconds=2)
    assert attempt.ended == NOON + timedelta(seconds=16)
    assert (attempt.cause, attempt.detail) == (STALLED.cause.value, STALLED.detail)
    assert (attempt.adopted, attempt.succeeds) == (False, None)


def test_one_that_is_adopted_is_the_same_attempt_and_an_event(root: Root) -> None:
    later = NOON + timedelta(minutes=5)
    with root.written() as journal:
        journal.tell(began(root.path))
        journal.tell(records(root.path))
    with root.written(replace(RUN, pid=43, began=later, last_pass=later)) as journal:
        journal.tell(replace(began(root.path), adopted=later))
    with root.read() as read:
        (attempt,) = read.attempts()
        adoptions = [event for event in read.events() if event.what == "recorder adopted"]
    assert (attempt.run, attempt.adopted) == (2, True)
    assert attempt.first_bytes == NOON + timedelta(seconds=2)
    assert [(event.at, event.camera) for event in adoptions] == [(later, "side")]


def test_one_that_overlaps_with_another_says_with_which(root: Root) -> None:
    old = began(root.path)
    new = replace(old, attempt=old.attempt.with_name("new"), succeeds=old.attempt)
    with root.written() as journal:
        journal.tell(old)
        journal.tell(new)
    with root.read() as read:
        assert [attempt.succeeds for attempt in read.attempts()] == [
            "side/2026-03-01/side_20260301T120001Z",
            None,
        ]
        assert "recorders overlap" in [event.what for event in read.events()]


def test_the_last_event_of_some_kinds_is_found_among_those_after_a_number(root: Root) -> None:
    with root.written() as journal:
        for what in ("file applied", "trouble", "file not applied", "trouble"):
            journal.tell(Happened(NOON, what))
    with root.read() as read:
        newest = read.events_until_now()
        found = read.last_event("file applied", "file not applied")
        assert found is not None
        number, event = found
        assert event.what == "file not applied"
        assert number < newest
        assert read.last_event("file applied", "file not applied", after=number) is None
        assert read.last_event("nothing of ours") is None


def test_a_segment_is_told_with_its_attempt(root: Root) -> None:
    with root.written() as journal:
        journal.tell(described(root.path))
        done = Repaired(original_bytes=900, original_sha256="c0ffee", dropped_bytes=100)
        journal.tell(replace(described(root.path), frames=301, repaired=done))
    with root.read() as read:
        (segment,) = read.segments()
    assert segment.attempt == "side/2026-03-01/side_20260301T120001Z"
    assert segment.path.as_posix() == f"{segment.attempt}-00000.mkv"
    assert (segment.first_frame, segment.last_frame_end) == (SPAN.start, SPAN.end)
    assert (segment.frames, segment.size_bytes, segment.finalised) == (301, 1000, True)
    assert segment.repaired


def test_gaps_take_the_place_of_those_that_were_known_and_leave_the_others(root: Root) -> None:
    settled = Gap("side", NOON, NOON + timedelta(seconds=1), STALLED)
    other = replace(GAP, camera="top")
    with root.written() as journal:
        journal.keep_gaps(Gaps("top", (other,)))
        journal.keep_gaps(Gaps("side", (settled, GAP)))
        journal.keep_gaps(Gaps("side", (ENDED,)))
    with root.written(replace(RUN, pid=43)) as journal:
        journal.keep_gaps(Gaps("side", (replace(ENDED, end=None),)))
        journal.keep_gaps(Gaps("side", (ENDED,)))
    with root.read() as read:
        assert read.gaps() == [settled, ENDED, other]


def test_a_gap_that_begins_otherwise_than_was_told_is_there_once(root: Root) -> None:
    later, latest = (replace(GAP, start=GAP.start + timedelta(seconds=s)) for s in (1, 2))
    with root.written() as journal:
        journal.keep_gaps(Gaps("side", (GAP,)))
    with root.written(replace(RUN, pid=43)) as journal:
        journal.keep_gaps(Gaps("side", (later,), frozenset({GAP.start})))
        journal.keep_gaps(Gaps("side", (latest,), frozenset({later.start})))
        journal.keep_gaps(Gaps("side", (later,), frozenset({latest.start})))
    with root.read() as read:
        assert read.gaps() == [later]


def test_a_run_says_how_it_has_ended_and_one_that_was_killed_does_not(root: Root) -> None:
    killed = root.begin()
    killed.passed(NOON + timedelta(seconds=30))
    reaches(root, replace(RUN, last_pass=NOON + timedelta(seconds=30)))
    second = replace(RUN, pid=43, began=NOON + timedelta(minutes=1))
    with root.written(second, how="SIGTERM") as journal:
        past = journal.past(patience_s=PATIENCE_S)
    assert past is not None
    assert past.run == replace(RUN, last_pass=NOON + timedelta(seconds=30))
    with root.read() as read:
        assert [run.how for run in read.runs()] == [None, "SIGTERM"]
    killed.close(how="it is over", patience_s=PATIENCE_S)


def test_the_first_run_has_no_past(root: Root) -> None:
    with root.written() as journal:
        assert journal.past(patience_s=PATIENCE_S) == Past(None, {})


def test_the_next_run_knows_what_was_going_on_when_the_last_one_ended(root: Root) -> None:
    long_ago = replace(described(root.path), span=window(-60, -50))
    with root.written() as journal:
        journal.tell(began(root.path))
        journal.tell(described(root.path))
        journal.tell(replace(long_ago, segment=replace(long_ago.segment, path=root.path / "old-0")))
        journal.keep_gaps(Gaps("side", (GAP,)))
        journal.passed(NOON + timedelta(seconds=30))
    with root.written(replace(RUN, pid=43)) as journal:
        past = journal.past(patience_s=PATIENCE_S)
    assert past is not None
    running = replace(window(), start=NOON + timedelta(seconds=1))
    assert past.cameras == {
        "side": CameraPast(gaps=(GAP,), recorded=(SPAN,), unfinished=(running,))
    }


def test_telling_from_many_threads_loses_nothing(root: Root) -> None:
    with root.written() as journal:

        def tell(number: int) -> None:
            for _ in range(200):
                journal.tell(Happened(NOON, "counted", str(number)))

        threads = [threading.Thread(target=tell, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with root.read() as read:
        counted = [event.detail for event in read.events() if event.what == "counted"]
    assert sorted(counted) == sorted(str(number) for number in range(8) for _ in range(200))


def test_an_entry_that_the_tables_refuse_costs_no_other(
    root: Root, caplog: pytest.LogCaptureFixture
) -> None:
    with root.written() as journal:
        journal.tell(Happened(NOON, ""))
        huge = replace(described(root.path), frames=2**70)
        journal.tell(huge)
        journal.tell("no entry")  # type: ignore[arg-type]
        journal.tell(Happened(NOON, "counted"))
    with root.read() as read:
        assert "counted" in [event.what for event in read.events()]
    assert "does not take an entry" in caplog.text


def test_whatever_a_server_calls_its_devices_is_taken(root: Root) -> None:
    plain = began(root.path)
    source = replace(plain.recording.source, device_name="\ud800 '; DROP TABLE runs; \x1b \u202e")
    hostile = replace(plain, recording=replace(plain.recording, source=source))
    with root.written() as journal:
        journal.tell(hostile)
    with root.read() as read:
        (attempt,) = read.attempts()
        assert len(read.runs()) == 1
    assert attempt.device_name == "\\ud800 '; DROP TABLE runs; \\x1b \\u202e"


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_of_a_gap_is_read_as_it_was_written(root: Root, cause: Cause) -> None:
    gap = replace(GAP, trouble=Trouble(cause, "why; ' \" ü \N{SNOWMAN}"))
    with root.written() as journal:
        journal.keep_gaps(Gaps("side", (gap,)))
    with root.read() as read:
        assert read.gaps() == [gap]


def test_a_person_can_read_it_while_it_is_written(root: Root) -> None:
    with root.written() as journal:
        reaches(root, RUN)
        with sqlite3.connect(f"{root.journal.as_uri()}?mode=ro", uri=True) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM runs").fetchall()
            later = NOON + timedelta(seconds=30)
            journal.passed(later)
            reaches(root, replace(RUN, last_pass=later))
        other.close()


HASH = "a" * 64
HOUR = Stretch("side", NOON, NOON + timedelta(hours=1), HASH, ("nights", "bursts"))


def test_what_was_wanted_is_told_by_whom_and_may_be_set_right(root: Root) -> None:
    endless = replace(HOUR, camera="top", end=None)
    sooner = replace(HOUR, end=NOON + timedelta(minutes=1))
    with root.written() as journal:
        journal.tell(Stretches((HOUR, endless)))
        journal.tell(Stretches((sooner,)))
        journal.passed(NOON + timedelta(hours=1))
    with root.read() as read:
        assert read.recordings() == [sooner, endless]
    with root.written(replace(RUN, pid=43)) as journal:
        journal.tell(Stretches((replace(sooner, end=NOON),)))
    with root.read() as read:
        assert [one.camera for one in read.recordings()] == ["top"]


def test_what_a_run_planned_after_its_last_pass_is_for_the_next_to_say(root: Root) -> None:
    later = replace(HOUR, start=NOON + timedelta(minutes=30))
    with root.written() as journal:
        journal.tell(Stretches((HOUR, later, replace(HOUR, camera="top", end=None))))
        journal.passed(NOON + timedelta(minutes=10))
    with root.written(replace(RUN, pid=43)):
        pass
    with root.read() as read:
        ends = {(one.camera, one.start): one.end for one in read.recordings()}
    ten_past = NOON + timedelta(minutes=10)
    assert ends == {("side", NOON): ten_past, ("top", NOON): ten_past}


def test_a_revision_is_kept_with_its_whole_text_and_what_it_changed(root: Root) -> None:
    text = 'about: {note: "\N{SNOWMAN}\t\'"}\n' * 1000
    path = root.path / "recordings.yaml"
    applied = RevisionApplied(NOON, HASH, path, text, How.BY_HAND, CHANGED)
    with root.written() as journal:
        journal.tell(applied)
    with root.read() as read:
        assert last_revision(read) == applied


def test_what_becomes_of_a_segment_is_told_by_its_name_in_the_root(root: Root) -> None:
    segment = described(root.path).segment.path
    audited = Audited(
        path=segment,
        at=NOON,
        sha256=HASH,
        size_bytes=1000,
        frames=300,
        first_timestamp=2**62,
        last_timestamp=None,
        dropped=1,
        duplicates=2,
        backward=3,
        unreadable=4,
        damaged=5,
        black=6,
        frozen_s=7.5,
        verdict="1 frame dropped",
    )
    copied = Copied(segment, "/mnt/nas/x.mkv", NOON, HASH, CopyState.VERIFIED)
    with root.written() as journal:
        journal.tell(described(root.path))
        journal.tell(audited)
        journal.tell(copied)
        journal.tell(Removed(segment, NOON, "keep.age 30d"))
    name = segment.relative_to(root.path)
    with root.read() as read:
        (row,) = read.segments()
        assert (row.path, row.removed, row.removed_why) == (name, NOON, "keep.age 30d")
        assert read.audits() == [replace(audited, path=name)]
        assert read.copies() == [replace(copied, path=name)]
