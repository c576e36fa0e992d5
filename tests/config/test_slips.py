"""Whatever is advised for a daily time in other words can be written, and means what was said."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from thorsched.config.days import parse_days
from thorsched.config.slips import daily_meant
from thorsched.config.times import parse_daily

DAYS = [
    "",
    "mon, wed: ",
    "every ",
    "tuesdays ",
    "mon-fri ",
    "weekdays ",
    "from ",
    "every day ",
    "nights ",
    "mod ",
    "sat, sun: ",
]
HALVES = st.sampled_from(["", "am", " PM", "h", ":30", ".00", " a.m."])
CLOCKS = st.builds("{}{}".format, st.integers(0, 25), HALVES)
BETWEEN = st.sampled_from(["-", " to ", " until ", " and ", "..", " "])


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("9-5", "; write 09:00-17:00 (or 09:00-05:00)"),
        ("9am-5", "; write 09:00-17:00 (or 09:00-05:00)"),
        ("9-5pm", "; write 09:00-17:00 (or 21:00-17:00)"),
        ("11pm-7", "; write 23:00-07:00 (or 23:00-19:00)"),
        ("8pm-8", "; write 20:00-08:00"),
        ("09-05", "; write 09:00-05:00"),
        ("9h-5h", "; write 09:00-05:00"),
        ("20-8", "; write 20:00-08:00"),
        ("from 9 to 17", "; write 09:00-17:00"),
        ("between 9 and 17", "; write 09:00-17:00"),
        ("noon-midnight", "; write 12:00-24:00"),
        ("midnight to 6", "; write 00:00-06:00"),
        ("every day 9:00 AM - 5:00 PM", "; write 09:00-17:00"),
        ("weekdays 9-17", "; write daily: 09:00-17:00 and days: mon-fri"),
        ("Monday: 9-17", "; write daily: 09:00-17:00 and days: monday"),
        ("9-17 on weekends", "; write daily: 09:00-17:00 and days: sat-sun"),
        ("9-17 (mon-fri)", "; write daily: 09:00-17:00 and days: mon-fri"),
        ("Mon\u2013Fri 09:00\u201317:00", "; write daily: 09:00-17:00 and days: mon-fri"),
        ("every weekday 9-17", "; write daily: 09:00-17:00 and days: mon-fri"),
        ("Tuesdays 9-17", "; write daily: 09:00-17:00 and days: tuesday"),
        ("Mon, Wed: 9-17", "; write daily: 09:00-17:00 and days: [mon, wed]"),
        ("weekdays", "; write days: mon-fri, and here the times, such as 20:00-08:00"),
        ("noon-5pm", "; write 12:00-17:00"),
        ("9-noon", "; write 09:00-12:00"),
        ("12 noon to 5", "; write 12:00-17:00 (or 12:00-05:00)"),
        ("8p-6a", "; write 20:00-06:00"),
        ("20:00 -> 08:00", "; write 20:00-08:00"),
        ("24/7", "; to record without a pause say `always: true` instead"),
        ("all day", "; to record without a pause say `always: true` instead"),
        (
            "Mon 9-17, Tue 10-18",
            "; a schedule has one rule for its days: make a schedule for each of them",
        ),
        ("nights 20-08", ""),
        ("8-8", ""),
        ("13pm-5", ""),
    ],
)
def test_a_daily_time_in_other_words_is_understood_or_left_alone(said: str, advice: str) -> None:
    assert daily_meant(said) == advice


@given(st.sampled_from(DAYS), CLOCKS, BETWEEN, CLOCKS)
def test_whatever_is_advised_can_be_written(days: str, start: str, dash: str, end: str) -> None:
    advice = daily_meant(f"{days}{start}{dash}{end}")
    for daily in re.findall(r"\d\d:\d\d-\d\d:\d\d", advice):
        assert f"{parse_daily(daily)}" == daily
    found = re.search(r"and days: (.*)", advice)
    if found:
        assert parse_days(yaml.safe_load(f"{{days: {found[1]}}}")["days"])
