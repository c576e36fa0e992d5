"""The next change of what is wanted, where holes are cut into the windows."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.support.values import NOON
from thorsched.config.rules import Daily, Rule, Span
from thorsched.config.times import parse_daily, parse_moment
from thorsched.schedule.holes import next_edge
from thorsched.schedule.intervals import Window, subtract, union
from thorsched.schedule.windows import Timetable, wanted

HOUR = timedelta(hours=1)
_HOURS = st.integers(0, 48).map(lambda hours: NOON + hours * HOUR)


def table(rule: Rule) -> Timetable:
    return Timetable("only", rule, ZoneInfo("UTC"))


def daily(times: str) -> Timetable:
    return table(Daily((parse_daily(times),)))


def hole(start: datetime, hours: int) -> Window:
    return Window(start, start + hours * HOUR)


@given(
    st.lists(st.sampled_from(["08:00-09:00", "11:00-15:00", "20:00-08:00"]), min_size=1),
    st.lists(st.builds(hole, _HOURS, st.integers(1, 30)), max_size=3),
    _HOURS,
)
def test_no_change_comes_before_the_next_edge(
    times: list[str], holes: list[Window], at: datetime
) -> None:
    tables = [daily(one) for one in times]
    holes_ = union(holes)
    left = subtract(wanted(tables, between=Window(at, at + 200 * HOUR)), holes_)
    changes = [moment for w in left for moment in (w.start, w.end) if moment > at]
    edge = next_edge(tables, holes_, at=at)
    assert edge is not None
    assert at < edge <= min(changes)


def test_a_hole_in_which_all_ends_leaves_nothing_to_wait_for() -> None:
    once = table(Span(parse_moment("2026-03-01T13:00Z"), parse_moment("2026-03-01T14:00Z")))
    assert next_edge([once], [hole(NOON, 3)], at=NOON) is None
