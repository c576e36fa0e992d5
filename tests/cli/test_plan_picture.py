"""`thorsched plan --picture`: where the picture goes, and what it is."""

import json
from pathlib import Path

import pytest
import typer

from tests.config.files import RIGHT
from tests.support.program import thorsched
from thorsched.base.errors import MachineError
from thorsched.cli import commands
from thorsched.cli.written import write_whole


def test_a_picture_takes_the_place_of_an_older_one_and_is_told_beside_the_json(
    tmp_path: Path,
) -> None:
    file, picture = tmp_path / "lab.yaml", tmp_path / "plan.svg"
    file.write_text(RIGHT)
    picture.write_text("old")
    done = thorsched("plan", str(file), "--json", "--picture", str(picture), cwd=tmp_path)
    assert "calendar" in json.loads(done.stdout)
    assert done.stderr == f"the picture is written: {picture}\n"
    svg = picture.read_text(encoding="utf-8")
    assert svg.startswith("<svg ")
    assert ">lab.yaml</text>" in svg
    assert [path.name for path in tmp_path.glob("plan*")] == ["plan.svg"]


@pytest.mark.parametrize("name", ["plan.pdf", "plan", ".svg.gz"])
def test_another_ending_is_refused_with_those_that_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"must end in \.svg or \.png"):
        commands.plan(tmp_path / "lab.yaml", picture=tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"plan\.png cannot be written: No such file"):
        write_whole(tmp_path / "nowhere" / "plan.png", b"")
