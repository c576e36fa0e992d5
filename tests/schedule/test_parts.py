"""The parts of wanted time, in each of which other settings hold."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.effort import within_cpu_s
from thorsched.config.days import parse_days
from thorsched.config.rules import Always, Cron, Daily, Rule, Span
from thorsched.config.times import parse_daily, parse_moment
from thorsched.schedule.intervals import ALWAYS, Window, clip, union
from thorsched.schedule.parts import Conflict, Part, conflicts, parts
from thorsched.schedule.windows import Settings, Timetable, wanted

UTC_ZONE = ZoneInfo("UTC")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LOW: Settings = (("capability", "5fps"),)
FAST: Settings = (("capability", "120fps"),)
SHORT: Settings = (("segment", "1min"),)


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def table(name: str, rule: Rule | str, settings: Settings = (), *, priority: int = 0) -> Timetable:
    if isinstance(rule, str):
        rule = Daily((parse_daily(rule),), parse_days("mon-sun"))
    return Timetable(name, rule, UTC_ZONE, priority=priority, settings=settings)


AT_NOON = Window(at(12), at(12, 1))
LOW_ALL_DAY = table("low", Always(), LOW)
BURSTS = table("bursts", Cron("0 * * * *", 10 * MINUTE), FAST, priority=10)


def told(*tables: Timetable, between: Window) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            f"{part.window.start:%d %H:%M}" if part.window.bounds[0] else "",
            f"{part.window.end:%d %H:%M}" if part.window.bounds[1] else "",
            part.leader,
            ",".join(part.names),
            ",".join(str(value) for _, value in part.settings),
        )
        for part in parts(tables, between=between)
    ]


def test_parts_of_weeks_of_minutes_take_a_time_that_grows_with_their_number() -> None:
    each_minute = table("samples", Cron("* * * * *", timedelta(seconds=10)), FAST)
    with within_cpu_s(4):
        found = parts((each_minute,), between=Window(at(0, day=1), at(0, day=21)))
    assert len(found) == 20 * 1440


def test_ten_minutes_an_hour_are_parts_of_their_own_in_a_low_day() -> None:
    assert told(LOW_ALL_DAY, BURSTS, between=Window(at(10, 5), at(11, 30))) == [
        ("24 10:00", "24 10:10", "bursts", "low,bursts", "120fps"),
        ("24 10:10", "24 11:00", "low", "low", "5fps"),
        ("24 11:00", "24 11:10", "bursts", "low,bursts", "120fps"),
        ("24 11:10", "24 12:00", "low", "low", "5fps"),
    ]


def test_schedules_without_settings_divide_nothing() -> None:
    [only] = parts([table("a", "08:00-12:00"), table("b", "10:00-14:00")], between=AT_NOON)
    assert only == Part(Window(at(8), at(14)), "a", ("a", "b"))


def test_always_with_settings_has_one_part_without_ends() -> None:
    [only] = parts([LOW_ALL_DAY], between=AT_NOON)
    assert only == Part(ALWAYS, "low", ("low",), LOW, (("capability", "low"),))


def test_each_key_counts_by_itself() -> None:
    shorter = table("short", "10:05-11:05", SHORT, priority=20)
    assert told(LOW_ALL_DAY, BURSTS, shorter, between=Window(at(10), at(11, 10))) == [
        ("24 10:00", "24 10:05", "bursts", "low,bursts", "120fps"),
        ("24 10:05", "24 10:10", "short", "low,bursts,short", "120fps,1min"),
        ("24 10:10", "24 11:00", "short", "low,short", "5fps,1min"),
        ("24 11:00", "24 11:05", "short", "low,bursts,short", "120fps,1min"),
        ("24 11:05", "24 11:10", "bursts", "low,bursts", "120fps"),
    ]


def test_neighbours_with_equal_settings_are_one_part() -> None:
    one, other = table("one", "10:00-11:00", FAST, priority=1), table("other", "11:00-12:00", FAST)
    assert told(one, other, between=Window(at(10), at(12))) == [
        ("24 10:00", "24 12:00", "one", "one,other", "120fps"),
    ]


def test_a_change_that_lies_months_ahead_ends_a_part() -> None:
    spring = Span(parse_moment("2027-05-01T00:00Z"), parse_moment("2027-05-02T00:00Z"))
    [only] = parts([LOW_ALL_DAY, table("spring", spring, FAST, priority=1)], between=AT_NOON)
    assert only.window == Window(ALWAYS.start, datetime(2027, 5, 1, tzinfo=UTC))


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_equal_priorities_are_at_odds_and_the_first_in_the_file_is_obeyed(
    first: str, second: str
) -> None:
    tables = [table(first, "10:00-12:00", LOW), table(second, "11:00-13:00", FAST)]
    between = Window(at(0), at(23))
    assert conflicts(tables, between=between) == (
        Conflict("capability", Window(at(11), at(12)), (first, second)),
    )
    assert [one[2] for one in told(*tables, between=between)] == [first, second]


def test_who_is_overridden_anyway_is_at_odds_with_nobody() -> None:
    tables = [
        table("a", "10:00-12:00", LOW),
        table("b", "10:00-12:00", FAST),
        table("c", "09:00-13:00", SHORT + FAST, priority=1),
    ]
    assert conflicts(tables, between=Window(at(0), at(23))) == ()


RULES: st.SearchStrategy[Rule] = st.sampled_from(
    [
        Always(),
        Daily((parse_daily("20:00-08:00"),), parse_days("mon-fri")),
        Daily((parse_daily("10:00-11:00"),), parse_days("mon-sun")),
        Cron("0 * * * *", 10 * MINUTE),
        Cron("15 */6 * * *", 3 * HOUR),
        Span(parse_moment("2026-11-23 02:30"), parse_moment("2026-11-26 17:00")),
    ]
)
SETTINGS = st.sampled_from([(), LOW, FAST, SHORT, (*LOW, *SHORT)])
TABLES = st.lists(st.tuples(RULES, SETTINGS, st.integers(0, 2)), min_size=1, max_size=5).map(
    lambda drawn: tuple(
        table(str(n), rule, said, priority=priority)
        for n, (rule, said, priority) in enumerate(drawn)
    )
)


@settings(max_examples=30)
@given(tables=TABLES, minutes=st.integers(0, 4 * 1440), length=st.integers(1, 4 * 1440))
def test_parts_divide_the_union_of_the_windows_and_keep_their_ends(
    tables: tuple[Timetable, ...], minutes: int, length: int
) -> None:
    start = at(0, day=22) + minutes * MINUTE
    between = Window(start, start + length * MINUTE)
    found = parts(tables, between=between)
    windows = wanted(tables, between=between)
    assert union(clip([part.window for part in found], between)) == clip(windows, between)
    for one, other in pairwise(found):
        assert one.window.end <= other.window.start
        assert one.window.end < other.window.start or one.settings != other.settings
    for part in found:
        assert part.window.meets(between)
        middle = max(part.window.start, between.start)
        assert part in parts(tables, between=Window(middle, middle + timedelta.resolution))


@given(tables=TABLES, minutes=st.integers(0, 4 * 1440))
def test_at_each_moment_the_highest_priority_that_says_something_is_obeyed(
    tables: tuple[Timetable, ...], minutes: int
) -> None:
    now = at(0, day=22) + minutes * MINUTE
    moment = Window(now, now + timedelta.resolution)
    active = [one for one in tables if wanted([one], between=moment)]
    obeyed = {
        key: value
        for one in sorted(active, key=lambda one: one.priority)
        for key, value in one.settings
        # of equal ones the first
        if not any(
            key in dict(other.settings)
            for other in active[: active.index(one)]
            if other.priority == one.priority
        )
    }
    found = parts(tables, between=moment)
    assert len(found) == bool(active)
    for part in found:
        assert dict(part.settings) == obeyed
        assert {one.name for one in active} <= set(part.names)
        assert {name for _, name in part.said_by} <= set(part.names)
