"""Files grow older by the time that was seen to pass, whatever becomes of the wall clock."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.values import NOON
from thorsched.catalogue.keeping.passage import LONGEST_ABSENCE, NEVER, STEP, Leap, Passage, begun

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


def test_time_that_passes_ages_by_as_much() -> None:
    passed = Passage(NOON).after(HOUR, now=NOON + HOUR)
    assert passed.age(NOON) == HOUR
    assert not passed.has_jumped_since(Passage(NOON), HOUR)


def test_a_clock_that_is_set_ahead_ages_nothing() -> None:
    set_ahead = Passage(NOON).after(HOUR, now=NOON + HOUR + 10 * YEAR)
    assert set_ahead.has_jumped_since(Passage(NOON), HOUR)
    assert set_ahead.age(NOON) == HOUR
    later = set_ahead.after(HOUR, now=NOON + 2 * HOUR + 10 * YEAR)
    assert later.age(NOON) == 2 * HOUR
    assert later.age(NOON + HOUR + 10 * YEAR) == HOUR, "what is recorded since ages as usual"


def test_a_clock_that_is_put_right_again_leaves_no_trace() -> None:
    set_ahead = Passage(NOON).after(HOUR, now=NOON + HOUR + 10 * YEAR)
    assert set_ahead.after(HOUR, now=NOON + 2 * HOUR) == Passage(NOON + 2 * HOUR)


def test_a_clock_that_is_put_half_right_is_not_believed_either() -> None:
    set_ahead = Passage(NOON).after(HOUR, now=NOON + HOUR + 10 * YEAR)
    half = set_ahead.after(HOUR, now=NOON + 2 * HOUR + 5 * YEAR)
    assert half.age(NOON) == 2 * HOUR


def test_a_clock_from_before_the_program_tells_nothing() -> None:
    assert Passage(NOON).after(HOUR, now=datetime(1970, 1, 1, tzinfo=UTC)) == Passage(NOON)


def test_an_absence_counts_for_a_day_at_most() -> None:
    assert Passage(NOON).after_absence(now=NOON + HOUR).age(NOON) == HOUR
    assert Passage(NOON).after_absence(now=NOON + 10 * YEAR).age(NOON) == LONGEST_ABSENCE
    assert Passage(NOON).after_absence(now=NOON - HOUR).age(NOON - DAY) == DAY - HOUR


def test_a_first_passage_is_held_against_the_newest_that_is_known() -> None:
    assert begun(NOON + 10 * YEAR, last=NOON).age(NOON) == LONGEST_ABSENCE
    assert begun(NOON, last=NOON + YEAR) == begun(NOON, last=None) == Passage(NOON)


def test_what_leaps_of_all_ages_hold_up_comes_of_age_when_no_calendar_shows() -> None:
    leapt = Passage(NOON, (Leap(NOON, 9000 * YEAR),) * 50)
    assert leapt.comes_of_age(NOON - HOUR, DAY) == NEVER
    assert leapt.age(NOON - HOUR) < timedelta(0)


def test_when_something_comes_of_age_is_when_it_is_of_that_age() -> None:
    passed = Passage(NOON, (Leap(NOON, DAY), Leap(NOON - YEAR, DAY)))
    goes = passed.comes_of_age(NOON - HOUR, YEAR)
    assert Passage(goes, passed.leaps).age(NOON - HOUR) == YEAR


_LOOKS = st.lists(
    st.tuples(
        st.timedeltas(min_value=timedelta(0), max_value=30 * DAY),
        st.timedeltas(min_value=-YEAR, max_value=10 * YEAR) | st.just(timedelta(0)),
    ),
    max_size=80,
)


@given(_LOOKS)
def test_nothing_is_ever_taken_for_older_than_it_is(
    looks: list[tuple[timedelta, timedelta]],
) -> None:
    """A file that was recorded at the first look, with whatever then becomes of the clock."""
    passed, really, wall = Passage(NOON), timedelta(0), NOON
    for number, (elapsed, step) in enumerate(looks, start=1):
        really += elapsed
        wall += elapsed + step
        passed = passed.after(elapsed, now=wall)
        assert passed.age(NOON) <= really + number * STEP
