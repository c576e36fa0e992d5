"""Each row of design.md, 'Time, decided', by its name and with its numbers.

New York sets clocks from 02:00 to 03:00 on 2026-03-08 and from 02:00 back to 01:00 on 2026-11-01.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.schedule.asking import windows
from thorsched.config.days import parse_days
from thorsched.config.rules import Always, Cron, Daily, Rule, Span
from thorsched.config.times import parse_daily
from thorsched.config.times import parse_moment as moment
from thorsched.schedule.changes import swallowed_dates
from thorsched.schedule.intervals import ALWAYS, Window
from thorsched.schedule.windows import Timetable, wanted

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
APIA = ZoneInfo("Pacific/Apia")

SPRING = date(2026, 3, 8)
AUTUMN = date(2026, 11, 1)


def daily(times: str, days: str = "mon-sun") -> Daily:
    return Daily((parse_daily(times),), parse_days(days))


def cron(expression: str, *, minutes: float) -> Cron:
    return Cron(expression, timedelta(minutes=minutes))


def night(day: date, zone: ZoneInfo = NEW_YORK) -> Window:
    """From noon before `day` to noon of it."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    return Window((noon - timedelta(days=1)).astimezone(UTC), noon.astimezone(UTC))


def local(found: tuple[Window, ...], zone: ZoneInfo = NEW_YORK) -> list[str]:
    """The windows as clocks in `zone` show them, e.g. `08 03:00-0400 .. 08 04:00-0400`."""
    shown = "%d %H:%M%z"
    return [
        f"{w.start.astimezone(zone):{shown}} .. {w.end.astimezone(zone):{shown}}" for w in found
    ]


def in_the_night(rule: Rule, day: date, zone: ZoneInfo = NEW_YORK) -> list[str]:
    return local(windows(rule, zone=zone, between=night(day, zone)), zone)


def test_a_zone_decides_which_instants_a_rule_means() -> None:
    between = Window(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC))
    times = daily("09:00-10:00")
    assert [w.start.hour for w in windows(times, zone=NEW_YORK, between=between)] == [13]
    assert [w.start.hour for w in windows(times, zone=BERLIN, between=between)] == [7]


def test_two_schedules_of_a_camera_may_have_different_zones() -> None:
    here = Timetable("here", daily("09:00-10:00"), NEW_YORK)
    there = Timetable("there", daily("15:00-16:30"), BERLIN)
    assert local(wanted([here, there], between=night(date(2026, 6, 2)))) == [
        "02 09:00-0400 .. 02 10:30-0400"
    ]


@pytest.mark.fault(46)
def test_a_start_that_does_not_exist_is_the_first_real_instant_after_the_gap() -> None:
    assert in_the_night(daily("02:30-04:00"), SPRING) == ["08 03:00-0400 .. 08 04:00-0400"]


@pytest.mark.fault(46)
def test_an_end_that_does_not_exist_is_the_first_real_instant_after_the_gap() -> None:
    assert in_the_night(daily("01:00-02:30"), SPRING) == ["08 01:00-0500 .. 08 03:00-0400"]


def test_a_window_wholly_inside_the_gap_does_not_happen_that_day() -> None:
    assert in_the_night(daily("02:10-02:50"), SPRING) == []
    assert in_the_night(daily("02:00-03:00"), SPRING) == []


def test_the_days_on_which_a_window_does_not_happen_can_be_listed() -> None:
    year = {"zone": NEW_YORK, "first": date(2026, 1, 1), "last": date(2026, 12, 31)}
    assert swallowed_dates(daily("02:10-02:50"), **year) == (SPRING,)  # type: ignore[arg-type]
    assert swallowed_dates(daily("02:10-03:01"), **year) == ()  # type: ignore[arg-type]
    inside = Span(moment("2026-03-08 02:10"), moment("2026-03-08 02:20"))
    assert swallowed_dates(inside, **year) == (SPRING,)  # type: ignore[arg-type]


@pytest.mark.fault(46)
def test_a_start_that_exists_twice_means_the_first_and_an_end_the_last() -> None:
    assert in_the_night(daily("01:30-05:00"), AUTUMN) == ["01 01:30-0400 .. 01 05:00-0500"]
    assert in_the_night(daily("00:00-01:30"), AUTUMN) == ["01 00:00-0400 .. 01 01:30-0500"]
    assert in_the_night(daily("01:10-01:20"), AUTUMN) == ["01 01:10-0400 .. 01 01:20-0500"]


def test_a_span_in_local_time_follows_the_same_rules() -> None:
    spring = Span(moment("2026-03-08 02:30"), moment("2026-03-08 05:00"))
    autumn = Span(moment("2026-11-01 01:30"), moment("2026-11-01 01:31"))
    assert in_the_night(spring, SPRING) == ["08 03:00-0400 .. 08 05:00-0400"]
    assert in_the_night(autumn, AUTUMN) == ["01 01:30-0400 .. 01 01:31-0500"]


