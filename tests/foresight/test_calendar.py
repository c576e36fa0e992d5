"""What a file has recorded in the days to come, as values."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.values import FULL_HD, HD
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import Roster
from thorsched.catalogue.entries import Pause
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon
from thorsched.engine.pauses import Pauses
from thorsched.engine.sources import View
from thorsched.foresight.calendar import Calendar, Entry, amount, calendar
from thorsched.foresight.rates import Rate
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import ALWAYS, Window

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
WEEK = Window(NOW, NOW + timedelta(days=7))
SELECTOR = "jpeg 1280x720 @30fps"
DEVICES = [Device(number, "HD USB Camera", (HD, FULL_HD)) for number in range(2)]
THERE = View(Roster.unknown().fold(DEVICES, now_s=0))
GONE = Trouble(Cause.SERVER_UNREACHABLE, "nobody answers")
HORIZON = Horizon(ZoneInfo("UTC"))
RATE = Rate(1000.0, is_measured=False, why="estimated")


def made(
    schedules: Mapping[str, object],
    *,
    view: View = THERE,
    between: Window = WEEK,
    horizon: Horizon = HORIZON,
) -> Calendar:
    config = Config.model_validate(
        {
            "timezone": "Europe/Berlin",
            "cameras": {
                name: {"device": {"id": number}, "capability": SELECTOR}
                for number, name in enumerate(("side", "above"))
            },
            "schedules": schedules,
        }
    )
    return calendar(
        config,
        {config.server_of("side").url: view},
        between=between,
        horizon=horizon,
        rate_of=lambda _camera, _source: RATE,
    )


def test_entries_come_by_their_start_and_then_by_the_files_order() -> None:
    seen = made(
        {
            "nights": {"cameras": "all", "daily": "20:00-08:00"},
            "noons": {"cameras": ["above"], "daily": "12:00-13:00"},
        }
    )
    assert (seen.cameras, seen.zone.key) == (("side", "above"), "Europe/Berlin")
    assert [(entry.camera, entry.window.start.hour) for entry in seen.entries[:4]] == [
        ("side", 19),
        ("above", 19),
        ("above", 11),
        ("side", 19),
    ]
    first = seen.entries[0]
    assert first == Entry("side", first.window, ("nights",), SELECTOR, HD, RATE)
    assert first.size_bytes == 12 * 3600 * 1000


def test_a_window_that_runs_already_is_whole_and_only_its_time_inside_is_counted() -> None:
    entry = made({"day": {"cameras": ["side"], "daily": "12:00-18:00"}}).entries[0]
    assert entry.window.start == NOW - timedelta(hours=4)
    assert (entry.size_bytes, entry.bytes_within(WEEK)) == (6 * 3600_000, 2 * 3600_000)
    assert entry.bytes_within(Window(NOW + timedelta(days=20), NOW + timedelta(days=21))) == 0


def test_a_window_without_an_end_has_no_size_but_what_it_takes_a_day() -> None:
    entry = made({"ever": {"cameras": ["side"], "always": True}}).entries[0]
    assert (entry.window, entry.size_bytes) == (ALWAYS, None)
    assert entry.bytes_within(Window(NOW, NOW + timedelta(days=1))) == 86400 * 1000


def test_a_camera_that_cannot_be_recorded_has_its_windows_and_says_why() -> None:
    entry = made(
        {"ever": {"cameras": ["side"], "always": True}}, view=View(Roster.unknown(), GONE)
    ).entries[0]
    assert (entry.capability, entry.rate) == (None, RATE)
    assert (entry.selector, entry.trouble) == (SELECTOR, GONE)


def test_a_device_that_is_not_there_takes_no_room() -> None:
    gone = View(Roster.unknown().fold([], now_s=0))
    entry = made({"ever": {"cameras": ["side"], "always": True}}, view=gone).entries[0]
    assert (entry.rate, entry.bytes_within(WEEK)) == (None, None)
    assert str(amount([entry], WEEK)) == "?"


def test_a_schedule_that_asks_for_more_has_entries_of_its_own() -> None:
    seen = made(
        {
            "day": {"cameras": ["side"], "daily": "12:00-18:00"},
            "burst": {
                "cameras": ["side"],
                "daily": "14:00-14:10",
                "priority": 10,
                "capability": "jpeg 1920x1080 @30fps",
            },
        },
        between=Window(NOW - timedelta(hours=4), NOW + timedelta(hours=3)),
    )
    told = [(e.window.start.hour, e.selector, e.capability, e.schedules) for e in seen.entries]
    assert told == [
        (11, SELECTOR, HD, ("day",)),
        (13, "jpeg 1920x1080 @30fps", FULL_HD, ("day", "burst")),
        (13, SELECTOR, HD, ("day",)),
    ]


def test_what_is_paused_is_not_in_the_calendar() -> None:
    hours = [NOW + timedelta(hours=n) for n in range(7)]
    pause = Pause("a", "side", NOW, hours[0], hours[6], "cleaning")
    horizon = Horizon(ZoneInfo("UTC"), pauses=Pauses.of([pause]))
    nights = {"nights": {"cameras": "all", "daily": "20:00-08:00"}}
    first, *_ = [e for e in made(nights, horizon=horizon).entries if e.camera == "side"]
    assert first.window == Window(hours[6], hours[4] + timedelta(hours=12))


def test_a_window_by_another_zone_says_which() -> None:
    seen = made({"lights": {"cameras": ["side"], "daily": "07:00-08:00", "timezone": "Asia/Tokyo"}})
    assert {entry.zone for entry in seen.entries} == {ZoneInfo("Asia/Tokyo")}
