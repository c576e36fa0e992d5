"""Recorders that outlive their scheduler: a report blames nobody for what they record."""

import contextlib
import sqlite3
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.config.files import RIGHT
from tests.report.test_leftovers import PREFIX, begun
from tests.support.years import SEGMENT, START, make_journal
from thorsched.base.units import format_utc
from thorsched.catalogue.database import path_below
from thorsched.config.load import load
from thorsched.recording.trouble import Cause
from thorsched.report.gathering import gather
from thorsched.report.period import Asked
from thorsched.report.values import Report

END = START + 6 * SEGMENT
"""The last pass of a scheduler that was killed."""
NOW = END + timedelta(hours=1)
TOP = "  top: {device: {id: 1}, capability: jpeg}\n"
ATTEMPT = """
    INSERT INTO attempts (id, run, camera, server, device_id, device_name, capability, encoding,
        port, pid, began, first_bytes)
    VALUES (?, 1, 'side', 'http://rig:8000', 0, 'cam', 'jpeg', 'jpeg', 9001, 7, ?, ?)
"""


@pytest.fixture(name="killed")
def _killed(tmp_path: Path) -> Path:
    """Return a file of two cameras; of `side` the last ten minutes are in an open segment."""
    root = tmp_path / "recordings"
    make_journal(root, ("side", "top"), segments=6)
    file = tmp_path / "recordings.yaml"
    file.write_text(
        RIGHT.replace("schedules:", f"{TOP}schedules:") + f"storage: {{root: {root}}}\n"
    )
    began = format_utc(START)
    with contextlib.closing(sqlite3.connect(path_below(root))) as journal, journal:
        journal.execute("UPDATE runs SET ended = NULL, how = NULL")
        journal.execute(ATTEMPT, (f"side/{PREFIX}", began, began))
        query = "DELETE FROM segments WHERE camera = 'side' AND first_frame = ?"
        journal.execute(query, (format_utc(END - SEGMENT),))
    return file


def reported(file: Path) -> Report:
    return gather(load(file), Asked(), [], now=NOW, zone=ZoneInfo("UTC"))


def test_what_a_recorder_without_a_scheduler_records_is_not_called_missing(killed: Path) -> None:
    running = begun(killed.parent / "recordings")
    report = reported(killed)
    running.close()
    side, top = report.cameras
    assert side.whole.missing == (), "up to the last pass it has recorded; since then nobody knows"
    assert side.whole.wanted[-1].end < END
    assert [(one.span.start, one.trouble.cause) for one in top.whole.missing] == [
        (END, Cause.NOT_RUNNING)
    ]
    (note,) = report.notes
    assert note.startswith("1 recorder without a scheduler: what they record since Thu 2026-01-01 ")


def test_once_it_is_gone_all_that_is_not_described_is_missing(killed: Path) -> None:
    begun(killed.parent / "recordings").close()
    side, _ = reported(killed).cameras
    assert side.whole.missing_s == (SEGMENT + timedelta(hours=1)).total_seconds()
