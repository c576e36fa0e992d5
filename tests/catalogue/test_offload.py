"""Copies elsewhere: whole and the same, or not at all; nothing local goes before."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.copies import copied, inside, offloader, tell_journal
from tests.catalogue.shelf import Shelf
from tests.support.disks import mounted_tmpfs, resize
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.catalogue.entries import Copied, Removed
from thorsched.catalogue.keeping.offload import LONGEST_BACKOFF_S, LOOK_EVERY_S, wait_s
from thorsched.catalogue.keeping.transfer import not_there
from thorsched.catalogue.keeping.witness import CALM_AFTER_S
from thorsched.recording.history import Happened


@pytest.fixture
def shelf(root: Root) -> Shelf:
    return Shelf(root)


@pytest.fixture
def nas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nas")


def test_audited_segments_and_their_sidecars_are_copied_once(shelf: Shelf, nas: Path) -> None:
    first, second, unaudited = shelf.record(3), shelf.record(2), shelf.record(1)
    shelf.journalled(first, second, unaudited, audited=[first, second])
    assert offloader(shelf, to=nas).look()
    for path in (first, second):
        copy = inside(shelf, path, nas)
        assert copy.read_bytes() == path.read_bytes()
        assert copy.with_suffix(".json").read_bytes() == path.with_suffix(".json").read_bytes()
    assert not inside(shelf, unaudited, nas).exists()
    assert copied(shelf) == [(first, "verified"), (second, "verified")]
    tell_journal(shelf)
    shelf.told.clear()
    assert offloader(shelf, to=nas).look()
    assert copied(shelf) == []


def test_nothing_goes_before_it_is_copied_and_then_it_does(shelf: Shelf, nas: Path) -> None:
    old, other = shelf.record(40), shelf.record(39)
    shelf.journalled(old, other)
    copying = offloader(shelf, to=nas, then="delete")
    inside(shelf, other, nas).parent.mkdir(parents=True)
    inside(shelf, other, nas).write_bytes(b"not the same")
    keeper = shelf.housekeeper()
    keeper.look()
    shelf.root.clock.advance(CALM_AFTER_S)
    keeper.look()
    assert old.exists(), "it waits for its copy"
    copying.look()
    tell_journal(shelf)
    keeper.look()
    assert not old.exists()
    assert other.exists()
    assert [one.why for one in shelf.told if isinstance(one, Removed)] == ["offload.then delete"]


def test_another_file_of_that_name_is_never_overwritten(shelf: Shelf, nas: Path) -> None:
    path = shelf.record(3)
    shelf.journalled(path)
    there = inside(shelf, path, nas)
    there.parent.mkdir(parents=True)
    there.write_bytes(b"somebody's")
    assert offloader(shelf, to=nas).look(), "it is in nobody else's way"
    assert there.read_bytes() == b"somebody's"
    [one] = [one for one in shelf.told if isinstance(one, Copied)]
    assert (one.state, one.detail) == ("failed", f"another file stands at {there}")


def test_the_same_file_that_is_there_already_is_a_copy(shelf: Shelf, nas: Path) -> None:
    path = shelf.record(3)
    shelf.journalled(path)
    there = inside(shelf, path, nas)
    there.parent.mkdir(parents=True)
    there.write_bytes(path.read_bytes())
    offloader(shelf, to=nas).look()
    assert copied(shelf) == [(path, "verified")]


def test_a_file_that_was_changed_after_its_audit_is_told(shelf: Shelf, nas: Path) -> None:
    path = shelf.record(3)
    shelf.journalled(path)
    path.write_bytes(path.read_bytes()[::-1])
    offloader(shelf, to=nas).look()
    assert copied(shelf) == [(path, "failed")]


def test_a_link_at_the_destination_is_not_followed(
    shelf: Shelf, nas: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path, elsewhere = shelf.record(3), tmp_path_factory.mktemp("elsewhere")
    shelf.journalled(path)
    (nas / "side").symlink_to(elsewhere)
    offloader(shelf, to=nas).look()
    assert copied(shelf) == [(path, "failed")]
    assert list(elsewhere.iterdir()) == []


def test_a_full_destination_waits_and_goes_on_when_there_is_room(shelf: Shelf, nas: Path) -> None:
    path = shelf.record(3, size=2_000_000)
    shelf.journalled(path)
    with mounted_tmpfs(nas, size="1m") as disk:
        copying = offloader(shelf, to=disk)
        assert not copying.look()
        assert not copying.look()
        assert copied(shelf) == []
        [told] = [one for one in shelf.told if isinstance(one, Happened)]
        assert (told.what, "is full" in told.detail) == ("offload waits", True)
        resize(disk, "5m")
        assert copying.look()
        assert copied(shelf) == [(path, "verified")]


def test_a_disk_that_is_not_mounted_any_more_is_not_written_to(shelf: Shelf, nas: Path) -> None:
    first, second = shelf.record(3), shelf.record(2)
    shelf.journalled(first, second, audited=[first])
    with mounted_tmpfs(nas, size="5m"):
        assert offloader(shelf, to=nas).look()
    shelf.journalled(second)
    assert not offloader(shelf, to=nas).look()
    assert list(nas.iterdir()) == [], "the bare mount point"
    assert not offloader(shelf, to=nas / "absent").look()
    assert not (nas / "absent").exists()


@pytest.mark.parametrize(
    "stands", ["", "{", "{}", "[]", '{"marks": {"/x": "short"}}', '{"to": [], "mark": 1}', None]
)
def test_where_the_marks_of_disks_cannot_be_read_no_disk_is_the_first_one(
    shelf: Shelf, nas: Path, stands: str | None
) -> None:
    one, marks = shelf.record(3), shelf.root.path / ".thorsched" / "offload.json"
    shelf.journalled(one)
    if stands is None:
        marks.symlink_to("elsewhere")
    else:
        marks.write_text(stands)
    copying = offloader(shelf, to=nas, then="delete")
    assert not copying.look()
    (told,) = [entry for entry in shelf.told if isinstance(entry, Happened)]
    assert "offload.json cannot be read" in told.detail
    assert "offload.json cannot be read" in not_there(nas, shelf.root.path)
    assert list(nas.iterdir()) == []
    assert marks.is_symlink() or marks.read_text() == stands
    marks.unlink()
    assert copying.look(), "whoever knows the disk may say so"


def test_a_disk_whose_mark_cannot_be_read_is_not_marked_anew(shelf: Shelf, nas: Path) -> None:
    one, mark = shelf.record(3), nas / ".thorsched" / "identity"
    shelf.journalled(one)
    mark.parent.mkdir()
    mark.write_text("torn")
    assert not offloader(shelf, to=nas).look()
    assert "identity is no mark" in str(shelf.told)
    assert mark.read_text() == "torn"
    assert not inside(shelf, one, nas).exists()


def test_a_disk_that_vanishes_in_the_middle_costs_nothing(
    shelf: Shelf, nas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shelf.record(3, size=9_000_000)
    shelf.journalled(path)
    with contextlib.ExitStack() as mounted:
        mounted.enter_context(mounted_tmpfs(nas, size="30m"))
        copying = offloader(shelf, to=nas)
        breaths = 0

        def breathe() -> None:
            nonlocal breaths
            breaths += 1
            if breaths == 2:
                mounted.close()

        monkeypatch.setattr(copying, "_breathe", breathe)
        copying.look()
    assert breaths >= 2
    assert [p for p in nas.rglob("*") if p.suffix in (".mkv", ".part")] == []
    assert path.exists()


_SLOWLY = """
import sys, time
from pathlib import Path, PurePosixPath
from thorsched.catalogue.keeping.copying import copy
copy(Path(sys.argv[1]), Path(sys.argv[2]), PurePosixPath(sys.argv[3]), breathe=lambda: time.sleep(1))
"""


def test_what_was_killed_while_copying_begins_anew_and_leaves_nothing(
    shelf: Shelf, nas: Path
) -> None:
    path = shelf.record(3, size=50_000_000)
    shelf.journalled(path)
    killed = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _SLOWLY,
            str(path),
            str(nas),
            path.relative_to(shelf.root.path).as_posix(),
        ]
    )
    there = inside(shelf, path, nas)
    assert eventually(lambda: list(there.parent.glob(".*.part")))
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert not there.exists()
    assert offloader(shelf, to=nas).look()
    assert {one.name for one in there.parent.iterdir()} == {path.name, f"{path.stem}.json"}


@pytest.mark.skipif(
    not os.access("/mnt", os.W_OK) or os.path.ismount("/mnt"), reason="needs a place for disks"
)
def test_a_place_for_disks_where_none_is_mounted_is_no_first_disk(shelf: Shelf) -> None:
    path = shelf.record(3)
    shelf.journalled(path)
    with TemporaryDirectory(dir="/mnt") as there:
        assert not offloader(shelf, to=Path(there), then="delete").look()
        assert list(Path(there).iterdir()) == []
    [told] = [one for one in shelf.told if isinstance(one, Happened)]
    assert "is on the system disk (its own not mounted?)" in told.detail


def test_a_root_below_the_destination_is_refused(shelf: Shelf) -> None:
    path = shelf.record(3)
    shelf.journalled(path)
    assert not offloader(shelf, to=shelf.root.path / "side").look()
    assert copied(shelf) == []


def test_waits_become_longer_and_stay_bounded() -> None:
    waits = [wait_s(failures) for failures in range(100)]
    assert waits[0] == LOOK_EVERY_S
    assert sorted(waits) == waits
    assert waits[-1] == LONGEST_BACKOFF_S


def test_a_thread_copies_and_ends_when_it_is_told(
    shelf: Shelf, nas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("thorsched.catalogue.keeping.offload.FIRST_LOOK_S", 0.05)
    path = shelf.record(3)
    shelf.journalled(path)
    copying = offloader(shelf, to=nas)
    copying.start()
    assert eventually(inside(shelf, path, nas).exists)
    assert eventually(lambda: copied(shelf))
    copying.close(patience_s=PATIENCE_S)
    assert os.getpriority(os.PRIO_PROCESS, 0) == 0, "only that thread is behind everybody"


def test_the_file_itself_seen_at_the_destination_is_no_copy_of_it(shelf: Shelf, nas: Path) -> None:
    """A bind mount of the root shows it there; after `then: delete` nothing would be left."""
    one = shelf.record(1)
    shelf.journalled(one)
    there = inside(shelf, one, nas)
    there.parent.mkdir(parents=True)
    there.hardlink_to(one)
    assert offloader(shelf, to=nas, then="delete").look()
    assert copied(shelf) == [(one, "failed")]
    tell_journal(shelf)
    shelf.has_passed(1, shelf.housekeeper())
    assert one.exists()


def test_a_disk_is_known_again_after_another_was_copied_to(
    shelf: Shelf, nas: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    one = shelf.record(1)
    shelf.journalled(one)
    with mounted_tmpfs(nas):
        assert offloader(shelf, to=nas).look()
    assert offloader(shelf, to=tmp_path_factory.mktemp("other")).look()
    assert not offloader(shelf, to=nas).look()
    assert not any(nas.iterdir())
