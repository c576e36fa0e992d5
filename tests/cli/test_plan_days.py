"""The days to come as a person reads them: times, sizes, many windows in few lines."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.values import HD
from thorsched.cli.console import plain
from thorsched.cli.plan.days import calendar_text
from thorsched.config.blocks_time import Experiment
from thorsched.foresight.calendar import Calendar, Entry
from thorsched.foresight.rates import Rate
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import ALWAYS, Window

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
MEASURED = Rate(10**6, is_measured=True, why="measured from 144 segments")
ESTIMATED = Rate(10**6, is_measured=False, why="estimated")
GONE = Trouble(Cause.NO_DEVICE, "no device fits id 0; the server offers none")
SELECTOR = "jpeg 1280x720 @30fps"


def entry(
    start: datetime | None,
    end: datetime | None,
    *,
    rate: Rate | None = ESTIMATED,
    trouble: Trouble | None = None,
    zone: ZoneInfo | None = None,
) -> Entry:
    window = Window(start or ALWAYS.start, end or ALWAYS.end)
    capability = None if trouble else HD
    return Entry("side", window, ("nights",), SELECTOR, capability, rate, zone, trouble)


def lines(
    *entries: Entry,
    start: datetime = NOW,
    days: int = 7,
    zone: ZoneInfo = BERLIN,
    one_by_one: bool = False,
    experiment: Experiment | None = None,
) -> Sequence[str]:
    """Return what is told between the title and the sums."""
    between = Window(start, start + timedelta(days=days))
    seen = Calendar(between, zone, ("side",), entries)
    text = plain(calendar_text(seen, experiment, one_by_one=one_by_one))
    return text.partition("\n")[2].partition("\nin all")[0].strip().splitlines()


def bursts(count: int, every: timedelta, *, start: datetime = NOW) -> list[Entry]:
    starts = [start + n * every for n in range(count)]
    return [entry(one, one + timedelta(minutes=1)) for one in starts]


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (
            entry(NOW + timedelta(hours=4), NOW + timedelta(hours=16)),
            "20:00 - 08:00 (+1)  19:00Z - 07:00Z  nights",
        ),
        (
            entry(NOW - timedelta(days=1), NOW + timedelta(days=2)),
            "Mon 2026-11-23 16:00 - 16:00 (+3)  15:00Z - 15:00Z  nights",
        ),
        (
            entry(NOW + timedelta(seconds=30), NOW + timedelta(minutes=1)),
            "16:00:30 - 16:01    15:00:30Z - 15:01Z  nights",
        ),
        (entry(None, None), "always                               nights"),
        (entry(NOW, None), "16:00 and no end    15:00Z           nights"),
        (
            entry(None, NOW + timedelta(hours=1)),
            "until Tue 2026-11-24 17:00  16:00Z           nights",
        ),
        (
            entry(NOW, NOW + timedelta(hours=1), zone=ZoneInfo("Asia/Tokyo")),
            "Wed 2026-11-25 00:00 - 01:00  15:00Z - 16:00Z  nights (Asia/Tokyo)",
        ),
    ],
)
def test_a_window_is_told_in_local_time_and_utc(one: Entry, told: str) -> None:
    assert lines(one)[1].strip() == told


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (entry(NOW, NOW + timedelta(hours=1), rate=MEASURED), f"{SELECTOR} 3.6 GB"),
        (entry(NOW, NOW + timedelta(hours=1)), f"{SELECTOR} ~3.6 GB"),
        (entry(NOW, NOW + timedelta(hours=1), rate=None), f"{SELECTOR} ?"),
        (entry(NOW, None), f"{SELECTOR} ~86.4 GB a day"),
        (
            entry(NOW, NOW + timedelta(hours=1), rate=None, trouble=GONE),
            f"? no such device: {SELECTOR}",
        ),
    ],
)
def test_its_size_says_whether_it_is_measured_estimated_or_not_known(one: Entry, told: str) -> None:
    assert " ".join(lines(one)[2].split()) == f"side {told}"


def test_windows_at_equal_distances_are_one_line_unless_they_are_asked_for_one_by_one() -> None:
    ten = bursts(12, timedelta(minutes=10))
    run = "16:00 - 16:01       15:00Z - 15:01Z  nights  12x every 10min, until 17:51"
    assert [line.strip() for line in lines(*ten)[1:2]] == [run]
    assert len(lines(*ten)) == 3
    assert len(lines(*ten, one_by_one=True)) == 1 + 2 * 12
    assert len(lines(*bursts(2, timedelta(minutes=10)))) == 1 + 2 * 2


def test_of_many_days_those_that_are_alike_are_told_once() -> None:
    noons = bursts(60, timedelta(days=1), start=datetime(2026, 11, 25, 11, tzinfo=UTC))
    told = lines(*noons, days=61)
    assert told[0].startswith("Wed 2026-11-25 to Sat 2027-01-23, each   ~60 MB")
    assert len(told) == 3
    assert len(lines(*noons, days=61, one_by_one=True)) == 60 * 4 - 1
    assert len(lines(*noons, days=7)) == 7 * 4 - 1


@pytest.mark.parametrize(
    ("day", "zone", "note"),
    [
        ("2026-10-25", "Europe/Berlin", "the clocks change: a day of 25 h"),
        ("2026-03-08", "America/New_York", "the clocks change: a day of 23 h"),
        ("2026-04-05", "Australia/Lord_Howe", "the clocks change: a day of 24 h 30 min"),
        ("2026-11-24", "Europe/Berlin", ""),
    ],
)
def test_a_day_on_which_clocks_change_says_how_long_it_is(day: str, zone: str, note: str) -> None:
    there = ZoneInfo(zone)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=there).astimezone(UTC)
    heading, *_ = lines(entry(noon, noon + timedelta(hours=1)), start=noon, days=1, zone=there)
    assert heading.partition(" GB")[2].strip() == note


def test_a_calendar_without_windows_says_so() -> None:
    assert lines() == ["nothing is recorded in that time"]


def test_days_of_the_experiment_are_told_by_their_numbers_and_others_not() -> None:
    experiment = Experiment.model_validate({"start": "2026-11-25", "days": 2})
    nights = [entry(NOW + timedelta(days=n), NOW + timedelta(days=n, hours=1)) for n in range(4)]
    told = [line for line in lines(*nights, experiment=experiment) if line.startswith(tuple("TWF"))]
    assert [line.partition("   ")[2] for line in told] == [
        "~3.6 GB",
        "day 1   ~3.6 GB",
        "day 2   ~3.6 GB",
        "~3.6 GB",
    ]
