"""What a camera wants at one moment: the active window, the next edge, the schedules behind it."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.schedule.asking import windows
from thorsched.config.days import parse_days
from thorsched.config.rules import (
    Always,
    Cron,
    Daily,
    Every,
    Lasting,
    Rule,
    Span,
    Zeitgeber,
)
from thorsched.config.times import parse_daily
from thorsched.config.times import parse_moment as moment
from thorsched.config.zeitgeber import Lights, parse_lights_on, parse_zeitgeber
from thorsched.schedule.intervals import ALWAYS, Window, holding
from thorsched.schedule.windows import State, Timetable, attribution, state, wanted

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def daily(times: str, days: str = "mon-sun") -> Daily:
    return Daily((parse_daily(times),), parse_days(days))


def of(rule: Rule, name: str = "only", **kwargs: object) -> Timetable:
    return Timetable(name, rule, BERLIN, **kwargs)  # type: ignore[arg-type]


def utc(text: str) -> datetime:
    return moment(text + "Z")


def test_nothing_is_wanted_without_a_schedule() -> None:
    assert state([], at=NOON) == State(None, None)


def test_always_is_active_and_has_no_edge() -> None:
    assert state([of(Always())], at=NOON) == State(ALWAYS, None)


def test_a_window_holds_its_start_and_not_its_end() -> None:
    nights = [of(daily("20:00-08:00"))]
    window = Window(utc("2026-11-24 19:00"), utc("2026-11-25 07:00"))
    tick = timedelta(microseconds=1)
    assert state(nights, at=window.start) == State(window, window.end)
    assert state(nights, at=window.end - tick) == State(window, window.end)
    assert state(nights, at=window.start - tick) == State(None, window.start)
    assert state(nights, at=window.end) == State(None, window.start + DAY)


def test_a_span_that_is_over_leaves_nothing_to_wait_for() -> None:
    span = Span(moment("2020-11-24 09:00"), moment("2020-11-24 17:30"))
    assert state([of(span)], at=NOON) == State(None, None)


def test_a_span_of_years_keeps_its_true_ends() -> None:
    years = Span(moment("2020-01-01T00:00Z"), moment("2031-01-01T00:00Z"))
    nights = of(daily("20:00-08:00"), "nights")
    active = state([of(years, "years"), nights], at=NOON).active
    assert active == Window(utc("2019-12-31 19:00"), utc("2031-01-01 07:00"))


def test_the_schedules_of_the_whole_merged_window_are_named_in_their_order() -> None:
    timetables = [
        of(Cron("55 7 * * *", 10 * MINUTE), "morning"),
        of(daily("20:00-08:00"), "nights"),
        of(daily("12:00-13:00"), "noon"),
        of(daily("08:05-09:00"), "early"),
        of(daily("20:00-08:00"), "holidays", exceptions=((date(2026, 1, 1), date(2026, 12, 31)),)),
    ]
    active = state(timetables, at=utc("2026-11-24 23:00")).active
    assert active == Window(utc("2026-11-24 19:00"), utc("2026-11-25 08:00"))
    assert attribution(tuple(timetables), active) == ("morning", "nights", "early")


def test_schedules_that_only_touch_a_window_have_no_part_in_it() -> None:
    window = Window(utc("2026-11-24 19:00"), utc("2026-11-24 20:00"))
    after, inside = of(daily("21:00-22:00"), "after"), of(daily("20:10-20:20"), "inside")
    assert attribution((after, inside), window) == ("inside",)


def test_a_window_that_starts_at_midnight_is_found_from_the_day_before() -> None:
    midnights = [Timetable("only", daily("00:00-01:00"), ZoneInfo("UTC"))]
    assert state(midnights, at=NOON) == State(None, utc("2026-11-25 00:00"))


def test_a_leap_day_is_found_years_ahead() -> None:
    leap = [of(Cron("0 0 29 2 *", HOUR))]
    assert state(leap, at=NOON).next_edge == utc("2028-02-28 23:00")
    assert state(leap, at=utc("2096-03-01 00:00")).next_edge == utc("2104-02-28 23:00")


def test_a_leap_day_on_a_sunday_is_found_decades_ahead() -> None:
    sundays = [of(Cron("0 0 29 2 */7", HOUR))]
    assert state(sundays, at=utc("2088-03-01 00:00")).next_edge == utc("2128-02-28 23:00")


def test_ten_seconds_of_every_minute_are_wanted() -> None:
    dense = [of(Cron("* * * * *", timedelta(seconds=10)))]
    at = NOON + timedelta(seconds=9)
    assert state(dense, at=at).active == Window(NOON, NOON + timedelta(seconds=10))
    assert state(dense, at=NOON + timedelta(seconds=10)) == State(None, NOON + MINUTE)


@pytest.mark.parametrize(
    "rules",
    [
        [Cron("*/1 * * * *", 2 * HOUR)],
        [daily("00:00-24:00")],
        [daily("08:00-20:00"), daily("20:00-08:00")],
        [Cron("0 12 * * *", 3000 * DAY)],
    ],
    ids=["cron", "whole days", "day and night", "a long cron"],
)
def test_what_merges_for_ever_has_no_edge(rules: list[Rule]) -> None:
    now = state([of(rule, str(n)) for n, rule in enumerate(rules)], at=NOON)
    assert now == State(ALWAYS, None)


def test_a_window_a_minute_within_whole_days_does_not_slow_a_pass_down() -> None:
    tables = of(Every(MINUTE, MINUTE / 2), "samples"), of(daily("00:00-24:00"), "days")
    began_s = time.process_time()
    assert state(tables, at=NOON) == State(ALWAYS, None)
    assert time.process_time() - began_s < 0.7


def test_what_merges_for_ever_but_for_an_exception_ends_there() -> None:
    whole = of(daily("00:00-24:00"), exceptions=((date(2026, 12, 24), date(2026, 12, 26)),))
    assert state([whole], at=NOON).active == Window(ALWAYS.start, utc("2026-12-23 23:00"))
    holiday = state([whole], at=utc("2026-12-25 12:00"))
    assert holiday == State(None, utc("2026-12-26 23:00"))


def test_a_merged_window_of_a_year_that_an_autumn_night_breaks_is_followed_to_its_ends() -> None:
    # 24 hours from each midnight: an hour is missing in the night of 25 hours.
    now = state([of(Cron("0 0 * * *", DAY))], at=NOON)
    assert now.active == Window(utc("2026-10-25 23:00"), utc("2027-10-31 22:00"))


@pytest.mark.parametrize("at", ["2026-11-20 12:00", "2026-11-24 12:00", "2026-12-20 12:00"])
def test_what_goes_on_for_ever_beyond_a_window_of_another_has_no_end(at: str) -> None:
    always = of(Always(), exceptions=((date(2026, 11, 24), date(2026, 11, 24)),))
    bridge = of(Span(moment("2026-11-23 12:00"), moment("2026-11-25 12:00")), "bridge")
    assert state([always, bridge], at=utc(at)) == State(ALWAYS, None)


def test_the_true_end_of_a_very_long_window_shows_a_year_ahead() -> None:
    whole = of(daily("00:00-24:00"), exceptions=((date(2030, 1, 1), date(2030, 1, 1)),))
    end = utc("2029-12-31 23:00")
    assert state([whole], at=end - 1000 * DAY).next_edge is None
    assert state([whole], at=end - 400 * DAY).next_edge == end


def test_a_schedule_that_is_excepted_for_ever_is_answered_in_bounded_time() -> None:
    never = of(
        Cron("* * * * *", timedelta(seconds=10)),
        exceptions=((date(1970, 1, 1), date(2999, 12, 31)),),
    )
    assert state([never], at=NOON) == State(None, None)


@pytest.mark.fault(45, 49)
@pytest.mark.parametrize("year", [1970, 2016, 2036])
def test_a_clock_that_is_years_off_is_answered_all_the_same(year: int) -> None:
    now = state([of(daily("20:00-08:00"))], at=datetime(year, 1, 1, tzinfo=UTC))
    assert now.active == Window(
        datetime(year - 1, 12, 31, 19, tzinfo=UTC), datetime(year, 1, 1, 7, tzinfo=UTC)
    )


def test_a_moment_that_is_not_in_utc_is_refused() -> None:
    with pytest.raises(ValueError, match="in UTC"):
        state([of(Always())], at=NOON.astimezone(NEW_YORK))


LIGHTS = Lights(parse_lights_on("07:00"), since=date(2026, 3, 20))
RULES = [
    Always(),
    daily("20:00-08:00", "mon-fri"),
    daily("01:30-02:30"),
    daily("00:00-24:00", "sat,sun"),
    Cron("0 * * * *", 10 * MINUTE),
    Cron("15 */6 * * *", 3 * HOUR),
    Cron("0 0 1 * *", 2 * DAY),
    Cron("7 13 * * mon", 90 * MINUTE),
    Span(moment("2026-03-08 02:30"), moment("2026-03-20 17:00")),
    Span(moment("2026-10-31T09:00Z"), moment("2026-11-01T06:00Z")),
    Lasting(moment("2026-03-28 22:00"), 9 * HOUR),
    Daily(tuple(map(parse_daily, ("06:00-07:00", "01:30-02:30", "20:00-24:00")))),
    Daily((parse_daily("20:00-08:00"),), ((date(2026, 3, 6), date(2026, 3, 9)),)),
    Zeitgeber(tuple(map(parse_zeitgeber, ("12-14", "23.5-1"))), LIGHTS),
    Zeitgeber((parse_zeitgeber("6-18"),), replace(LIGHTS, clock="wall_clock"), parse_days("sun")),
    Every(2 * HOUR, 10 * MINUTE),
    Every(7 * HOUR, 5 * HOUR, days=parse_days("mon-fri")),
    Every(MINUTE, 20 * timedelta(seconds=1)),
    Every(5 * HOUR, 2 * HOUR, moment("2026-03-07 20:00"), moment("2026-10-26 01:30")),
]
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 5)),  # noqa: DTZ001 - made aware below
    st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 10)),  # noqa: DTZ001 - made aware below
).map(lambda at: at.replace(tzinfo=UTC))
DATES = st.tuples(st.integers(0, 300), st.integers(0, 4)).map(
    lambda pair: (date(2026, 1, 1) + pair[0] * DAY, date(2026, 1, 1) + sum(pair) * DAY)
)
TIMETABLES = st.lists(
    st.builds(
        Timetable,
        name=st.sampled_from("abc"),
        rule=st.sampled_from(RULES),
        zone=st.sampled_from([NEW_YORK, BERLIN]),
        exceptions=st.lists(DATES, max_size=2).map(tuple),
        mode=st.sampled_from(["clip", "skip_starts"]),
        only=st.just(()) | st.lists(DATES, min_size=1, max_size=2).map(tuple),
    ),
    max_size=3,
).map(tuple)


@settings(max_examples=60, deadline=None)
@given(TIMETABLES, MOMENTS)
def test_the_state_is_what_the_windows_say(timetables: tuple[Timetable, ...], at: datetime) -> None:
    now = state(timetables, at=at)
    found = wanted(timetables, between=Window(at - DAY, at + 3 * DAY))
    assert all(earlier.end < later.start for earlier, later in pairwise(found))
    assert now.active == holding(found, at)
    starts = [window.start for window in found if window.start > at]
    if now.active is None and starts:
        assert now.next_edge == starts[0]
    if now.active is not None:
        assert now.next_edge == (now.active.end if now.active.end < ALWAYS.end else None)


@settings(max_examples=60, deadline=None)
@given(TIMETABLES, MOMENTS)
def test_an_edge_is_where_the_state_changes_and_nothing_changes_before_it(
    timetables: tuple[Timetable, ...], at: datetime
) -> None:
    now = state(timetables, at=at)
    if now.next_edge is None:
        return
    assert now.next_edge > at
    just_before = state(timetables, at=now.next_edge - timedelta(microseconds=1))
    then = state(timetables, at=now.next_edge)
    assert just_before == now
    assert (then.active is None) != (now.active is None)


@settings(max_examples=40, deadline=None)
@given(TIMETABLES, MOMENTS, st.timedeltas(MINUTE, 20 * DAY))
def test_a_window_has_the_same_ends_whoever_asks(
    timetables: tuple[Timetable, ...], at: datetime, length: timedelta
) -> None:
    wide = wanted(timetables, between=Window(at - 2 * DAY, at + length + 2 * DAY))
    narrow = Window(at, at + length)
    assert wanted(timetables, between=narrow) == tuple(w for w in wide if w.meets(narrow))


@settings(max_examples=40, deadline=None)
@given(TIMETABLES, MOMENTS)
def test_the_active_window_is_named_after_those_that_meet_it(
    timetables: tuple[Timetable, ...], at: datetime
) -> None:
    active = state(timetables, at=at).active
    if active is None or active.length > 30 * DAY:
        return
    expected = tuple(
        own.name
        for own in timetables
        if windows(
            own.rule,
            zone=own.zone,
            exceptions=own.exceptions,
            mode=own.mode,
            only=own.only,
            between=active,
        )
    )
    assert attribution(timetables, active) == expected
