"""Days and nights of a picture, in zones that do what zones do."""

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from thorsched.config.models import Config
from thorsched.picture import words
from thorsched.picture.axes import hours, utc_hours
from thorsched.picture.flags import flags
from thorsched.picture.nights import lights_of, nights_of
from thorsched.picture.scale import Scale, days_of, round_times
from thorsched.schedule.intervals import Window
from thorsched.schedule.localtime import midnight

HOUR = timedelta(hours=1)
CAMERA = {"device": {"id": 0}, "capability": "jpeg"}


def around(start: date, zone: ZoneInfo, *, days: int = 3, hour: int = 0) -> Window:
    """Return the time from one local hour to the same some days later."""
    ends = (midnight(day) + hour * HOUR for day in (start, start + timedelta(days=days)))
    first, last = (at.replace(tzinfo=zone).astimezone(UTC) for at in ends)
    return Window(first, last)


@pytest.mark.parametrize(
    ("name", "start", "lengths_h", "said"),
    [
        (
            "Europe/Berlin",
            date(2026, 3, 28),
            [24, 23, 24],
            "at 02:00 clocks go forward to 03:00",
        ),
        ("Europe/Berlin", date(2026, 10, 24), [24, 25, 24], "at 03:00 clocks go back to 02:00"),
        ("Australia/Lord_Howe", date(2026, 4, 4), [24, 24.5, 24], "back to 01:30"),
        (
            "Africa/Cairo",
            date(2026, 4, 23),
            [24, 23, 24],
            "at 00:00 clocks go forward to 01:00",
        ),
        ("Pacific/Apia", date(2011, 12, 28), [24, 24], ""),
        ("UTC", date(2026, 3, 28), [24, 24, 24], ""),
    ],
)
def test_days_are_as_long_as_clocks_make_them(
    name: str, start: date, lengths_h: list[float], said: str
) -> None:
    zone = ZoneInfo(name)
    days = list(days_of(around(start, zone), zone))
    assert [day.length / HOUR for day in days] == lengths_h
    changes = [words.change(day, zone) for day in days if day.change]
    assert [said in change for change in changes] == ([True] if said else [])


def test_hours_are_those_of_the_zones_clocks_each_once() -> None:
    zone = ZoneInfo("Europe/Berlin")
    between = around(date(2026, 3, 29), zone, days=1)
    told = [f"{at.astimezone(zone):%H}" for at in round_times(between, zone, every=HOUR)]
    assert told == ["00", "01", *(f"{hour:02}" for hour in range(3, 24)), "00"]


def config(**more: object) -> Config:
    return Config.model_validate({"timezone": "Europe/Berlin", "cameras": {"a": CAMERA}, **more})


EVER = {"ever": {"cameras": "all", "always": True}}
ZT = {"zt": {"cameras": "all", "zt": "12-14", "lights_on": "09:00+02:00"}}


@pytest.mark.parametrize(
    ("more", "dusks", "said"),
    [
        ({"schedules": EVER}, [18, 18], "18:00 to 06:00, local time"),
        (
            {"schedules": EVER, "experiment": {"start": "2026-10-20", "lights_on": "07:00"}},
            [19, 18],
            "lights go on at 07:00, by a clock that never changes",
        ),
        (
            {
                "schedules": EVER,
                "experiment": {
                    "start": "2026-10-20",
                    "lights_on": "07:00",
                    "lights": "wall_clock",
                },
            },
            [19, 19],
            "lights go on at 07:00, local time",
        ),
        ({"schedules": ZT}, [21, 20], "lights go on at 09:00+02:00"),
    ],
)
def test_the_dark_is_that_of_the_animals_where_the_file_says_when_their_lights_go_on(
    more: dict[str, object], dusks: list[int], said: str
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    between = around(date(2026, 10, 24), zone, days=2, hour=12)
    nights = nights_of(between, zone, lights_of(config(**more)))
    assert [night.start.astimezone(zone).hour for night in nights.windows] == dusks
    assert said in nights.words


def test_flags_stand_beside_each_other_inside_the_picture_and_hide_no_half_of_an_hour() -> None:
    between = around(date(2026, 10, 24), ZoneInfo("UTC"), days=1)
    scale = Scale(between, 100, 720)
    start = between.start
    now, full = flags((("now", start), ("disk full", start + HOUR / 4)), scale)
    assert (now.x, now.left) == (100, 100)
    assert full.x == 107.5
    assert full.left > now.left + now.width
    assert [tick.text for tick in hours(scale, ZoneInfo("UTC")) if now.hides(tick)] == ["01"]
    (late,) = flags((("now", between.end - HOUR / 60), ("disk full", None)), scale)
    assert late.left + late.width <= scale.right
    assert list(flags([("now", between.end)], scale)) == []


@pytest.mark.parametrize(
    ("length", "local", "utc"),
    [
        (timedelta(minutes=40), ["12:00", "12:05"], ["10:00", "10:05"]),
        (12 * HOUR, ["12", "13", "14"], ["10", "11"]),
        (7 * 24 * HOUR, ["12", "18", "06"], ["12", "18", "Sun", "06"]),
        (60 * 24 * HOUR, [], ["26 Oct", "2 Nov"]),
    ],
)
def test_hours_are_as_many_as_there_is_room_for(
    length: timedelta, local: list[str], utc: list[str]
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = around(date(2026, 10, 24), zone, hour=12).start
    scale = Scale(Window(start, start + length), 0, 730)
    assert [tick.text for tick in hours(scale, zone)][: len(local)] == local
    assert [tick.text for tick in utc_hours(scale)][: len(utc)] == utc
    if not local:
        assert list(hours(scale, zone)) == []
