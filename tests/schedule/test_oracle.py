"""The windows of every rule agree with clocks on the wall, every minute of a year."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schedule import oracle
from tests.schedule.asking import windows
from tests.schedule.cases import (
    EVERY,
    WORKDAYS,
    Case,
    cases,
    cron,
    daily,
    dates_in,
    every,
    every_from,
    lasting,
    zeitgeber,
)
from tests.schedule.oracle import DAY, PAD, Almanac, Crontab, Marks
from thorsched.config.days import ExperimentDays
from thorsched.config.rules import Mode
from thorsched.config.times import WallTime
from thorsched.config.zeitgeber import Lights, LightsOn
from thorsched.schedule.intervals import Window
from thorsched.schedule.windows import Timetable, state, wanted

Place = tuple[ZoneInfo, int, Almanac]

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


def assert_same(book: Almanac, ours: Marks, theirs: Marks) -> None:
    differ = np.flatnonzero(ours[PAD:-PAD] != theirs[PAD:-PAD])
    assert not differ.size, (
        f"{differ.size} minutes, from {oracle.moment(book, int(differ[0]) + PAD)}"
    )


def forms(year: int) -> dict[str, Case]:
    """Every other form of a rule."""
    third = datetime(year, 1, 5, 20, tzinfo=UTC), datetime(year, 12, 30, tzinfo=UTC)
    summer = datetime(year, 2, 1, tzinfo=UTC), datetime(year, 11, 3, 5, tzinfo=UTC)
    spring, july = (Lights(SEVEN, since=date(year, *day)) for day in ((3, 20), (7, 1)))
    return {
        "daily, several": daily((6 * 60, 7 * 60), (90, 150), (20 * 60, DAY)),
        "daily, the first ends last": daily((20 * 60, DAY), (105, 95)),
        "daily, overlapping": daily((22 * 60, 4 * 60), (120, 300), days=WORKDAYS),
        "every, from midnight": every(120, 10),
        "every, an uneven part of a day": every(7 * 60, 5 * 60, WORKDAYS),
        "every day, from midnight": every(DAY, DAY - 1),
        "every, from a moment": every_from(120, 10, datetime(year, 2, 1, 9, 7, tzinfo=UTC)),
        "every, from a moment to another": every_from(11 * 60, 600, *summer),
        "every third day": every_from(3 * DAY, DAY, *third),
        "once": lasting(datetime(year, 3, 8, 2, 30), 700),  # noqa: DTZ001 - a wall time
        "once, when Samoa had no day": lasting(datetime(year, 12, 30, 9), 60),  # noqa: DTZ001
        "zt, standard time": zeitgeber((12, 14), (23.5, 1)),
        "zt, across midnight": zeitgeber((11, 13), (14, 24), lights_on=12 * 60 + 30),
        "zt, since March": zeitgeber((0, 12), lights=spring),
        "zt, since July": zeitgeber((0, 12), lights=july),
        "zt, by the wall": zeitgeber((18, 20.5), (3, 3.5), lights=Lights(SEVEN, "wall_clock")),
    }


SEVEN = LightsOn(WallTime(7))
ALL = [daily((start, end), days=days) for start, end, days in DAILIES]
ALL += [cron(tab, length) for tab, length in CRONTABS]


@pytest.mark.fault(46)
@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_rule_wants_what_clocks_on_the_wall_say_all_year(place: Place, case: Case) -> None:
    zone, year, book = place
    found = windows(case.rule, zone=zone, between=year_of(year))
    assert_same(book, oracle.marked(book, found), case.marks(book))


@pytest.mark.fault(46)
@pytest.mark.parametrize("form", forms(2026))
def test_every_other_form_wants_what_clocks_say_all_year(place: Place, form: str) -> None:
    zone, year, book = place
    case = forms(year)[form]
    found = windows(case.rule, zone=zone, between=year_of(year))
    assert_same(book, oracle.marked(book, found), case.marks(book))


@pytest.mark.parametrize("mode", ["clip", "skip_starts"])
def test_only_leaves_what_dates_on_the_wall_say(place: Place, mode: Mode) -> None:
    zone, year, book = place
    only = ((date(year, 3, 1), date(year, 3, 10)), (date(year, 12, 29), date(year, 12, 31)))
    for form in ("daily, overlapping", "every, from a moment", "every third day", "zt, since July"):
        case = forms(year)[form]
        found = windows(case.rule, zone=zone, only=only, mode=mode, between=year_of(year))
        assert_same(book, oracle.marked(book, found), case.marks(book, only=only, mode=mode))


def test_days_of_the_experiment_are_dates_on_the_wall(place: Place) -> None:
    zone, year, book = place
    dates = ExperimentDays(((1, 4), (300, 310))).dates(date(year, 3, 6))
    starts = oracle.days_of(dates)
    for case in (daily((20 * 60, 8 * 60)), every(120, 10), cron(*CRONTABS[4]), zeitgeber((6, 18))):
        rule = replace(case.rule, days=dates)  # type: ignore[arg-type]
        found = windows(rule, zone=zone, between=year_of(year))
        assert_same(book, oracle.marked(book, found), case.said(book, starts.__contains__))


def test_a_window_every_other_minute_is_right_around_each_change_of_clocks(place: Place) -> None:
    zone, _, book = place
    theirs = every(2, 1).marks(book)
    for jump in np.flatnonzero(np.diff(book.wall) != 1):
        first, last = max(int(jump) - 900, PAD), min(int(jump) + 900, len(book.wall) - PAD)
        between = Window(oracle.moment(book, first), oracle.moment(book, last))
        found = windows(every(2, 1).rule, zone=zone, between=between)
        ours = oracle.marked(book, found)
        assert (ours[first:last] == theirs[first:last]).all()


# Newfoundland changed its clocks at 00:01: in autumn Sunday began, and then Saturday ended again.
NEWFOUNDLAND = ZoneInfo("America/St_Johns")


@pytest.mark.parametrize("case", [*ALL, *forms(2010).values()], ids=str)
def test_a_rule_holds_where_clocks_go_back_across_midnight(case: Case) -> None:
    book = oracle.almanac(NEWFOUNDLAND, 2010)
    found = windows(case.rule, zone=NEWFOUNDLAND, between=year_of(2010))
    assert_same(book, oracle.marked(book, found), case.marks(book))


@pytest.mark.parametrize("case", [ALL[6], ALL[7], ALL[12]], ids=str)
def test_a_short_question_is_answered_where_a_date_ends_twice(case: Case) -> None:
    book = oracle.almanac(NEWFOUNDLAND, 2010)
    theirs = case.marks(book)
    change = datetime(2010, 11, 7, 2, 31, tzinfo=UTC)
    for n in range(-90, 90):
        minute = Window(change + timedelta(minutes=n), change + timedelta(minutes=n + 1))
        found = windows(case.rule, zone=NEWFOUNDLAND, between=minute)
        assert bool(found) == theirs[oracle.place(book, minute.start)]


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
    drawn = data.draw(st.lists(cases(year), min_size=1, max_size=3))
    exceptions, only = data.draw(dates_in(year)), data.draw(st.just(()) | dates_in(year))
    timetables = [
        Timetable(str(n), case.rule, zone, exceptions, mode, only=only)
        for n, case in enumerate(drawn)
    ]
    theirs = np.any([case.marks(book, exceptions, mode, only) for case in drawn], axis=0)

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
    theirs = case.marks(book)
    jumps = [at for at in np.flatnonzero(np.diff(book.wall) != 1) if PAD < at < len(theirs) - PAD]
    timetables = (Timetable("only", case.rule, zone),)
    for jump in jumps:
        for at in range(jump - DAY, jump + DAY):
            assert (state(timetables, at=oracle.moment(book, at)).active is not None) == theirs[at]
