"""What a report tells of the time in which a camera was recorded by a later selector."""

import contextlib
import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from tests.support.years import SEGMENT, START, make_journal
from thorsched.base.units import format_utc
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Run
from thorsched.cli.console import plain
from thorsched.cli.report_table import shown
from thorsched.config.load import load
from thorsched.recording.history import Happened
from thorsched.report.drifted import Drifted, drifted
from thorsched.report.forms import as_object
from thorsched.report.gathering import gather
from thorsched.report.page import page_of
from thorsched.report.period import Asked
from thorsched.schedule.intervals import Window

SCHEMA = Path(__file__).parents[2] / "schemas" / "report.schema.json"
FILE = """\
timezone: Europe/Berlin
storage: {root: ./recordings}
server: http://127.0.0.1:9
cameras: {side: {device: {id: 0}, capability: [jpeg 1080p, jpeg]}}
schedules: {ever: {cameras: all, from: 2026-01-01T01:00, to: 2026-01-02T01:00}}
"""
WHAT = "wanted jpeg 1080p, recording \x1b[2J, second selector of 2: why"


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def event(minute: float, what: str, camera: str | None = "side") -> Happened:
    detail = WHAT if what == "drift" else ""
    return Happened(at(minute), what, detail, camera)


RUNS = [Run(1, "1", began=at(-10), last_pass=at(40)), Run(2, "1", began=at(60), last_pass=at(100))]
RAN = event(60, "run began", None)


@pytest.mark.parametrize(
    ("events", "spans"),
    [
        ([event(10, "drift"), event(20, "drift over")], [(10, 20)]),
        ([event(10, "drift"), event(20, "drift"), event(30, "drift over")], [(10, 20), (20, 30)]),
        ([event(10, "drift")], [(10, 120)]),
        ([event(10, "drift"), event(30, "run ended", None), RAN], [(10, 30)]),
        ([event(10, "drift"), RAN, event(61, "drift"), event(70, "drift over")], [(10, 40), (61, 70)]),
        ([event(-20, "drift"), event(20, "drift over")], [(0, 20)]),
        ([event(10, "drift"), event(5, "drift over")], []),
        ([event(10, "drift", "top"), event(20, "drift over", "top")], []),
        ([event(10, "drift"), event(15, "drift over", "top"), event(20, "drift over")], [(10, 20)]),
        ([event(20, "drift over")], []),
    ],
)  # fmt: skip
def test_a_drift_lasts_until_it_is_over_or_nobody_looks_any_more(
    events: list[Happened], spans: list[tuple[float, float]]
) -> None:
    found = drifted("side", events, RUNS, within=Window(START, at(120)))
    assert found == tuple(Drifted(Window(at(a), at(b)), WHAT) for a, b in spans)


def test_it_is_named_in_the_table_in_json_and_on_the_page(tmp_path: Path) -> None:
    file = tmp_path / "recordings.yaml"
    file.write_text(FILE)
    root = tmp_path / "recordings"
    make_journal(root, ["side"], segments=12)
    start, end = START + SEGMENT, START + 2 * SEGMENT
    with contextlib.closing(sqlite3.connect(path_below(root))) as journal, journal:
        rows = [
            (format_utc(start), "side", "drift", WHAT),
            (format_utc(end), "side", "drift over", ""),
        ]
        journal.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
    night = Asked(None, "2026-01-01T00:00Z", "2026-01-01T02:00Z")
    now = START + timedelta(days=2)
    report = gather(load(file), night, [], now=now, zone=ZoneInfo("UTC"))
    (line,) = (line for line in plain(shown(report)).splitlines() if "drift" in line)
    assert line == (
        "side: drift Thu 2026-01-01 01:10:00 to 01:20:00 (10 min): wanted jpeg 1080p, recording "
        "\\x1b[2J, second selector of 2: why"
    )
    found = json.loads(json.dumps(as_object(report)))
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(found)
    (drift,) = found["cameras"][0]["drifts"]
    assert drift == {
        "start": format_utc(start), "end": format_utc(end), "seconds": 600, "what": WHAT
    }  # fmt: skip
    assert found["complete"]
    page = page_of(report)
    assert page.count("<h2>Drift</h2>") == 1
    assert "recording \\x1b[2J, second selector of 2: why" in page