def test_a_span_with_offsets_means_those_instants_in_every_zone() -> None:
    span = Span(moment("2026-11-01T05:30Z"), moment("2026-11-01T05:31+00:00"))
    expected = (
        Window(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 5, 31, tzinfo=UTC)),
    )
    assert windows(span, zone=NEW_YORK, between=night(AUTUMN)) == expected
    assert windows(span, zone=APIA, between=night(AUTUMN)) == expected


def test_a_span_may_begin_locally_and_end_with_an_offset() -> None:
    span = Span(moment("2026-06-02 08:00"), moment("2026-06-02T13:00Z"))
    assert in_the_night(span, date(2026, 6, 2)) == ["02 08:00-0400 .. 02 09:00-0400"]


def test_a_cron_at_a_fixed_time_fires_once_in_the_repeated_hour() -> None:
    assert in_the_night(cron("30 1 * * *", minutes=10), AUTUMN) == [
        "01 01:30-0400 .. 01 01:40-0400"
    ]


def test_a_cron_at_a_fixed_time_that_does_not_exist_fires_after_the_gap() -> None:
    assert in_the_night(cron("30 2 * * *", minutes=10), SPRING) == [
        "08 03:00-0400 .. 08 03:10-0400"
    ]


def test_a_cron_every_half_hour_fires_in_both_passes_of_the_repeated_hour() -> None:
    found = in_the_night(cron("*/30 * * * *", minutes=10), AUTUMN)
    assert [start.split(" .. ")[0] for start in found if " 01:" in start] == [
        "01 01:00-0400",
        "01 01:30-0400",
        "01 01:00-0500",
        "01 01:30-0500",
    ]


def test_a_cron_every_two_hours_for_two_hours_does_not_pause_in_the_gap() -> None:
    # 02:00 is its time and does not exist; cronsim by itself would leave it out.
    assert len(in_the_night(cron("0 */2 * * *", minutes=120), SPRING)) == 1


def test_cron_and_for_is_elapsed_time() -> None:
    eight_hours = cron("0 22 * * *", minutes=480)
    assert in_the_night(eight_hours, SPRING) == ["07 22:00-0500 .. 08 07:00-0400"]
    assert in_the_night(eight_hours, AUTUMN) == ["31 22:00-0400 .. 01 05:00-0500"]


def test_daily_is_wall_time_of_eleven_or_thirteen_hours_when_clocks_change() -> None:
    rule = daily("20:00-08:00")
    for day, hours in ((SPRING, 11), (AUTUMN, 13), (date(2026, 6, 2), 12)):
        (window,) = windows(rule, zone=NEW_YORK, between=night(day))
        assert window.length == timedelta(hours=hours)


def test_what_goes_past_midnight_belongs_to_the_date_of_its_start() -> None:
    fridays = daily("20:00-08:00", "fri")
    assert in_the_night(fridays, date(2026, 6, 6)) == ["05 20:00-0400 .. 06 08:00-0400"]
    assert in_the_night(fridays, date(2026, 6, 5)) == []
    assert in_the_night(fridays, date(2026, 6, 7)) == []


def test_touching_and_overlapping_windows_of_a_camera_are_one() -> None:
    evening = Timetable("evening", daily("18:00-22:00"), NEW_YORK)
    late = Timetable("late", daily("22:00-02:00"), NEW_YORK)
    bursts = Timetable("bursts", cron("50 1 * * *", minutes=30), NEW_YORK)
    assert local(wanted([evening, late, bursts], between=night(date(2026, 6, 2)))) == [
        "01 18:00-0400 .. 02 02:20-0400"
    ]


def test_exceptions_clip_from_midnight_to_midnight_both_dates_included() -> None:
    rule, days = daily("20:00-08:00"), ((date(2026, 12, 24), date(2026, 12, 25)),)
    week = Window(datetime(2026, 12, 23, 17, tzinfo=UTC), datetime(2026, 12, 27, 9, tzinfo=UTC))
    assert local(windows(rule, zone=NEW_YORK, exceptions=days, between=week)) == [
        "23 20:00-0500 .. 24 00:00-0500",
        "26 00:00-0500 .. 26 08:00-0500",
        "26 20:00-0500 .. 27 08:00-0500",
    ]


def test_exceptions_can_drop_whole_windows_by_their_start_instead() -> None:
    rule, days = daily("20:00-08:00"), ((date(2026, 12, 24), date(2026, 12, 25)),)
    week = Window(datetime(2026, 12, 23, 17, tzinfo=UTC), datetime(2026, 12, 27, 9, tzinfo=UTC))
    found = windows(rule, zone=NEW_YORK, exceptions=days, mode="skip_starts", between=week)
    assert local(found) == ["23 20:00-0500 .. 24 08:00-0500", "26 20:00-0500 .. 27 08:00-0500"]


