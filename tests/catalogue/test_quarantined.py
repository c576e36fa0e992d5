"""What is in quarantine is in the journal, and does not count as recorded."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.told import RUN, attempt_in, described, set_apart
from tests.support.values import NOON
from tests.support.waiting import PATIENCE_S
from thorsched.catalogue.entries import SegmentRow
from thorsched.catalogue.sidecars import found_below
from thorsched.recording.sidecars import write_sidecar

SECOND = replace(RUN, pid=43)
FROM = "side/2026-03-01/side_20260301T120001Z-00000.mkv"


def left_apart(root: Root) -> Path:
    """Leave a segment in quarantine, with its sidecar; return that."""
    moved = set_apart(root.path)
    moved.segment.path.parent.mkdir(parents=True)
    moved.segment.path.write_bytes(bytes(1000))
    return write_sidecar(moved)


def assert_apart(row: SegmentRow) -> None:
    assert row.path == Path(".thorsched/quarantine") / FROM
    assert (row.quarantined, row.quarantined_from) == ("damage", FROM)
    assert row.attempt == "side/2026-03-01/side_20260301T120001Z"


def test_a_segment_that_is_moved_has_one_row_and_is_not_recorded(root: Root) -> None:
    with root.written() as journal:
        journal.tell(described(root.path))
        journal.tell(set_apart(root.path))
    with root.read() as read:
        (row,) = read.segments()
    assert_apart(row)
    with root.written(SECOND) as journal:
        past = journal.past(patience_s=PATIENCE_S)
    assert past is not None
    assert past.cameras == {}


@pytest.mark.fault(37)
def test_a_run_that_was_killed_right_after_the_move_is_believed_no_more(root: Root) -> None:
    with root.written() as journal:
        journal.tell(described(root.path))
    left_apart(root)
    with root.written(SECOND) as journal:
        past = journal.past(patience_s=PATIENCE_S)
    assert past is not None
    assert past.cameras == {}
    with root.read() as read:
        (row,) = read.segments()
    assert_apart(row)


@pytest.mark.fault(38)
def test_a_new_journal_knows_what_is_in_quarantine_and_does_not_count_it(root: Root) -> None:
    left_apart(root)
    root.journal.write_bytes(b"garbage")
    with root.written() as journal:
        past = journal.past(patience_s=PATIENCE_S)
    assert past is not None
    assert past.cameras == {}
    with root.read() as read:
        (row,) = read.segments()
    assert_apart(row)


def test_what_was_moved_back_by_hand_is_taken_from_where_it_is(root: Root) -> None:
    left_apart(root)
    attempt_in(root.path).parent.mkdir(parents=True)
    (root.path / FROM).write_bytes(bytes(1000))
    write_sidecar(described(root.path))
    (told,) = found_below(root.path, since=NOON)
    row = told.row
    assert (row.path, row.quarantined) == (Path(FROM), "")


@pytest.mark.parametrize("origin", ["../elsewhere/x-00000.mkv", "/etc/x-00000.mkv", "", 7])
def test_a_sidecar_in_quarantine_that_names_no_place_below_the_root_is_none(
    root: Root, origin: object
) -> None:
    sidecar = left_apart(root)
    told = json.loads(sidecar.read_text())
    told["quarantined"]["from"] = origin
    sidecar.write_text(json.dumps(told))
    assert list(found_below(root.path, since=NOON)) == []


def test_a_quarantine_that_is_a_link_is_not_looked_at(root: Root) -> None:
    left_apart(root)
    quarantine = root.path / ".thorsched" / "quarantine"
    quarantine.rename(root.path / ".thorsched" / "elsewhere")
    quarantine.symlink_to(root.path / ".thorsched" / "elsewhere")
    assert list(found_below(root.path, since=NOON)) == []
