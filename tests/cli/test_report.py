"""`thorsched report`: the verdict, its forms, and a clear word where there is nothing to report."""

import contextlib
import csv
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from tests.catalogue.stock import plain_segments
from tests.export.filmed import filmed
from tests.report.test_leftovers import begun
from tests.support.program import thorsched
from tests.support.years import GAP_EVERY, SEGMENT, START, make_journal
from thorsched.catalogue.database import path_below
from thorsched.cli.report_table import shown
from thorsched.config.load import load
from thorsched.report.gathering import gather
from thorsched.report.page import ticks_of
from thorsched.report.period import Asked
from thorsched.report.words import local_end
from thorsched.schedule.intervals import Window

CHECKOUT = Path(__file__).parents[2]
SCHEMA = CHECKOUT / "schemas" / "report.schema.json"
FILE = """\
timezone: Europe/Berlin
storage: {root: ./recordings}
server: http://127.0.0.1:9
cameras:
  side: {device: {id: 0}, capability: jpeg}
  top: {device: {id: 1}, capability: jpeg}
schedules: {pilot: {cameras: all, from: 2026-01-01T01:00, to: 2026-01-05T01:00}}
"""
WHOLE = ("--from", "2026-01-01T01:00", "--until", "2026-01-02")
"""As the gap is at 83:20 h of the journal, the first day has none."""
ALL = ("--from", "2026-01-01", "--until", "2026-01-05")
HOSTILE = "</title></svg><script>alert(1)</script>"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("recorded")
    (directory / "recordings.yaml").write_text(FILE)
    make_journal(directory / "recordings", ["side", "top"], segments=4 * 144)
    return directory


@pytest.fixture
def here(recorded: Path, tmp_path: Path) -> Path:
    shutil.copytree(recorded, tmp_path, dirs_exist_ok=True)
    return tmp_path


