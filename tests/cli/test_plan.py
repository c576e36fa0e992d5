"""`thorsched plan`: what would change, and which files go, as a person and a program read it."""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.catalogue.stock import plain_segments
from tests.config.files import RIGHT
from tests.support.program import thorsched
from tests.support.years import apply_revision, make_journal
from thorsched.base.errors import ConfigError
from thorsched.catalogue.database import path_below
from thorsched.cli.plan.command import Typed, plan
from thorsched.recording.root import RootLock

KEEP = "storage: {{root: {root}, keep: {{age: {age}}}}}\n"


def lab(directory: Path, *, age: str) -> Path:
    """Write a file whose only camera has four segments of ten minutes, of long ago."""
    root = directory / "recordings"
    make_journal(root, ("side",), segments=4)
    file = directory / "recordings.yaml"
    file.write_text(RIGHT + KEEP.format(root=root, age=age))
    return file


def planned(
    capsys: pytest.CaptureFixture[str], file: Path, days: int | None = None
) -> tuple[int, str, dict[str, Any]]:
    """Return the exit code, what a person reads, and what a program reads."""
    typed = Typed(days=days)
    code = plan(file, typed, as_json=False, one_by_one=False, picture=None)
    text = capsys.readouterr().out
    assert plan(file, typed, as_json=True, one_by_one=False, picture=None) == code
    return code, text, json.loads(capsys.readouterr().out)


def test_an_edit_is_held_against_what_runs_before_it_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lab(tmp_path, age="365d")
    text, edited = file.read_text(), tmp_path / "edited.yaml"
    root = tmp_path / "recordings"
    revision = apply_revision(root, file, text)
    code, said, told = planned(capsys, file)
    assert (code, told["changes"], told["running"]["runs"]) == (0, False, False)
    assert "nothing would change: it is the same file" in said
    assert f"against revision {revision[:8]}, applied" in said
    assert "which ran last: no scheduler runs now" in said
    edited.write_text(text.replace("always: true", "always: true, enabled: false"))
    with closing(RootLock(root)):
        code, said, told = planned(capsys, edited)
    assert (code, told["changes"], told["running"]["pid"]) == (2, True, os.getpid())
    assert f"of {file}, applied" in said
    assert f"which runs: process {os.getpid()}" in said
    assert "1 recording would STOP inside of a window" in said
    assert "STOPS NOW side: would be recorded without end as things are; schedule ever" in said


def test_whatever_is_wrong_ends_with_1_as_2_says_that_something_changes(tmp_path: Path) -> None:
    file = lab(tmp_path, age="365d")
    wrong = thorsched("plan", str(file), "--from", "never", "--json", cwd=tmp_path)
    assert wrong.returncode == 1
    assert json.loads(wrong.stdout)["error"]["message"].startswith("'never' is no ")
    nowhere = tmp_path / "nowhere" / "plan.svg"
    with pytest.raises(ConfigError, match="cannot be written"):
        plan(file, Typed(), as_json=False, one_by_one=False, picture=nowhere)
    file.write_text("cameras: 3\n")
    with pytest.raises(ConfigError):
        plan(file, Typed(), as_json=False, one_by_one=False, picture=None)


def test_what_is_past_its_age_goes_and_what_is_not_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said, told = planned(capsys, lab(tmp_path, age="365d"))
    assert "no old file goes until " in said
    assert (told["keep"]["going"], told["keep"]["why_not"]) == ([], None)


def test_days_cameras_and_rules_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said, told = planned(capsys, lab(tmp_path, age="1h"), 3)
    assert "\n4 files, " in said
    assert " side " in said
    assert "keep.age 1h" in said
    assert sum(one["files"] for one in told["keep"]["days"]) == 4
    days = {(one["camera"], one["why"]) for one in told["keep"]["days"]}
    assert days == {("side", "keep.age 1h")}
    assert [one["files"] for one in told["keep"]["going"]] == [4]


def test_a_file_without_rules_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "recordings.yaml"
    file.write_text(RIGHT)
    code, said, told = planned(capsys, file)
    assert (code, told["running"], told["why_not"]) == (
        2,
        None,
        "nothing has run below its storage.root yet",
    )
    assert "no old file goes: the file has no `keep`" in said


def test_recordings_whose_journal_is_lost_are_not_called_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, root = lab(tmp_path, age="1h"), tmp_path / "recordings"
    plain_segments(root, 1, size_bytes=100)
    path_below(root).write_bytes(b"garbage")
    _, damaged, _ = planned(capsys, file)
    path_below(root).unlink()
    _, lost, _ = planned(capsys, file)
    for said in (damaged, lost):
        assert f"thorsched rebuild {root} makes " in " ".join(said.split())
    assert "nothing is recorded there yet" not in lost
