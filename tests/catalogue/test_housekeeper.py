"""The housekeeper, on real files: what goes, what stays, and what is told of it."""

import contextlib
import json
import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.shelf import DAY, Shelf
from tests.support.disks import mounted_tmpfs, read_only
from thorsched.catalogue.entries import Removed
from thorsched.catalogue.keeping import holdings
from thorsched.catalogue.keeping.witness import CALM_AFTER_S, path_below

YEAR = 365 * DAY


@pytest.fixture
def shelf(root: Root) -> Shelf:
    return Shelf(root)


def calm(shelf: Shelf) -> None:
    """Look once, and let the hour pass in which nothing goes."""
    keeper = shelf.housekeeper()
    keeper.look()
    shelf.root.clock.advance(CALM_AFTER_S)
    keeper.look()


def test_what_is_too_old_goes_its_sidecar_and_journal_say_so(shelf: Shelf) -> None:
    old, young = shelf.record(30.1), shelf.record(29)
    shelf.journalled(old, young)
    calm(shelf)
    assert not old.exists()
    assert young.exists()
    assert shelf.told == [Removed(old, shelf.root.clock.now(), "keep.age 30d")]
    told = json.loads(old.with_suffix(".json").read_text())
    assert told["removed"] == {"at": "2026-03-01T13:00:00.000Z", "why": "keep.age 30d"}
    assert "removed" not in json.loads(young.with_suffix(".json").read_text())


def test_what_the_journal_was_told_stands_there(shelf: Shelf) -> None:
    old = shelf.record(31)
    shelf.journalled(old)
    calm(shelf)
    with shelf.root.written() as journal:
        for entry in shelf.told:
            journal.tell(entry)
    with shelf.root.read() as read:
        [segment] = read.segments()
    assert segment.removed is not None
    assert segment.removed_why == "keep.age 30d"


def test_nothing_goes_within_an_hour_of_the_start(shelf: Shelf) -> None:
    old = shelf.record(31)
    shelf.journalled(old)
    keeper = shelf.housekeeper()
    keeper.look()
    shelf.root.clock.advance(CALM_AFTER_S - 1)
    keeper.look()
    assert old.exists()


@pytest.mark.fault(34)
def test_34_a_clock_ten_years_ahead_deletes_nothing(shelf: Shelf) -> None:
    old = shelf.record(5)
    shelf.journalled(old)
    keeper = shelf.housekeeper()
    shelf.has_passed(1, keeper)
    shelf.root.clock.step_wall(10 * YEAR.total_seconds())
    shelf.has_passed(2, keeper)
    assert shelf.root.clock.now().year == 2036
    assert old.exists(), "it is eight days old, whatever the clock says"
    shelf.root.clock.step_wall(-10 * YEAR.total_seconds())
    shelf.has_passed(1, keeper)
    assert old.exists()
    assert shelf.told == []
    shelf.has_passed(22, keeper)
    assert not old.exists(), "and when it is 30 days old by every clock, it goes"


@pytest.mark.fault(34)
@pytest.mark.parametrize("was_seen", [True, False])
def test_34_a_clock_that_is_ahead_from_the_start_deletes_nothing(
    shelf: Shelf, *, was_seen: bool
) -> None:
    files = [shelf.record(5 - day) for day in range(5)]
    shelf.journalled(*files)
    if not was_seen:
        path_below(shelf.root.path).unlink()
    shelf.root.clock.step_wall(10 * YEAR.total_seconds())
    shelf.has_passed(2, shelf.housekeeper())
    shelf.has_passed(2, shelf.housekeeper())
    assert all(file.exists() for file in files)


@pytest.mark.fault(34)
def test_34_a_clock_that_stands_in_1970_for_a_while_changes_nothing(shelf: Shelf) -> None:
    old = shelf.record(31)
    shelf.journalled(old)
    back_s = shelf.root.clock.now().timestamp()
    shelf.root.clock.step_wall(-back_s)
    keeper = shelf.housekeeper()
    shelf.has_passed(0.5, keeper)
    assert old.exists()
    shelf.root.clock.step_wall(back_s)
    shelf.has_passed(0.5, keeper)
    assert not old.exists()


