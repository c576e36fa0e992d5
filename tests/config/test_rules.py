"""The text of schedule rules: what is read, and what a person is told instead."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from thorsched.config.cron import parse_cron
from thorsched.config.days import DAY_NAMES, EVERY_DAY, parse_days, parse_start_days
from thorsched.config.rules import Cron, Daily, Span
from thorsched.config.times import (
    WallTime,
    WallTimes,
    parse_daily,
    parse_date_range,
    parse_moment,
    parse_wall_time,
)
from thorsched.config.zeitgeber import parse_lights_on, parse_zeitgeber
from thorsched.config.zones import parse_zone

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def local(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - local time has no zone here


WALL_TIMES = st.builds(
    WallTime, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)
) | st.just(WallTime(24))


@given(WALL_TIMES)
def test_a_wall_time_reads_back_as_itself(time: WallTime) -> None:
    assert parse_wall_time(str(time)) == time


@pytest.mark.parametrize(
    "text",
    ["20:00-08:00", "20:00 - 8:00", " 20:00-08:00 ", "20:00\u201308:00", "20:00 to 08:00"],
)
def test_a_daily_time_is_read_as_people_write_it(text: str) -> None:
    assert parse_daily(text) == WallTimes(WallTime(20), WallTime(8))


def test_24_00_is_the_midnight_after_its_day() -> None:
    assert WallTime(24).on(date(2026, 2, 28)) == local(2026, 3, 1)
    assert WallTime(0).on(date(2026, 2, 28)) == local(2026, 2, 28)
    assert WallTime(24) > WallTime(23, 59, 59)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {MON, TUE, WED, THU, FRI}),
        ("mon,wed,fri", {MON, WED, FRI}),
        ("fri-mon", {FRI, SAT, SUN, MON}),
        ("sun-sat", EVERY_DAY),
        ("Monday", {MON}),
        ("tues thurs", {TUE, THU}),
        ("Mon - Wed, SAT", {MON, TUE, WED, SAT}),
        ("mo-fr", {MON, TUE, WED, THU, FRI}),
        (["mon", "wed-fri"], {MON, WED, THU, FRI}),
        (["sat"], {SAT}),
    ],
)
def test_days_are_read_as_people_write_them(text: str | list[str], days: set[int]) -> None:
    assert parse_days(text) == days


@given(st.integers(0, 6), st.integers(1, 6))
def test_a_range_of_days_holds_every_day_from_first_to_last(first: int, more: int) -> None:
    text = f"{DAY_NAMES[first][:3]}-{DAY_NAMES[(first + more) % 7][:3]}"
    assert len(parse_days(text)) == more + 1


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T09:00", local(2026, 11, 24, 9)),
        ("2026-11-24 09:00", local(2026, 11, 24, 9)),
        ("2026-11-24 9:00:30", local(2026, 11, 24, 9, 0, 30)),
        ("2026-11-24T24:00", local(2026, 11, 25)),
        ("2026-11-24T09:00Z", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("2026-11-24 09:00 z", datetime(2026, 11, 24, 9, tzinfo=UTC)),
    ],
)
def test_a_moment_is_local_time_or_has_an_offset(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment
    assert (parse_moment(text).tzinfo is None) == (moment.tzinfo is None)


@pytest.mark.parametrize("offset", ["+01:00", "+0100", " +01:00"])
def test_an_offset_is_kept(offset: str) -> None:
    moment = parse_moment("2026-11-24T09:00" + offset)
    assert moment == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(hours=1)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31)))  # noqa: DTZ001 - local times
def test_a_moment_in_iso_format_reads_back_as_itself(moment: datetime) -> None:
    whole = moment.replace(microsecond=0, fold=0)
    assert parse_moment(whole.isoformat()) == whole
    away = whole.replace(tzinfo=timezone(-timedelta(hours=5, minutes=30)))
    assert parse_moment(away.isoformat()) == away


@pytest.mark.parametrize(
    "text", ["2026-12-24..2026-12-26", "2026-12-24 .. 2026-12-26", "2026-12-24 to 2026-12-26"]
)
def test_a_range_of_dates_has_both_ends(text: str) -> None:
    assert parse_date_range(text) == (date(2026, 12, 24), date(2026, 12, 26))


def test_one_date_is_a_range_of_one_day() -> None:
    assert parse_date_range("2026-12-24") == (date(2026, 12, 24), date(2026, 12, 24))


@pytest.mark.parametrize(
    "expression",
    [
        "0 * * * *",
        "*/15 8-18 * * MON-FRI",
        "0 0 29 2 *",
        "0 0 L * *",
        "0 0 * * 5L",
        "0 0 30 2 1",
        "0 0 29 2 */7",
    ],
)
def test_a_cron_expression_that_fires_is_kept(expression: str) -> None:
    assert parse_cron(expression) == expression


def test_spaces_in_a_cron_expression_do_not_matter() -> None:
    assert parse_cron("  0\t*  * * * ") == "0 * * * *"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        (" utc ", "UTC"),
    ],
)
def test_a_zone_is_an_iana_name_in_any_case(text: str, key: str) -> None:
    assert parse_zone(text).key == key


@pytest.mark.parametrize(
    ("parse", "text", "said"),
    [
        (parse_daily, "8pm-9pm", "write 20:00-21:00"),
        (parse_daily, "1230", "not a daily time"),
        (parse_daily, "20-08", "write 20:00-08:00"),
        (parse_daily, "20:00-25:00", "no clock shows 25:00"),
        (parse_daily, "20:00-24:01", "no clock shows 24:01"),
        (parse_daily, "20:60-21:00", "no clock shows 20:60"),
        (parse_days, "mno", "did you mean 'mon'?"),
        (parse_days, "wendesday", "did you mean 'wednesday'?"),
        (parse_days, "weekdays", "write mon-fri"),
        (parse_days, "0-4", "write mon-fri"),
        (parse_days, "t", "write mon-fri"),
        (parse_days, "mon-mon", "one day or seven"),
        (parse_days, "mon-", "'' is not a day"),
        (parse_days, "", "no day of the week is named"),
        (parse_moment, "2026-11-24", "has no time of day"),
        (parse_moment, "24.11.2026 09:00", "write 2026-11-24T09:00"),
        (parse_moment, "tomorrow", "not a moment"),
        (parse_moment, "2026-02-29 09:00", "not in the calendar"),
        (parse_moment, "2026-11-24 25:00", "no clock shows 25:00"),
        (parse_moment, "2026-11-24T09:00+19:00", "no place is"),
        (parse_moment, "9999-12-31 09:00", "outside of 1970 to 2999; mend its year"),
        (parse_moment, "0206-11-24T09:00", "outside of 1970 to 2999; mend its year"),
        (parse_moment, "0000-11-24T09:00", "outside of 1970 to 2999; mend its year"),
        (parse_moment, "20226-11-24T09:00", "a year of 5 digits; write four"),
        (parse_moment, "206-11-24T09:00", "a year of 3 digits; write four"),
        (parse_date_range, "2026-12-24..20226-12-26", "a year of 5 digits; write four"),
        (parse_date_range, "24.12.0206", "write 2026-12-24"),
        (parse_date_range, "2026-12-26..2026-12-24", "write 2026-12-24..2026-12-26"),
        (parse_date_range, "2026-13-01", "not in the calendar"),
        (parse_date_range, "christmas", "write 2026-12-24 or"),
        (parse_date_range, "2026-12-24..", "write 2026-12-24 or"),
        (parse_cron, "0 * * *", "five fields"),
        (parse_cron, "0 0 * * * *", "five fields"),
        (parse_cron, "@hourly", "write '0 * * * *'"),
        (parse_cron, "60 * * * *", "'60' is no minute; it takes 0-59"),
        (parse_cron, "0 24 * * *", "'24' is no hour"),
        (parse_cron, "0 0 0 * *", "'0' is no day-of-month"),
        (parse_cron, "0 0 32 * *", "'32' is no day-of-month"),
        (parse_cron, "0 0 * 13 *", "'13' is no month"),
        (parse_cron, "0 0 * * 8", "0 and 7 are Sunday"),
        (parse_cron, "0 0 30 2 *", "never fires: no month that it names has a day 30"),
        (parse_cron, "0 0 31 4,6 *", "never fires"),
        (parse_cron, "0 0 */31 * 1#5", "never fires"),
        (parse_cron, "1," * 200 + "1 * * * *", "five fields"),
        (parse_zone, "Europe/Berln", "did you mean 'Europe/Berlin'?"),
        (parse_zone, "Berlin", "did you mean 'Europe/Berlin'?"),
        (parse_zone, "new york", "did you mean 'America/New_York'?"),
        (parse_zone, "EST", "did you mean 'America/New_York'?"),
        (parse_zone, "+01:00", "Etc/GMT-1"),
        (parse_zone, "../../etc/passwd", "IANA name"),
        (parse_zone, "", "IANA name"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(
    parse: Callable[[str], object], text: str, said: str
) -> None:
    with pytest.raises(ValueError, match=r"\S") as refused:
        parse(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "parse",
    [
        parse_daily,
        parse_days,
        parse_start_days,
        parse_moment,
        parse_date_range,
        parse_cron,
        parse_zone,
        parse_zeitgeber,
        parse_lights_on,
    ],
    ids=lambda parse: parse.__name__,
)
@given(text=st.text() | st.text("0123456789-:.,/*# TZLW+monfri", max_size=20))
@example("9" * 5000)
@example("\u00b2 * * * *")
@example("\u0661:00-2:00")
@example("\x00\x1b[31m\ud800")
def test_any_other_text_is_refused_in_printable_words(
    parse: Callable[[str], object], text: str
) -> None:
    said = refusal(parse, text)
    assert len(said) < 400
    assert said.isprintable()


def refusal(parse: Callable[[str], object], text: str) -> str:
    try:
        parse(text)
    except ValueError as refused:
        return str(refused)
    return ""


def test_a_span_that_ends_where_it_starts_is_told_to_say_always() -> None:
    with pytest.raises(ValueError, match="always: true"):
        Span(local(2026, 11, 24, 9), local(2026, 11, 24, 9))


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="swap them"):
        Span(local(2026, 11, 24, 9), local(2026, 11, 24, 8))
    with pytest.raises(ValueError, match="swap them"):
        Span(parse_moment("2026-11-24T09:00Z"), parse_moment("2026-11-24T09:30+01:00"))


def test_a_span_of_a_local_and_an_absolute_end_waits_for_its_zone() -> None:
    start, end = parse_moment("2026-11-24 09:00"), parse_moment("2026-11-24T12:00Z")
    assert Span(start, end).end == end


def test_a_daily_rule_that_ends_where_it_starts_is_told_to_say_always() -> None:
    with pytest.raises(ValueError, match="always: true"):
        WallTimes(WallTime(8), WallTime(8))


def test_24_00_is_no_start() -> None:
    with pytest.raises(ValueError, match="start at midnight is 00:00"):
        WallTimes(WallTime(24), WallTime(8))


@pytest.mark.parametrize("days", [frozenset(), frozenset({7})])
def test_a_daily_rule_needs_days_of_the_week(days: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="mon-fri"):
        Daily((parse_daily("08:00-09:00"),), days)


@pytest.mark.parametrize("duration", [timedelta(0), -timedelta(seconds=1)])
def test_a_cron_rule_lasts_longer_than_nothing(duration: timedelta) -> None:
    with pytest.raises(ValueError, match="longer than zero"):
        Cron("0 * * * *", duration)
