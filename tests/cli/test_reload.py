"""`thorsched reload`: what it says where nobody can take the file, or nobody who may."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from tests.config.files import RIGHT
from tests.support.program import thorsched
from tests.support.years import make_journal
from thorsched.catalogue.database import path_below
from thorsched.recording.root import RootLock


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "recordings.yaml"
    file.write_text(RIGHT)
    return file


def test_where_nobody_runs_it_says_so_and_what_begins(file: Path) -> None:
    make_journal(file.parent / "recordings", ["side"], segments=1)
    done = thorsched("reload", str(file), cwd=file.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"no thorsched records by {file} to {file.parent}/recordings, so")
    assert f"thorsched run {file} begins" in done.stderr
    told = json.loads(thorsched("reload", str(file), "--json", cwd=file.parent).stdout)
    assert told["error"]["message"] == done.stderr.strip()


def test_mistakes_are_told_as_by_check_though_nobody_runs(file: Path) -> None:
    file.write_text(f"{RIGHT}nonsense: 1\n")
    done = thorsched("reload", str(file), cwd=file.parent)
    assert (done.returncode, done.stdout) == (1, "")
    mistake, end = done.stderr.splitlines()
    assert mistake == thorsched("check", str(file), cwd=file.parent).stderr.strip()
    assert end == "nothing was changed: no thorsched runs by this file"
    told = json.loads(thorsched("reload", str(file), "--json", cwd=file.parent).stdout)
    assert (told["outcome"], told["process"], told["revision"]) == ("mistakes", None, None)
    assert told["error"]["mistakes"][0]["path"] == "nonsense"


def test_a_scheduler_of_another_file_is_named_and_asked_for_nothing(file: Path) -> None:
    root, other = file.parent / "recordings", file.parent / "other.yaml"
    make_journal(root, ["side"], segments=1)
    with contextlib.closing(sqlite3.connect(path_below(root))) as journal, journal:
        journal.execute(
            "INSERT INTO revisions (run, hash, applied, path, text) VALUES (1, ?, ?, ?, ?)",
            ("a" * 64, "2026-01-01T00:00:00.000Z", str(other), RIGHT),
        )
    lock = RootLock(root)
    done = thorsched("reload", str(file), cwd=file.parent)
    lock.close()
    assert done.returncode == 2
    assert "by another file; nothing was changed" in done.stderr
    assert f"thorsched reload {other}" in done.stderr
