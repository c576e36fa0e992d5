"""A pause is named in every form of a report, and costs neither coverage nor verdict."""

import contextlib
import csv
import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from tests.support.pauses import asked
from tests.support.years import SEGMENT, START, make_journal
from thorsched.base.units import format_utc
from thorsched.catalogue.database import path_below
from thorsched.catalogue.pausefile import pause_file, rewrite
from thorsched.cli.console import plain
from thorsched.cli.report_table import shown
from thorsched.config.load import load
from thorsched.report.forms import as_csv, as_object
from thorsched.report.gathering import gather
from thorsched.report.page import page_of
from thorsched.report.period import Asked
from thorsched.report.values import Report

SCHEMA = Path(__file__).parents[2] / "schemas" / "report.schema.json"
FILE = """\
timezone: Europe/Berlin
storage: {root: ./recordings}
server: http://127.0.0.1:9
cameras: {side: {device: {id: 0}, capability: jpeg}}
schedules: {ever: {cameras: all, from: 2026-01-01T01:00, to: 2026-01-02T01:00}}
"""
WHY = "cleaning </title><script>alert(1)</script>\x1b[2J"
FROM, TO = START + 5 * SEGMENT, START + 8 * SEGMENT
NIGHT = ("2026-01-01T00:00Z", "2026-01-01T02:00Z")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file whose journal has two hours, but for half an hour in which the camera was paused."""
    file = tmp_path / "recordings.yaml"
    file.write_text(FILE)
    root = tmp_path / "recordings"
    make_journal(root, ["side"], segments=12)
    with contextlib.closing(sqlite3.connect(path_below(root))) as journal, journal:
        start, end = format_utc(FROM), format_utc(TO)
        journal.execute("DELETE FROM segments WHERE first_frame BETWEEN ? AND ?", (start, end))
        journal.execute("DELETE FROM audits WHERE path NOT IN (SELECT path FROM segments)")
        journal.execute(
            'INSERT INTO recordings SELECT camera, ?, "end", revision, schedules FROM recordings',
            (format_utc(TO + SEGMENT),),
        )
        journal.execute('UPDATE recordings SET "end" = ? WHERE start < ?', (start, start))
        row = ("0" * 16, "side", start, start, end, WHY, format_utc(TO + SEGMENT), "resumed")
        journal.execute("INSERT INTO pauses VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return file


def told(file: Path, start: str, end: str, *, now: datetime = START + timedelta(days=2)) -> Report:
    return gather(load(file), Asked(None, start, end), [], now=now, zone=ZoneInfo("UTC"))


def test_it_is_complete_and_the_pause_is_named_as_text(file: Path) -> None:
    text = plain(shown(told(file, *NIGHT)))
    first, *lines = text.splitlines()
    assert first == "complete: 1 camera, 1 h 20 min wanted and recorded; 8 frames dropped"
    (line,) = (line for line in lines if "paused" in line)
    assert line == (
        "side: paused Thu 2026-01-01 01:50:00 to 02:30:00 (40 min): "
        "cleaning </title><script>alert(1)</script>\\x1b[2J"
    )


def test_as_json_and_as_csv_it_has_its_seconds(file: Path) -> None:
    report = told(file, *NIGHT)
    found = json.loads(json.dumps(as_object(report)))
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(found)
    (side,) = found["cameras"]
    assert (side["complete"], side["coverage_percent"], side["paused_s"]) == (True, 100, 2400)
    (pause,) = side["pauses"]
    assert (pause["start"], pause["seconds"]) == (format_utc(FROM), 2400)
    assert (pause["why"], pause["how"]) == (WHY, "resumed")
    (row,) = csv.DictReader(as_csv(report).splitlines())
    assert (row["wanted_s"], row["paused_s"]) == ("4800.0", "2400.0")


def test_on_the_page_it_has_its_own_pattern_and_harms_nobody(file: Path) -> None:
    page = page_of(told(file, *NIGHT))
    assert page.count('<rect class="paused"') == 1
    assert 'id="hatch"' in page
    assert "<h2>Pauses</h2>" in page
    assert "<script" not in page
    assert "\x1b" not in page
    quiet = page_of(told(file, "2026-01-01T00:00Z", "2026-01-01T00:30Z"))
    assert "hatch" not in quiet.partition("</style>")[2]


def test_of_a_pause_only_what_lies_in_the_time_is_told(file: Path) -> None:
    report = told(file, "2026-01-01T01:00Z", "2026-01-01T01:20Z")
    (pause,) = report.cameras[0].whole.paused
    assert pause.span.length == timedelta(minutes=20)
    assert report.cameras[0].whole.percent is None


def test_one_that_nobody_has_heeded_as_yet_is_no_part_of_what_is_missing(file: Path) -> None:
    root = file.parent / "recordings"
    pause = asked(at_s=3 * 3600, for_s=3600, since=START)
    rewrite(root, lambda there: (*there, pause), now=START)
    (camera,) = told(file, "2026-01-01T02:00Z", "2026-01-01T05:00Z").cameras
    assert camera.whole.missing_s == 2 * 3600
    assert [(one.span.start, one.how) for one in camera.whole.paused] == [(pause.start, None)]


def test_a_text_that_cannot_be_read_is_told_and_costs_no_report(file: Path) -> None:
    pause_file(file.parent / "recordings").write_text("garbage\x1b")
    report = told(file, *NIGHT)
    assert report.is_complete
    assert any("which pauses are asked for" in note for note in report.notes)
