"""A journal that was made anew from recordings knows of no run: what it does know is reported."""

import contextlib
import sqlite3
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.catalogue.stock import plain_segments
from tests.config.files import RIGHT
from tests.support.years import SEGMENT, START, make_journal
from thorsched.base.errors import MachineError
from thorsched.base.units import format_utc
from thorsched.catalogue.database import path_below
from thorsched.config.load import load
from thorsched.recording.trouble import Cause
from thorsched.report.gathering import gather
from thorsched.report.period import Asked
from thorsched.report.values import Report
from thorsched.schedule.intervals import Window

HOUR = timedelta(hours=1)
END = START + 6 * SEGMENT
NOW = END + 3 * HOUR
RUN = "INSERT INTO runs (pid, version, began, last_pass, ended, how) VALUES (7, '1', ?, ?, ?, 'Ctrl-C')"


@pytest.fixture(name="lost")
def _lost(tmp_path: Path) -> Path:
    """Return a file, in whose root a camera has an hour of segments and no run is known of."""
    make_journal(tmp_path / "recordings", ("side",), segments=6)
    file = tmp_path / "recordings.yaml"
    file.write_text(RIGHT + f"storage: {{root: {tmp_path / 'recordings'}}}\n")
    change(file, "DELETE FROM runs")
    return file


def change(file: Path, sql: str, *values: str | None) -> None:
    path = path_below(file.parent / "recordings")
    with contextlib.closing(sqlite3.connect(path)) as journal, journal:
        journal.execute(sql, values)


def reported(file: Path) -> Report:
    return gather(load(file), Asked(), [], now=NOW, zone=ZoneInfo("UTC"))


def test_what_is_known_is_told_and_what_is_not_is_said(lost: Path) -> None:
    gap = Window(START + SEGMENT, START + 2 * SEGMENT)
    bounds = (format_utc(gap.start), format_utc(gap.end))
    change(lost, "DELETE FROM segments WHERE first_frame = ?", bounds[0])
    change(lost, "INSERT INTO gaps VALUES ('side', ?, ?, 'stalled', 'for long')", *bounds)
    report = reported(lost)
    (side,) = report.cameras
    assert report.period.start == START, "before that nothing is known"
    assert side.whole.recorded_s == 3000
    known = [one for one in side.whole.missing if one.span.end <= END]
    assert [(one.span, one.trouble.cause) for one in known] == [(gap, Cause.STALLED)]
    assert "no run is in the journal: what is told here is known from recordings" in report.notes[0]
    assert not report.is_recording


def test_what_the_file_wants_since_then_is_missing_and_nobody_knows_why(lost: Path) -> None:
    report = reported(lost)
    (missing,) = report.cameras[0].whole.missing
    assert missing.span == Window(END, NOW)
    assert missing.trouble.cause is Cause.UNKNOWN
    assert report.notes[-1] == (
        "the last recording ended Thu 2026-01-01 01:00:00: what the file wants since then is "
        "missing; --until 2026-01-01T01:00:00 leaves it out"
    )


def test_after_one_more_run_what_was_before_is_told_still(lost: Path) -> None:
    began, over = format_utc(END + HOUR), format_utc(END + 2 * HOUR)
    change(lost, RUN, began, over, over)
    report = reported(lost)
    assert report.period.start == START
    assert report.cameras[0].whole.recorded_s == 3600
    (note,) = (note for note in report.notes if "began" in note)
    assert note.startswith("the first run in the journal began Thu 2026-01-01 02:00:00: what was ")
    assert "is known from recordings alone" in note


def test_a_run_before_which_nothing_was_recorded_is_the_beginning(lost: Path) -> None:
    change(lost, RUN, format_utc(START), format_utc(END), format_utc(END))
    report = reported(lost)
    assert report.period.start == START
    assert not [note for note in report.notes if "alone" in note]


@pytest.mark.parametrize(
    ("recordings", "step"),
    [(0, "thorsched run has not recorded there"), (1, "thorsched rebuild ")],
)
def test_where_nothing_can_be_told_the_next_step_is_named(
    lost: Path, recordings: int, step: str
) -> None:
    for table in ("recordings", "gaps", "segments"):
        change(lost, f"DELETE FROM {table}")
    plain_segments(lost.parent / "recordings", recordings, size_bytes=100)
    with pytest.raises(MachineError, match=f"nothing is in the journal of .* as yet: {step}"):
        reported(lost)
