"""A journal of an earlier thorsched is taken over with all that is in it."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.revised import CHANGED
from tests.catalogue.told import RUN, described
from tests.support.values import NOON
from thorsched.catalogue.applied import How, Kept, RevisionApplied, Unread
from thorsched.catalogue.database import VERSION
from thorsched.catalogue.kept import kept_revisions

OLDER = (1, 2, 3)
REVISION = """
    INSERT INTO revisions (run, hash, applied, path, text)
    VALUES (1, '{hash}', '2026-02-28T12:00:00.000Z', '/rig.yaml', 'cameras: {{}}');
"""
HASHES = ["1" * 64, "2" * 64]
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


@pytest.fixture(params=OLDER)
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def old(root: Root, version: int) -> Root:
    tables = Path(__file__).with_name(f"version_{version}.sql").read_text()
    rows = ROWS if version == 1 else ROWS + "".join(REVISION.format(hash=one) for one in HASHES)
    with closing(sqlite3.connect(root.journal)) as journal:
        journal.executescript(tables + rows + "CREATE VIEW mine AS SELECT path FROM segments;")
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


def test_revisions_of_an_older_journal_are_a_start_and_edits_of_which_no_more_is_known(
    old: Root, version: int
) -> None:
    edited = RevisionApplied(NOON, "3" * 64, Path("/rig.yaml"), "", How.EDIT, CHANGED)
    with old.written(LATER) as journal:
        journal.tell(edited)
    with old.read() as read:
        newest, *kept = map(_told, kept_revisions(read))
    assert newest == ("3" * 64, How.EDIT, True)
    older = [(HASHES[1], How.EDIT, False), (HASHES[0], How.START, False)]
    assert kept == ([] if version == 1 else older)


def _told(kept: Kept | Unread) -> tuple[str, How, bool]:
    assert isinstance(kept, Kept)
    return kept.applied.revision, kept.applied.how, kept.is_compared


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


def test_an_older_journal_that_cannot_be_migrated_stays_as_it_was(old: Root, version: int) -> None:
    with closing(sqlite3.connect(old.journal)) as journal:
        journal.execute("PRAGMA ignore_check_constraints = ON")
        journal.execute("UPDATE gaps SET cause = ''")
        journal.commit()
    with old.written(LATER) as journal:
        journal.tell(described(old.path))
    (aside,) = old.set_aside()
    with closing(sqlite3.connect(old.journal.with_name(aside))) as kept:
        assert kept.execute("PRAGMA user_version").fetchone() == (version,)
        assert kept.execute("SELECT frames FROM segments").fetchall() == [(18000,)]
    with old.read() as read:
        assert 300 in {segment.frames for segment in read.segments()}


def _words(sql: str | None) -> list[str]:
    return (sql or "").replace('"', "").split()
