"""An export names the files that it would have had, had they been there."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.export.filmed import at, sidecar
from thorsched.export.absent import absent
from thorsched.export.apart import Bounds
from thorsched.export.told import Segment, Sidecar


def written(directory: Path, number: int, *, name: str = "side_a", **more: Any) -> Segment:
    """Write a segment of one second; its sidecar, and a file of no use but to be there."""
    path = directory / f"{name}-{number:05d}.mkv"
    path.touch()
    told = sidecar(path, range(number * 30, number * 30 + 30), **more)
    path.with_suffix(".json").write_text(json.dumps(told))
    return Segment(path, Sidecar.model_validate(told))


@pytest.fixture
def segments(tmp_path: Path) -> list[Segment]:
    """Segments 3, 4 and 6 of 8; 0 to 2 are removed, 5 is missing, and 7 too, with no trace."""
    removed: dict[str, Any] = {"removed": {"at": "2026-03-02T12:00:00.000Z", "why": "min_free 1GB"}}
    made = [
        *(written(tmp_path, number, **removed) for number in range(3)),
        *(written(tmp_path, number) for number in range(3, 8)),
    ]
    for number in (0, 1, 2, 5, 7):
        made[number].path.unlink()
    for number in (5, 7):
        made[number].path.with_suffix(".json").unlink()
    return [made[3], made[4], made[6]]


def test_what_a_rule_has_removed_and_what_is_missing_between_is_named(
    tmp_path: Path, segments: list[Segment]
) -> None:
    assert absent([tmp_path], segments, Bounds()) == (
        f"3 files not there: {tmp_path}/side_a-00000.mkv to side_a-00002.mkv: removed: min_free 1GB",
        f"1 file not there: {tmp_path}/side_a-00005.mkv: missing",
    )


def test_what_is_not_asked_for_is_not_named(tmp_path: Path, segments: list[Segment]) -> None:
    assert absent([tmp_path], segments[:2], Bounds(at(90))) == ()
    assert absent([one.path for one in segments[:2]], segments[:2], Bounds()) == ()
    (removed,) = absent([tmp_path], segments[:2], Bounds(at(60)))
    assert "1 file not there" in removed
    written(tmp_path, 5)
    assert absent([segments[1].path], segments[1:], Bounds()) == (), "it is there, and not named"


def test_what_is_nobodys_sidecar_tells_nothing(tmp_path: Path, segments: list[Segment]) -> None:
    before = absent([tmp_path], segments, Bounds())
    for name, text in (("my-notes.json", "{}"), ("x-1.json", "[" * 9), ("y-1.json", '{"file": 7}')):
        (tmp_path / name).write_text(text)
    inner = tmp_path / ".thorsched"
    inner.mkdir()
    written(inner, 1, name="z").path.unlink()
    assert absent([tmp_path], segments, Bounds()) == before


def test_a_sidecar_without_its_file_is_of_one_that_is_missing(tmp_path: Path) -> None:
    one, other = written(tmp_path, 0), written(tmp_path, 0, name="side_b")
    other.path.unlink()
    assert absent([tmp_path], [one], Bounds()) == (f"1 file not there: {other.path}: missing",)
