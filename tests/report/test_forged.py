"""Whatever stands in a journal, a report says no more than can be; and reads no file elsewhere."""

import contextlib
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from tests.cli.test_report import ALL, FILE, journal, report
from tests.export.filmed import filmed
from tests.support.years import SEGMENT, START, make_journal
from thorsched.base.errors import MachineError
from thorsched.catalogue.consulting import consulted
from thorsched.cli.report_table import shown
from thorsched.config.load import load
from thorsched.report.forms import as_csv, as_object
from thorsched.report.gathering import gather
from thorsched.report.page import page_of
from thorsched.report.period import Asked
from thorsched.report.pictures import contact_sheet
from thorsched.report.values import Report
from thorsched.report.words import headline, period
from thorsched.schedule.intervals import Window

DAY = timedelta(days=1)
FOUR_DAYS = Asked(start="2026-01-01", end="2026-01-05")
NEVER = "9999-12-31T23:59:59.999Z"
NOW = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A file that wants four days of two cameras, of which the first was recorded."""
    (tmp_path / "recordings.yaml").write_text(FILE)
    make_journal(tmp_path / "recordings", ["side", "top"], segments=144)
    return tmp_path


@contextlib.contextmanager
def forged(directory: Path) -> Iterator[sqlite3.Connection]:
    """Open the journal with tables that take anything."""
    with journal(directory) as rows:
        rows.execute("PRAGMA ignore_check_constraints = ON")
        yield rows


def told(directory: Path, asked: Asked = FOUR_DAYS) -> Report:
    loaded = load(directory / "recordings.yaml")
    return gather(loaded, asked, (), now=NOW, zone=ZoneInfo("UTC"))


def missing_s(found: Report) -> list[float]:
    return [camera.whole.missing_s for camera in found.cameras]


def test_a_last_pass_that_has_not_come_is_no_watch_that_was_kept(here: Path) -> None:
    assert missing_s(told(here)) == [3 * DAY.total_seconds()] * 2
    with journal(here) as rows:
        rows.execute(f"UPDATE runs SET last_pass = '{NEVER}', ended = NULL, how = NULL")
    found = told(here)
    assert missing_s(found) == [3 * DAY.total_seconds()] * 2
    (gap,) = found.cameras[0].whole.missing
    assert (gap.trouble.cause.value, gap.blame.value) == ("thorsched did not run", "us")
    assert any("the clock was ahead" in note for note in found.notes)
    ended = report(here, *ALL)
    assert ended.returncode == 2
    assert ended.stdout.startswith("INCOMPLETE: 2 of 2 cameras, 144 h missing")
    assert "the clock was ahead" in ended.stdout


def test_a_last_pass_behind_the_next_runs_beginning_is_none_either(here: Path) -> None:
    began = f"{START + 3 * DAY:%Y-%m-%dT%H:%M:%S.000Z}"
    last = f"{START + 4 * DAY:%Y-%m-%dT%H:%M:%S.000Z}"
    with journal(here) as rows:
        rows.execute(f"UPDATE runs SET last_pass = '{NEVER}', ended = NULL, how = NULL")
        row = (2, 43, "0.1.0", began, last, last, "SIGTERM")
        rows.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    found = told(here)
    assert missing_s(found) == [2 * DAY.total_seconds()] * 2
    assert any("the clock was ahead" in note for note in found.notes)


def test_a_run_that_began_by_a_clock_that_was_ahead_has_kept_no_watch(here: Path) -> None:
    with journal(here) as rows:
        times = f"began = '{NEVER}', last_pass = '{NEVER}', ended = NULL, how = NULL"
        rows.execute(f"UPDATE runs SET {times}")
        rows.execute("DELETE FROM recordings")
    assert missing_s(told(here)) == [3 * DAY.total_seconds()] * 2
    shown = Asked(start="2026-01-01T00:00Z")
    assert page_of(told(here, shown)).count("the clock was ahead") == 1


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE segments SET last_frame_end = '{NEVER}' WHERE rowid IN (144, 288)",
        f"UPDATE segments SET first_frame = '0001-01-01T00:00:00.000Z', last_frame_end = '{NEVER}'",
        """
        UPDATE segments SET frames = 300, last_frame_end = '2026-01-05T00:00:00.000Z'
        WHERE rowid IN (144, 288)
        """,
    ],
)
def test_a_segment_at_a_time_that_cannot_be_is_not_recorded(here: Path, sql: str) -> None:
    whole_s = told(here).cameras[0].whole.missing_s
    with journal(here) as rows:
        rows.execute(sql)
    found = told(here)
    assert all(one > whole_s for one in missing_s(found))
    assert any("not counted: what the journal says of the time" in note for note in found.notes)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE segments SET frames = x'00'",
        "UPDATE segments SET size_bytes = 9e999",
        "UPDATE segments SET last_frame_end = x'00' WHERE rowid = 1",
        f"UPDATE segments SET pauses = '{'[' * 100_000}'",
        "UPDATE segments SET pauses = '[[1, 2]]'",
        "UPDATE segments SET last_frame_end = '2026-01-01T00:10:00.000+01:00Z'",
        "UPDATE audits SET dropped = 'many'",
        "UPDATE audits SET dropped = -5",
        "UPDATE recordings SET camera = x'ff' WHERE camera = 'side'",
        "UPDATE recordings SET schedules = '[1]'",
        "UPDATE recordings SET start = '2026-01-00T00:00:00.000Z'",
        "INSERT INTO gaps VALUES ('side', '2026-01-01T00:00:00Z', NULL, 'unknown', x'1b')",
        "INSERT INTO gaps VALUES ('side', '2026-01-02T00:00:00Z', '2026-01-01', 'unknown', '')",
        "UPDATE runs SET pid = 'x'",
        "UPDATE runs SET last_pass = x'00'",
        "UPDATE runs SET began = '2026-01-01T00:00:00.000'",
    ],
)
def test_what_no_journal_holds_is_told_in_a_word(here: Path, sql: str) -> None:
    with forged(here) as rows:
        rows.execute(sql)
    with pytest.raises(MachineError, match=r"holds what no journal holds|cannot be read"):
        told(here)


def test_moments_that_no_clock_of_the_zone_can_show_stop_nothing(here: Path) -> None:
    (here / "recordings.yaml").write_text(FILE.replace("Europe/Berlin", "America/New_York"))
    with forged(here) as rows:
        rows.execute("UPDATE runs SET began = '0001-01-01T00:00:00.000Z'")
        rows.execute(
            "UPDATE segments SET first_frame = '0001-01-01T00:00:00.000Z' WHERE rowid = 60"
        )
    found = told(here)
    assert not found.is_complete
    assert "1-01-01 00:00:00 UTC" in page_of(found)
    with forged(here) as rows:
        rows.execute("UPDATE runs SET last_pass = '0001-01-01T00:00:00.000Z'")
    assert not told(here).is_complete


def test_from_the_year_1_on_is_told_from_the_first_thing_on_in_the_same_words(here: Path) -> None:
    found = told(here, Asked(start="0002-01-01", end="2026-01-05"))
    whole = told(here)
    assert found.period.start.year == 1, "in UTC"
    assert period(found).endswith("2-01-01 00:00:00 to Tue 2026-01-06 00:00:00 (Europe/Berlin)")
    assert headline(found) == headline(whole)
    assert missing_s(found) == missing_s(whole)
    days = [[day for day, _ in camera.days] for camera in found.cameras]
    assert days == [[day for day, _ in camera.days] for camera in whole.cameras]
    assert len(days[0]) == 5
    assert page_of(found).count("<svg") == 2
    with journal(here) as rows:
        rows.execute("DELETE FROM segments")
        rows.execute("DELETE FROM recordings")
        rows.execute("UPDATE runs SET last_pass = '2026-01-30T00:00:00Z', ended = NULL, how = NULL")
    (here / "recordings.yaml").write_text(FILE.replace("2026-01-05T01", "2026-01-01T02"))
    nothing = told(here, Asked(start="0002-01-01", end="2026-01-05"))
    assert headline(nothing) == "nothing was wanted"
    assert [len(camera.days) for camera in nothing.cameras] == [1, 1]


def test_a_camera_that_no_file_names_may_be_called_anything(here: Path) -> None:
    hostile = "\t=1\x1b[2J\n<b>\u202e"
    with journal(here) as rows:
        for table in ("recordings", "segments", "gaps"):
            rows.execute(f"UPDATE {table} SET camera = ? WHERE camera = 'side'", (hostile,))
    found = told(here)
    assert hostile in {camera.whole.camera for camera in found.cameras}
    screen = io.StringIO()
    Console(file=screen, width=200).print(shown(found))
    for text in (screen.getvalue(), as_csv(found), json.dumps(as_object(found)), page_of(found)):
        assert {"\x1b", "\u202e", "\t"}.isdisjoint(text)
    assert "<b>" not in page_of(found)
    assert "\\t=1" in as_csv(found)


def test_no_picture_is_read_of_a_file_that_is_not_below_the_root(here: Path) -> None:
    root, day = here / "recordings", here / "recordings" / "side" / "2026-01-01"
    day.mkdir(parents=True)
    outside = here / "outside"
    outside.mkdir()
    filmed(outside / "x.mkv", range(3))
    shutil.copy(outside / "x.mkv", day / "inside.mkv")
    (day / "file.mkv").symlink_to(outside / "x.mkv")
    (root / "side" / "away").symlink_to(outside)
    os.mkfifo(day / "fifo.mkv")
    forged_paths = [
        str(outside / "x.mkv"),
        "../outside/x.mkv",
        "side/../../outside/x.mkv",
        "side/2026-01-01/file.mkv",
        "side/away/x.mkv",
        "side/2026-01-01/fifo.mkv",
        ".thorsched/journal.sqlite3",
        "",
    ]
    with journal(here) as rows:
        rows.execute("DELETE FROM segments WHERE camera = 'side' AND rowid > 9")
        for number, path in enumerate(["side/2026-01-01/inside.mkv", *forged_paths], 1):
            rows.execute("UPDATE segments SET path = ? WHERE rowid = ?", (path, number))
    with consulted(root) as rows_read:
        sheet = contact_sheet(rows_read, root, "side", Window(START, START + 10 * SEGMENT))
    assert [bool(picture.jpeg) for picture in sheet] == [True] + [False] * len(forged_paths)
    assert {picture.why_not for picture in sheet[1:4]} == {"not below the storage root"}
    with journal(here) as rows:
        rows.execute("UPDATE segments SET path = x'00' WHERE rowid = 3")
    with pytest.raises(MachineError, match="holds what no journal holds"):
        page_of(told(here))
