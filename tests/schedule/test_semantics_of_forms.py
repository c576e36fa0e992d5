"""What is decided of the forms that experiments need, each with its numbers.

New York sets clocks from 02:00 to 03:00 on 2026-03-08 and from 02:00 back to 01:00 on 2026-11-01.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.schedule.asking import windows
from tests.schedule.test_semantics import NEW_YORK, SPRING, in_the_night, local
from thorsched.config.days import parse_days
from thorsched.config.rules import Always, Daily, Every, Lasting, Zeitgeber
from thorsched.config.times import parse_daily
from thorsched.config.times import parse_moment as moment
from thorsched.config.zeitgeber import Clock, Lights, parse_lights_on, parse_zeitgeber
from thorsched.schedule.changes import swallowed_dates
from thorsched.schedule.intervals import ALWAYS, Window

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def days(first: int, last: int, *, month: int = 6) -> Window:
    """From midnight of a date to midnight after another, in New York."""
    start, end = (datetime(2026, month, day, tzinfo=NEW_YORK) for day in (first, last))
    return Window(start.astimezone(UTC), (end + timedelta(days=1)).astimezone(UTC))


def several(*times: str, of: frozenset[int] = frozenset(range(7))) -> Daily:
    return Daily(tuple(map(parse_daily, times)), of)


def zeitgeber(
    *times: str, on: str = "07:00", clock: Clock = "fixed", since: date | None = None
) -> Zeitgeber:
    lights = Lights(parse_lights_on(on), clock, since)
    return Zeitgeber(tuple(map(parse_zeitgeber, times)), lights)


def starts(found: tuple[Window, ...]) -> list[str]:
    return [f"{w.start.astimezone(NEW_YORK):%d %H:%M}" for w in found]


def test_from_with_for_is_elapsed_time() -> None:
    rule = Lasting(moment("2026-03-07 22:00"), 8 * HOUR)
    assert in_the_night(rule, SPRING) == ["07 22:00-0500 .. 08 07:00-0400"]
    skipped = Lasting(moment("2026-03-08 02:30"), HOUR)
    assert in_the_night(skipped, SPRING) == ["08 03:00-0400 .. 08 04:00-0400"]


def test_a_day_may_have_several_windows_and_24_00_meets_the_next_00_00() -> None:
    rule = several("20:00-24:00", "06:00-07:00", "00:00-01:00")
    assert local(windows(rule, zone=NEW_YORK, between=days(2, 2))) == [
        "01 20:00-0400 .. 02 01:00-0400",
        "02 06:00-0400 .. 02 07:00-0400",
        "02 20:00-0400 .. 03 01:00-0400",
    ]


def test_a_night_is_whole_where_clocks_change_though_another_window_of_its_day_ends_before() -> (
    None
):
    alone, evenings = several("20:00-08:00"), several("20:00-08:00", "22:00-23:00")
    for nights in (days(7, 7, month=3), days(31, 31, month=10)):
        whole = windows(alone, zone=NEW_YORK, between=nights)
        assert windows(evenings, zone=NEW_YORK, between=nights) == whole


def test_of_several_windows_clocks_may_swallow_one() -> None:
    rule = several("02:10-02:50", "06:00-07:00")
    assert in_the_night(rule, SPRING) == ["08 06:00-0400 .. 08 07:00-0400"]
    assert swallowed_dates(
        rule, zone=NEW_YORK, first=date(2026, 1, 1), last=date(2026, 12, 31)
    ) == (SPRING,)


def test_every_counts_elapsed_time_from_each_midnight_anew() -> None:
    rule = Every(5 * HOUR, HOUR)
    assert starts(windows(rule, zone=NEW_YORK, between=days(2, 3))) == [
        *("02 00:00", "02 05:00", "02 10:00", "02 15:00", "02 20:00"),
        *("03 00:00", "03 05:00", "03 10:00", "03 15:00", "03 20:00"),
    ]
    # Elapsed time: after the gap of one hour, and before the hour that comes twice.
    spring = windows(rule, zone=NEW_YORK, between=days(8, 8, month=3))
    assert starts(spring) == ["08 00:00", "08 06:00", "08 11:00", "08 16:00", "08 21:00"]
    autumn = windows(rule, zone=NEW_YORK, between=days(1, 1, month=11))
    assert starts(autumn) == ["01 00:00", "01 04:00", "01 09:00", "01 14:00", "01 19:00"]


def test_every_from_a_moment_goes_on_from_it_whatever_clocks_do() -> None:
    rule = Every(6 * HOUR, HOUR, moment("2026-03-07 09:00"))
    found = windows(rule, zone=NEW_YORK, between=days(7, 8, month=3))
    assert starts(found) == ["07 09:00", "07 15:00", "07 21:00", "08 04:00", "08 10:00",
                             "08 16:00", "08 22:00"]  # fmt: skip


def test_every_ends_at_to_in_the_middle_of_a_window_if_it_must() -> None:
    rule = Every(2 * HOUR, HOUR, moment("2026-06-02 09:00"), moment("2026-06-02 13:30"))
    assert local(windows(rule, zone=NEW_YORK, between=days(1, 9))) == [
        "02 09:00-0400 .. 02 10:00-0400",
        "02 11:00-0400 .. 02 12:00-0400",
        "02 13:00-0400 .. 02 13:30-0400",
    ]


def test_days_test_the_local_date_on_which_a_window_of_every_starts() -> None:
    rule = Every(9 * HOUR, 8 * HOUR, moment("2026-06-02 09:00"), days=parse_days("wed"))
    assert starts(windows(rule, zone=NEW_YORK, between=days(1, 7))) == [
        *("03 03:00", "03 12:00", "03 21:00")
    ]


def test_lights_ignore_daylight_saving_time() -> None:
    winter, summer = days(6, 6, month=1), days(6, 6, month=7)
    dusk = zeitgeber("12-14")
    assert starts(windows(dusk, zone=NEW_YORK, between=winter)) == ["06 19:00"]
    assert starts(windows(dusk, zone=NEW_YORK, between=summer)) == ["06 20:00"]
    follows = zeitgeber("12-14", clock="wall_clock")
    assert starts(windows(follows, zone=NEW_YORK, between=winter)) == ["06 19:00"]
    assert starts(windows(follows, zone=NEW_YORK, between=summer)) == ["06 19:00"]


@pytest.mark.parametrize(
    ("on", "since", "start"),
    [
        ("07:00", date(2026, 11, 24), "06 20:00"),
        ("07:00", date(2026, 7, 1), "06 19:00"),
        ("07:00", SPRING, "06 19:00"),  # clocks have changed by 07:00 of that day
        ("07:00-05:00", date(2026, 7, 1), "06 20:00"),
        ("07:00Z", None, "06 15:00"),
    ],
)
def test_the_offset_of_lights_is_the_written_one_else_that_of_the_experiments_start(
    on: str, since: date | None, start: str
) -> None:
    rule = zeitgeber("12-14", on=on, since=since)
    assert starts(windows(rule, zone=NEW_YORK, between=days(6, 6, month=7))) == [start]


def test_standard_time_is_that_of_winter_wherever_winter_is() -> None:
    july = days(6, 6, month=7)
    for zone, utc_hour in (("Australia/Sydney", 9), ("Europe/Dublin", 19), ("Asia/Tokyo", 10)):
        (window,) = windows(zeitgeber("12-14"), zone=ZoneInfo(zone), between=july)
        assert window.start.hour == utc_hour


def test_a_date_of_zeitgeber_time_is_that_of_the_lights_own_clock() -> None:
    # Lights on at 07:00 in winter are on at 08:00 in summer: ZT16.5 is 23:30 on their clock, and on
    # the wall 00:30 of the next date.
    rule = Zeitgeber(
        (parse_zeitgeber("16.5-17"),), Lights(parse_lights_on("07:00")), parse_days("mon")
    )
    (window,) = windows(rule, zone=NEW_YORK, between=days(1, 7))
    assert local((window,)) == ["02 00:30-0400 .. 02 01:00-0400"]
    assert date(2026, 6, 1).weekday() == 0


def test_a_zeitgeber_day_of_24_hours_goes_from_lights_on_to_lights_on() -> None:
    rule = Zeitgeber((parse_zeitgeber("0-24"),), Lights(parse_lights_on("07:00-04:00")),
                     ((date(2026, 6, 2), date(2026, 6, 4)),))  # fmt: skip
    assert local(windows(rule, zone=NEW_YORK, between=days(1, 9))) == [
        "02 07:00-0400 .. 05 07:00-0400"
    ]


def test_a_night_of_the_experiment_belongs_to_the_day_of_its_start() -> None:
    rule = Daily((parse_daily("20:00-08:00"),), ((date(2026, 6, 2), date(2026, 6, 3)),))
    assert local(windows(rule, zone=NEW_YORK, between=days(1, 9))) == [
        "02 20:00-0400 .. 03 08:00-0400",
        "03 20:00-0400 .. 04 08:00-0400",
    ]


def test_only_leaves_the_time_of_its_dates_or_whole_windows_by_their_start() -> None:
    only = ((date(2026, 6, 2), date(2026, 6, 3)),)
    nights = several("20:00-08:00")
    assert local(windows(nights, zone=NEW_YORK, only=only, between=days(1, 9))) == [
        "02 00:00-0400 .. 02 08:00-0400",
        "02 20:00-0400 .. 03 08:00-0400",
        "03 20:00-0400 .. 04 00:00-0400",
    ]
    whole = windows(nights, zone=NEW_YORK, only=only, mode="skip_starts", between=days(1, 9))
    assert local(whole) == ["02 20:00-0400 .. 03 08:00-0400", "03 20:00-0400 .. 04 08:00-0400"]


def test_except_takes_from_what_only_leaves() -> None:
    only, exceptions = ((date(2026, 6, 2), date(2026, 6, 4)),), ((date(2026, 6, 3),) * 2,)
    found = windows(Always(), zone=NEW_YORK, only=only, exceptions=exceptions, between=ALWAYS)
    assert local(found) == ["02 00:00-0400 .. 03 00:00-0400", "04 00:00-0400 .. 05 00:00-0400"]
