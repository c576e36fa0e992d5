"""`thorsched metadata`: a summary or tables; what cannot be read is told, the rest is done."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.films import Film, stamped
from tests.support.program import thorsched


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return stamped(tmp_path_factory.mktemp("stamped") / "side-00000.mkv")


@pytest.fixture
def files(whole: Film, film: Film, tmp_path: Path) -> list[str]:
    """A good file, one that was cut, one of another camera, one that is none, one that is not."""
    shutil.copy(whole.path, tmp_path)
    (tmp_path / "cut.mkv").write_bytes(whole.content[: len(whole.content) // 2])
    shutil.copy(film.path, tmp_path / "other.mkv")
    (tmp_path / "notes.mkv").write_text("the mouse slept")
    return ["side-00000.mkv", "cut.mkv", "other.mkv", "notes.mkv", "none.mkv"]


def test_a_summary_counts_frames_and_gaps(whole: Film) -> None:
    ended = thorsched("metadata", str(whole.path), cwd=whole.path.parent)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("file  "), "as flush left as any table"
    (row,) = [line.split() for line in ended.stdout.splitlines() if "side-00000.mkv" in line]
    assert row[1:] == ["120", str(2**32 - 60_000), "59000", "0", "1", "wrap"]


def test_a_summary_of_segments_by_their_usual_name_fits_a_terminal(
    whole: Film, tmp_path: Path
) -> None:
    shutil.copy(whole.path, tmp_path / "overhead_20260301T090000Z-00000.mkv")
    ended = thorsched("metadata", "overhead_20260301T090000Z-00000.mkv", cwd=tmp_path)
    assert "overhead_20260301T090000Z-00000.mkv" in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 100


def test_files_that_cannot_be_read_are_told_and_the_others_done(
    files: list[str], tmp_path: Path
) -> None:
    ended = thorsched("metadata", "--json", *files, cwd=tmp_path)
    assert ended.returncode == 2
    told = json.loads(ended.stdout)
    assert [one["file"] for one in told["files"]] == files[:2]
    assert [one["file"] for one in told["failed"]] == files[2:]
    assert 50 < told["files"][1]["frames"] < 70
    (note,) = told["files"][1]["notes"]
    assert note.startswith("cut.mkv was never closed")
    assert f"note: {note}\n" in ended.stderr
    assert told["files"][0]["notes"] == []
    assert "without XDAQ metadata" in ended.stderr
    assert "notes.mkv is not a recording" in ended.stderr
    assert "none.mkv: No such file or directory" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("form", ["csv", "parquet", "npz", "bin"])
def test_a_table_lies_beside_each_file(files: list[str], tmp_path: Path, form: str) -> None:
    ended = thorsched("metadata", "--to", form, *files, cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stdout.splitlines()[0] == f"side-00000.{form}: 120 frames"
    tables = {path.name for path in tmp_path.glob(f"*.{form}*")}
    assert tables == {f"side-00000.{form}", f"cut.{form}"}
    again = thorsched("metadata", "--to", form, files[0], cwd=tmp_path)
    assert again.returncode == 2
    assert f"side-00000.{form} exists already" in again.stderr


def test_several_files_make_one_table_if_asked_for(whole: Film, tmp_path: Path) -> None:
    both = [str(whole.path), str(whole.path)]
    ended = thorsched("metadata", "--to", "npz", "-o", "all.npz", *both, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "all.npz: 240 frames\n")
    with np.load(tmp_path / "all.npz") as arrays:
        assert arrays["file_index"].tolist() == [0] * 120 + [1] * 120


def test_a_file_that_cannot_be_read_leaves_the_table_of_the_others(
    files: list[str], tmp_path: Path
) -> None:
    ended = thorsched("metadata", "-o", "all.npz", *files, cwd=tmp_path)
    assert ended.returncode == 2
    assert "without 3 files that could not be read" in ended.stdout
    assert "notes.mkv is not a recording" in ended.stderr
    with np.load(tmp_path / "all.npz") as arrays:
        assert set(arrays["file_index"].tolist()) == {0, 1}
    nothing = thorsched("metadata", "-o", "none.csv", *files[2:], cwd=tmp_path)
    assert nothing.returncode == 2
    assert not (tmp_path / "none.csv").exists()
    assert nothing.stderr.count("\n") == 3


def test_segments_are_done_by_their_numbers(whole: Film, tmp_path: Path) -> None:
    for name in ("a-100.mkv", "a-99.mkv"):
        shutil.copy(whole.path, tmp_path / name)
    ended = thorsched("metadata", "--json", "a-100.mkv", "a-99.mkv", cwd=tmp_path)
    assert [one["file"] for one in json.loads(ended.stdout)["files"]] == ["a-99.mkv", "a-100.mkv"]


def test_a_table_in_a_directory_that_is_not_there_names_the_directory(
    whole: Film, tmp_path: Path
) -> None:
    ended = thorsched("metadata", "-o", "nodir/all.csv", str(whole.path), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (2, "nodir: No such file or directory\n")


def test_a_library_that_is_missing_is_told_once(whole: Film, tmp_path: Path) -> None:
    (tmp_path / "lib" / "pyarrow").mkdir(parents=True)
    (tmp_path / "lib" / "pyarrow" / "__init__.py").write_text("raise ImportError")
    for name in ("a.mkv", "b.mkv"):
        shutil.copy(whole.path, tmp_path / name)
    env = {"PYTHONPATH": str(tmp_path / "lib")}
    ended = thorsched("metadata", "--to", "parquet", "a.mkv", "b.mkv", cwd=tmp_path, env=env)
    assert ended.returncode == 2
    assert ended.stderr.count("pip install 'thorsched[parquet]'") == 1
    assert not list(tmp_path.glob("*p*q*"))


def test_damage_is_told(whole: Film, tmp_path: Path) -> None:
    content = bytearray(whole.content)
    middle = content.index(whole.frames[60])
    content[middle - 40 : middle] = bytes(40)
    (tmp_path / "hit.mkv").write_bytes(content)
    ended = thorsched("metadata", "hit.mkv", cwd=tmp_path)
    assert ended.returncode == 0
    assert ended.stderr == "note: hit.mkv is damaged in 1 place: the frames in there are lost\n"


def test_a_fifo_holds_nobody(whole: Film, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mkv")
    shutil.copy(whole.path, tmp_path / "a.mkv")
    os.mkfifo(tmp_path / "a.csv.part")
    ended = thorsched("metadata", "--to", "csv", "fifo.mkv", "a.mkv", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "a.csv: 120 frames\n")
    assert "fifo.mkv: not a plain file" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "x.xlsx"], "add --to with one of csv, parquet, npz, bin"),
        (["--to", "npz", "-o", "x.csv"], "its ending says .csv"),
        (["--to", "csv", "--json"], "without --to"),
        (["--to", "xlsx"], "xlsx"),
    ],
)
def test_a_wrong_command_line_says_so(
    whole: Film, tmp_path: Path, arguments: list[str], words: str
) -> None:
    ended = thorsched("metadata", *arguments, str(whole.path), cwd=tmp_path)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [(), ("--to", "csv")])
@pytest.mark.parametrize("path", [".", "..", "/"])
def test_a_directory_is_told_to_be_one(
    tmp_path: Path, path: str, arguments: tuple[str, ...]
) -> None:
    ended = thorsched("metadata", *arguments, path, cwd=tmp_path)
    assert ended.returncode == 2
    assert "is a directory: name the .mkv files in it; those of a storage root are" in ended.stderr
    assert f"{Path(path, '*', '*', '*.mkv')}\n" in ended.stderr
    assert "Traceback" not in ended.stderr
