"""A journal of an earlier thorsched is taken over with all that is in it."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.told import RUN, described
from thorsched.catalogue.database import VERSION

OLD = Path(__file__).with_name("version_1.sql").read_text()
LATER = replace(RUN, pid=43)
ROWS = """
    INSERT INTO runs (pid, version, began, last_pass)
    VALUES (41, '0.0.9', '2026-02-28T12:00:00.000Z', '2026-02-28T13:00:00.000Z');
    INSERT INTO segments (
        path, attempt, camera, first_frame, last_frame_end, frames, size_bytes, finalised
    )
    VALUES (
        'side/old-00000.mkv', 'side/old', 'side',
        '2026-02-28T12:00:00.000Z', '2026-02-28T12:10:00.000Z', 18000, 1000, 1
    );
    INSERT INTO gaps (camera, start, cause) VALUES ('side', '2026-02-28T12:10:00.000Z', 'stalled');
"""


@pytest.fixture
def old(root: Root) -> Root:
    with closing(sqlite3.connect(root.journal)) as journal:
        journal.executescript(OLD + ROWS + "CREATE VIEW mine AS SELECT path FROM segments;")
    return root


def test_an_older_journal_keeps_all_its_rows_and_takes_new_ones(old: Root) -> None:
    with old.written(LATER) as journal:
        journal.tell(described(old.path))
    assert old.set_aside() == []
    with old.read() as read:
        assert [run.pid for run in read.runs()] == [41, 43]
        assert [segment.frames for segment in read.segments()] == [18000, 300]
        assert [segment.removed for segment in read.segments()] == [None, None]
        assert [gap.camera for gap in read.gaps()] == ["side"]
        assert [read.audits(), read.copies(), read.recordings()] == [[], [], []]


def test_an_older_journal_has_todays_form_afterwards_and_a_persons_view(old: Root) -> None:
    with old.written(LATER):
        pass
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    with closing(sqlite3.connect(old.journal)) as journal:
        assert journal.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert journal.execute("SELECT path FROM mine").fetchall() == [("side/old-00000.mkv",)]
        journal.execute("DROP VIEW mine")
        migrated = journal.execute(schema).fetchall()
    old.journal.unlink()
    with old.written(LATER):
        pass
    with closing(sqlite3.connect(old.journal)) as journal:
        new = journal.execute(schema).fetchall()
    assert [row[:2] for row in migrated] == [row[:2] for row in new]
    assert [_words(row[2]) for row in migrated] == [_words(row[2]) for row in new]


def test_an_older_journal_that_cannot_be_migrated_stays_as_it_was(old: Root) -> None:
    with closing(sqlite3.connect(old.journal)) as journal:
        journal.execute("PRAGMA ignore_check_constraints = ON")
        journal.execute("UPDATE gaps SET cause = ''")
        journal.commit()
    with old.written(LATER) as journal:
        journal.tell(described(old.path))
    (aside,) = old.set_aside()
    with closing(sqlite3.connect(old.journal.with_name(aside))) as kept:
        assert kept.execute("PRAGMA user_version").fetchone() == (1,)
        assert kept.execute("SELECT frames FROM segments").fetchall() == [(18000,)]
    with old.read() as read:
        assert 300 in {segment.frames for segment in read.segments()}


def _words(sql: str | None) -> list[str]:
    return (sql or "").replace('"', "").split()
