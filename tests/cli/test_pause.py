"""`thorsched pause` and `resume`: what they say, and what they leave to the scheduler."""

import contextlib
import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from tests.support.program import thorsched
from tests.support.years import make_journal
from thorsched.base.errors import ConfigError
from thorsched.catalogue.database import VERSION, path_below
from thorsched.catalogue.entries import Ending
from thorsched.catalogue.pausefile import asked_below, pause_file
from thorsched.cli.commands import app
from thorsched.cli.pause.command import end_of
from thorsched.recording.root import RootLock

FILE = """\
timezone: UTC
storage: {root: ./recordings}
server: http://127.0.0.1:9
cameras:
  side: {device: {id: 0}, capability: jpeg}
  top: {device: {id: 1}, capability: jpeg}
schedules: {ever: {cameras: all, always: true}}
"""
BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 24, 21, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "recordings.yaml"
    file.write_text(FILE)
    make_journal(tmp_path / "recordings", ["side"], segments=2)
    return file


@contextlib.contextmanager
def journal_of(root: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path_below(root))) as connection, connection:
        yield connection


def typed(*arguments: object) -> tuple[int, str]:
    """Return the exit code of a command, and what it has said."""
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    said = done.output or str(done.exception)
    return (1 if isinstance(done.exception, ConfigError) else done.exit_code), said


def test_without_a_scheduler_it_holds_for_the_next_one(file: Path) -> None:
    code, said = typed("pause", file, "--camera", "side", "--for", "30min", "--why", "cleaning")
    assert (code, len(said.splitlines())) == (0, 1)
    assert re.match(r"side: paused until \S+ \(30 min\): cleaning; no scheduler runs: ", said)
    (pause,) = asked_below(file.parent / "recordings")
    assert (pause.camera, pause.planned - pause.asked) == ("side", timedelta(minutes=30))
    code, said = typed("pause", file, "--list")
    assert code == 0
    assert said.startswith("side: paused until ")
    assert said.endswith(" left\n")


def test_of_neither_a_length_nor_an_end_half_an_hour_is_made_and_told(file: Path) -> None:
    code, said = typed("pause", file)
    assert code == 0
    side, top, note = said.splitlines()
    assert side.startswith("side: paused until ")
    assert "(30 min)" in top
    assert note.startswith("30 min is the usual time: --for or --until says another")


def test_a_second_one_takes_the_place_of_the_first_and_says_so(file: Path) -> None:
    typed("pause", file, "--camera", "side", "--for", "30min")
    code, said = typed("pause", file, "--camera", "side", "--for", "2h")
    assert code == 0
    assert "(2 h); instead of: paused until " in said
    first, second = asked_below(file.parent / "recordings")
    assert (first.how, first.end) == (Ending.REPLACED, second.asked)


def test_it_is_resumed_early_once(file: Path) -> None:
    typed("pause", file, "--camera", "side", "--for", "30min")
    code, said = typed("resume", file)
    assert code == 0
    assert re.match(r"side: resumed, (30 min|29 min \d+ s) early; no scheduler runs: ", said)
    assert typed("resume", file, "--camera", "side") == (0, "side: is not paused\n")
    assert typed("resume", file) == (0, "no camera is paused\n")
    assert typed("pause", file, "--list") == (0, "no camera is paused\n")


