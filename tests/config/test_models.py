"""What right values become, and what is said about wrong ones."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.config.files import RIGHT, complaints, with_schedule
from thorsched.base.units import format_duration, format_size_exactly
from thorsched.cameras.binding import DeviceRule
from thorsched.cameras.selector import Encoding, Selector
from thorsched.config.blocks import Camera, SegmentLimits, Server
from thorsched.config.blocks_time import Schedule
from thorsched.config.models import Config
from thorsched.config.problems import problems_in
from thorsched.config.rules import Always, Cron, Daily, Rule, Span, WallTime

CAMERA: dict[str, Any] = {"device": {"id": 0}, "capability": "jpeg 1280x720 @30fps"}
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
        ({"daily": "20:00-08:00"}, Daily(WallTime(20), WallTime(8))),
        (
            {"daily": "20:00-24:00", "days": ["mon", "wed"], "always": False},
            Daily(WallTime(20), WallTime(24), frozenset({0, 2})),
        ),
        ({"cron": "0  * * * *", "for": "10min"}, Cron("0 * * * *", timedelta(minutes=10))),
    ],
)
def test_a_schedule_has_the_rule_that_its_keys_say(keys: dict[str, object], rule: Rule) -> None:
    assert schedule(**keys).rule == rule


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
    assert made.cameras_of("here") == made.cameras_of("there") == ("side",)


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
        schedules={"nights": Schedule(cameras=("side",), daily=(WallTime(20), WallTime(8)))},
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
)


@given(_FILES)
def test_a_config_written_back_is_the_same_config(written: dict[str, object]) -> None:
    once = Config.model_validate(written)
    again = once.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert Config.model_validate(again) == once


@pytest.mark.parametrize(
    ("line", "wrong", "message"),
    [
        ("version: 2", "1:10", "version: 2 is not a version that this thorsched reads; write 1"),
        (
            "version: true",
            "1:10",
            "version: true is not a version that this thorsched reads; write 1",
        ),
        ("timezone: EST", "1:11", "timezone: 'EST' names an offset, not a place and its clock"),
        (
            "timezone: America/New_Yrok",
            "1:11",
            "timezone: 'America/New_Yrok' is not a time zone; did",
        ),
        ("timezone: 5", "1:11", "timezone: 5 is not read as text; put it in quotes: '5'"),
        ("lead: 3", "1:7", "lead: 3 has no unit; write 3ms or 3s or 3min"),
        ("lead: 1h", "1:7", "lead: 1h is not from 0s to 10min"),
        ("lead: soon", "1:7", "lead: 'soon' is not a duration; write a number with its unit"),
        ("lead: 10 seconds", "1:7", "lead: '10 seconds' is not a duration; write 10s"),
        (
            "segment: {time: 1 hour 30 mins}",
            "1:17",
            "segment.time: '1 hour 30 mins' is not a duration; write 1h 30min",
        ),
        ("segment: {time: 10m}", "1:17", "segment.time: '10m' is not a duration; write 10min"),
        ("segment: {size: 2}", "1:17", "segment.size: 2 has no unit; write 2MB, 2GB or 2TB"),
        ("segment: {size: 10kB}", "1:17", "segment.size: 10KB is less than 1MB"),
        ("segment: {size: 2 gigs}", "1:17", "segment.size: '2 gigs' is not a size; write a number"),
        (
            "segment: 10min",
            "1:10",
            "segment: '10min' stands here instead of keys; write {time: 10min",
        ),
        ("storage: {root: ''}", "1:17", "storage.root: '' is not a directory; write for instance"),
        ("storage: {root: 7}", "1:17", "storage.root: 7 is not read as text; put it in quotes"),
        ("storage: {root: 'D:\\data'}", "1:17", "storage.root: 'D:\\data' is a path of Windows"),
        ("storage: {root: ~nobody-here/x}", "1:17", "storage.root: '~nobody-here/x': no user of"),
        ("storage: {keep: {}}", "1:17", "storage.keep: is empty; write {age: 30d, size: 4TB}"),
        (
            "storage: {template: '{camera}'}",
            "1:21",
            "storage.template: '{camera}' lacks {start}: wi",
        ),
        (
            "storage: {template: '{date}'}",
            "1:21",
            "storage.template: '{date}' lacks {camera} and {st",
        ),
        (
            "storage: {template: '{camra}'}",
            "1:21",
            "storage.template: '{camra}' is not known; did you",
        ),
        (
            "storage: {template: '../{camera}{start}'}",
            "1:21",
            "storage.template: '../{camera}{start}' is",
        ),
        (
            "storage: {template: '/x/{camera}{start}'}",
            "1:21",
            "storage.template: '/x/{camera}{start}' is",
        ),
        (
            "storage: {template: '%n{camera}{start}'}",
            "1:21",
            "storage.template: '%n{camera}{start}' is",
        ),
        (
            "about: {subject: [a, b]}",
            "1:18",
            "about.subject: a list stands here; it takes one text",
        ),
        ("about: {dose: .nan}", "1:15", "about.dose: nan is no number; put it in quotes"),
        ("about: m042", "1:8", "about: 'm042' stands here; it takes keys of your own"),
        (
            "output_dir: x",
            "1:1",
            "output_dir: there is no such key here; write storage: {root: ./rec",
        ),
        ("shedules: x", "1:1", "shedules: there is no such key here; did you mean 'schedules'?"),
        ("qqqq: x", "1:1", "qqqq: there is no such key here; it takes version, timezone, servers"),
    ],
)
def test_a_wrong_line_says_what_would_be_right(line: str, wrong: str, message: str) -> None:
    [mistake] = complaints(f"{line}\n{RIGHT}")
    assert mistake.startswith(f"{wrong}: {message}")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "192.168.177.100:8000",
            "does not begin with http://; write it as http://192.168.177.100:8000",
        ),
        ("rig", "does not begin with http://; write it as http://rig:8000"),
        (
            "http://192.168.177.100",
            "names no port (ThorVision's is 8000); write it as http://192.168.177.100:8000",
        ),
        ("https://h:8000", "does not speak; write it as http://h:8000"),
        ("http://user:secret@h:8000", "holds a user name or password"),
        ("http://h:8000/?x=1", "has more than a host and a port"),
        ("http://h:99999", "a port is a number from 1 to 65535"),
        ("ftp://h:1", "does not begin with http://"),
        ("http://:8000", "names no host"),
    ],
)
def test_a_wrong_address_says_how_it_is_written_and_no_secret(value: str, message: str) -> None:
    [mistake] = complaints(RIGHT.replace("http://127.0.0.1:8000", value))
    assert mistake.startswith("1:9: server: ")
    assert message in mistake
    assert "secret" not in mistake


@pytest.mark.parametrize(
    ("ports", "message"),
    [
        ("9099-9001", "'9099-9001' ends before it begins; write 9001-9099"),
        ("80-90", "'80-90': ports are from 1024 to 65535; write 9001-9099"),
        ("70000", "70000: ports are from 1024 to 65535; write 9001-9099"),
        ("many", "'many' is not a range of ports; write 9001-9099"),
    ],
)
def test_wrong_ports_say_which_are_right(ports: str, message: str) -> None:
    text = RIGHT.replace(
        "server: http://127.0.0.1:8000", f"server: {{url: http://h:1, ports: {ports}}}"
    )
    assert complaints(text) == [f"1:34: server.ports: {message}"]


@pytest.mark.parametrize(
    ("block", "mistake"),
    [
        ("{cameras: all, daily: 8-20}", "8:33: schedules.nights.daily: '8' is not a"),
        ("{cameras: all, daily: 20}", "8:33: schedules.nights.daily: 20 is not read as text"),
        (
            "{cameras: all, daily: 08:00-08:00}",
            "8:33: schedules.nights.daily: 08:00-08:00 starts where",
        ),
        (
            "{cameras: all, daily: 08:00-09:00, days: mon-fry}",
            "8:52: schedules.nights.days: 'fry' is not",
        ),
        (
            "{cameras: all, daily: 08:00-09:00, days: [mon, 2]}",
            "8:58: schedules.nights.days[1]: 2 is not",
        ),
        (
            "{cameras: all, cron: 0 * * *, for: 1min}",
            "8:32: schedules.nights.cron: '0 * * *' is not a",
        ),
        (
            "{cameras: all, cron: 0 0 30 2 *, for: 1min}",
            "8:32: schedules.nights.cron: cron '0 0 30 2 *'",
        ),
        (
            "{cameras: all, cron: 0 0 1 * *, for: 5}",
            "8:48: schedules.nights.for: 5 has no unit; write 5s",
        ),
        (
            "{cameras: all, from: 2026-11-24, to: 2026-11-25T09:00}",
            "8:32: schedules.nights.from: '2026-11",
        ),
        (
            "{cameras: all, always: yes}",
            "8:34: schedules.nights.always: 'yes' is neither true nor false; write true",
        ),
        (
            "{cameras: all, always: true, enabled: no}",
            "8:49: schedules.nights.enabled: 'no' is neither true nor false; write false",
        ),
        (
            "{cameras: all, always: true, enabled: 1}",
            "8:49: schedules.nights.enabled: 1 is neither true nor false; write true or false",
        ),
        (
            "{cameras: all, always: true, mode: clp}",
            "8:46: schedules.nights.mode: 'clp' is not a mode; write clip or skip_starts",
        ),
        (
            "{cameras: all, always: true, except: [2026-12-26..2026-12-24]}",
            "8:49: schedules.nights.except[0]: ",
        ),
        (
            "{cameras: all, always: true, except: [2026-13-24]}",
            "8:49: schedules.nights.except[0]: '2026-13-24",
        ),
        (
            "{cameras: side, always: true}",
            "8:21: schedules.nights.cameras: 'side' is not a list of cameras; write [side] or all",
        ),
        (
            "{cameras: [], always: true}",
            "8:21: schedules.nights.cameras: no camera; write for instance",
        ),
        (
            "{cameras: [all], always: true}",
            "8:21: schedules.nights.cameras: 'all' stands in a list; write all",
        ),
        (
            "{cameras: [side, side], always: true}",
            "8:28: schedules.nights.cameras[1]: 'side' stands here twice",
        ),
        (
            "{always: true}",
            "8:3: schedules.nights.cameras: is missing; write for instance cameras: all",
        ),
        (
            "{cameras: all, start: 2026-11-24T09:00, always: true}",
            "8:26: schedules.nights.start: there is no such key here; write from: 2026-11-24T09:00",
        ),
    ],
)
def test_a_wrong_schedule_says_what_would_be_right(block: str, mistake: str) -> None:
    [only] = complaints(with_schedule(block))
    assert only.startswith(mistake)


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("device: 1", "4:13: cameras.side.device: 1 stands here instead of keys; write {id: 1}"),
        (
            "device: HD USB*",
            "4:13: cameras.side.device: 'HD USB*' stands here instead of keys; write {name: \"HD USB*\"}",
        ),
        (
            "device: {}",
            '4:13: cameras.side.device: is empty; write {id: 0} or {name: "HD USB Camera*"} or both keys',
        ),
        (
            "device: {id: -1}",
            "4:18: cameras.side.device.id: -1 is not a device's id; write a whole number such as 0",
        ),
        (
            "device: {id: 010}",
            "4:18: cameras.side.device.id: '010' is not a device's id; write a whole number such as 0",
        ),
        (
            "device: {name: 1234}",
            "4:20: cameras.side.device.name: 1234 is not read as text; put it in quotes: '1234'",
        ),
        (
            "device: {name: ' '}",
            '4:20: cameras.side.device.name: an empty name fits no device; write for instance "HD USB Camera*"',
        ),
        (
            "device: {nam: x}",
            "4:14: cameras.side.device.nam: there is no such key here; did you mean 'name'?",
        ),
    ],
)
def test_a_wrong_device_says_what_would_be_right(line: str, mistake: str) -> None:
    assert complaints(RIGHT.replace("device: {id: 0}", line)) == [mistake]


@pytest.mark.parametrize(
    ("value", "mistake"),
    [
        (
            "jpeg 1920x1080p",
            "5:22: cameras.side.capability: '1920x1080p' is not",
        ),
        ("[jpeg 720p, jpeg 19 @30fps]", "5:34: cameras.side.capability[1]: '19' is not"),
        ("[jpeg 720p, 'raw \"x']", "5:34: cameras.side.capability[1]: '\"x' is not"),
        ("[]", "5:17: cameras.side.capability: an empty list; write for instance"),
        ("{codec: jpeg}", "5:17: cameras.side.capability: a block of keys stands here; write jpeg"),
        ("720", "5:17: cameras.side.capability: 720 is not read as text; put it in quotes"),
        ('"jpeg \\x31 @30"', "5:23: cameras.side.capability: '1' is not"),
    ],
)
def test_a_wrong_selector_is_shown_at_its_very_character(value: str, mistake: str) -> None:
    [only] = complaints(RIGHT.replace("jpeg 1280x720 @30fps", value))
    assert only.startswith(mistake)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "my cam",
            "'my cam' cannot be a name; a name becomes a directory: up to 64 letters, digits, - and _, such as 'my-cam'",
        ),
        (
            "../x",
            "'../x' cannot be a name; a name becomes a directory: up to 64 letters, digits, - and _, such as 'x'",
        ),
        ("'%n'", "'%n' cannot be a name; "),
        (
            "'\"'",
            "'\"' cannot be a name; a name becomes a directory: up to 64 letters, digits, - and _",
        ),
        ("'x\" filesrc'", "cannot be a name; "),
        ("x" * 300, "cannot be a name; "),
        ("\u05d0\u05d1", "cannot be a name; "),
        ("a\u202eb", "cannot be a name; "),
        ("CON", "'CON' is a device on Windows; write another name"),
        ("lpt1", "'lpt1' is a device on Windows; write another name"),
        ("All", "'all' means every camera in a schedule; write another name"),
    ],
)
def test_a_name_that_could_not_be_a_directory_everywhere_is_refused(
    name: str, message: str
) -> None:
    [mistake] = complaints(RIGHT.replace("  side:", f"  {name}:"))
    assert mistake.startswith("3:3: cameras.")
    assert message in mistake
    assert mistake.isprintable()


def test_no_name_holds_a_newline() -> None:
    [mistake] = complaints(RIGHT.replace("  side:", '  "a\\nb":'))
    assert "cannot be a name" in mistake
    assert "\n" not in mistake


def test_a_wrong_value_from_python_is_explained_in_the_same_words() -> None:
    assert said(Camera, {"device": {"id": "0"}, "capability": "jpg"}) == [
        "device.id: '0' is not a device's id; write a whole number such as 0",
        "capability: 'jpg' is not a term of a selector; write 'jpeg'",
    ]
    assert said(Server, 5) == [
        ": 5 stands here instead of keys; write {url: http://192.168.177.100:8000}"
    ]


@pytest.mark.parametrize(
    ("selector", "mistakes"),
    [
        (
            "jepg 1280by720 @fast maxx",
            [
                "5:17: cameras.side.capability: 'jepg' is not a term of a selector; did you mean",
                "5:22: cameras.side.capability: '1280by720' is not a term of a selector; terms are",
                "5:33: cameras.side.capability: 'fast' is not a rate; one is 30",
                "5:38: cameras.side.capability: 'maxx' is not a term of a selector; did you mean",
            ],
        ),
        (
            "mjpeg 1280x720 30fps",
            [
                "5:17: cameras.side.capability: 'mjpeg' is not a term of a selector; write 'jpeg'",
                "5:32: cameras.side.capability: '30fps' is not a term of a selector; write '@30fps'",
            ],
        ),
        ("1280 x 720 @30fps", ["5:17: cameras.side.capability: '1280' is not a term"]),
        ("jpeg 720p @ fast fps", ["5:29: cameras.side.capability: 'fast' is not a rate"]),
        ("jpeg jpeg 720p", ["5:22: cameras.side.capability: a second codec"]),
        (
            "[jpeg 720q, raww @3o]",
            [
                "5:23: cameras.side.capability[0]: '720q' is not a term of a selector",
                "5:29: cameras.side.capability[1]: 'raww' is not a term of a selector",
                "5:35: cameras.side.capability[1]: '3o' is not a rate",
            ],
        ),
    ],
)
def test_every_word_of_a_selector_that_is_wrong_by_itself_is_pointed_at(
    selector: str, mistakes: list[str]
) -> None:
    found = complaints(RIGHT.replace("jpeg 1280x720 @30fps", selector))
    assert len(found) == len(mistakes)
    for mistake, wanted in zip(found, mistakes, strict=True):
        assert mistake.startswith(wanted)


def test_a_needed_key_that_is_misspelt_is_one_mistake() -> None:
    assert complaints(RIGHT.replace("cameras:\n", "Cameras:\n")) == [
        "2:1: Cameras: there is no such key here; did you mean 'cameras'?"
    ]


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("./recs", "{root: ./recs}"),
        ("/data/a b", "{root: /data/a b}"),
        ("5", "{root: ./recordings}"),
    ],
)
def test_a_storage_that_is_a_path_is_shown_as_its_root(written: str, right: str) -> None:
    [mistake] = complaints(RIGHT + f"storage: {written}\n")
    assert mistake.endswith(f"stands here instead of keys; write {right}")
