"""What right values become, and that a config made in Python is held to the same rules."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from thorsched.base.units import format_duration, format_size_exactly
from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.selector import Encoding, Selector
from thorsched.config.blocks import Camera, SegmentLimits, Server
from thorsched.config.blocks_time import Schedule
from thorsched.config.models import Config
from thorsched.config.problems import problems_in
from thorsched.config.rules import Always, Cron, Daily, Every, Lasting, Rule, Span, Zeitgeber
from thorsched.config.times import WallTime, parse_daily
from thorsched.config.zeitgeber import Lights, LightsOn, parse_zeitgeber

CAMERA: dict[str, Any] = {"device": {"id": 0}, "capability": "jpeg 1280x720 @30fps"}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
SMALLEST: dict[str, Any] = {
    "cameras": {"side": CAMERA},
    "schedules": {"ever": {"cameras": "all", "always": True}},
}


def config(**blocks: Any) -> Config:
    return Config.model_validate(SMALLEST | blocks)


def schedule(**keys: Any) -> Schedule:
    return Schedule.model_validate({"cameras": "all"} | keys)


def said(model: type[Config | Camera | Schedule | Server], written: object) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(written)
    return [f"{'.'.join(map(str, p.path))}: {p.message}" for p in problems_in(refused.value)]


def test_everything_but_cameras_and_schedules_has_a_default() -> None:
    made = config()
    assert made.server_of("side") == Server(url="http://192.168.177.100:8000")
    assert made.server_of("side").ports == range(9001, 9100)
    assert made.server_of("side").latency == timedelta(milliseconds=500)
    assert made.segment_of("side").time == timedelta(minutes=10)
    assert made.segment_of("side").size == 2_000_000_000
    assert made.storage.root == Path("recordings")
    assert made.storage.template == "{camera}/{date}/{camera}_{start}"
    assert made.storage.keep is None
    assert made.lead == timedelta(seconds=3)
    assert made.zone_of("ever") is None


def test_words_become_the_values_that_the_engine_works_with() -> None:
    made = config(
        timezone="america/new_york",
        servers={"a": {"url": "http://10.0.0.1:8000/", "ports": 9005, "latency": "1s 500ms"}},
        storage={"root": "/data", "min_free": "1.5GiB", "keep": {"age": "30d", "size": "4TB"}},
        about={"subject": "m042", "age_d": 90, "naive": True, "weight_g": 21.5},
        lead="0s",
    )
    assert made.timezone == "America/New_York"
    assert made.server_of("side").url == "http://10.0.0.1:8000"
    assert made.server_of("side").ports == range(9005, 9006)
    assert made.server_of("side").latency == timedelta(seconds=1.5)
    assert made.storage.min_free == 1_610_612_736
    assert made.storage.keep is not None
    assert made.storage.keep.age == timedelta(days=30)
    assert made.storage.keep.size == 4 * 10**12
    assert made.about == {"subject": "m042", "age_d": 90, "naive": True, "weight_g": 21.5}
    assert made.cameras["side"].device == DeviceRule(id=0)
    assert made.cameras["side"].capability == (Selector.parse("jpeg 1280x720 @30fps"),)


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ({"always": True}, Always()),
        (
            {"from": "2026-11-24T09:00", "to": "2026-11-24T17:30Z"},
            Span(datetime(2026, 11, 24, 9), datetime(2026, 11, 24, 17, 30, tzinfo=UTC)),  # noqa: DTZ001
        ),
        ({"daily": "20:00-08:00"}, Daily((parse_daily("20:00-08:00"),))),
        (
            {"daily": "20:00-24:00", "days": ["mon", "wed"], "always": False},
            Daily((parse_daily("20:00-24:00"),), frozenset({0, 2})),
        ),
        ({"cron": "0  * * * *", "for": "10min"}, Cron("0 * * * *", 10 * MINUTE)),
        ({"from": "2026-11-24T09:00Z", "for": "8h"}, Lasting(NINE, 8 * HOUR)),
        (
            {"daily": ["06:00-07:00", "20:00-24:00"]},
            Daily((parse_daily("06:00-07:00"), parse_daily("20:00-24:00"))),
        ),
        ({"every": "2h", "for": "10min"}, Every(2 * HOUR, 10 * MINUTE)),
        (
            {"every": "2h", "for": "10min", "from": "2026-11-24T09:00Z", "days": "mon"},
            Every(2 * HOUR, 10 * MINUTE, NINE, days=frozenset({0})),
        ),
        (
            {"zt": "12-14", "lights_on": "07:00-05:00"},
            Zeitgeber((parse_zeitgeber("12-14"),), Lights(LightsOn(WallTime(7), -5 * HOUR))),
        ),
    ],
)
def test_a_schedule_has_the_rule_that_its_keys_say(keys: dict[str, object], rule: Rule) -> None:
    assert schedule(**keys).rule_in(None) == rule


def test_the_experiment_says_which_dates_its_days_are_and_when_lights_go_on() -> None:
    made = config(
        experiment={"start": "2026-11-24", "days": 14, "lights_on": "07:00"},
        schedules={
            "first": {"cameras": "all", "cron": "0 9 * * *", "for": "1h", "days": "day 1-3, day 8"},
            "dusk": {"cameras": "all", "zt": "12-14"},
            "late": {"cameras": "all", "zt": "12-14", "lights_on": "9:00", "lights": "wall_clock"},
        },
    )
    first = date(2026, 11, 24)
    ranges = ((first, date(2026, 11, 26)), (date(2026, 12, 1), date(2026, 12, 1)))
    assert made.rule_of("first") == Cron("0 9 * * *", HOUR, ranges)
    times = (parse_zeitgeber("12-14"),)
    assert made.rule_of("dusk") == Zeitgeber(times, Lights(LightsOn(WallTime(7)), since=first))
    assert made.rule_of("late") == Zeitgeber(
        times, Lights(LightsOn(WallTime(9)), "wall_clock", since=first)
    )


def test_only_is_ranges_of_dates_too() -> None:
    one = schedule(daily="20:00-08:00", only="2026-11-24..2026-12-07")
    assert one.only == ((date(2026, 11, 24), date(2026, 12, 7)),)
    assert schedule(daily="20:00-08:00").only is None


def test_exceptions_are_ranges_of_dates_with_both_ends() -> None:
    one = schedule(daily="20:00-08:00", **{"except": "2026-12-24", "mode": "skip_starts"})
    assert one.exceptions == ((date(2026, 12, 24), date(2026, 12, 24)),)
    assert one.mode == "skip_starts"
    several = schedule(daily="20:00-08:00", **{"except": ["2026-12-24..2026-12-26", "2027-01-01"]})
    assert several.exceptions == (
        (date(2026, 12, 24), date(2026, 12, 26)),
        (date(2027, 1, 1), date(2027, 1, 1)),
    )


def test_what_stands_on_a_camera_counts_before_what_stands_in_the_file() -> None:
    made = config(
        segment={"time": "20min", "size": "1GB"},
        about={"lab": "north", "subject": "none"},
        cameras={
            "side": CAMERA | {"segment": {"time": "5min"}, "about": {"subject": "m042"}},
            "top": CAMERA | {"device": {"id": 1}},
        },
    )
    assert made.segment_of("side") == SegmentLimits.model_validate({"time": "5min", "size": "1GB"})
    assert made.segment_of("top") == made.segment
    assert made.about_of("side") == {"lab": "north", "subject": "m042"}
    assert made.about_of("top") == made.about


def test_what_stands_on_a_schedule_counts_before_what_stands_in_the_file() -> None:
    made = config(
        timezone="America/New_York",
        schedules={
            "here": {"cameras": ["side"], "always": True},
            "there": {"cameras": "all", "always": True, "timezone": "Europe/Berlin"},
        },
    )
    assert str(made.zone_of("here")) == "America/New_York"
    assert str(made.zone_of("there")) == "Europe/Berlin"
    assert list(made.schedules_of("side")) == ["here", "there"]


def test_a_camera_names_its_server_where_there_are_several() -> None:
    made = config(
        servers={"a": "http://10.0.0.1:8000", "b": {"url": "http://10.0.0.2:8000"}},
        cameras={"side": CAMERA | {"server": "b"}},
    )
    assert made.server_name_of("side") == "b"
    assert made.server_of("side").url == "http://10.0.0.2:8000"


def test_one_server_may_be_written_in_short_as_a_url_or_a_block() -> None:
    long = config(servers={"server": "http://10.0.0.1:8000"})
    assert config(server="http://10.0.0.1:8000") == long
    assert config(server={"url": "http://10.0.0.1:8000"}) == long


def test_the_encodings_are_those_that_some_selector_asks_for() -> None:
    assert config().encodings == {Encoding.JPEG}
    both = CAMERA | {"capability": ["h265 1280x720", "raw 640x480"]}
    assert config(cameras={"side": both}).encodings == {Encoding.JPEG, Encoding.H265}


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        config().timezone = "UTC"  # type: ignore[misc]


def test_a_config_is_made_from_its_parts_too() -> None:
    parts = Config(
        cameras={"side": Camera(device=DeviceRule(id=0), capability=(Selector.parse("jpeg"),))},
        schedules={"nights": Schedule(cameras=("side",), daily=(parse_daily("20:00-08:00"),))},
        segment=SegmentLimits(time=timedelta(minutes=1)),
    )
    assert parts.segment_of("side").time == timedelta(minutes=1)
    assert said(
        Config,
        {"cameras": parts.cameras, "schedules": {"x": Schedule(cameras=("sid",), always=True)}},
    ) == ["schedules.x.cameras.0: there is no camera 'sid'; did you mean 'side'?"]


def test_two_cameras_made_in_python_cannot_be_one_device_either() -> None:
    one = Camera(device=DeviceRule(name="HD USB*"), capability=(Selector.parse("jpeg"),))
    assert said(Config, SMALLEST | {"cameras": {"side": one, "top": one}}) == [
        "cameras.top.device: is the device of 'side', too; each camera needs one of its own"
    ]


_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,10}", fullmatch=True).filter(
    lambda name: name.lower() not in ("all", "con", "prn", "aux", "nul")
)
_DURATIONS = st.integers(1000, 86_400_000).map(
    lambda ms: format_duration(timedelta(milliseconds=ms))
)
_SIZES = st.integers(10**6, 10**13).map(format_size_exactly)
_RULES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"always": True},
        {"daily": "20:00-08:00", "days": "fri-mon"},
        {"cron": "*/5 8-17 * * mon", "for": "1min 30s"},
        {"from": "2026-11-24T09:00", "to": "2026-11-24T09:00:01"},
        {"from": "2026-11-24T09:00", "for": "8h", "only": "2026-11-24..2026-11-25"},
        {"daily": ["06:00-07:00", "20:00-24:00"], "days": ["day 1-3", "day 8"]},
        {"zt": ["12-14", "23.512-1"], "lights_on": "07:00+05:30", "days": "sun"},
        {"zt": "0-24", "lights": "wall_clock", "mode": "skip_starts"},
        {"every": "90min", "for": "1min", "from": "2026-11-24T09:00Z", "to": "2026-11-29T09:00"},
        {"from": "2026-11-24T09:00+01:00", "to": "2026-11-24T17:30Z"},
    ]
)
_FILES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "cameras": st.dictionaries(_NAMES.map(str.lower), st.just(CAMERA), min_size=1, max_size=1),
        "schedules": st.dictionaries(
            _NAMES.map(str.lower),
            _RULES.map(
                lambda rule: {"cameras": "all", "except": ["2026-12-24..2026-12-26"]} | rule
            ),
            min_size=1,
            max_size=3,
        ),
    },
    optional={
        "segment": st.fixed_dictionaries({}, optional={"time": _DURATIONS, "size": _SIZES}),
        "storage": st.fixed_dictionaries({}, optional={"min_free": _SIZES, "root": _NAMES}),
        "about": st.dictionaries(_NAMES, st.text(max_size=5) | st.integers() | st.booleans()),
        "timezone": st.sampled_from(["UTC", "Asia/Tokyo"]),
    },
).map(lambda file: file | {"experiment": {"start": "2026-11-24", "lights_on": "7:00"}})


@given(_FILES)
def test_a_config_written_back_is_the_same_config(written: dict[str, object]) -> None:
    once = Config.model_validate(written)
    again = once.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert Config.model_validate(again) == once


def test_a_wrong_value_from_python_is_explained_in_the_same_words() -> None:
    assert said(Camera, {"device": {"id": "0"}, "capability": "jpg"}) == [
        "device.id: '0' is not a device's id; write a whole number such as 0",
        "capability: 'jpg' is not a term of a selector; write 'jpeg'",
    ]
    assert said(Server, 5) == [
        ": 5 stands here instead of keys; write {url: http://192.168.177.100:8000}"
    ]
