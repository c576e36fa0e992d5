"""Every key of the file, edited, is told in the words of the file, and nothing else is."""

from collections.abc import Iterable
from typing import Any

import pytest
from pydantic import BaseModel

from thorsched.config.blocks import Camera, SegmentLimits, Server
from thorsched.config.blocks_storage import Storage
from thorsched.config.blocks_time import Schedule
from thorsched.config.comparison import camera_changes, file_changes, schedule_changes
from thorsched.config.models import Config

SIDE = {"device": {"id": 0}, "capability": "jpeg 720p"}
NIGHTS = {"cameras": "all", "daily": "20:00-08:00"}
# Told by `reload/edits/difference.py`, which knows what they come to; or names of such below.
WHENCE = {"url", "server", "device", "capability"}
PLAIN = {"version", "servers", "defaults", "cameras", "schedules", "storage", "segment"}


def file(**more: Any) -> Config:
    written = {"timezone": "Europe/Berlin", "experiment": {"start": "2026-11-24", "days": 14}}
    return Config.model_validate(
        {**written, "cameras": {"side": SIDE}, "schedules": {"nights": NIGHTS}, **more}
    )


def side(**more: Any) -> Config:
    return file(cameras={"side": {**SIDE, **more}})


def nights(**more: Any) -> Config:
    rule = {key: value for key, value in {**NIGHTS, **more}.items() if value is not None}
    return file(schedules={"nights": rule})


def server(**more: Any) -> Config:
    return file(server={"url": "http://192.168.177.100:8000", **more})


EDITS: dict[str, tuple[Config, str]] = {
    "timezone": (file(timezone="Asia/Tokyo"), "timezone: Europe/Berlin -> Asia/Tokyo"),
    "hooks": (file(hooks={"on_gap": ["me"]}), "hooks.on_gap: not set -> me"),
    "about": (file(about={"room": "010"}), "about.room: not set -> 010"),
    "experiment": (
        file(experiment={"start": "2026-11-25", "days": 14}),
        "experiment.start: 2026-11-24 -> 2026-11-25",
    ),
    "lead": (file(lead="5s"), "lead: 3s -> 5s"),
    "segment.time": (file(segment={"time": "300s"}), "segment.time: 10min -> 5min"),
    "segment.size": (file(segment={"size": "1000MB"}), "segment.size: 2GB -> 1GB"),
    "storage.root": (file(storage={"root": "/data"}), "storage.root: recordings -> /data"),
    "storage.template": (
        file(storage={"template": "{camera}_{start}"}),
        "storage.template: {camera}/{date}/{camera}_{start} -> {camera}_{start}",
    ),
    "storage.min_free": (file(storage={"min_free": "20GB"}), "storage.min_free: 5GB -> 20GB"),
    "storage.keep": (file(storage={"keep": {"age": "30d"}}), "storage.keep.age: not set -> 30d"),
    "storage.offload": (
        file(storage={"offload": {"to": "/mnt/nas"}}),
        "storage.offload.to: not set -> /mnt/nas",
    ),
    "server.ports": (server(ports="9001-9050"), "ports: 9001-9099 -> 9001-9050"),
    "server.latency": (server(latency="1s"), "latency: 500ms -> 1s"),
    "camera.segment": (side(segment={"time": "5min"}), "segment.time: 10min -> 5min"),
    "camera.keep": (side(keep={"size": "1TB"}), "keep.size: not set -> 1TB"),
    "camera.upgrade": (side(upgrade="at_once"), "upgrade: next_window -> at_once"),
    "camera.hold": (side(hold=True), "hold: false -> true"),
    "camera.about": (side(about={"subject": "m1"}), "about.subject: not set -> m1"),
    "schedule.daily": (
        nights(daily="21:00-08:00"),
        "schedule nights: daily 20:00-08:00 -> 21:00-08:00",
    ),
    "schedule.always": (
        nights(daily=None, always=True),
        "schedule nights: daily 20:00-08:00 -> always",
    ),
    "schedule.from to": (
        nights(**{"daily": None, "from": "2026-11-24T09:00", "to": "2026-11-24T17:30"}),
        "schedule nights: daily 20:00-08:00 -> from 2026-11-24T09:00, to 2026-11-24T17:30",
    ),
    "schedule.cron for": (
        nights(**{"daily": None, "cron": "0 * * * *", "for": "10min"}),
        "schedule nights: daily 20:00-08:00 -> cron 0 * * * *, for 10min",
    ),
    "schedule.every": (
        nights(**{"daily": None, "every": "2h", "for": "10min"}),
        "schedule nights: daily 20:00-08:00 -> every 2h, for 10min",
    ),
    "schedule.zt lights_on lights": (
        nights(daily=None, zt="12-14", lights_on="07:00", lights="wall_clock"),
        "schedule nights: daily 20:00-08:00 -> zt 12-14",
    ),
    "schedule.days": (
        nights(days="sat,sun"),
        "schedule nights: days not set -> sat,sun",
    ),
    "schedule.except mode": (
        nights(**{"except": "2026-12-24", "mode": "skip_starts"}),
        "schedule nights: except not set -> 2026-12-24",
    ),
    "schedule.only": (
        nights(only="2026-11-24..2026-12-07"),
        "schedule nights: only not set -> 2026-11-24..2026-12-07",
    ),
    "schedule.priority capability": (
        nights(priority=10, capability="jpeg 720p @120fps"),
        "schedule nights: capability not set -> jpeg 1280x720 @120fps",
    ),
    "schedule.segment storage": (
        nights(segment={"time": "1min"}, storage={"template": "{camera}_{start}"}),
        "schedule nights: storage.template not set -> {camera}_{start}",
    ),
    "schedule.timezone": (
        nights(timezone="Asia/Tokyo"),
        "schedule nights: timezone Europe/Berlin -> Asia/Tokyo",
    ),
    "schedule.enabled": (
        nights(enabled=False),
        "schedule nights (daily 20:00-08:00) is disabled",
    ),
    "schedule.cameras": (
        file(
            cameras={"side": SIDE, "top": {**SIDE, "device": {"id": 1}}},
            schedules={"nights": {**NIGHTS, "cameras": ["top"]}},
        ),
        "schedule nights (daily 20:00-08:00) has it no longer",
    ),
}


