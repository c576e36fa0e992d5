"""Which time a report is about: days are the zone's own, whatever the clocks do."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from thorsched.report.period import Asked, ahead, usual
from thorsched.schedule.intervals import Window

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 26, 8, tzinfo=UTC)


def test_a_day_is_one_of_the_zone_and_has_25_hours_when_clocks_go_back() -> None:
    found = Asked(day="2026-10-25").period(BERLIN, NOW)
    assert found == Window(
        datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)
    )
    assert Asked(day="yesterday").period(BERLIN, NOW) == found


def test_a_day_as_the_end_is_meant_with_all_of_it() -> None:
    found = Asked(start="2026-10-01", end="2026-10-02").period(BERLIN, NOW)
    assert found is not None
    assert found.length == timedelta(days=2)
    assert Asked(start="2026-10-26T07:00Z").period(BERLIN, NOW) == Window(
        NOW - timedelta(hours=1), NOW
    )


def test_the_repeated_hour_is_within_what_begins_and_ends_in_it() -> None:
    found = Asked(start="2026-10-25T02:30", end="2026-10-25T02:30").period(BERLIN, NOW)
    assert found is not None
    assert found.length == timedelta(hours=1)


def test_usual_are_the_last_24_hours_or_those_before_what_was_wanted_last() -> None:
    day = timedelta(hours=24)
    long_ago, friday = NOW - timedelta(days=99), NOW - timedelta(days=3)
    assert usual(NOW - timedelta(hours=3), NOW, since=long_ago) == Window(NOW - day, NOW)
    assert usual(None, NOW, since=long_ago) == Window(NOW - day, NOW)
    assert usual(friday, NOW, since=long_ago) == Window(friday - day, friday)


def test_what_was_before_the_first_run_is_not_told_of_unasked() -> None:
    began = NOW - timedelta(hours=2)
    assert usual(None, NOW, since=began) == Window(began, NOW)
    assert usual(None, NOW, since=NOW + timedelta(hours=1)).end == NOW


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("today", "now", ("2026-10-25T23:00Z", "2026-10-26T08:00Z")),
        ("yesterday", "yesterday", ("2026-10-24T22:00Z", "2026-10-25T23:00Z")),
        ("08:30", "9:00:30", ("2026-10-26T07:30Z", "2026-10-26T08:00:30Z")),
        ("04:24:20.5", None, ("2026-10-26T03:24:20.5Z", "2026-10-26T08:00Z")),
        (None, "today", ("2026-10-25T23:00Z", "2026-10-26T23:00Z")),
    ],
)
def test_bounds_are_said_as_a_day_is_and_by_the_clock_of_today(
    start: str | None, end: str | None, expected: tuple[str, str]
) -> None:
    bounds = (datetime.fromisoformat(one) for one in expected)
    assert Asked(start=start, end=end).period(BERLIN, NOW) == Window(*bounds)


def test_bounds_in_the_wrong_order_are_told_as_they_were_understood() -> None:
    with pytest.raises(
        ValueError, match=r"--from is 2026-10-26 22:00:00, .* not before now, 2026-1"
    ):
        Asked(start="22:00").period(BERLIN, NOW)


@pytest.mark.parametrize(
    "text", ["25:00", "9", "12:60", "09:00Z", "2026-13-01", "1", "20261", "0001-01-01T00:00+14:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        Asked(start=text).period(BERLIN, NOW)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_an_end_of_the_calendar_is_refused_in_words(day: str) -> None:
    with pytest.raises(ValueError, match="no day that anything"):
        Asked(day=day).period(BERLIN, NOW)


@pytest.mark.parametrize(
    ("start", "end", "days_ahead", "found"),
    [
        (None, None, None, ("2026-10-24T12:00+02:00", "2026-10-31T12:00+01:00")),
        (None, None, 1, ("2026-10-24T12:00+02:00", "2026-10-25T12:00+01:00")),
        ("tomorrow", None, 1, ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00")),
        ("today", "2026-10-25", None, ("2026-10-24T00:00+02:00", "2026-10-26T00:00+01:00")),
        (None, "18:00", None, ("2026-10-24T12:00+02:00", "2026-10-24T18:00+02:00")),
    ],
)
def test_a_plan_is_of_as_many_days_of_the_calendar_or_until_what_was_typed(
    start: str | None, end: str | None, days_ahead: int | None, found: tuple[str, str]
) -> None:
    now = datetime(2026, 10, 24, 10, tzinfo=UTC)
    expected = Window(*(datetime.fromisoformat(one).astimezone(UTC) for one in found))
    assert ahead(start, end, days_ahead, BERLIN, now) == expected


@pytest.mark.parametrize(
    ("start", "end", "days_ahead", "words"),
    [
        (None, "2026-11-01", 3, "--until and --days exclude each other"),
        (
            "2026-11-02",
            "2026-11-01",
            None,
            (
                "--until 2026-11-01 (2026-11-02 00:00:00) "
                "is not after --from 2026-11-02 (2026-11-02 00:00:00)"
            ),
        ),
        (None, "2099-01-01", None, "a plan is of 3650 days at most"),
        ("9999-12-31", None, 3, "nothing is planned after 9999-12-30"),
        ("soon", None, None, "'soon' is no"),
    ],
)
def test_a_time_that_cannot_be_planned_is_told(
    start: str | None, end: str | None, days_ahead: int | None, words: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        ahead(start, end, days_ahead, BERLIN, NOW)
