"""The stretches that the journal is told are the time that was wanted, whatever edits came."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.values import NOON
from thorsched.catalogue.entries import Stretch
from thorsched.engine.wants import Wants
from thorsched.schedule.intervals import ALWAYS, Window, clip, subtract, union

FRESH = Stretch("side", NOON, None, "r" * 64, ("nights",))


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def span(start: float, end: float) -> Window:
    return Window(at(start), at(end))


def test_a_window_is_told_once_with_its_planned_end() -> None:
    wants, told = Wants(at(0)).follow((), span(0, 60), now=at(0), fresh=FRESH)
    assert [(one.start, one.end) for one in told] == [(at(0), at(60))]
    for minute in range(1, 60):
        passed = [span(minute - 1, minute)]
        wants, told = wants.follow(passed, span(0, 60), now=at(minute), fresh=FRESH)
        assert told == ()
    assert wants.follow([span(59, 60)], None, now=at(60.1), fresh=FRESH)[1] == ()


def test_one_that_an_edit_ends_sooner_has_that_end() -> None:
    wants, _ = Wants(at(0)).follow((), span(0, 60), now=at(0), fresh=FRESH)
    _, told = wants.follow([span(0, 10)], None, now=at(10), fresh=FRESH)
    assert [(one.start, one.end) for one in told] == [(at(0), at(10))]


def test_one_without_an_end_has_none_until_it_is_wanted_no_more() -> None:
    wants, told = Wants(at(0)).follow((), ALWAYS, now=at(0), fresh=FRESH)
    assert told[0].end is None
    wants, told = wants.follow([span(0, 5)], ALWAYS, now=at(5), fresh=FRESH)
    assert told == ()
    wants, told = wants.follow((), None, now=at(6), fresh=FRESH)
    assert [one.end for one in told] == [at(5)]


def test_one_that_is_taken_back_at_once_is_told_empty() -> None:
    wants, _ = Wants(at(0)).follow((), span(0, 60), now=at(0), fresh=FRESH)
    _, told = wants.follow((), None, now=at(1), fresh=FRESH)
    assert [one.is_empty for one in told] == [True]


# What the file says in each minute: until when it plans to record, in minutes from then; 0: not.
PLANS = st.lists(st.integers(0, 5), min_size=1, max_size=40)


@given(PLANS)
def test_the_stretches_hold_the_wanted_time_and_nothing_else(plans: list[int]) -> None:
    wants, rows, wanted = Wants(at(0)), dict[datetime, Stretch](), list[Window]()
    for minute, (before, plan) in enumerate(zip([0, *plans], plans, strict=False)):
        passed = [span(minute - 1, minute)] if before else []
        wanted += passed
        planned = span(minute, minute + plan) if plan else None
        wants, told = wants.follow(passed, planned, now=at(minute), fresh=FRESH)
        rows |= {one.start: one for one in told}
    known = span(-1, len(plans) - 1)
    told_in_all = union(one.span for one in rows.values() if not one.is_empty)
    assert clip(told_in_all, known) == clip(union(wanted), known)
    kept = [one.span for one in rows.values() if not one.is_empty]
    assert sum((one.length for one in kept), timedelta()) == sum(
        (one.length for one in told_in_all), timedelta()
    ), "two stretches overlap"
    assert not subtract(clip(told_in_all, known), union(wanted))
