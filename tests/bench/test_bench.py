"""That the benchmark works; never how fast anything is, which depends on the machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import auditing, passes, reporting, saving, schedules
from tests.bench.auditing import Auditing
from tests.bench.figures import CommandTimes, Figures, Run, Spread, Start, Steady
from tests.bench.measure import Load
from tests.bench.reading import READERS, Reading
from tests.bench.recorders import MODES, Copying, why_no_ffmpeg
from tests.bench.supervision import Supervision, rows
from tests.bench.table import table
from tests.bench.verifying import measured
from tests.bench.verifying import rows as verifying_rows

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.real
@pytest.mark.long
def test_the_quick_benchmark_measures_both_sides_and_prints_a_table(tmp_path: Path) -> None:
    raw = tmp_path / "raw.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", str(raw)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| 2 cameras: from the edge until all have frames on disk |" in done.stdout
    raw_figures = json.loads(raw.read_text())
    assert [run["side"] for run in raw_figures["runs"]] == ["thorsched", "pythorvision"]
    for run in raw_figures["runs"]:
        start, steady = run["start"], run["steady"]
        assert 0 < start["first_on_disk_s"] <= start["all_on_disk_s"]
        assert start["frame_skew_s"] >= 0
        assert steady["program"]["memory_mb"] > 0
        assert steady["recorders"]["memory_mb"] > 0
        assert steady["recorders"]["cpu_percent"] > 0
    assert {reading["reader"] for reading in raw_figures["readings"]} == set(READERS)
    assert {reading["frames"] for reading in raw_figures["readings"]} == {300, 50}
    assert [copying["mode"] for copying in raw_figures["copyings"]] == list(MODES)
    for copying in raw_figures["copyings"]:
        assert copying["recorder"]["cpu_percent"] > 0
        assert copying["stream_mbit_s"] > 1
        assert (copying["ffmpeg"] is None) == bool(why_no_ffmpeg())
    for command_times in raw_figures["commands"]:
        assert all(time_s > 0 for time_s in command_times["times_s"])


def test_a_spread_is_the_median_and_the_ends() -> None:
    assert Spread.of([3.0, 1.0, 2.0, 10.0, 0.5]) == Spread(2.0, 0.5, 10.0)


def run(side: str, cameras: int, seconds: float) -> Run:
    start = Start(seconds, seconds, 0.0, seconds / 10)
    steady = Steady(Load(0.5, 70.0), Load(40.0, 160.0)) if cameras == 8 else None
    return Run(side, cameras, busy_percent=3.0, disturbed=0, start=start, steady=steady)


def figures(*, ffmpeg: Load | None = None, no_ffmpeg: str = "") -> Figures:
    runs = [
        run(side, cameras, seconds)
        for cameras in (1, 8)
        for side, times_s in (("thorsched", (0.7, 0.8, 0.75)), ("pythorvision", (7.9, 8.0, 7.8)))
        for seconds in times_s
    ]
    commands = CommandTimes("thorsched --help", (0.1,)), CommandTimes("python -c pass", (0.02,))
    readings = tuple(Reading(n, frames, 0.2, 50.0) for n in READERS for frames in (18_000, 3_000))
    copyings = tuple(Copying(mode, Load(9.5, 25.0), ffmpeg, 55.2) for mode in MODES)
    return Figures("a machine", tuple(runs), commands, readings, copyings, no_ffmpeg)


def test_the_table_has_a_row_for_each_number_of_cameras_with_median_and_range() -> None:
    lines = table(figures(ffmpeg=Load(5.2, 58.0))).splitlines()
    assert all(line.count("|") == 6 for line in lines if line.startswith("|"))
    (eight,) = (line for line in lines if line.startswith("| 8 cameras: from the edge"))
    assert "| 0.75 s (0.70 to 0.80) | 7.90 s (7.80 to 8.00) |" in eight
    assert not any(line.startswith("| 1 camera: skew") for line in lines)


def test_a_recorder_stands_beside_ffmpeg_or_the_reason_why_not() -> None:
    beside, alone = (
        [line for line in table(each).splitlines() if line.startswith("| a recorder at")]
        for each in (
            figures(ffmpeg=Load(5.2, 58.0)),
            figures(no_ffmpeg="ffmpeg is not installed"),
        )
    )
    assert len(beside) == len(alone) == len(MODES)
    assert all("9.5 % of a core" in line for line in beside + alone)
    assert all("`ffmpeg -c copy` beside it: 5.2 % of a core" in line for line in beside)
    assert all("not compared, for ffmpeg is not installed" in line for line in alone)


def test_what_supervision_costs_is_a_row_each() -> None:
    measured = Supervision((1.1, 1.2, 1.5), (3.5,), (0.9, 1.0), 2880, 0, 1, 2, 3)
    lines = rows(measured).splitlines()
    assert all(line.count("|") == 5 for line in lines)
    assert "| 0.7 s | 0.70 s (0.60-1.00) |" in lines[2]
    assert "of 2880" in lines[-1]
    assert "| 0, 1, 2, 3 |" in lines[-1]


def test_what_audits_cost_stands_beside_what_hashing_costs() -> None:
    seen = Auditing(
        cameras=8,
        over_s=60.0,
        auditor_percent=1.45,
        auditor_mb=48.5,
        sha256_percent=1.07,
        written_mb_s=15.2,
        waited_s=(1.0, 2.0, 4.0),
        verdicts=("good",),
    )
    text = auditing.rows(seen)
    assert "8 cameras' segments (15 MB/s): CPU of a core | under 5 % | 1.4 %" in text
    assert "SHA-256 alone is 1.1 %" in text
    assert "| 2.0 s (1.0-4.0) |" in text


def test_a_verification_is_held_against_sha256sum(tmp_path: Path) -> None:
    found = measured(tmp_path, segments=3, size_bytes=100_000, repeats=1)
    assert found.size_bytes == 300_000
    assert set(found.times_s) >= {"thorsched verify", "cat"}
    line = verifying_rows(found).splitlines()[-1]
    assert line.count("|") == 5
    assert "`sha256sum`" in line


@pytest.mark.long
def test_a_report_of_a_month_is_timed_in_each_form(tmp_path: Path) -> None:
    segments = 2 * 30 * 24 * 6
    found = reporting.measured(reporting.written(tmp_path, segments=segments), repeats=1)
    lines = reporting.rows(found, segments=segments).splitlines()
    assert [line.count("|") for line in lines] == [4] * 5
    assert "138,240 segments, as JSON | under 1 s |" in lines[3]


def test_a_year_of_every_form_of_a_schedule_is_timed() -> None:
    tables = schedules.schedules(len(schedules.FORMS))
    found = schedules.measured(tables, years=[2026], moments=2)
    assert found.windows > 10_000
    lines = schedules.rows(found, count=len(tables)).splitlines()
    assert [line.count("|") for line in lines] == [4] * 6
    assert "| under 1 s |" in lines[2]


def test_passes_over_recording_cameras_are_timed_with_an_edit_of_one_of_them() -> None:
    found = passes.passes(10, repeats=1)
    lines = passes.rows([found]).splitlines()
    assert [line.count("|") for line in lines] == [7] * 3
    assert lines[-1].startswith("| 10 | ")


def test_how_soon_a_save_counts_is_a_row_each_and_polling_one_more_where_it_can_be_had() -> None:
    heard, polled = saving.Saves((0.3, 0.31, 0.4), (0.32, 0.33, 0.5)), saving.Saves((1.0,), (1.1,))
    lines = saving.rows(heard, polled).splitlines()
    assert [line.count("|") for line in lines] == [4] * 5
    assert lines[3].endswith("| 0.5 s | 0.33 s (0.32-0.50) |")
    assert lines[4].endswith("| 5 s | 1.10 s (1.10-1.10) |")
    assert saving.rows(heard, None).splitlines() == lines[:4]
