"""A rebuild never makes a gap's known cause unknown, and tells no outage twice."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.stock import Stock
from tests.catalogue.told import RUN, STALLED, attempt_in
from tests.support.films import Film
from tests.support.values import NOON
from thorsched.catalogue.entries import Gap, Gaps, Stretch, Stretches
from thorsched.catalogue.rebuilding.outages import RECKONED
from thorsched.catalogue.rebuilding.renewal import renew
from thorsched.recording.history import AttemptEnded
from thorsched.recording.trouble import Cause, Trouble

pytestmark = pytest.mark.real
UNREACHABLE = Trouble(Cause.SERVER_UNREACHABLE, "connection refused")
TAKEN = Trouble(Cause.FILE_TAKEN, "removed while it was recorded")
VAGUE = Trouble(Cause.UNKNOWN, f"{RECKONED.detail}; then {UNREACHABLE}")
ONE_SECOND = timedelta(seconds=1)


@pytest.fixture
def stock(root: Root, film: Film) -> Stock:
    """Two segments with some seconds between them."""
    return Stock(root, film, segments=2)


def between(stock: Stock) -> tuple[datetime, datetime]:
    """Return from when on nothing is recorded, and until when."""
    with stock.root.read() as journal:
        first, second = journal.segments()
    return first.last_frame_end, second.first_frame


def run(stock: Stock, *gaps: Gap, until: datetime, pid: int = 43) -> None:
    """Have a run know of these gaps; then it is killed."""
    with stock.root.written(replace(RUN, pid=pid)) as journal:
        journal.tell(Stretches((Stretch("side", NOON, None, "f" * 64, ("nights",)),)))
        journal.keep_gaps(Gaps("side", gaps))
        journal.passed(until)


def gaps_after(stock: Stock, *, times: int = 1) -> list[Gap]:
    for _ in range(times):
        stock.root.clock.step_wall(1)
        renew(stock.path, now=stock.root.clock.now(), advance=lambda: None)
    with stock.root.read() as journal:
        return journal.gaps()


def test_an_outage_that_the_journal_dates_a_bit_later_than_the_files_keeps_its_cause(
    stock: Stock,
) -> None:
    start, end = between(stock)
    gap = Gap("side", start + ONE_SECOND / 2, end + ONE_SECOND / 20, UNREACHABLE)
    run(stock, gap, until=end + ONE_SECOND / 10)
    assert gaps_after(stock) == [gap]
    assert gaps_after(stock, times=2) == [gap]


def test_one_that_was_noticed_late_is_told_with_what_was_noticed(stock: Stock) -> None:
    start, end = between(stock)
    gap = Gap("side", start + 2 * ONE_SECOND, end, UNREACHABLE)
    run(stock, gap, until=end + ONE_SECOND / 10)
    assert gaps_after(stock) == [replace(gap, start=start, end=gap.start), gap]


def test_what_an_earlier_rebuild_has_made_unknown_is_known_again(stock: Stock) -> None:
    start, end = between(stock)
    known = Gap("side", start + ONE_SECOND / 2, end + ONE_SECOND / 20, UNREACHABLE)
    run(stock, known, until=end + ONE_SECOND / 10)
    gaps_after(stock)
    with closing(sqlite3.connect(stock.root.journal)) as journal:
        journal.execute("DELETE FROM gaps")
        journal.commit()
    run(stock, Gap("side", start, end, VAGUE), until=end + ONE_SECOND / 10, pid=44)
    assert gaps_after(stock) == [replace(known, end=end)], "and it is there once"
    assert gaps_after(stock, times=2) == [replace(known, end=end)]


def test_what_a_later_run_knows_better_does_not_come_back(stock: Stock) -> None:
    start, end = between(stock)
    early = Gap("side", start + ONE_SECOND / 2, end + ONE_SECOND / 20, UNREACHABLE)
    run(stock, early, until=end + ONE_SECOND / 10)
    gaps_after(stock)
    with stock.root.written(replace(RUN, pid=44)) as journal:
        better = Gap("side", start, end, UNREACHABLE)
        journal.keep_gaps(Gaps("side", (better,), frozenset({early.start})))
        journal.passed(end + ONE_SECOND / 10)
    assert gaps_after(stock, times=2) == [better]


def test_a_recorder_that_ended_by_a_trouble_explains_a_gap_that_nobody_wrote_down(
    stock: Stock,
) -> None:
    start, end = between(stock)
    with stock.root.written(replace(RUN, pid=43)) as journal:
        journal.tell(Stretches((Stretch("side", NOON, None, "f" * 64, ("nights",)),)))
        journal.passed(end)
    with closing(sqlite3.connect(stock.root.journal)) as rows:  # its end is told once
        rows.execute("UPDATE attempts SET ended = NULL")
        rows.commit()
    with stock.root.written(replace(RUN, pid=44)) as journal:
        journal.tell(AttemptEnded(start + ONE_SECOND / 2, attempt_in(stock.path), "side", TAKEN))
        journal.passed(end)
    gap = Gap("side", start, end, TAKEN)
    assert gap in gaps_after(stock)
    assert gap in gaps_after(stock, times=2)


def test_the_last_moment_before_a_run_was_ended_is_not_unknown(stock: Stock) -> None:
    with stock.root.read() as journal:
        last = journal.segments()[-1].last_frame_end
    start, end = between(stock)
    run(stock, Gap("side", start, end, STALLED), until=last + ONE_SECOND / 2)
    assert [gap.trouble.cause for gap in gaps_after(stock)] == [Cause.STALLED, Cause.ENDED]
