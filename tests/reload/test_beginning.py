"""What a program begins with where the file is wrong, or gone: the last good revision."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from tests.config.files import RIGHT
from tests.support.kept import MadeJournal
from tests.support.values import NOON
from thorsched.base.errors import ConfigError, MachineError
from thorsched.catalogue.applied import How
from thorsched.config.load import load
from thorsched.reload.past.beginning import LastGood, last_good

Seen = TypeVar("Seen")
VERSION_3 = Path(__file__).parents[1] / "catalogue" / "version_3.sql"
HOUR = timedelta(hours=1)
EDITED = RIGHT + "lead: 5s\n"


class Open:
    """Asks places that all answer."""

    def ask(self, look: Callable[[], Seen], *_: Path) -> Seen:
        return look()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recordings.yaml"


@pytest.fixture
def journal(tmp_path: Path) -> MadeJournal:
    """The journal of the root that a file without a word of it has."""
    journal = MadeJournal(tmp_path / "recordings")
    journal.run(NOON)
    return journal


def found(file: Path) -> LastGood:
    with pytest.raises(ConfigError):
        load(file)
    return last_good(file, asking=Open())


@pytest.mark.parametrize("text", [None, "cameras: [\n", RIGHT.replace("jpeg", "gif"), "\0"])
def test_the_newest_revision_is_the_last_good_one(
    file: Path, journal: MadeJournal, text: str | None
) -> None:
    journal.apply(file, RIGHT, NOON, how=How.START)
    revision = journal.apply(file, EDITED, NOON + HOUR)
    if text is not None:
        file.write_text(text)
    good = found(file)
    assert (good.loaded.revision, good.loaded.path, good.applied) == (revision, file, NOON + HOUR)
    assert good.loaded.config.lead == timedelta(seconds=5)
    assert good.loaded.config.storage.root == journal.root


def test_what_cannot_be_read_or_is_not_what_its_hash_says_is_passed_by(
    file: Path, journal: MadeJournal
) -> None:
    good = journal.apply(file, RIGHT, NOON, how=How.START)
    journal.apply(file, "cameras: {}\n", NOON + HOUR)  # of a version that read other files
    journal.apply(file, EDITED, NOON + 2 * HOUR)
    journal.execute("UPDATE revisions SET text = text || '# not so' WHERE id = 3")
    journal.apply(file, EDITED, NOON + 3 * HOUR)
    journal.execute("UPDATE revisions SET applied = 'some day' WHERE id = 4")
    assert found(file).loaded.revision == good


def test_a_time_is_that_of_the_edit_not_of_a_start_since(file: Path, journal: MadeJournal) -> None:
    journal.apply(file, RIGHT, NOON, how=How.START)
    journal.apply(file, EDITED, NOON + HOUR)
    journal.run(NOON + 2 * HOUR, pid=43)
    journal.apply(file, EDITED, NOON + 2 * HOUR, how=How.START)
    assert found(file).applied == NOON + HOUR


def test_it_is_found_where_the_broken_text_says(tmp_path: Path, file: Path) -> None:
    journal = MadeJournal(tmp_path / "disk" / "rec")
    journal.run(NOON)
    text = RIGHT + "storage: {root: disk/rec}\n"
    revision = journal.apply(file, text, NOON, how=How.START)
    file.write_text(text.replace("cameras:", "cameras: ["))
    assert found(file).loaded.revision == revision


def test_a_root_that_an_edit_has_left_leads_to_the_one_that_it_names(
    file: Path, tmp_path: Path, journal: MadeJournal
) -> None:
    other = MadeJournal(tmp_path / "other")
    other.run(NOON)
    moved = RIGHT + "storage: {root: other}\n"
    journal.apply(file, RIGHT, NOON, how=How.START)
    other.apply(file, RIGHT, NOON, how=How.START)
    for one in (journal, other):
        one.apply(file, moved, NOON + HOUR)
    newest = other.apply(file, moved + "lead: 5s\n", NOON + 2 * HOUR)
    assert found(file).loaded.revision == newest, "the file is gone, and with it the root's name"


def test_another_files_journal_is_no_help_and_names_it(
    file: Path, tmp_path: Path, journal: MadeJournal
) -> None:
    journal.apply(tmp_path / "theirs.yaml", RIGHT, NOON)
    with pytest.raises(MachineError, match=r"but of .*/theirs\.yaml: name that file"):
        found(file)


def test_a_file_that_is_reached_by_a_link_is_the_same(
    file: Path, tmp_path: Path, journal: MadeJournal
) -> None:
    revision = journal.apply(file, RIGHT, NOON)
    file.write_text("")
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    assert found(link).loaded.revision == revision
    assert found(Path(os.path.relpath(file))).loaded.revision == revision


def test_relative_paths_lead_where_they_did(file: Path, tmp_path: Path) -> None:
    journal = MadeJournal(tmp_path / "deep" / "rec")
    journal.run(NOON)
    (tmp_path / "deep" / "rig").mkdir()
    kept_at = tmp_path / "deep" / "rig" / "recordings.yaml"
    text = RIGHT + "storage: {root: ../rec}\n"
    journal.apply(kept_at, text, NOON)
    kept_at.write_text(text + "cameras: again\n")
    file.symlink_to(kept_at)
    (tmp_path / "rec").mkdir()
    good = last_good(kept_at, asking=Open())
    assert good.loaded.config.storage.root == journal.root


def test_a_byte_order_mark_belongs_to_the_bytes_and_not_to_the_text(
    file: Path, journal: MadeJournal
) -> None:
    content = b"\xef\xbb\xbf" + RIGHT.encode()
    file.write_bytes(content)
    revision = load(file).revision
    journal.apply(file, RIGHT, NOON)
    journal.execute("UPDATE revisions SET hash = ?", revision)
    file.unlink()
    assert found(file).loaded.revision == revision


def test_without_a_journal_there_is_none(file: Path) -> None:
    with pytest.raises(MachineError, match="thorsched run has not recorded there"):
        found(file)


def test_a_journal_of_an_earlier_version_will_do(file: Path, journal: MadeJournal) -> None:
    revision = journal.apply(file, RIGHT, NOON)
    with closing(sqlite3.connect(journal.path)) as rows:
        (row,) = rows.execute("SELECT run, hash, applied, path, text FROM revisions")
    journal.path.unlink()
    with closing(sqlite3.connect(journal.path)) as rows:
        rows.executescript(VERSION_3.read_text())
        rows.execute(
            "INSERT INTO revisions (run, hash, applied, path, text) VALUES (?,?,?,?,?)", row
        )
        rows.commit()
    assert found(file).loaded.revision == revision