@contextlib.contextmanager
def journal(directory: Path) -> Iterator[sqlite3.Connection]:
    path = path_below(directory / "recordings")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def report(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return thorsched("report", "recordings.yaml", *options, cwd=directory)


def test_the_verdict_comes_first_and_the_exit_code_says_it(recorded: Path) -> None:
    ended = report(recorded, *ALL)
    lines = ended.stdout.splitlines()
    assert (ended.returncode, ended.stderr) == (2, "")
    assert (
        lines[0]
        == "INCOMPLETE: 2 of 2 cameras, 20 min missing of 192 h wanted; 1150 frames dropped"
    )
    assert "side 99.82 %, 1 gap, 10 min: server unreachable; 575 frames dropped" in lines
    assert any("server unreachable: refused" in line and " server " in line for line in lines)
    ended = report(recorded, *WHOLE)
    assert ended.returncode == 0
    assert ended.stdout.startswith("complete: 2 cameras, 94 h wanted and recorded; ")


def test_in_80_columns_no_number_is_cut(recorded: Path) -> None:
    asked = Asked(start="2026-01-01", end="2026-01-05")
    now, zone = datetime(2026, 1, 6, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    told = gather(load(recorded / "recordings.yaml"), asked, [], now=now, zone=zone)
    console = Console(width=80, force_terminal=False)
    with console.capture() as capture:
        console.print(shown(told, is_narrow=True))
    lines = capture.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in capture.get()
    assert ["side", "2026-01-04", "99.30", "%", "24", "h"] in [line.split()[:6] for line in lines]


def test_json_is_as_its_schema_says_and_its_days_add_up(recorded: Path) -> None:
    found = json.loads(report(recorded, *ALL, "--json").stdout)
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(found)
    side = found["cameras"][0]
    start = START + GAP_EVERY // 2 * SEGMENT
    assert [gap["start"] for gap in side["gaps"]] == [f"{start:%Y-%m-%dT%H:%M:%S}.000Z"]
    assert [gap["blame"] for gap in side["gaps"]] == ["server"]
    assert [day["day"] for day in side["days"]] == [f"2026-01-0{n}" for n in range(1, 6)]
    for what in ("wanted_s", "recorded_s", "missing_s", "frames", "segments", "dropped"):
        assert sum(day[what] for day in side["days"]) == side[what]
        assert found["sums"][what] == 2 * side[what]
    assert side["segments"] == side["audited"] == side["dropped"] == 4 * 144 - 1


def test_one_camera_and_one_day_can_be_asked_for_and_csv_has_a_line_for_each(
    recorded: Path,
) -> None:
    ended = report(recorded, *ALL, "--csv")
    rows = list(csv.DictReader(ended.stdout.splitlines()))
    assert len(rows) == 10
    assert {row["causes"] for row in rows if row["gaps"] == "1"} == {"server unreachable"}
    ended = report(recorded, "--day", "2026-01-04", "--camera", "top", "--csv")
    (row,) = csv.DictReader(ended.stdout.splitlines())
    assert (row["camera"], row["day"], row["wanted_s"]) == ("top", "2026-01-04", "86400.0")


def test_the_last_thing_wanted_is_reported_however_long_ago(recorded: Path) -> None:
    found = json.loads(report(recorded, "--json").stdout)
    assert found["period"] == {
        "start": "2026-01-04T00:00:00.000Z",
        "end": "2026-01-05T00:00:00.000Z",
    }


def test_what_the_file_wants_after_the_last_pass_is_missing(here: Path) -> None:
    file = here / "recordings.yaml"
    file.write_text(FILE.replace("to: 2026-01-05T01:00", "to: 2026-01-05T03:00"))
    found = json.loads(report(here, "--day", "2026-01-05", "--json").stdout)
    (gap,) = found["cameras"][0]["gaps"]
    assert (gap["cause"], gap["seconds"], gap["blame"]) == ("thorsched was ended", 7200, "others")
    assert gap["detail"].startswith("by SIGTERM (process 42), last at work 2026-01-05T00:00:00")
    (note,) = found["notes"]
    assert note.startswith(
        "thorsched was ended by SIGTERM Mon 2026-01-05 01:00:00: what the file wants since "
    )
    assert note.endswith(" is missing; --until 2026-01-05T01:00:00 leaves it out")
    evening = ("--from", "2026-01-04T20:00", "--until", "2026-01-05T01:00:00", "--json")
    assert json.loads(report(here, *evening).stdout)["notes"] == []
    assert report(here, *evening).returncode == 0


def test_that_nobody_records_after_a_crash_is_nobodys_wish(here: Path) -> None:
    file = here / "recordings.yaml"
    file.write_text(FILE.replace("to: 2026-01-05T01:00", "to: 2026-01-05T03:00"))
    with journal(here) as rows:
        rows.execute("UPDATE runs SET ended = NULL, how = NULL")
    found = json.loads(report(here, "--day", "2026-01-05", "--json").stdout)
    (gap,) = found["cameras"][0]["gaps"]
    assert (gap["cause"], gap["seconds"], gap["blame"]) == ("thorsched did not run", 7200, "us")
    assert gap["detail"].startswith("process 42 was killed, or its machine stopped; last at work ")
    assert not [note for note in found["notes"] if "--until" in note]


def test_a_removed_file_counts_and_one_in_quarantine_does_not(here: Path) -> None:
    with journal(here) as rows:
        rows.execute("UPDATE segments SET removed = last_frame_end, removed_why = 'age'")
    assert report(here, *WHOLE).returncode == 0
    with journal(here) as rows:
        rows.execute("UPDATE segments SET quarantined = 'damage' WHERE rowid = 10")
    ended = report(here, *WHOLE, "--json")
    (gap,) = json.loads(ended.stdout)["cameras"][0]["gaps"]
    assert (gap["cause"], gap["seconds"]) == ("unknown", 600)


def test_the_page_stands_alone_and_hostile_names_do_nothing(here: Path) -> None:
    first = here / "recordings" / "side" / "2026-01-01" / "side_20260101T000000Z-00000.mkv"
    first.parent.mkdir(parents=True)
    filmed(first, range(3))
    with journal(here) as rows:
        rows.execute("UPDATE segments SET removed_why = ? WHERE camera = 'side'", (HOSTILE,))
        rows.execute("UPDATE gaps SET detail = ?", (HOSTILE,))
    ended = report(here, *ALL, "--html", "report.html")
    assert ended.returncode == 2
    assert ended.stdout.endswith("\nthe page is written: report.html\n")
    page = (here / "report.html").read_text()
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http:" not in page.replace("http://127.0.0.1", "")
    assert page.count("<svg") == page.count("</svg>") == 2
    assert page.count("data:image/jpeg;base64,") == 1
    assert page.count("removed: ") == 23
    assert page.count("the file is gone") == 24


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--camera", "sid"), "did you mean 'side'?"),
        (("--day", "tomorow"), "'tomorow' is no day; write today, yesterday or 2026-11-24"),
        (("--from", "noon"), "'noon' is no time"),
        (
            ("--from", "2026-01-03", "--until", "2026-01-01"),
            "--from is 2026-01-03 00:00:00, which is not before --until, 2026-01-02 00:00:00",
        ),
        (("--day", "today", "--until", "2026-01-01"), "--day stands alone"),
        (("--from", "2999-01-01", "--until", "2999-01-02"), "nothing is known as yet"),
    ],
)
def test_what_is_mistyped_is_told(recorded: Path, options: tuple[str, ...], words: str) -> None:
    ended = report(recorded, *options)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert ended.stdout == ""


def test_two_forms_at_once_are_told_by_their_names(recorded: Path) -> None:
    ended = report(recorded, "--json", "--csv")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "it excludes --json; ask for one of them" in ended.stderr