def test_programs_are_told_the_same(file: Path) -> None:
    code, said = typed("pause", file, "--camera", "top", "--for", "1h", "--why", "x\x1b", "--json")
    told = json.loads(said)
    (camera,) = told.pop("cameras")
    assert (code, told) == (0, {"root": str(file.parent / "recordings"), "scheduler": None})
    assert (camera["camera"], camera["seconds"], camera["why"]) == ("top", 3600, "x\x1b")
    assert (camera["taken"], camera["closed"], camera["replaced"]) == (False, None, None)
    listed = json.loads(typed("pause", file, "--list", "--json")[1])["cameras"]
    assert [one["id"] for one in listed] == [camera["id"]]
    (resumed,) = json.loads(typed("resume", file, "--json")[1])["cameras"]
    assert (resumed["id"], resumed["was_paused"]) == (camera["id"], True)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--camera", "sdie"), 1, "no camera 'sdie' is in the file; did you mean 'side'?"),
        (("side",), 2, "a camera is named by its option: --camera side"),
        (("--for", "0s"), 2, "thorsched resume FILE ends one"),
        (("--for", "30"), 2, "30min"),
        (("--for", "3s"), 1, "recorders go on for 1.0 s and start 3.0 s early (`lead`)"),
        (("--for", "8d"), 2, "more than 7 days"),
        (("--until", "2020-01-01"), 1, "--until: '2020-01-01' is past"),
        (("--until", "now"), 1, "--until: 'now' is past"),
        (("--until", "noon"), 1, "--until: 'noon' is no time"),
        (("--until", "9000-01-01"), 1, "more than 7 days"),
        (("--until", "14:00", "--for", "1h"), 2, "it excludes --for"),
        (("--why", "x" * 201), 2, "200 characters at most"),
        (("--list", "--for", "1h"), 2, "it pauses nothing"),
    ],
)
def test_what_is_mistyped_pauses_nothing(
    file: Path, options: tuple[str, ...], code: int, words: str
) -> None:
    found, said = typed("pause", file, *options)
    assert found == code
    assert words in re.sub(r"[\s│]+", " ", said)
    assert not pause_file(file.parent / "recordings").exists()


@pytest.mark.parametrize(
    ("text", "hours"), [("23:30", 1.5), ("08:00", 10), ("22:00", 24), ("2026-11-24T23:00", 1)]
)
def test_a_time_of_day_that_is_past_is_tomorrows(text: str, hours: float) -> None:
    assert end_of(text, BERLIN, EVENING) == EVENING + timedelta(hours=hours)


def test_where_nothing_is_recorded_there_is_nothing_to_pause(tmp_path: Path) -> None:
    file = tmp_path / "recordings.yaml"
    file.write_text(FILE)
    done = thorsched("pause", str(file), cwd=tmp_path)
    assert done.returncode == 2
    assert "nothing is recorded to " in done.stderr
    assert not (tmp_path / "recordings").exists()


def test_a_root_that_is_recorded_to_by_another_file_is_left_alone(file: Path) -> None:
    other = file.with_name("other.yaml")
    other.write_text(FILE)
    root = file.parent / "recordings"
    with journal_of(root) as rows:
        rows.execute(
            "INSERT INTO revisions (run, hash, applied, path, text) VALUES (1, ?, ?, ?, '')",
            ("a" * 64, "2026-01-01T00:00:00.000Z", str(other)),
        )
    lock = RootLock(root)
    try:
        for version in (VERSION, 3):  # an older scheduler that knows pauses is asked, too
            with journal_of(root) as rows:
                rows.execute(f"PRAGMA user_version = {version}")
            done = thorsched("pause", str(file), cwd=file.parent)
            assert done.returncode == 2
            assert f"by another file; nothing was changed: name {other}" in done.stderr
        with journal_of(root) as rows:
            rows.execute("PRAGMA user_version = 2")
        done = thorsched("pause", str(file), "--json", cwd=file.parent)
        assert done.returncode == 2
        assert "knows no pauses" in json.loads(done.stdout)["error"]["message"]
    finally:
        lock.close()
    assert not pause_file(root).exists()


def test_a_shell_completes_the_names_of_the_files_cameras(file: Path) -> None:
    done = thorsched(
        cwd=file.parent,
        env={
            "_THORSCHED_COMPLETE": "complete_bash",
            "COMP_WORDS": f"thorsched pause {file} --camera ",
            "COMP_CWORD": "4",
        },
    )
    assert done.stdout.split() == ["side", "top"], done.stderr
