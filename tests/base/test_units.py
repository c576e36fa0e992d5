"""Durations and sizes are read as people write them, exactly, or refused with a hint."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.base.units import (
    format_duration,
    format_seconds,
    format_size,
    format_size_exactly,
    format_utc,
    parse_duration,
    parse_size,
    parse_utc,
)

US = timedelta(microseconds=1)
TEN_YEARS = timedelta(days=3650)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("10s", timedelta(seconds=10)),
        ("10 s", timedelta(seconds=10)),
        ("  5min ", timedelta(minutes=5)),
        ("1h 30min", timedelta(minutes=90)),
        ("1h30min", timedelta(minutes=90)),
        ("30min 1h", timedelta(minutes=90)),
        ("1.5h", timedelta(minutes=90)),
        ("0.1s", timedelta(milliseconds=100)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(days=14)),
        ("250us", 250 * US),
        ("0s", timedelta(0)),
        ("0.4us", timedelta(0)),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "+5s",
        "5 s 3",
        "s",
        ".5s",
        "5.s",
        "1e3s",
        "1,5h",
        "1_000s",
        "10:30",
        "inf s",
        "\u0661\u0660s",
        "1s\x00",
        "9" * 21 + "s",
        "1s " * 1000,
    ],
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 500ms, 10s, 5min, 1h 30min, 30d$") as caught:
        parse_duration(text)
    assert len(str(caught.value)) < 1500


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("20", "write it with its unit: 20s, 20min or 20h"),
        ("-5s", "write 5s"),
        ("10m", "write 10min"),
        ("10MIN", "write 10min"),
        ("10 minutes", "write 10min"),
        ("1 hour 30 mins", "write 1h 30min"),
        ("2 hrs", "write 2h"),
        ("3 Days", "write 3d"),
    ],
)
def test_what_was_meant_by_a_wrong_duration_is_said(text: str, right: str) -> None:
    with pytest.raises(ValueError, match="is not a duration") as caught:
        parse_duration(text)
    assert str(caught.value) == f"'{text}' is not a duration; {right}"


@pytest.mark.parametrize("text", ["3650d", "99999999999999999999w", "3649d 24h"])
def test_ten_years_are_too_long(text: str) -> None:
    with pytest.raises(ValueError, match=r"ten years or more"):
        parse_duration(text)


@given(st.timedeltas(timedelta(0), TEN_YEARS - US))
def test_a_written_duration_reads_back_to_the_microsecond(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


def test_a_duration_is_written_in_its_largest_exact_units() -> None:
    assert format_duration(timedelta(0)) == "0s"
    assert format_duration(timedelta(minutes=90)) == "1h 30min"
    assert format_duration(timedelta(days=15, milliseconds=1)) == "15d 1ms"
    assert format_duration(3 * US) == "3us"


@given(st.text(max_size=30))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        duration = parse_duration(text)
    except ValueError:
        return
    assert timedelta(0) <= duration < TEN_YEARS


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("2GB", 2_000_000_000),
        ("2 GB", 2_000_000_000),
        ("2gb", 2_000_000_000),
        (" 500MB ", 500_000_000),
        ("1.5TB", 1_500_000_000_000),
        ("512MiB", 512 * 2**20),
        ("64kib", 65_536),
        ("7B", 7),
        ("0B", 0),
        ("0.3KB", 300),
        ("9007199254740993B", 9_007_199_254_740_993),
    ],
)
def test_a_size_is_read_as_people_write_it(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "GB",
        "2G",
        "-2GB",
        "+2GB",
        "2GB 1MB",
        "1e3MB",
        "2 bytes",
        "\u0662GB",
        "9" * 400 + "GB",
    ],
)
def test_what_is_no_size_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 500MB, 2GB, 1\.5TB, 512MiB$"):
        parse_size(text)


def test_a_size_beyond_any_disk_is_refused() -> None:
    assert parse_size(f"{2**63 - 1}B") == 2**63 - 1
    with pytest.raises(ValueError, match=r"more than any disk holds"):
        parse_size(f"{2**63}B")


@given(st.integers(0, 2**63 - 1) | st.integers(0, 9_000).map(lambda n: n * 10**12))
def test_an_exactly_written_size_reads_back(size_bytes: int) -> None:
    assert parse_size(format_size_exactly(size_bytes)) == size_bytes


def test_an_exactly_written_size_has_the_largest_unit_that_stays_exact() -> None:
    written = [format_size_exactly(n) for n in (0, 1, 1000, 1001, 2 * 10**9, 3 * 10**12)]
    assert written == ["0B", "1B", "1KB", "1001B", "2GB", "3TB"]


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (2_048_000_000, "2.05 GB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (123_456_789, "123 MB"),
        (4 * 10**12, "4 TB"),
        (12_345 * 10**12, "12345 TB"),
    ],
)
def test_a_size_for_people_has_three_digits(size_bytes: int, text: str) -> None:
    assert format_size(size_bytes) == text


@given(st.integers(0, 2**63 - 1))
def test_a_size_for_people_is_within_half_a_percent(size_bytes: int) -> None:
    text = format_size(size_bytes)
    assert "e" not in text
    assert abs(parse_size(text) - size_bytes) <= size_bytes * 0.0051


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_that_was_written_is_read_again_to_the_millisecond(moment: datetime) -> None:
    written = format_utc(moment)
    assert written is not None
    assert timedelta(0) <= moment - parse_utc(written) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-11-24T09:00:00", "0001-01-01T00:00:00+14:00", "2026-13-01T00:00:00Z"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|before|Invalid|month"):
        parse_utc(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"),
        (7.23, "7.2 s"),
        (41, "41.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (90.4, "1 min 30 s"),
        (600, "10 min"),
        (3599.6, "1 h"),
        (4 * 3600 - 8, "3 h 59 min"),
        (192 * 3600, "192 h"),
    ],
)
def test_a_time_for_people_has_two_units_at_most(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_a_time_for_people_may_be_to_the_second() -> None:
    assert [format_seconds(one, decimals=0) for one in (41.4, 59.6, 4100)] == [
        "41 s",
        "1 min",
        "1 h 8 min",
    ]


@given(st.floats(0, 10**8))
def test_a_time_for_people_is_within_two_percent_or_a_second(seconds: float) -> None:
    sizes = {"s": 1, "min": 60, "h": 3600}
    words = format_seconds(seconds).split()
    told = sum(float(n) * sizes[u] for n, u in zip(words[::2], words[1::2], strict=True))
    assert abs(told - seconds) <= max(0.6, seconds / 50)
