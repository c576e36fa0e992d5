"""How long the disk of a root lasts, as `check` tells it."""

import errno
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.values import FULL_HD, HD
from tests.support.waiting import PATIENCE_S
from tests.support.years import START, make_journal
from thorsched.base.units import format_utc
from thorsched.cameras.capability import Device
from thorsched.cameras.roster import Roster
from thorsched.catalogue.database import path_below
from thorsched.config.models import Config
from thorsched.engine.sources import View
from thorsched.foresight.disk import fullness
from thorsched.foresight.disk.filling import Looked, Stock, filling
from thorsched.foresight.disk.fullness import Filling
from thorsched.foresight.disk.state import look
from thorsched.foresight.findings import Verdict
from thorsched.foresight.patience import Patience
from thorsched.foresight.rates import Rate
from thorsched.foresight.readiness import examine
from thorsched.recording.trouble import Cause, Trouble

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 25, 17, tzinfo=UTC)
GB = 10**9
SERVER = "http://127.0.0.1:1"
NIGHTLY = {"nights": {"cameras": "all", "daily": "20:00-08:00"}}
DEVICES = (Device(0, "left", (HD,)), Device(1, "right", (HD,)))
BOTH = View(Roster.unknown().fold(DEVICES, now_s=0.0))
ONE = View(Roster.unknown().fold(DEVICES[:1], now_s=0.0))
OFF = View(Roster.unknown(), Trouble(Cause.SERVER_UNREACHABLE, "connection refused"))


def config_of(
    root: Path,
    schedules: Mapping[str, object],
    capability: str = "jpeg 720p @30fps",
    **keys: object,
) -> Config:
    return Config.model_validate(
        {
            "version": 1,
            "timezone": "America/New_York",
            "server": SERVER,
            "storage": {"root": str(root), "min_free": "20GB", **keys},
            "cameras": {
                "side": {"device": {"id": 0}, "capability": capability},
                "top": {"device": {"id": 1}, "capability": capability},
            },
            "schedules": schedules,
        }
    )


def seen(config: Config, free_gb: float, *, view: View = BOTH) -> Filling:
    looked = look(config, free_on=lambda _: round(free_gb * GB), patience=Patience())
    views = {SERVER: view}
    return filling(config, views, looked, stock=Stock(), now=NOW, zone=NEW_YORK)


def words(found: Filling) -> str:
    return fullness.in_words(found, NEW_YORK)


def test_when_a_disk_is_full_is_told_in_the_clocks_of_the_file(tmp_path: Path) -> None:
    found = seen(config_of(tmp_path, NIGHTLY), 1000)
    assert words(found) == (
        "full on Sat 2026-11-28 02:45 (needs 382 GB a day, 980 GB free above min_free 20GB); "
        "from then on no recording begins; "
        "a `keep` rule, a larger disk or a shorter schedule helps; "
        "rates: side 4.42 MB/s estimated, top 4.42 MB/s estimated"
    )
    assert fullness.is_short(found)


def test_what_lasts_for_weeks_is_no_reason_to_act_and_what_ends_too_early_is(
    tmp_path: Path,
) -> None:
    later = seen(config_of(tmp_path, NIGHTLY), 5000)
    assert words(later).startswith("full on Tue 2026-12-08 ")
    assert not fullness.is_short(later)
    ending = {"cameras": "all", "from": "2026-12-01T00:00", "to": "2026-12-11T00:00"}
    short = seen(config_of(tmp_path, {"pilot": ending}), 5000)
    assert words(short).startswith(
        "full on Mon 2026-12-07 12:21 (needs 7.64 TB until Fri 2026-12-11 00:00, 4.98 TB free "
    )
    assert fullness.is_short(short)


