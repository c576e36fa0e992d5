"""The windows of every rule agree with clocks on the wall, every minute of a year."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schedule import oracle
from tests.schedule.asking import windows
from tests.schedule.oracle import DAY, PAD, Almanac, Crontab, Marks
from thorsched.config.rules import Cron, Daily, Mode, Rule
from thorsched.config.times import Dates, WallTime, WallTimes
from thorsched.schedule.intervals import Window
from thorsched.schedule.windows import Timetable, state, wanted

Place = tuple[ZoneInfo, int, Almanac]

EVERY = range(7)
WORKDAYS = range(5)
STAR_MINUTES, STAR_HOURS = frozenset(range(60)), frozenset(range(24))

DAILIES = [
    (20 * 60, 8 * 60, WORKDAYS),
    (0, DAY, WORKDAYS),
    (120, 180, EVERY),
    (130, 150, EVERY),
    (90, 110, EVERY),
    (60, 120, EVERY),
    (23 * 60 + 30, 0, EVERY),
    (0, 30, EVERY),
    (150, 149, EVERY),
]
CRONTABS = [
    (Crontab("30 2 * * *", frozenset({30}), frozenset({2}), both_passes=False), 10),
    (Crontab("30 1 * * *", frozenset({30}), frozenset({1}), both_passes=False), 90),
    (Crontab("0 0 * * *", frozenset({0}), frozenset({0}), both_passes=False), DAY),
    (Crontab("*/5 23 * * *", frozenset(range(0, 60, 5)), frozenset({23})), 7),
    (Crontab("*/30 * * * *", frozenset({0, 30}), STAR_HOURS), 5),
    (Crontab("*/20 1-2 * * *", frozenset({0, 20, 40}), frozenset({1, 2})), 7),
    (Crontab("5 */2 * * *", frozenset({5}), frozenset(range(0, 24, 2))), 30),
    (Crontab("*/10 3 * * *", frozenset(range(0, 60, 10)), frozenset({3})), 1),
    (Crontab("0 0 * * 0", frozenset({0}), frozenset({0}), weekdays=frozenset({6}),
             both_passes=False), 60),
    (Crontab("15 2 8 * 7", frozenset({15}), frozenset({2}), days=frozenset({8}),
             weekdays=frozenset({6}), both_passes=False, either_day=True), 60),
    (Crontab("* * * * MON-FRI", STAR_MINUTES, STAR_HOURS, weekdays=frozenset(WORKDAYS)), 120),
]  # fmt: skip


def year_of(year: int) -> Window:
    return Window(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))


def wall_time(minute_of_day: int) -> WallTime:
    return WallTime(minute_of_day // 60, minute_of_day % 60)


@dataclass(frozen=True)
class Case:
    """A rule for thorsched, and the same for the oracle."""

    rule: Rule
    start: int = 0
    end: int = 0
    days: frozenset[int] = frozenset()
    tab: Crontab | None = None
    length: int = 0

    @classmethod
    def daily(cls, start: int, end: int, days: frozenset[int]) -> "Case":
        return cls(Daily((WallTimes(wall_time(start), wall_time(end)),), days), start, end, days)

    @classmethod
    def cron(cls, tab: Crontab, length: int) -> "Case":
        return cls(Cron(tab.expression, timedelta(minutes=length)), tab=tab, length=length)

    def __str__(self) -> str:
        if isinstance(self.rule, Cron):
            return f"{self.rule.expression} for {self.length}min"
        return f"{wall_time(self.start)}-{wall_time(self.end)}"

    def marks(self, book: Almanac, exceptions: Dates, mode: Mode) -> Marks:
        excepted = oracle.days_of(exceptions)
        dropped = excepted if mode == "skip_starts" else set()
        if self.tab:
            marks = oracle.cron(book, self.tab, self.length, dropped)
        else:
            marks = oracle.daily(book, self.start, self.end, self.days, dropped)
        return oracle.without_dates(book, marks, excepted) if mode == "clip" else marks


def assert_same(book: Almanac, ours: Marks, theirs: Marks) -> None:
    differ = np.flatnonzero(ours[PAD:-PAD] != theirs[PAD:-PAD])
    assert not differ.size, f"{differ.size} minutes, from {oracle.moment(book, differ[0] + PAD)}"


ALL = [Case.daily(start, end, frozenset(days)) for start, end, days in DAILIES]
ALL += [Case.cron(tab, length) for tab, length in CRONTABS]


@pytest.mark.fault(46)
@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_rule_wants_what_clocks_on_the_wall_say_all_year(place: Place, case: Case) -> None:
    zone, year, book = place
    found = windows(case.rule, zone=zone, between=year_of(year))
    assert_same(book, oracle.marked(book, found), case.marks(book, (), "clip"))


# Newfoundland changed its clocks at 00:01: in autumn Sunday began, and then Saturday ended again.
NEWFOUNDLAND = ZoneInfo("America/St_Johns")


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_rule_holds_where_clocks_go_back_across_midnight(case: Case) -> None:
    book = oracle.almanac(NEWFOUNDLAND, 2010)
    found = windows(case.rule, zone=NEWFOUNDLAND, between=year_of(2010))
    assert_same(book, oracle.marked(book, found), case.marks(book, (), "clip"))


@pytest.mark.parametrize("case", [ALL[6], ALL[7], ALL[12]], ids=str)
def test_a_short_question_is_answered_where_a_date_ends_twice(case: Case) -> None:
    book = oracle.almanac(NEWFOUNDLAND, 2010)
    theirs = case.marks(book, (), "clip")
    change = datetime(2010, 11, 7, 2, 31, tzinfo=UTC)
    for n in range(-90, 90):
        minute = Window(change + timedelta(minutes=n), change + timedelta(minutes=n + 1))
        found = windows(case.rule, zone=NEWFOUNDLAND, between=minute)
        assert bool(found) == theirs[oracle.place(book, minute.start)]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    if draw(st.booleans()):
        # Most near the hours in which clocks change.
        times = st.one_of(st.integers(0, 240), st.integers(0, DAY - 1))
        start = draw(times)
        end = draw(st.one_of(times, st.just(DAY)).filter(lambda end: end != start))
        return Case.daily(start, end, draw(st.frozensets(st.integers(0, 6), min_size=1)))
    return Case.cron(draw(crontabs()), draw(st.integers(1, 2 * DAY)))


@st.composite
def crontabs(draw: st.DrawFn) -> Crontab:
    minutes, minute_text = draw(fields(range(60)))
    hours, hour_text = draw(fields(range(24)))
    days, day_text = draw(fields(range(1, 32)))
    week, week_text = draw(fields(range(7)))
    return Crontab(
        expression=f"{minute_text} {hour_text} {day_text} * {week_text}",
        minutes=minutes,
        hours=hours,
        days=days,
        weekdays=frozenset((day - 1) % 7 for day in week),
        both_passes=minute_text.startswith("*") or hour_text.startswith("*"),
        either_day=not day_text.startswith("*") and not week_text.startswith("*"),
    )


@st.composite
def fields(draw: st.DrawFn, values: range) -> tuple[frozenset[int], str]:
    step = draw(st.integers(1, 20))
    listed = draw(st.frozensets(st.sampled_from(values), min_size=1, max_size=4))
    return draw(
        st.sampled_from(
            [
                (frozenset(values), "*"),
                (frozenset(values[::step]), f"*/{step}"),
                (listed, ",".join(map(str, sorted(listed)))),
            ]
        )
    )


def exceptions_in(year: int) -> st.SearchStrategy[Dates]:
    first_day = date(year, 1, 1).toordinal()
    # The days around which clocks change, and any other.
    days = st.one_of(*(st.integers(n, n + 10) for n in (62, 84, 90, 276, 294, 303, 358)),
                     st.integers(0, 364))  # fmt: skip
    ranges = st.tuples(days, st.integers(0, 5)).map(
        lambda pair: (
            date.fromordinal(first_day + pair[0]),
            date.fromordinal(first_day + sum(pair)),
        )
    )
    return st.lists(ranges, max_size=4).map(tuple)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), mode=st.sampled_from(["clip", "skip_starts"]))
def test_any_schedules_together_want_what_clocks_on_the_wall_say(
    place: Place, data: st.DataObject, mode: Mode
) -> None:
    zone, year, book = place
    drawn = data.draw(st.lists(cases(), min_size=1, max_size=3))
    exceptions = data.draw(exceptions_in(year))
    timetables = [
        Timetable(str(n), case.rule, zone, exceptions, mode) for n, case in enumerate(drawn)
    ]
    theirs = np.any([case.marks(book, exceptions, mode) for case in drawn], axis=0)

    found = wanted(timetables, between=year_of(year))
    assert_same(book, oracle.marked(book, found), theirs)
    assert all(a.end < b.start for a, b in pairwise(found))

    edges = np.flatnonzero(theirs[1:] != theirs[:-1]) + 1
    for at in data.draw(st.lists(st.integers(PAD, len(theirs) - PAD - 1), max_size=20)):
        now = state(timetables, at=oracle.moment(book, at))
        assert (now.active is not None) == theirs[at]
        coming = edges[edges > at]
        if coming.size and coming[0] < len(theirs) - PAD:
            assert now.next_edge == oracle.moment(book, int(coming[0]))


@pytest.mark.parametrize("case", [ALL[0], ALL[3], ALL[4], ALL[13]], ids=str)
def test_the_state_of_every_minute_around_a_change_of_clocks_is_the_walls(
    place: Place, case: Case
) -> None:
    zone, _, book = place
    theirs = case.marks(book, (), "clip")
    jumps = [at for at in np.flatnonzero(np.diff(book.wall) != 1) if PAD < at < len(theirs) - PAD]
    timetables = (Timetable("only", case.rule, zone),)
    for jump in jumps:
        for at in range(jump - DAY, jump + DAY):
            assert (state(timetables, at=oracle.moment(book, at)).active is not None) == theirs[at]
