"""Each outage is told once, and never as unknown where anything says what began it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.told import STALLED
from tests.support.values import NOON
from thorsched.catalogue.rebuilding.outages import RECKONED, Outages
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window, subtract, union

TAKEN = Trouble(Cause.FILE_TAKEN, "removed while it was recorded")
ENDED = Trouble(Cause.ENDED, "by Ctrl-C")


def seconds(start: float, end: float) -> Window:
    return Window(NOON + timedelta(seconds=start), NOON + timedelta(seconds=end))


def told(*spans: Window) -> Outages:
    outages = Outages()
    for span in spans:
        outages.suffered(span, STALLED)
    return outages


def test_what_is_left_beside_a_gap_that_is_told_is_its_edge() -> None:
    outages = told(seconds(10.6, 19.5))
    assert list(outages.reckoned([seconds(10, 20)], [])) == []


def test_a_gap_that_was_noticed_late_began_by_what_was_noticed() -> None:
    outages = told(seconds(13, 20))
    assert list(outages.reckoned([seconds(10, 20)], [])) == [(seconds(10, 13), STALLED)]


def test_what_was_missing_long_before_a_gap_that_is_told_is_unknown() -> None:
    outages = told(seconds(60, 70))
    assert list(outages.reckoned([seconds(10, 70)], [])) == [(seconds(10, 60), RECKONED)]


def test_a_recorder_that_ended_by_a_trouble_explains_what_began_with_it() -> None:
    outages = Outages()
    outages.broke.append((NOON + timedelta(seconds=10.9), TAKEN))
    found = outages.reckoned([seconds(10, 10.6), seconds(50, 55)], [])
    assert list(found) == [(seconds(10, 10.6), TAKEN), (seconds(50, 55), RECKONED)]


def test_the_end_of_a_run_explains_what_was_not_recorded_any_more() -> None:
    at_the_end = (NOON + timedelta(seconds=10.3), ENDED)
    found = Outages().reckoned([seconds(10, 10.3)], [at_the_end])
    assert list(found) == [(seconds(10, 10.3), ENDED)]


def test_the_end_of_a_run_explains_nothing_that_was_over_by_then() -> None:
    found = Outages().reckoned([seconds(10, 12)], [(NOON + timedelta(seconds=13), ENDED)])
    assert list(found) == [(seconds(10, 12), RECKONED)]


def test_what_may_be_recorded_and_is_not_described_is_no_gap() -> None:
    outages = Outages()
    outages.undescribed.append(seconds(10, 1000))
    assert list(outages.reckoned([seconds(0, 20)], [])) == [(seconds(0, 10), RECKONED)]


spans = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 80)).map(
        lambda one: seconds(one[0] / 4, (one[0] + one[1]) / 4)
    ),
    max_size=8,
)


@given(missing=spans, gaps=spans)
def test_nothing_is_told_twice_and_nothing_that_is_not_missing(
    missing: list[Window], gaps: list[Window]
) -> None:
    outages, wanted = told(*gaps), union(missing)
    found = [span for span, _ in outages.reckoned(wanted, [])]
    assert subtract(found, subtract(wanted, union(gaps))) == ()
    for span, trouble in list(outages.reckoned(wanted, [])):
        outages.suffered(span, trouble)
    assert list(outages.reckoned(wanted, [])) == [], "another time changes nothing"
