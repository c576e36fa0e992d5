"""A journal whose past cannot be is written all the same, and the next run believes none of it."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.catalogue.conftest import Root, reaches
from tests.catalogue.told import RUN, SPAN, STALLED, described
from tests.support.values import NOON
from tests.support.waiting import PATIENCE_S
from thorsched.catalogue.entries import Gap, Gaps, Past, Run
from thorsched.catalogue.presence import unsure
from thorsched.recording.history import Happened
from thorsched.schedule.intervals import Window

SECOND = replace(RUN, pid=43, began=NOON + timedelta(hours=3), last_pass=NOON + timedelta(hours=3))
NEVER = "9999-12-31T23:59:59.999Z"
HOUR = timedelta(hours=1)


def past_after(root: Root, sql: str) -> Past:
    """Return what a run is told, three hours later, of one that somebody has written into."""
    with root.written() as journal:
        journal.tell(described(root.path))
        journal.keep_gaps(Gaps("side", (Gap("side", NOON, NOON + HOUR / 60, STALLED),)))
    with closing(sqlite3.connect(root.journal)) as rows:
        rows.execute("PRAGMA ignore_check_constraints = ON")
        rows.execute(sql)
        rows.commit()
    root.clock.advance(3 * 3600)
    with root.written(SECOND) as journal:
        past = journal.past(patience_s=PATIENCE_S)
        journal.tell(Happened(root.clock.now(), "noted", ""))
    with root.read() as read:
        assert "noted" in {event.what for event in read.events()}, "it is written all the same"
    assert past is not None
    return past


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE runs SET version = x'00'",
        "UPDATE runs SET last_pass = '2026-99-01T00:00:00Z'",
        "UPDATE runs SET pid = 'x'",
        "UPDATE gaps SET cause = x'00'",
        'UPDATE gaps SET start = "2026-03-01T99:00:00Z", "end" = NULL',
        "UPDATE segments SET path = x'00'",
        f"UPDATE segments SET pauses = '{'[' * 100_000}]'",
    ],
)
def test_what_no_journal_holds_is_no_past(
    root: Root, sql: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert past_after(root, sql) == Past(None, {})
    assert "the journal's past cannot be read" in caplog.text
    assert root.set_aside() == []


@pytest.mark.parametrize("year", ["0001", "1969"])
def test_a_last_pass_long_before_any_recording_stops_nothing(root: Root, year: str) -> None:
    past = past_after(root, f"UPDATE runs SET last_pass = '{year}-01-01T00:00:00Z'")
    assert past.run is not None
    assert past.run.last_pass.year == 1970


def test_a_gap_that_begins_when_no_calendar_goes_on_is_none(root: Root) -> None:
    gap = f"INSERT INTO gaps VALUES ('top', '{NEVER}', NULL, 'unknown', '')"
    assert past_after(root, gap).cameras.keys() == {"side"}


def test_a_last_pass_at_the_end_of_all_time_is_one_that_can_be_counted_from(root: Root) -> None:
    past = past_after(root, f"UPDATE runs SET last_pass = '{NEVER}'")
    assert past.run is not None
    assert past.run.last_pass.year == 9000


@pytest.mark.parametrize(
    ("change", "recorded"),
    [
        ("frames = 300", (SPAN,)),
        (f"last_frame_end = '{NEVER}'", ()),
        ("last_frame_end = '2026-03-01T14:00:00.000Z', frames = 1", ()),
    ],
)
def test_a_segment_at_a_time_that_cannot_be_is_not_recorded(
    root: Root, change: str, recorded: tuple[Window, ...]
) -> None:
    past = past_after(root, f"UPDATE segments SET {change}")
    assert past.cameras["side"].recorded == recorded


def test_a_clock_that_is_set_right_is_written_down_though_nothing_else_is(root: Root) -> None:
    ahead = replace(RUN, last_pass=NOON + 10_000 * HOUR)
    right = replace(RUN, last_pass=NOON + HOUR)
    with root.written() as journal:
        journal.passed(ahead.last_pass)
        reaches(root, ahead)
        journal.passed(right.last_pass)
        reaches(root, right)


def run(began_h: float, last_h: float) -> Run:
    return replace(RUN, began=NOON + began_h * HOUR, last_pass=NOON + last_h * HOUR)


@pytest.mark.parametrize(
    ("runs", "doubts"),
    [
        ([run(0, 1), run(2, 3)], []),
        ([run(0, 1), run(2, 99)], [(2, 10)]),
        ([run(0, 5), run(2, 3)], [(0, 2)]),
        ([run(0, 1), run(50, 51)], [(1, 10)]),
        ([run(0, 1), run(50, 51), run(4, 5)], [(1, 4)]),
        ([run(0, 99), run(50, 51), run(4, 5)], [(0, 4)]),
        ([run(0, 2.01), run(2, 3)], []),
    ],
)
def test_a_run_whose_end_cannot_be_may_have_ended_at_any_time(
    runs: list[Run], doubts: list[tuple[float, float]]
) -> None:
    found = unsure(runs, now=NOON + 10 * HOUR)
    assert found == tuple(Window(NOON + a * HOUR, NOON + b * HOUR) for a, b in doubts)
