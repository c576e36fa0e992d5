"""When a camera is wanted next, as somebody reads it who looks at the clock on the wall."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from thorsched.config.models import Config
from thorsched.engine.outlook import Coming, Outlook, coming, outlooks

NEW_YORK = ZoneInfo("America/New_York")
CAMERAS = ("overhead", "side", "top")
# Tuesday, 22:00 in New York.
NOW = datetime(2026, 3, 4, 3, tzinfo=UTC)


def seen(*schedules: Mapping[str, object]) -> Outlook | None:
    config = Config.model_validate(
        {
            "server": "http://127.0.0.1:1",
            "experiment": {"start": "2026-02-01", "lights_on": "07:00"},
            "cameras": {"side": {"device": {"id": 0}, "capability": "jpeg 720p"}},
            "schedules": {
                f"s{number}": {"cameras": "all", **schedule}
                for number, schedule in enumerate(schedules)
            },
        }
    )
    return outlooks(config, now=NOW, zone=NEW_YORK)["side"]


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"always": True}, "now, without end"),
        ({"daily": "20:00-08:00"}, "now until Wed 2026-03-04 08:00 (America/New_York)"),
        ({"daily": "09:00-17:30"}, "next Wed 2026-03-04 09:00 to 17:30 (America/New_York)"),
        (
            {"daily": "23:00-07:00"},
            "next Tue 2026-03-03 23:00 to Wed 2026-03-04 07:00 (America/New_York)",
        ),
        (
            {"daily": "09:00-10:00", "timezone": "Europe/Berlin"},
            "next Wed 2026-03-04 09:00 to 10:00 (Europe/Berlin)",
        ),
        (
            {"cron": "30 * * * *", "for": "10s"},
            "next Tue 2026-03-03 22:30 to 22:30:10 (America/New_York)",
        ),
        (
            {"from": "2026-03-05T09:00", "to": "2026-03-06T09:00"},
            "next Thu 2026-03-05 09:00 to Fri 2026-03-06 09:00 (America/New_York)",
        ),
        (
            {"from": "2206-11-24T09:00", "to": "2206-11-24T17:00"},
            "next Mon 2206-11-24 09:00 to 17:00 (America/New_York)",
        ),
        (
            {"from": "2999-12-31T23:00", "to": "2999-12-31T24:00"},
            "next Tue 2999-12-31 23:00 to Wed 3000-01-01 00:00 (America/New_York)",
        ),
        (
            {"from": "1970-01-01T00:00", "to": "2999-12-31T24:00"},
            "now until Wed 3000-01-01 00:00 (America/New_York)",
        ),
        (
            {"from": "1970-01-01T00:00+18:00", "to": "1970-01-01T00:00-18:00"},
            "over since Thu 1970-01-01 13:00 (America/New_York)",
        ),
        (
            {"from": "2025-03-05T09:00", "to": "2025-03-05T10:00"},
            "over since Wed 2025-03-05 10:00 (America/New_York)",
        ),
        (
            {"from": "2026-03-04T00:00Z", "to": "2026-03-04T03:00Z"},
            "over since Tue 2026-03-03 22:00 (America/New_York)",
        ),
        (
            {"from": "2026-03-08T02:10", "to": "2026-03-08T02:50"},  # skipped by the clocks
            "never",
        ),
        (
            {
                "from": "2026-03-05T09:00",
                "to": "2026-03-05T10:00",
                "except": ["2026-03-05"],
            },
            "never",
        ),
        (
            {"from": "2026-03-03T21:30", "for": "1h"},
            "now until Tue 2026-03-03 22:30 (America/New_York)",
        ),
        (
            {"from": "2026-02-05T09:00", "to": "2026-02-07T09:00", "every": "7h", "for": "1h"},
            "over since Sat 2026-02-07 04:00 (America/New_York)",
        ),
        (
            {"from": "2206-11-24T09:00", "every": "7h", "for": "1h"},
            "next Mon 2206-11-24 09:00 to 10:00 (America/New_York)",
        ),
        (
            {"daily": "20:00-08:00", "days": "day 1-3, day 8"},
            "over since Mon 2026-02-09 08:00 (America/New_York)",
        ),
        (
            {"zt": "12-14", "days": "day 32"},
            "next Wed 2026-03-04 19:00 to 21:00 (America/New_York)",
        ),
        (
            {"daily": "20:00-08:00", "only": "2025-12-01..2025-12-24"},
            "over since Thu 2025-12-25 00:00 (America/New_York)",
        ),
        (
            {"cron": "0 9 1 * *", "for": "1h", "only": "2025-01-01..2025-12-24"},
            "over since Mon 2025-12-01 10:00 (America/New_York)",
        ),
        (
            {"daily": "20:00-08:00", "days": "day 1", "only": "2025-12-24", "mode": "skip_starts"},
            "never",
        ),
    ],
)
def test_what_comes_next_is_said_in_the_schedules_own_time(
    schedule: dict[str, object], words: str
) -> None:
    assert str(seen(schedule)) == words


def test_of_several_schedules_the_one_that_comes_next_is_told() -> None:
    over = {"from": "2025-03-05T09:00", "to": "2025-03-05T10:00"}
    tokyo = {"daily": "20:00-21:00", "timezone": "Asia/Tokyo"}
    assert str(seen(over, tokyo)) == "next Wed 2026-03-04 20:00 to 21:00 (Asia/Tokyo)"


def test_of_several_that_are_over_the_last_end_is_told() -> None:
    first = {"from": "2025-03-05T09:00", "to": "2025-03-05T10:00"}
    second = {"from": "2025-06-05T09:00", "to": "2025-06-05T10:00"}
    assert str(seen(second, first)) == "over since Thu 2025-06-05 10:00 (America/New_York)"


def test_a_camera_that_no_enabled_schedule_names_has_no_outlook() -> None:
    assert seen({"always": True, "enabled": False}) is None


def test_what_begins_first_is_told_with_all_whose_it_is() -> None:
    cameras = {
        name: {"device": {"id": number}, "capability": "jpeg 720p"}
        for number, name in enumerate(CAMERAS)
    }
    schedules = {
        "nights": {"cameras": ["overhead", "side"], "daily": "23:00-07:00"},
        "days": {"cameras": "all", "daily": "09:00-17:00"},
        "once": {"cameras": ["side"], "from": "2026-03-03T23:00", "to": "2026-03-03T23:30"},
        "over": {"cameras": ["top"], "from": "2025-03-05T09:00", "to": "2025-03-05T10:00"},
    }
    file = {"server": "http://127.0.0.1:1", "cameras": cameras}
    config = Config.model_validate({**file, "schedules": schedules})
    assert coming(config, now=NOW, zone=NEW_YORK) == Coming(
        "Tue 2026-03-03 23:00 (America/New_York)", ("nights", "once"), ("overhead", "side")
    )
    over = Config.model_validate({**file, "schedules": {"over": schedules["over"]}})
    assert coming(over, now=NOW, zone=NEW_YORK) is None
