"""Sets of time, checked against sets of minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.schedule.intervals import (
    ALWAYS,
    Window,
    clip,
    holding,
    meeting,
    subtract,
    union,
    window_words,
)

ZERO = datetime(2026, 11, 24, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")


def window(start: int, end: int) -> Window:
    return Window(ZERO + start * MINUTE, ZERO + end * MINUTE)


def minutes(windows: tuple[Window, ...]) -> set[int]:
    return {
        minute
        for w in windows
        for minute in range((w.start - ZERO) // MINUTE, (w.end - ZERO) // MINUTE)
    }


SOME = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda p: window(p[0], sum(p))),
    max_size=8,
).map(tuple)


@given(SOME)
def test_a_union_is_the_same_time_sorted_and_apart(some: tuple[Window, ...]) -> None:
    merged = union(some)
    assert minutes(merged) == minutes(some)
    assert all(a.end < b.start for a, b in pairwise(merged))
    assert union(merged) == merged


@given(SOME, SOME)
def test_what_is_subtracted_is_gone_and_nothing_else(
    some: tuple[Window, ...], holes: tuple[Window, ...]
) -> None:
    left = subtract(union(some), union(holes))
    assert minutes(left) == minutes(some) - minutes(holes)
    assert all(a.end <= b.start for a, b in pairwise(left))


@given(SOME, st.integers(0, 60), st.integers(1, 30))
def test_clipping_keeps_what_is_inside(some: tuple[Window, ...], start: int, length: int) -> None:
    inside = clip(union(some), window(start, start + length))
    assert minutes(inside) == minutes(some) & set(range(start, start + length))


@given(SOME, st.integers(-1, 90))
def test_a_moment_is_held_by_the_window_that_has_it(some: tuple[Window, ...], at: int) -> None:
    found = holding(union(some), ZERO + at * MINUTE)
    assert (found is not None) == (at in minutes(some))
    assert found is None or found.holds(ZERO + at * MINUTE)


@given(SOME, st.integers(0, 60), st.integers(1, 30))
def test_those_that_meet_a_window_stay_uncut(
    some: tuple[Window, ...], start: int, length: int
) -> None:
    merged, between = union(some), window(start, start + length)
    assert list(meeting(merged, between)) == [w for w in merged if w.meets(between)]


def test_windows_that_touch_become_one_but_do_not_meet() -> None:
    assert union([window(5, 9), window(0, 5)]) == (window(0, 9),)
    assert not window(0, 5).meets(window(5, 9))
    assert window(0, 6).meets(window(5, 9))


def test_a_window_of_all_time_swallows_every_other() -> None:
    assert union([window(0, 5), ALWAYS]) == (ALWAYS,)
    assert subtract([window(0, 5)], [ALWAYS]) == ()


def test_a_window_is_told_with_the_day_of_its_end_where_that_is_another() -> None:
    zone, start = ZoneInfo("Europe/Berlin"), datetime(2026, 10, 23, 18, tzinfo=UTC)
    hour, night = (Window(start, start + timedelta(hours=n)) for n in (1, 12))
    assert window_words(hour, zone) == "Fri 2026-10-23 20:00 to 21:00"
    assert window_words(night, zone) == "Fri 2026-10-23 20:00 to Sat 2026-10-24 08:00"
    assert window_words(ALWAYS, zone) == "no beginning to no end"


def test_a_window_that_is_empty_or_backward_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        window(5, 5)
    with pytest.raises(ValueError, match="ends after it starts"):
        window(5, 4)


@pytest.mark.parametrize("zone", [None, BERLIN, ZoneInfo("UTC")])
def test_a_window_in_another_zone_than_utc_is_refused(zone: ZoneInfo | None) -> None:
    with pytest.raises(ValueError, match="in UTC"):
        Window(ZERO.replace(tzinfo=zone), (ZERO + MINUTE).replace(tzinfo=zone))


def test_a_length_is_elapsed_time() -> None:
    # Clocks in Berlin went back an hour in between.
    start, end = (datetime(2026, 10, day, 12, tzinfo=BERLIN) for day in (24, 25))
    assert end - start == timedelta(hours=24)
    assert Window(start.astimezone(UTC), end.astimezone(UTC)).length == timedelta(hours=25)
