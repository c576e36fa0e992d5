"""The text of zeitgeber times, of lights, of the experiment's days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.config.cron import meets, shortest_period
from thorsched.config.days import EVERY_DAY, ExperimentDays, added, parse_days, parse_start_days
from thorsched.config.times import WallTime, parse_daily
from thorsched.config.zeitgeber import (
    LightsOn,
    ZeitgeberTimes,
    parse_lights_on,
    parse_zeitgeber,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@given(st.integers(0, 86_399), st.integers(0, 86_400))
def test_a_zeitgeber_time_reads_back_as_itself_to_the_second(start_s: int, end_s: int) -> None:
    if start_s != end_s:
        times = ZeitgeberTimes(timedelta(seconds=start_s), timedelta(seconds=end_s))
        assert parse_zeitgeber(str(times)) == times
        assert timedelta(0) < times.length <= DAY


@given(st.integers(0, 1439), st.none() | st.integers(-48, 56))
def test_when_lights_go_on_reads_back_as_itself(minute: int, quarters: int | None) -> None:
    offset = None if quarters is None else quarters * 15 * MINUTE
    lights_on = LightsOn(WallTime(*divmod(minute, 60)), offset)
    assert parse_lights_on(str(lights_on)) == lights_on


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 30)), min_size=1, max_size=5))
def test_days_of_the_experiment_read_back_and_are_its_dates(pairs: list[tuple[int, int]]) -> None:
    days = ExperimentDays(tuple((first, first + more) for first, more in pairs))
    assert parse_start_days(str(days)) == days
    start = date(2026, 11, 24)
    dates = days.dates(start)
    assert {first + n * DAY for first, last in dates for n in range((last - first).days + 1)} == {
        start + (n - 1) * DAY for first, last in days.ranges for n in range(first, last + 1)
    }
    assert list(dates) == sorted(dates)


@pytest.mark.parametrize(
    ("text", "start_h", "end_h"),
    [
        ("12-14", 12, 14),
        ("ZT12-ZT14", 12, 14),
        ("zt 12 - zt 14", 12, 14),
        ("23.5 to 1", 23.5, 1),
        ("0-24", 0, 24),
        ("6.25\u20137", 6.25, 7),
    ],
)
def test_a_zeitgeber_time_is_read_as_people_write_it(
    text: str, start_h: float, end_h: float
) -> None:
    assert parse_zeitgeber(text) == ZeitgeberTimes(start_h * HOUR, end_h * HOUR)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("day 1-3, day 8", ((1, 3), (8, 8))),
        ("Day 1 to day 3", ((1, 3),)),
        ("days 5 - 7", ((5, 7),)),
        ("day12", ((12, 12),)),
    ],
)
def test_days_of_the_experiment_are_read_as_people_write_them(
    text: str, ranges: tuple[tuple[int, int], ...]
) -> None:
    assert parse_start_days(text) == ExperimentDays(ranges)


def test_days_add_up_but_do_not_mix() -> None:
    assert added([parse_start_days("mon"), parse_start_days("wed-fri")]) == frozenset({0, 2, 3, 4})
    assert added([parse_start_days("day 1"), parse_start_days("day 8")]) == ExperimentDays(
        ((1, 1), (8, 8))
    )
    with pytest.raises(ValueError, match="make a schedule for each kind"):
        added([parse_start_days("mon"), parse_start_days("day 8")])


def test_wall_times_are_counted_from_the_midnight_of_their_start() -> None:
    assert parse_daily("20:00-08:00").since_midnight == (20 * HOUR, 32 * HOUR)
    assert parse_daily("20:00-24:00").since_midnight == (20 * HOUR, 24 * HOUR)
    seven = WallTime(7)
    assert parse_zeitgeber("12-14").since_midnight(seven) == (19 * HOUR, 21 * HOUR)
    assert parse_zeitgeber("16.5-24").since_midnight(seven) == (23.5 * HOUR, 31 * HOUR)
    assert parse_zeitgeber("20-2").since_midnight(seven) == (3 * HOUR, 9 * HOUR)


@pytest.mark.parametrize(
    ("expression", "shortest"),
    [
        ("* * * * *", MINUTE),
        ("*/30 * * * *", 30 * MINUTE),
        ("0 */7 * * *", 3 * HOUR),  # 21:00 to 00:00
        ("0,50 9 * * *", 50 * MINUTE),
        ("0 9,17 * * *", 8 * HOUR),
        ("0 0 * * *", DAY),
        ("0 23,1 * * fri", 22 * HOUR),  # 01:00 to 23:00 of that Friday
        ("0 12 * * mon,thu", 3 * DAY),
        ("0 12 31 * *", 31 * DAY),
        ("0 12 29 2 *", 1461 * DAY),
    ],
)
def test_the_shortest_time_between_two_starts_of_a_cron_is_known(
    expression: str, shortest: timedelta
) -> None:
    assert shortest_period(expression, below=2000 * DAY) == shortest
    assert shortest_period(expression, below=shortest + MINUTE) == shortest
    assert shortest_period(expression, below=shortest) is None


def test_a_cron_meets_days_of_the_week_or_dates_or_none() -> None:
    sundays = "0 9 * * sun"
    assert meets(sundays, EVERY_DAY)
    assert not meets(sundays, parse_days("mon-sat"))
    assert meets(sundays, ((date(2026, 11, 24), date(2026, 11, 29)),))
    assert not meets(sundays, ((date(2026, 11, 24), date(2026, 11, 28)),))
