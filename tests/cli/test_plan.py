"""`thorsched plan`: which files go, and when, as a person and as a program reads it."""

import json
from pathlib import Path

from tests.catalogue.stock import plain_segments
from tests.config.files import RIGHT
from tests.support.program import thorsched
from tests.support.years import make_journal
from thorsched.catalogue.database import path_below

KEEP = "storage: {{root: {root}, keep: {{age: {age}}}}}\n"


def lab(directory: Path, *, age: str) -> Path:
    """Write a file whose only camera has four segments of ten minutes, of long ago."""
    root = directory / "recordings"
    make_journal(root, ("side",), segments=4)
    file = directory / "recordings.yaml"
    file.write_text(RIGHT + KEEP.format(root=root, age=age))
    return file


def test_what_is_past_its_age_goes_and_what_is_not_does_not(tmp_path: Path) -> None:
    file = lab(tmp_path, age="365d")
    done = thorsched("plan", str(file), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    assert "nothing goes until " in done.stdout
    told = json.loads(thorsched("plan", str(file), "--json", cwd=tmp_path).stdout)["keep"]
    assert (told["going"], told["why_not"]) == ([], None)


def test_days_cameras_and_rules_are_told(tmp_path: Path) -> None:
    file = lab(tmp_path, age="1h")
    done = thorsched("plan", str(file), "--days", "3", cwd=tmp_path)
    assert done.returncode == 2
    assert "\n4 files, " in done.stdout
    assert " side " in done.stdout
    assert "keep.age 1h" in done.stdout
    told = json.loads(thorsched("plan", str(file), "--json", cwd=tmp_path).stdout)["keep"]
    assert sum(one["files"] for one in told["days"]) == 4
    assert {(one["camera"], one["why"]) for one in told["days"]} == {("side", "keep.age 1h")}
    assert [one["files"] for one in told["going"]] == [4]


def test_a_file_without_rules_and_one_with_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "recordings.yaml"
    file.write_text(RIGHT)
    assert (
        "nothing goes: the file has no `keep`" in thorsched("plan", str(file), cwd=tmp_path).stdout
    )
    file.write_text("cameras: 3\n")
    assert thorsched("plan", str(file), cwd=tmp_path).returncode == 1


def test_recordings_whose_journal_is_lost_are_not_called_nothing(tmp_path: Path) -> None:
    file, root = lab(tmp_path, age="1h"), tmp_path / "recordings"
    plain_segments(root, 1, size_bytes=100)
    path_below(root).write_bytes(b"garbage")
    damaged = thorsched("plan", str(file), cwd=tmp_path)
    path_below(root).unlink()
    lost = thorsched("plan", str(file), cwd=tmp_path)
    for done in (damaged, lost):
        assert done.returncode == 2
        assert f"thorsched rebuild {root} makes " in " ".join(done.stdout.split())
    assert "nothing is recorded there yet" not in lost.stdout