def test_exceptions_cut_what_has_no_start_and_end() -> None:
    days = ((date(2026, 12, 24), date(2026, 12, 24)),)
    found = windows(Always(), zone=NEW_YORK, exceptions=days, between=night(date(2026, 12, 24)))
    assert found == (Window(ALWAYS.start, datetime(2026, 12, 24, 5, tzinfo=UTC)),)
    kept = windows(
        Always(), zone=NEW_YORK, exceptions=days, mode="skip_starts", between=night(days[0][0])
    )
    assert kept == (ALWAYS,)


def test_exceptions_of_one_schedule_leave_the_others_of_the_camera_alone() -> None:
    days = ((date(2026, 12, 24), date(2026, 12, 24)),)
    excepted = Timetable("nights", daily("20:00-08:00"), NEW_YORK, days)
    other = Timetable("early", daily("04:00-05:00"), NEW_YORK)
    assert local(wanted([excepted, other], between=night(date(2026, 12, 24)))) == [
        "23 20:00-0500 .. 24 00:00-0500",
        "24 04:00-0500 .. 24 05:00-0500",
    ]


def test_24_00_is_the_midnight_that_ends_a_day() -> None:
    assert in_the_night(daily("20:00-24:00"), date(2026, 6, 2)) == [
        "01 20:00-0400 .. 02 00:00-0400"
    ]
    assert in_the_night(daily("20:00-00:00"), date(2026, 6, 2)) == [
        "01 20:00-0400 .. 02 00:00-0400"
    ]


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN"])
def test_cron_counts_weekdays_from_sunday(sunday: str) -> None:
    month = Window(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    found = windows(cron(f"0 12 * * {sunday}", minutes=5), zone=NEW_YORK, between=month)
    assert [w.start.day for w in found] == [7, 14, 21, 28]


def test_a_date_that_a_zone_leaves_out_moves_to_the_first_instant_after_it() -> None:
    # Samoa went from 29 December 2011 straight to the 31st.
    around = Window(datetime(2011, 12, 30, tzinfo=UTC), datetime(2011, 12, 31, tzinfo=UTC))
    fixed = windows(cron("0 12 30 12 *", minutes=10), zone=APIA, between=around)
    assert local(fixed, APIA) == ["31 00:00+1400 .. 31 00:10+1400"]
    thursdays = windows(daily("20:00-08:00", "thu"), zone=APIA, between=around)
    assert local(thursdays, APIA) == ["29 20:00-1000 .. 31 00:00+1400"]


def test_times_exist_after_half_an_hour_was_skipped() -> None:
    # cronsim 2.8 by itself leaves 03:00 to 03:20 out on this day.
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    found = windows(
        cron("*/10 3 * * *", minutes=1),
        zone=lord_howe,
        between=night(date(2026, 10, 4), lord_howe),
    )
    assert [w.start.astimezone(lord_howe).minute for w in found] == [0, 10, 20, 30, 40, 50]


@settings(max_examples=40, deadline=None)
@given(
    minute=st.sampled_from(["0", "30", "*/15", "5,50", "*"]),
    hour=st.sampled_from(["0", "1", "2", "2,3", "*", "1-4"]),
    day=st.sampled_from(["*", "1", "8", "L", "1-7", "LW"]),
    week=st.sampled_from(["*", "0", "mon-fri", "7", "1#2", "5L"]),
    zone=st.sampled_from([NEW_YORK, BERLIN, ZoneInfo("UTC")]),
    season=st.sampled_from([SPRING, date(2026, 3, 29), date(2026, 10, 25), AUTUMN]),
)
def test_a_cron_fires_when_cronsim_says_and_moved_times_besides(
    minute: str, hour: str, day: str, week: str, zone: ZoneInfo, season: date
) -> None:
    expression = f"{minute} {hour} {day} * {week}"
    middle = night(season, zone)
    between = Window(middle.start - timedelta(days=4), middle.end + timedelta(days=4))
    rule = Cron(expression, timedelta(seconds=10))
    ours = {w.start for w in windows(rule, zone=zone, between=between)}
    theirs = set()
    for moment_there in CronSim(expression, between.start.astimezone(zone) - timedelta(minutes=1)):
        fired = moment_there.astimezone(UTC)
        if fired >= between.end:
            break
        if fired > between.start:
            theirs.add(fired)
    ours.discard(between.start)
    assert theirs <= ours
    # cronsim forgets an interval's times in the gap; here, they are its end.
    assert all(_ends_a_gap(at, zone) for at in ours - theirs)


def _ends_a_gap(at: datetime, zone: ZoneInfo) -> bool:
    before, now = ((at - timedelta(seconds=1)).astimezone(zone), at.astimezone(zone))
    return (now.utcoffset() or timedelta(0)) > (before.utcoffset() or timedelta(0))


def test_half_open_windows_leave_no_instant_twice() -> None:
    found = windows(cron("* * * * *", minutes=0.5), zone=NEW_YORK, between=night(SPRING))
    assert all(a.end < b.start for a, b in pairwise(found))
    assert all(w.length == timedelta(seconds=30) for w in found)