def changes(before: Config, after: Config) -> list[str]:
    return [
        *file_changes(before, after),
        *camera_changes(before, after, "side"),
        *schedule_changes(before, after, "side"),
    ]


@pytest.mark.parametrize(("new", "words"), EDITS.values(), ids=EDITS)
def test_an_edit_is_told_in_the_words_of_the_file(new: Config, words: str) -> None:
    assert words in changes(file(), new)
    assert changes(new, new) == []


def two(defaults: dict[str, Any], **own: Any) -> Config:
    """A file of `side`, which says nothing itself, and of `top`, which says all that is `own`."""
    top = {**SIDE, "device": {"id": 1}, **own}
    return file(defaults=defaults, cameras={"side": SIDE, "top": top})


@pytest.mark.parametrize(
    ("defaults", "own", "words"),
    [
        (
            {"segment": {"time": "5min"}},
            {"segment": {"time": "10min"}},
            "segment.time: 10min -> 5min",
        ),
        ({"segment": {"size": "1GB"}}, {"segment": {"size": "2GB"}}, "segment.size: 2GB -> 1GB"),
        ({"keep": {"age": "30d"}}, {"keep": {"age": "60d"}}, "keep.age: not set -> 30d"),
        ({"keep": {"size": "1TB"}}, {"keep": {"size": "2TB"}}, "keep.size: not set -> 1TB"),
        ({"hold": True}, {"hold": False}, "hold: false -> true"),
        (
            {"upgrade": "at_once"},
            {"upgrade": "next_window"},
            "upgrade: next_window -> at_once",
        ),
        ({"about": {"cage": 3}}, {"about": {"cage": 4}}, "about.cage: not set -> 3"),
    ],
    ids=str,
)
def test_an_edit_of_defaults_is_told_of_the_cameras_that_do_not_say_it_themselves(
    defaults: dict[str, Any], own: dict[str, Any], words: str
) -> None:
    before, after = two({}, **own), two(defaults, **own)
    assert camera_changes(before, after, "side") == (words,)
    assert camera_changes(before, after, "top") == ()
    assert file_changes(before, after) == ()


def test_an_edit_of_defaults_that_says_what_counts_anyway_is_told_of_no_camera() -> None:
    before = file(storage={"keep": {"age": "30d"}}, about={"cage": 3})
    said = {
        "segment": {"time": "600s"},
        "keep": {"age": "30d"},
        "hold": False,
        "about": {"cage": 3},
    }
    after = file(storage={"keep": {"age": "30d"}}, about={"cage": 3}, defaults=said)
    assert changes(before, after) == []


def test_what_defaults_say_may_be_moved_into_the_cameras_and_back() -> None:
    said = {"segment": {"time": "5min"}, "keep": {"size": "1TB"}, "about": {"cage": 3}}
    assert changes(file(defaults=said), side(**said)) == []
    assert changes(side(**said), file(defaults=said)) == []


def told(block: str, keys: Iterable[str]) -> set[str]:
    """Return those of `keys` of a block that no edit above is of."""
    edited = {name.removeprefix(block) for name in EDITS if name.startswith(block)}
    return set(keys) - {key for name in edited for key in name.split()}


@pytest.mark.parametrize(
    ("block", "model"),
    [
        ("", Config),
        ("storage.", Storage),
        ("segment.", SegmentLimits),
        ("server.", Server),
        ("camera.", Camera),
        ("schedule.", Schedule),
    ],
)
def test_no_key_of_the_file_is_forgotten(block: str, model: type[BaseModel]) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert told(block, keys) <= WHENCE | (PLAIN if not block else set())