def test_a_schedule_that_asks_for_more_fills_the_disk_sooner(tmp_path: Path) -> None:
    view = View(Roster.unknown().fold([Device(0, "left", (HD, FULL_HD))], now_s=0.0))
    usual = {"ever": {"cameras": ["side"], "always": True}}
    noons = {"cameras": ["side"], "daily": "12:00-18:00", "priority": 1}
    asking = {**usual, "noons": {**noons, "capability": "jpeg 1920x1080 @30fps"}}
    plain, more = (seen(config_of(tmp_path, one), 10**6, view=view) for one in (usual, asking))
    assert plain.course is not None
    assert more.course is not None
    # Six hours of a day at 2.25 times as many pixels.
    grown = more.course.wanted_bytes / plain.course.wanted_bytes
    assert grown == pytest.approx(1 + 1.25 / 4, rel=0.01)
    assert words(more).endswith(
        "rates: side (jpeg 1920x1080 @30fps) 9.95 MB/s estimated, "
        "side (jpeg 1280x720 @30fps) 4.42 MB/s estimated"
    )


def test_what_is_recorded_for_a_schedule_alone_counts_as_that(tmp_path: Path) -> None:
    noons = {"cameras": ["side"], "daily": "12:00-18:00", "capability": "jpeg 1920x1080 @30fps"}
    found = seen(config_of(tmp_path, {"noons": noons}, "any"), 1000, view=OFF)
    assert words(found).endswith("rates: side 9.95 MB/s estimated")


def test_what_has_room_says_so(tmp_path: Path) -> None:
    ending = {"cameras": ["top"], "from": "2026-12-01T00:00", "to": "2026-12-02T00:00"}
    fits = seen(config_of(tmp_path, {"pilot": ending}), 1000)
    assert words(fits).startswith(
        "has room for all that is wanted (needs 382 GB until Wed 2026-12-02 00:00, "
    )
    lasts = seen(config_of(tmp_path, NIGHTLY), 10**6)
    assert words(lasts).startswith("lasts beyond Sun 2027-01-24 (needs 382 GB a day, ")
    assert not fullness.is_short(fits)
    assert not fullness.is_short(lasts)


def test_less_than_min_free_is_full_now(tmp_path: Path) -> None:
    assert words(seen(config_of(tmp_path, NIGHTLY), 19)).startswith("full now (")


def test_a_schedule_that_is_over_needs_nothing(tmp_path: Path) -> None:
    over = {"cameras": "all", "from": "2026-01-01T00:00", "to": "2026-01-02T00:00"}
    found = seen(config_of(tmp_path, {"pilot": over}), 100)
    assert found.needs == ()
    assert found.course is not None
    assert found.course.wanted_bytes == 0


def test_cameras_that_cannot_be_asked_count_as_their_selector_says(tmp_path: Path) -> None:
    config, anything = config_of(tmp_path, NIGHTLY), config_of(tmp_path, NIGHTLY, "any")
    assert "side 4.42 MB/s estimated, top 4.42" in words(seen(config, 1000, view=OFF))
    off = seen(anything, 1000, view=OFF)
    assert words(off).endswith("; not counted, for want of a rate: side, top")
    absent = seen(anything, 1000, view=ONE)
    assert words(absent).endswith(
        "rates: side 4.42 MB/s estimated; not counted, for want of a rate: top"
    )


def test_what_was_recorded_before_is_measured(tmp_path: Path) -> None:
    make_journal(tmp_path, ("side",), segments=50)
    attempted(tmp_path)
    found = seen(config_of(tmp_path, NIGHTLY), 1000)
    side, top = (need.rate for need in found.needs)
    assert side == Rate(2 * GB / 600, is_measured=True, why="measured from 50 segments")
    assert top == replace(side, why="measured from 50 segments of side")
    off = seen(config_of(tmp_path, NIGHTLY, "any"), 1000, view=OFF)
    assert [need.rate for need in off.needs] == [side, None]


def attempted(root: Path) -> None:
    """Write down of which capability the segments of a made journal are."""
    with closing(sqlite3.connect(path_below(root))) as journal, journal:
        journal.execute(
            "INSERT INTO attempts (id, run, camera, server, device_id, device_name, capability, "
            "encoding, port, pid, began) VALUES ('a', 1, 'side', '', 0, '', ?, 'jpeg', 1, 1, ?)",
            (HD.caps, format_utc(START)),
        )


