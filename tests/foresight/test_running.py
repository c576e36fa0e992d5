"""Which revision of a file runs below a root, or ran there last."""

import os
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.config.files import RIGHT
from tests.support.years import START, apply_revision, make_journal
from thorsched.catalogue.database import path_below
from thorsched.config.load import load
from thorsched.foresight.patience import Patience
from thorsched.foresight.running import running_in, running_of
from thorsched.recording.root import RootLock


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root whose journal has one run, of no revision as yet."""
    make_journal(tmp_path / "recordings", ("side",), segments=1)
    return tmp_path / "recordings"


def test_the_newest_revision_is_the_one_that_runs_or_ran_last(root: Path, tmp_path: Path) -> None:
    file, later = tmp_path / "recordings.yaml", START + timedelta(hours=1)
    apply_revision(root, file, RIGHT)
    newest = apply_revision(root, file, RIGHT + "lead: 5s\n", at=later)
    last = running_in(root, patience=Patience()).running
    assert last is not None
    assert (last.loaded.revision, last.loaded.path, last.applied) == (newest, file, later)
    assert last.loaded.config.lead == timedelta(seconds=5)
    assert last.pid == ""
    with closing(RootLock(root)):
        runs = running_in(root, patience=Patience()).running
    assert runs is not None
    assert runs.pid == str(os.getpid())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "nothing has run below its storage.root yet"),
        ("cameras: 3\n", "revision dd465e20 is none that this version reads"),
    ],
)
def test_without_one_that_can_be_read_it_is_said_why(
    root: Path, tmp_path: Path, text: str | None, words: str
) -> None:
    if text is not None:
        apply_revision(root, tmp_path / "recordings.yaml", text)
    found = running_in(root, patience=Patience())
    assert (found.running, found.why_not) == (None, words)


def test_a_root_without_a_journal_and_one_whose_journal_is_broken_say_so(
    root: Path, tmp_path: Path
) -> None:
    assert (
        running_in(tmp_path / "other", patience=Patience()).why_not
        == "nothing has run below its storage.root yet"
    )
    path_below(root).write_bytes(b"garbage")
    assert "thorsched rebuild" in running_in(root, patience=Patience()).why_not


def test_a_file_that_names_another_root_since_is_held_against_what_ran_below_the_old_one(
    root: Path, tmp_path: Path
) -> None:
    file = tmp_path / "recordings.yaml"
    before = apply_revision(root, file, RIGHT)
    file.write_text(RIGHT + "storage: {root: elsewhere}\n")
    with closing(RootLock(root)):
        runs = running_of(load(file), patience=Patience()).running
    assert runs is not None
    assert (runs.loaded.revision, runs.pid) == (before, str(os.getpid()))
    assert runs.loaded.config.storage.root == root


def test_a_file_that_never_ran_is_held_against_nothing(root: Path, tmp_path: Path) -> None:
    apply_revision(root, tmp_path / "theirs.yaml", RIGHT)
    file = tmp_path / "recordings.yaml"
    file.write_text(RIGHT + "storage: {root: elsewhere}\n")
    found = running_of(load(file), patience=Patience())
    assert (found.running, found.why_not) == (None, "nothing has run below its storage.root yet")