def test_a_page_never_takes_the_place_of_another_kind_of_file(here: Path) -> None:
    assert report(here, "--html", "recordings.yaml").returncode == 2
    assert (here / "recordings.yaml").read_text() == FILE
    ended = report(here, *WHOLE, "--html", "report.html", "--json")
    assert json.loads(ended.stdout)["complete"], "what a program reads is as it was"
    assert ended.stderr == "the page is written: report.html\n"
    ended = report(here, "--html", "nowhere/report.html")
    assert (ended.returncode, "cannot be written" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("PRAGMA user_version = 99", "a newer thorsched wrote"),
        ("PRAGMA user_version = 1", "the next thorsched run brings it up to date"),
        ("PRAGMA application_id = 7", "is another program's"),
        ("UPDATE gaps SET cause = 'moonlight'", "holds what no journal holds"),
        ("DROP TABLE audits", "cannot be read"),
    ],
)
def test_a_journal_that_is_not_as_it_should_be_is_told_and_left_alone(
    here: Path, sql: str, words: str
) -> None:
    with journal(here) as rows:
        rows.execute(sql)
    before = path_below(here / "recordings").read_bytes()
    ended = report(here, *ALL)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert path_below(here / "recordings").read_bytes() == before


def test_without_a_journal_or_with_a_broken_one_there_is_a_clear_word(here: Path) -> None:
    path = path_below(here / "recordings")
    path.write_bytes(b"not a database" * 1000)
    ended = report(here)
    assert (ended.returncode, "is damaged" in ended.stderr) == (2, True)
    assert f"thorsched rebuild {here / 'recordings'} makes it anew" in ended.stderr
    path.unlink()
    plain_segments(here / "recordings", 1, size_bytes=100)
    ended = report(here)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"thorsched rebuild {here / 'recordings'} makes one of what" in ended.stderr
    shutil.rmtree(here / "recordings")
    ended = report(here)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "thorsched run has not recorded there" in ended.stderr


def test_what_a_killed_program_left_is_noted(here: Path) -> None:
    begun(here / "recordings").close()
    (note,) = json.loads(report(here, *WHOLE, "--json").stdout)["notes"]
    assert note.startswith("not counted: 2 files, 3 kB, that a killed program left; thorsched run")


def test_a_mistake_in_the_file_and_another_files_journal_are_told(here: Path) -> None:
    (here / "recordings.yaml").write_text(FILE + "nonsense: 1\n")
    assert report(here).returncode == 1
    (here / "recordings.yaml").write_text(FILE)
    with journal(here) as rows:
        row = (1, "b" * 64, "2026-01-01T00:00:00.000Z", "/elsewhere/other.yaml", "")
        rows.execute(
            "INSERT INTO revisions (run, hash, applied, path, text) VALUES (?,?,?,?,?)", row
        )
    ended = report(here, *WHOLE)
    assert ended.returncode == 0
    assert "recorded by another file: /elsewhere/other.yaml" in ended.stdout


def test_a_segment_longer_than_the_time_asked_for_counts_for_its_part(here: Path) -> None:
    middle = START + 3 * SEGMENT + timedelta(minutes=2)
    bounds = (f"{middle:%Y-%m-%dT%H:%M}Z", f"{middle + timedelta(minutes=5):%Y-%m-%dT%H:%M}Z")
    found = json.loads(report(here, "--from", bounds[0], "--until", bounds[1], "--json").stdout)
    assert found["cameras"][0]["recorded_s"] == found["cameras"][0]["wanted_s"] == 300
    assert found["complete"]


def test_a_gap_that_ends_on_another_day_says_on_which() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = Window(datetime(2026, 6, 1, 20, tzinfo=UTC), datetime(2026, 6, 1, 23, tzinfo=UTC))
    assert local_end(night, berlin) == "Tue 2026-06-02 01:00:00"
    assert local_end(Window(night.start, night.start + timedelta(hours=1)), berlin) == "23:00:00"


@pytest.mark.parametrize(
    ("days", "ticks"),
    [
        (1, ["00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "00:00"]),
        (3, ["29 Mar", "12:00", "30 Mar", "12:00", "31 Mar", "12:00", "01 Apr"]),
    ],
)
def test_a_timeline_names_hours_that_exist_and_days(days: int, ticks: list[str]) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start, end = (
        datetime(2026, 3, 29, tzinfo=berlin) + timedelta(days=more) for more in (0, days)
    )  # the clocks go forward in the first night
    period = Window(start.astimezone(UTC), end.astimezone(UTC))
    assert [tick.text for tick in ticks_of(period, berlin)] == ticks


def test_what_audits_found_wrong_is_told_though_the_time_is_complete(tmp_path: Path) -> None:
    (tmp_path / "recordings.yaml").write_text(FILE)
    make_journal(tmp_path / "recordings", ["side", "top"], segments=10)
    with contextlib.closing(sqlite3.connect(path_below(tmp_path / "recordings"))) as journal:
        journal.execute("UPDATE audits SET dropped = 0, damaged = 0")
        journal.execute("UPDATE audits SET dropped = 1, damaged = 2 WHERE path LIKE 'side/%'")
        journal.commit()
    hour = ("--from", "2026-01-01T01:00", "--until", "2026-01-01T02:00")
    done = thorsched("report", "recordings.yaml", *hour, cwd=tmp_path)
    assert done.returncode == 0, done
    harm = "; 6 frames dropped, 12 frames damaged"
    assert f"complete: 2 cameras, 2 h wanted and recorded{harm}" in done.stdout
    assert f"complete, 1 h{harm}" in done.stdout
