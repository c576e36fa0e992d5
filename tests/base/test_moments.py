from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from thorsched.base.moments import format_clock, format_date, format_minute, format_moment

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 23, 23, 30, 5, tzinfo=UTC)


def test_a_moment_is_told_by_the_clocks_of_a_zone_with_seconds_where_there_are_some() -> None:
    assert format_moment(AT, BERLIN) == "Tue 2026-11-24 00:30:05"
    assert format_moment(AT.replace(second=0), BERLIN) == "Tue 2026-11-24 00:30"
    assert format_minute(AT, BERLIN) == "Tue 2026-11-24 00:30"
    assert format_clock(AT) == "23:30:05"


def test_a_day_is_told_with_its_weekday() -> None:
    assert format_date(date(2026, 11, 24)) == format_date(AT.astimezone(BERLIN)) == "Tue 2026-11-24"
