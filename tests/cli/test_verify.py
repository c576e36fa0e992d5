"""`thorsched verify`: what a person and a program are told."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.catalogue.stock import DIRECTORY, name, plain_segments
from tests.support.program import program, thorsched
from thorsched.base.clock import SystemClock
from thorsched.catalogue import database
from thorsched.catalogue.fsck.verify import Verification
from thorsched.cli.verify import verify
from thorsched.recording.root import RootLock, marked

SIZE = 1000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    plain_segments(tmp_path, 3, size_bytes=SIZE)
    return tmp_path


def told(root: Path, capsys: pytest.CaptureFixture[str], **how: bool) -> tuple[int, str]:
    asked = {"repair": False, "fresh": False, "as_json": False} | how
    code = verify(root, **asked)
    return code, capsys.readouterr().out


def test_where_all_is_well_one_line_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(root, capsys) == (0, "3 segments, 3 kB (3 kB hashed): all well\n")


def test_each_finding_is_a_line_and_the_last_says_how_many(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / name(0)).unlink()
    (root / name(1)).write_bytes(b"x" * SIZE)
    (root / "notes.txt").touch()
    code, out = told(root, capsys)
    assert code == 2
    lines = out.splitlines()
    assert lines[0] == "foreign: notes.txt: thorsched did not make it"
    assert lines[1].startswith(f"changed: {name(1)}: its SHA-256 is")
    assert lines[2] == f"missing: {name(0)}: its sidecar is there"
    assert lines[3] == "2 segments, 2 kB (2 kB hashed): 1 changed, 1 missing"


def test_a_table_beside_its_segment_is_nothing_foreign(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for ending in (".csv", ".parquet", ".npz", ".bin"):
        (root / name(0)).with_suffix(ending).touch()
    assert told(root, capsys)[1].endswith(": all well\n")
    assert "foreign" not in told(root, capsys)[1]
    (root / "results.csv").touch()
    assert told(root, capsys)[1].startswith("foreign: results.csv: thorsched did not make it\n")


def test_a_program_is_told_the_same(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / name(0)).unlink()
    code, out = told(root, capsys, as_json=True)
    said = json.loads(out)
    assert (code, said["well"], said["segments"]) == (2, False, 2)
    assert said["findings"] == [
        {
            "kind": "missing",
            "file": name(0).as_posix(),
            "detail": "its sidecar is there",
            "wrong": True,
            "mended": None,
            "left": None,
            "moved_from": None,
        }
    ]


def test_what_was_mended_is_told_and_what_is_left(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / name(0)).unlink()
    code, out = told(root, capsys, repair=True)
    assert code == 2
    assert "; left: nothing of it is here" in out


def test_a_repair_finds_its_files_from_wherever_it_is_called(root: Path) -> None:
    sidecar = (root / name(0)).with_suffix(".json")
    told = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps({key: told[key] for key in told.keys() - {"audit", "sha256"}}))
    repaired = thorsched("verify", root.name, "--repair", cwd=root.parent)
    assert f"unaudited: {name(0)}" in repaired.stdout
    assert "mended: audited: no recording" in repaired.stdout
    assert repaired.returncode == 0, repaired.stdout
    assert "sha256" in json.loads(sidecar.read_text())


def test_hostile_names_are_printed_harmlessly(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "\x1b[31m\nforged: all well").touch()
    _, out = told(root, capsys)
    assert "\x1b" not in out
    assert len(out.splitlines()) == 2


def test_many_files_of_others_are_counted_not_listed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(100):
        (root / DIRECTORY / f"{number}.csv").touch()
    code, out = told(root, capsys)
    assert code == 0
    assert "foreign: and 80 more (--json names all)" in out
    assert len(out.splitlines()) == 22


def test_what_is_no_storage_root_is_refused_with_a_word(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for what, word in (("nowhere", "is no directory"), ("file", "is no directory"), (".", "is no")):
        refused = thorsched("verify", what, cwd=tmp_path)
        assert refused.returncode == 1
        assert word in refused.stderr
        assert "Traceback" not in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_copy_without_thorscheds_own_directory_is_verified_too(root: Path) -> None:
    (root / ".thorsched").rmdir()
    assert thorsched("verify", ".", cwd=root).returncode == 0
    assert not (root / ".thorsched").exists()


@pytest.mark.parametrize("command", ["verify", "rebuild"])
def test_a_directory_above_or_below_a_root_is_refused_naming_the_root(
    tmp_path: Path, command: str
) -> None:
    lab = tmp_path / "lab"
    root = lab / "recordings"
    plain_segments(root, 1, size_bytes=SIZE)
    marked(root, "0" * 32)
    for where, meant in ((root / DIRECTORY, root), (lab, "recordings")):
        refused = thorsched(command, ".", cwd=where)
        assert refused.returncode == 1
        assert refused.stderr == f". is no storage root, {meant} is: name that\n"
        assert not (where / ".thorsched").exists()


def test_where_somebody_holds_the_root_a_repair_is_refused_naming_it(root: Path) -> None:
    lock = RootLock(root)
    refused = thorsched("verify", ".", "--repair", cwd=root)
    lock.close()
    assert refused.returncode == 2
    assert f"process {os.getpid()}) holds" in refused.stderr


def test_on_a_terminal_a_bar_says_how_far_it_is_and_how_fast(tmp_path: Path) -> None:
    plain_segments(tmp_path, 4, size_bytes=50_000_000)
    ours, theirs = os.openpty()
    with program("verify", ".", cwd=tmp_path, stderr=theirs, env={"TERM": "xterm"}) as running:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # it is closed by then
            while piece := os.read(ours, 10_000):
                shown += piece
        assert running.ends() == 0
        assert "all well" in running.out.read_text(), "what is piped is not drawn"
    os.close(ours)
    assert b"200.0 MB" in shown
    assert b"B/s" in shown


def nothing_takes_it(root: Path) -> None:
    (root / ".thorsched" / "verify.jsonl").mkdir()


def its_directory_is_away(root: Path) -> None:
    (root / ".thorsched").rmdir()


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (nothing_takes_it, "nothing can be written there ("),
        (its_directory_is_away, "there is no .thorsched in it"),
    ],
)
def test_where_nothing_can_be_noted_down_that_is_said(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    happens: Callable[[Path], None],
    words: str,
) -> None:
    happens(root)
    assert verify(root, repair=False, fresh=False, as_json=False) == 0
    assert f"note: {words}" in capsys.readouterr().err


def test_beside_another_verification_it_is_said_that_this_one_begins_anew(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Verification(root, clock=SystemClock(), found=lambda _finding: None):
        assert verify(root, repair=False, fresh=False, as_json=False) == 0
    assert "note: another verification goes on there:" in capsys.readouterr().err


def test_without_a_journal_it_is_said_what_cannot_be_known(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(root, repair=False, fresh=False, as_json=False) == 0
    assert "note: there is no journal: what is gone with its sidecar" in capsys.readouterr().err
    database.create(database.path_below(root))
    assert verify(root, repair=False, fresh=False, as_json=False) == 2, "it knows of no segment"
    assert "there is no journal" not in capsys.readouterr().err