@pytest.mark.fault(35)
def test_35_links_and_what_is_not_as_journalled_stay(shelf: Shelf, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    victims = [shelf.record(40 - number, camera=f"cam{number}") for number in range(6)]
    goes = shelf.record(31)
    shelf.journalled(*victims, goes)
    link, linked_directory, changed, opened, directory, pipe = victims
    link.rename(outside / "link.mkv")
    link.symlink_to(outside / "link.mkv")
    linked_directory.parent.rename(outside / "directory")
    linked_directory.parent.symlink_to(outside / "directory")
    changed.write_bytes(changed.read_bytes() + b"more")
    shelf.open.add(opened)
    directory.unlink()
    directory.mkdir()
    pipe.unlink()
    os.mkfifo(pipe)
    calm(shelf)
    assert not goes.exists(), "the rule was in force"
    assert (outside / "link.mkv").exists()
    assert (outside / "directory" / linked_directory.name).exists()
    assert all(os.path.lexists(one) for one in victims)
    assert [entry.path for entry in shelf.told if isinstance(entry, Removed)] == [goes]


@pytest.mark.fault(35)
def test_35_foreign_unaudited_held_and_later_files_stay(shelf: Shelf) -> None:
    shelf.keep("{age: 30d, size: 1GB}", held="hold: true")
    unaudited, held = shelf.record(40), shelf.record(40, camera="held")
    foreign, goes = shelf.record(40, camera="foreign"), shelf.record(39)
    ahead = shelf.record(-400)
    shelf.journalled(unaudited, held, goes, ahead, audited=[held, goes, ahead])
    notes = goes.with_name("notes.txt")
    notes.write_text("mine")
    calm(shelf)
    assert not goes.exists(), "the rule was in force"
    assert unaudited.exists()
    assert held.exists()
    assert foreign.exists()
    assert ahead.exists()
    assert notes.exists()


def test_a_file_that_was_changed_since_is_as_old_as_that(shelf: Shelf) -> None:
    touched, untouched = shelf.record(40), shelf.record(41)
    shelf.journalled(touched, untouched, audited=[untouched])
    ten_days_ago = (shelf.root.clock.now() - timedelta(days=10)).timestamp()
    os.utime(touched, (ten_days_ago, ten_days_ago))
    shelf.journalled(touched)  # audited since
    calm(shelf)
    assert touched.exists()
    assert not untouched.exists()


def test_a_journal_that_somebody_has_locked_is_not_read_past_its_lock(shelf: Shelf) -> None:
    shelf.journalled(shelf.record(40))
    with contextlib.closing(sqlite3.connect(shelf.root.journal, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            holdings.kept(shelf.root.journal, destination="")


def test_a_journal_on_a_disk_that_is_read_only_is_read(shelf: Shelf) -> None:
    segment = shelf.record(40)
    shelf.journalled(segment)
    with read_only(shelf.root.path):
        assert not shelf.root.journal.with_name(f"{shelf.root.journal.name}-shm").exists()
        assert [kept.path.name for kept in holdings.kept(shelf.root.journal)] == [segment.name]
        with shelf.root.read() as journal:
            assert len(journal.segments()) == 1


def test_a_root_that_is_not_mounted_is_left_alone(shelf: Shelf) -> None:
    old = shelf.record(40)
    shelf.journalled(old)
    shelf.is_away = True
    calm(shelf)
    assert old.exists()


def test_what_was_taken_away_or_cannot_be_removed_holds_up_nothing(shelf: Shelf) -> None:
    taken, broken, goes = shelf.record(42), shelf.record(41), shelf.record(40)
    shelf.journalled(taken, broken, goes)
    taken.unlink()
    broken.write_bytes(b"")
    calm(shelf)
    assert not goes.exists()
    assert [entry.path for entry in shelf.told if isinstance(entry, Removed)] == [goes]


def test_what_was_removed_when_the_program_was_killed_is_told_by_the_next(shelf: Shelf) -> None:
    old = shelf.record(40)
    shelf.journalled(old)
    calm(shelf)
    assert not old.exists()
    shelf.told.clear()
    shelf.has_passed(0.2, shelf.housekeeper())
    assert [entry.path for entry in shelf.told if isinstance(entry, Removed)] == [old]


def test_room_is_made_at_once_before_recorders_come_upon_min_free(root: Root) -> None:
    with mounted_tmpfs(root.path, size="8m"):
        (root.path / ".thorsched").mkdir()
        shelf = Shelf(root)
        files = [shelf.record(5 - day, size=1_500_000) for day in range(4)]
        shelf.journalled(*files)
        shelf.keep("{size: 1GB}", min_free="1500KB")
        shelf.housekeeper().look()
        assert [file.exists() for file in files] == [False, True, True, True]


def test_a_disk_without_a_byte_left_is_given_room(root: Root) -> None:
    with mounted_tmpfs(root.path, size="8m"):
        (root.path / ".thorsched").mkdir()
        shelf = Shelf(root)
        old = shelf.record(5, size=1_500_000)
        shelf.journalled(old)
        shelf.keep("{size: 1GB}", min_free="1MB")
        full = root.path / "full"
        with pytest.raises(OSError, match="No space"):
            full.write_bytes(b"." * 8_000_000)
        shelf.housekeeper().look()
        assert not old.exists()
        assert full.exists()


def test_what_lies_on_another_disk_does_not_go_for_room_on_the_root_s(shelf: Shelf) -> None:
    """It would make none there, so that one look after the other would take all of it."""
    (shelf.root.path / "side").mkdir()
    with mounted_tmpfs(shelf.root.path / "side"):
        there = [shelf.record(days) for days in (3, 2, 1)]
        here = shelf.record(2.5, camera="top")
        shelf.journalled(*there, here)
        shelf.keep("{size: 4TB}", min_free="900TB")
        keeper = shelf.housekeeper()
        keeper.look()
        keeper.look()
        assert [path.exists() for path in there] == [True] * 3
        assert not here.exists()


def test_what_cannot_be_removed_is_not_said_to_be(shelf: Shelf) -> None:
    """Else its loss, later on, would be nobody's."""
    old = shelf.record(31)
    shelf.journalled(old)
    with read_only(old):  # a mount point: no unlink
        calm(shelf)
        assert old.exists()
    assert shelf.told == []
    assert "removed" not in json.loads(old.with_suffix(".json").read_text())


@pytest.mark.parametrize(
    "change",
    [
        "path = x'00'",
        "camera = x'00'",
        "last_frame_end = '2026-99-01T00:00:00Z'",
        "size_bytes = -1",
    ],
)
def test_a_row_that_no_journal_holds_keeps_no_other_file(shelf: Shelf, change: str) -> None:
    strange, old = shelf.record(32), shelf.record(31)
    shelf.journalled(strange, old)
    with contextlib.closing(sqlite3.connect(shelf.root.journal)) as rows:
        rows.execute("PRAGMA ignore_check_constraints = ON")
        rows.execute(f"UPDATE segments SET {change} WHERE rowid = 1")
        rows.commit()
    calm(shelf)
    assert strange.exists()
    assert not old.exists()
    found = holdings.due(shelf.root.journal, destination="/nas", is_checked=True)
    assert old.name in {one.path.name for one in found}


def test_what_was_kept_of_the_time_makes_no_file_older(shelf: Shelf) -> None:
    young = shelf.record(3)
    shelf.journalled(young)
    told = {"latest": shelf.root.clock.now().isoformat()}
    leap = {"at": told["latest"], "s": -3e7}
    path_below(shelf.root.path).write_text(json.dumps({**told, "leaps": [leap]}))
    calm(shelf)
    assert young.exists()


_FAR = '{"latest": "2026-03-01T12:00Z", "leaps": [{"at": "2026-03-01T12:00Z", "s": 8.6e13}]}'


@pytest.mark.parametrize("stands", ["", "[]", '{"latest": "2026", "leaps": [1]}', _FAR, None])
def test_what_was_kept_of_the_time_and_cannot_be_read_makes_no_file_old(
    shelf: Shelf, stands: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    first = shelf.record(3)
    shelf.journalled(first)
    shelf.has_passed(1 / 24, shelf.housekeeper())
    shelf.root.clock.step_wall(10 * YEAR.total_seconds())
    later = shelf.record(0)
    shelf.journalled(later)
    place = path_below(shelf.root.path)
    place.unlink()
    if stands is None:
        place.symlink_to("elsewhere")
    else:
        place.write_text(stands)
    calm(shelf)
    assert "the time that has passed is not known" in caplog.text
    assert first.exists(), "it is three days old, whatever the clock says"
    shelf.has_passed(30, shelf.housekeeper(), each_h=8)
    assert not first.exists(), "it is older than its rule says by now"


def test_a_file_that_was_written_to_after_its_audit_stays(shelf: Shelf) -> None:
    """As large as the one in the journal, but nobody knows whose it is."""
    old = shelf.record(31)
    shelf.journalled(old)
    shelf.keep("{size: 4TB}", min_free="900TB")
    old.write_bytes(b"f" * old.stat().st_size)
    os.utime(old, (shelf.root.clock.now().timestamp() - 60,) * 2)
    calm(shelf)
    assert old.exists()
