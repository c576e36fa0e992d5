"""The revisions that a journal keeps: newest first, a damaged one costs no other."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalogue.conftest import Root
from tests.catalogue.revised import CHANGED
from tests.catalogue.told import RUN
from tests.support.values import NOON
from thorsched.catalogue.applied import (
    Change,
    Difference,
    Effect,
    How,
    Kept,
    RevisionApplied,
    Unread,
)
from thorsched.catalogue.applied_text import difference_of, difference_text
from thorsched.catalogue.kept import kept_revisions, last_revision
from thorsched.schedule.intervals import ALWAYS, Window

START = RevisionApplied(NOON, "0" * 64, Path("/rig.yaml"), "cameras: {}\n")
EDIT = replace(START, revision="1" * 64, text="", how=How.EDIT, difference=CHANGED, was="0" * 64)
_WHOLE_MS = st.integers(0, 10**12).map(lambda ms: NOON + timedelta(milliseconds=ms))
_WINDOWS = st.one_of(
    st.none(),
    st.just(ALWAYS),
    st.tuples(_WHOLE_MS, st.integers(1, 10**9)).map(
        lambda told: Window(told[0], told[0] + timedelta(milliseconds=told[1]))
    ),
)
_SINCE = st.none() | _WHOLE_MS
_TEXTS = st.lists(st.text(), max_size=3).map(tuple)
_DIFFERENCES = st.builds(
    Difference,
    st.lists(
        st.builds(
            Change, st.text(), st.sampled_from(Effect), st.booleans(), _WINDOWS, _TEXTS, _SINCE
        ),
        max_size=3,
    ).map(tuple),
    _TEXTS,
)


@settings(max_examples=30)
@given(_DIFFERENCES)
def test_what_changed_comes_back_from_its_text_as_it_was(changed: Difference) -> None:
    assert difference_of(difference_text(changed)) == changed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{torn",
        "[]",
        "null",
        "{}",
        '{"cameras": {}, "file": []}',
        '{"cameras": [7], "file": []}',
        '{"cameras": [], "file": "words"}',
        '{"cameras": [], "file": [7]}',
        "[" * 100_000,
        difference_text(CHANGED).replace("replaced", "eaten"),
        difference_text(CHANGED).replace('"is_now": true', '"is_now": 1'),
        difference_text(CHANGED).replace("2026-03-01T12:00", "2026-99-01T12:00"),
        difference_text(CHANGED).replace("2026-03-01T12:00:00.000Z", "2026-03-02"),
    ],
)
def test_what_is_of_another_form_is_no_change(text: str) -> None:
    with pytest.raises(ValueError, match="what changed cannot be read"):
        difference_of(text)


@pytest.fixture
def kept(root: Root) -> Root:
    """A journal with a start and an edit, and another run's start."""
    with root.written() as journal:
        journal.tell(START)
        journal.tell(EDIT)
    with root.written(replace(RUN, pid=43)) as journal:
        journal.tell(START)
    return root


def revisions_of(root: Root) -> list[Kept | Unread]:
    with root.read() as journal:
        return [*kept_revisions(journal)]


def spoil(root: Root, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(root.journal)) as journal:
        journal.execute("PRAGMA ignore_check_constraints = ON")
        assert journal.execute(sql, values).rowcount > 0, "nothing was spoilt"
        journal.commit()


def test_revisions_come_newest_first_with_the_run_that_applied_them(kept: Root) -> None:
    third, second, first = revisions_of(kept)
    assert third == Kept(3, 2, 43, START, is_compared=True)
    assert second == Kept(2, 1, 42, EDIT, is_compared=True)
    assert first == Kept(1, 1, 42, START, is_compared=True)


def test_revisions_come_in_the_order_in_which_they_were_applied_though_the_clock_was_set_back(
    root: Root,
) -> None:
    later = replace(EDIT, at=START.at - timedelta(hours=1))
    with root.written() as journal:
        journal.tell(START)
        journal.tell(later)
    second, first = (one for one in revisions_of(root) if isinstance(one, Kept))
    assert (second.applied, first.applied) == (later, START)


@pytest.mark.parametrize(
    "damage",
    [
        "hash = x'00'",
        "hash = ';reboot ' || substr(hash, 9)",
        "applied = '2026-99-01T00:00:00Z'",
        "text = x'00'",
        "text = CAST(x'ff' AS TEXT)",
        "path = 'a' || char(0)",
        "how = 'fate'",
        "run = 'x'",
    ],
)
def test_a_damaged_row_costs_that_row(kept: Root, damage: str) -> None:
    spoil(kept, f"UPDATE revisions SET {damage} WHERE id = 2")
    told = revisions_of(kept)
    (bad,) = (one for one in told if isinstance(one, Unread))
    assert (bad.number, bad.why.isprintable()) == (2, True)
    assert [one.number for one in told if isinstance(one, Kept)] == [3, 1]


def test_a_change_that_cannot_be_read_costs_no_text(kept: Root) -> None:
    told = json.dumps({"cameras": [{"camera": "side"}], "file": []})
    spoil(kept, "UPDATE revisions SET difference = ? WHERE id = 2", told)
    edit = revisions_of(kept)[1]
    assert edit == Kept(2, 1, 42, replace(EDIT, difference=Difference()), is_compared=False)


def test_the_last_one_is_told_or_why_it_cannot_be(kept: Root) -> None:
    with kept.read() as journal:
        assert last_revision(journal) == START
    spoil(kept, "UPDATE revisions SET text = x'00' WHERE id = 3")
    with kept.read() as journal, pytest.raises(ValueError, match="is not text"):
        last_revision(journal)