def test_a_journal_that_cannot_be_read_measures_nothing(tmp_path: Path) -> None:
    make_journal(tmp_path, ("side",), segments=50)
    path_below(tmp_path).write_bytes(b"garbage")
    rate = seen(config_of(tmp_path, NIGHTLY), 1000).needs[0].rate
    assert rate is not None
    assert not rate.is_measured


def test_a_root_that_is_not_there_yet_fills_the_disk_that_it_will_be_on(tmp_path: Path) -> None:
    asked = []

    def free_on(place: Path) -> int:
        asked.append(place)
        return 1000 * GB

    found = look(config_of(tmp_path / "not" / "yet", NIGHTLY), free_on=free_on, patience=Patience())
    assert (asked, found) == ([tmp_path], Looked(1000 * GB))


def hung(until: threading.Event) -> None:
    until.wait(PATIENCE_S)


def test_a_disk_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    config, answers = config_of(tmp_path, NIGHTLY), threading.Event()
    patience = Patience(limit_s=0.01, answers=lambda _: hung(answers))
    looked = look(config, patience=patience)
    answers.set()
    silent = f"{tmp_path} does not answer: nothing was heard of it for 0 s"
    assert looked == Looked(None, silent)
    found = filling(config, {}, looked, stock=Stock(), now=NOW, zone=NEW_YORK)
    assert words(found) == f"how long it lasts is not known: {silent}"
    assert fullness.in_json(found)["free_bytes"] is None


def test_a_disk_that_fails_says_why(tmp_path: Path) -> None:
    def free_on(_: Path) -> int:
        raise OSError(errno.EIO, "Input/output error")

    looked = look(config_of(tmp_path, NIGHTLY), free_on=free_on, patience=Patience())
    assert looked.why_not == f"{tmp_path} does not tell what is free: Input/output error"


def test_check_warns_of_what_is_full_soon_and_tells_of_what_lasts(tmp_path: Path) -> None:
    config, views = config_of(tmp_path, NIGHTLY), {SERVER: OFF}

    def told(free_gb: float) -> list[tuple[Verdict, str]]:
        found = examine(
            config,
            now=NOW,
            zone=NEW_YORK,
            views=views,
            kept=None,
            filling=seen(config, free_gb),
            patience=Patience(),
        )
        return [(one.verdict, one.detail.split(" (")[0]) for one in found if one.subject == "disk"]

    assert told(1000) == [(Verdict.WARNING, "full on Sat 2026-11-28 02:45")]
    assert told(10**6) == [(Verdict.INFORMATION, "lasts beyond Sun 2027-01-24")]


def test_programs_are_told_the_same(tmp_path: Path) -> None:
    told = fullness.in_json(seen(config_of(tmp_path, NIGHTLY), 1000))
    assert told.pop("needs") == [
        {
            "camera": camera,
            "asked": "jpeg 1280x720 @30fps",
            "bytes_per_s": 4_423_680,
            "is_measured": False,
            "why": "estimated",
        }
        for camera in ("side", "top")
    ]
    days = told.pop("days")
    assert isinstance(days, list)
    assert len(days) == 60
    assert [(day["day"], day["free_bytes"] and day["free_bytes"] // GB) for day in days[:4]] == [
        ("2026-11-25", 872),
        ("2026-11-26", 490),
        ("2026-11-27", 108),
        ("2026-11-28", None),
    ]
    assert told == {
        "full": "2026-11-28T07:45:56.505Z",
        "until": "2027-01-24T17:00:00.000Z",
        "last_end": None,
        "free_bytes": 1000 * GB,
        "min_free_bytes": 20 * GB,
        "lowest_free_bytes": 20 * GB,
        "wanted_bytes": 22_934_480_486_400,
        "deleted_bytes": 0,
        "full_without_copies": None,
        "why_not": None,
    }
