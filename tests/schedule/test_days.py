from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from thorsched.schedule.days import days
from thorsched.schedule.intervals import Window, union

ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Africa/Cairo", "Pacific/Apia"])
MOMENTS = st.integers(0, 600_000_000).map(
    lambda s: datetime(2011, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


@given(MOMENTS, st.timedeltas(timedelta(seconds=1), timedelta(days=40)), ZONES)
def test_days_partition_the_time_and_each_is_of_its_date(
    start: datetime, length: timedelta, zone: str
) -> None:
    between = Window(start, start + length)
    found = list(days(between, ZoneInfo(zone)))
    assert union(window for _, window in found) == (between,)
    assert all(a.end == b.start for (_, a), (_, b) in pairwise(found))
    dates: list[date] = [day for day, _ in found]
    assert dates == sorted(set(dates))
    for day, window in found:
        assert window.start.astimezone(ZoneInfo(zone)).date() == day
