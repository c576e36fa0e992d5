"""A journal that is none is set aside with a clear word, never deleted, and a new one begun."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root, reaches
from tests.catalogue.damages import (
    a_view_more,
    dangling_link,
    directory,
    empty,
    fifo,
    foreign,
    garbage,
    has_a_trigger,
    link,
    log_is_a_link,
    newer,
    only_its_log_is_left,
    other_tables,
    overwritten,
    rollback_log_is_a_fifo,
    rollback_log_is_a_link,
    torn,
)
from tests.catalogue.told import RUN, described
from tests.support.values import NOON
from thorsched.catalogue.database import VERSION
from thorsched.recording.history import Happened

SECOND = replace(RUN, pid=43)


@pytest.mark.fault(38)
@pytest.mark.fault(38)
@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (empty, "it is empty"),
        (garbage, "it is damaged"),
        (torn, "it is damaged"),
        (overwritten, "it is damaged"),
        (foreign, "another program's"),
        (newer, "a newer thorsched wrote it"),
        (link, "not a plain file"),
        (dangling_link, "not a plain file"),
        (fifo, "not a plain file"),
        (directory, "not a plain file"),
        (log_is_a_link, "journal.sqlite3-wal is not a plain file"),
        (rollback_log_is_a_link, "journal.sqlite3-journal is not a plain file"),
        (rollback_log_is_a_fifo, "journal.sqlite3-journal is not a plain file"),
        (has_a_trigger, "it has a trigger late"),
        (other_tables, "its table gaps is not a journal's"),
        (only_its_log_is_left, "its main file is gone"),
    ],
)
def test_what_is_no_journal_is_set_aside_with_a_word_and_a_new_one_begun(
    root: Root, damage: Callable[[Path], None], word: str, caplog: pytest.LogCaptureFixture
) -> None:
    with root.written() as journal:
        for number in range(100):
            journal.tell(Happened(NOON, "counted", str(number)))
    damage(root.journal)
    left = {path.name for path in root.journal.parent.iterdir()}
    with root.written(SECOND) as journal:
        journal.tell(described(root.path))
    (line,) = [one for one in caplog.records if "set aside" in one.message]
    assert word in vars(line)["why"]
    assert len(root.set_aside()) == len([name for name in left if name.startswith("journal")])
    assert not root.journal.is_symlink()
    with root.read() as read:
        assert read.runs()[-1].pid == 43
        assert {run.pid for run in read.runs()} <= {42, 43}
        assert len(read.segments()) == 1
    assert not root.journal.with_name("nowhere").exists(), "a link was followed"


def test_a_view_that_a_person_has_added_does_no_harm(root: Root) -> None:
    with root.written():
        pass
    a_view_more(root.journal)
    with root.written(SECOND):
        pass
    assert root.set_aside() == []
    with root.read() as read:
        assert [run.pid for run in read.runs()] == [RUN.pid, 43]


def test_what_was_set_aside_earlier_stays(root: Root) -> None:
    for _ in range(3):
        garbage(root.journal)
        with root.written():
            pass
    aside = root.set_aside()
    assert len(aside) == 3
    assert len({root.journal.with_name(name).read_bytes() for name in aside}) == 3


@pytest.mark.fault(38)
@pytest.mark.fault(38)
def test_a_journal_of_a_newer_version_is_whole_where_it_was_set_aside(root: Root) -> None:
    with root.written() as journal:
        journal.tell(described(root.path))
    newer(root.journal)
    with root.written(SECOND):
        pass
    (aside,) = root.set_aside()
    with closing(sqlite3.connect(root.journal.with_name(aside))) as kept:
        assert kept.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)
        assert kept.execute("SELECT frames FROM segments").fetchall() == [(300,)]


@pytest.mark.fault(38)
def test_one_that_was_not_closed_in_order_is_read_from_its_log(root: Root, tmp_path: Path) -> None:
    killed = root.begin()
    killed.tell(described(root.path))
    reaches(root, RUN)
    copy = Root(tmp_path / "copy")
    copy.journal.parent.mkdir(parents=True)
    for part in ("", "-wal"):  # as a power cut leaves them
        content = root.journal.with_name(root.journal.name + part).read_bytes()
        copy.journal.with_name(copy.journal.name + part).write_bytes(content)
    killed.close(how="it is over", patience_s=30)
    with copy.written(SECOND):
        pass
    assert copy.set_aside() == []
    with copy.read() as read:
        assert [run.pid for run in read.runs()] == [42, 43]
        assert len(read.segments()) == 1


def test_every_column_says_what_it_is() -> None:
    schema = Path(__file__).parents[2] / "thorsched" / "catalogue" / "schema.sql"
    lines = [line.strip() for line in schema.read_text().splitlines()]
    types = ("TEXT", "INTEGER")
    columns = [
        number
        for number, line in enumerate(lines)
        if len(line.split()) > 1 and line.split()[1].rstrip(",") in types
    ]
    assert len(columns) > 30
    bare = [
        lines[n] for n in columns if "-- " not in lines[n] and not lines[n + 1].startswith("--")
    ]
    assert bare == []


@pytest.fixture
def log_of_ten_runs(root: Root) -> tuple[bytes, bytes]:
    """The main file and the log of a journal that a power cut may tear; nothing is lost so far."""
    journal = root.begin()
    for number in range(10):
        passed = NOON + timedelta(minutes=number)
        journal.passed(passed)
        journal.tell(described(root.path))
        reaches(root, replace(RUN, last_pass=passed))
    log = root.journal.with_name(f"{root.journal.name}-wal")
    contents = root.journal.read_bytes(), log.read_bytes()
    journal.close(how="it is over", patience_s=30)
    return contents


def left_by_power_cut(directory: Path, main: bytes, log: bytes) -> Root:
    copy = Root(directory)
    copy.journal.parent.mkdir(parents=True)
    copy.journal.write_bytes(main)
    copy.journal.with_name(f"{copy.journal.name}-wal").write_bytes(log)
    return copy


@pytest.mark.fault(32, 38)
def test_what_a_power_cut_leaves_of_its_log_is_a_journal(
    tmp_path: Path, log_of_ten_runs: tuple[bytes, bytes]
) -> None:
    main, log = log_of_ten_runs
    for percent in (0, 1, 30, 50, 77, 99):
        torn = log[: len(log) * percent // 100]
        copy = left_by_power_cut(tmp_path / str(percent), main, torn)
        with copy.written(SECOND):
            pass
        assert copy.set_aside() == []
        with copy.read() as read:
            assert read.runs()[-1].pid == 43


@pytest.mark.fault(32, 38)
def test_what_a_power_cut_made_of_its_log_is_read_up_to_there(
    tmp_path: Path, log_of_ten_runs: tuple[bytes, bytes]
) -> None:
    main, log = log_of_ten_runs
    middle = len(log) // 2
    scrambled = log[:middle] + os.urandom(4096) + log[middle + 4096 :]
    copy = left_by_power_cut(tmp_path / "copy", main, scrambled)
    with copy.written(SECOND):
        pass
    assert copy.set_aside() == []
    with copy.read() as read:
        first, second = read.runs()
    assert (first.pid, second.pid) == (42, 43)
    assert NOON < first.last_pass < NOON + timedelta(minutes=9)
