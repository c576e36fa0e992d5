"""Copies by an operator's command: made, checked by another one, or believed by nobody."""

import sys
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.copies import copied, inside, offloader, tell_journal
from tests.catalogue.shelf import Shelf
from thorsched.catalogue.entries import Copied
from thorsched.recording.history import Happened


@pytest.fixture
def shelf(root: Root) -> Shelf:
    return Shelf(root)


@pytest.fixture
def nas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nas")


_COPY = "import shutil, sys; from pathlib import Path; p = Path(sys.argv[2]); p.parent.mkdir(parents=True, exist_ok=True); shutil.copyfile(sys.argv[1], p)"
_HASH = "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest(), sys.argv[1])"


def test_a_command_copies_and_another_one_checks(shelf: Shelf, nas: Path) -> None:
    path = shelf.record(3)
    shelf.journalled(path)
    command = [sys.executable, "-c", _COPY, "{file}", f"{nas}/{{relative}}"]
    check = [sys.executable, "-c", _HASH, f"{nas}/{{relative}}"]
    assert offloader(shelf, command=command, check=check, then="delete").look()
    assert copied(shelf) == [(path, "verified")]
    assert inside(shelf, path, nas).read_bytes() == path.read_bytes()
    assert inside(shelf, path, nas).with_suffix(".json").exists()


def test_a_check_that_tells_another_hash_fails_the_copy(shelf: Shelf) -> None:
    path = shelf.record(3)
    shelf.journalled(path)
    copying = offloader(
        shelf,
        command=[sys.executable, "-c", "", "{file}"],
        check=[sys.executable, "-c", "print('0' * 64)", "{file}"],
    )
    assert copying.look()
    assert copied(shelf) == [(path, "failed")]


def test_a_check_that_tells_another_hash_of_the_sidecar_fails_the_copy(shelf: Shelf) -> None:
    path = shelf.record(3)
    shelf.journalled(path)
    check = [sys.executable, "-c", f"{_HASH} if sys.argv[1].endswith('.mkv') else print('0' * 64)"]
    copying = offloader(
        shelf, command=[sys.executable, "-c", "", "{file}"], check=[*check, "{file}"]
    )
    assert copying.look()
    [one] = [one for one in shelf.told if isinstance(one, Copied)]
    assert one.state == "failed"
    assert "of its sidecar" in one.detail


def test_a_command_that_fails_is_told_and_tried_again(shelf: Shelf) -> None:
    path = shelf.record(3)
    shelf.journalled(path)
    words = "import sys; print('no such remote', file=sys.stderr); sys.exit(3)"
    assert not offloader(shelf, command=[sys.executable, "-c", words, "{file}"]).look()
    [told] = [one for one in shelf.told if isinstance(one, Happened)]
    assert told.detail.endswith("exit code 3: no such remote")
    logged = (shelf.root.path / ".thorsched" / "logs" / "offload.log").read_text()
    assert "no such remote" in logged


def test_a_copy_that_nobody_has_looked_at_is_no_reason_to_delete(shelf: Shelf) -> None:
    path = shelf.record(40)
    shelf.journalled(path)
    assert offloader(shelf, command=[sys.executable, "-c", "", "{file}"]).look()
    assert copied(shelf) == [(path, "unchecked")]
    tell_journal(shelf)
    keeper = shelf.housekeeper()
    shelf.has_passed(0.2, keeper)
    assert path.exists()
    shelf.told.clear()
    assert offloader(shelf, command=[sys.executable, "-c", "", "{file}"]).look()
    assert copied(shelf) == [], "it is done once"


def test_a_copy_that_nobody_has_looked_at_is_made_again_once_there_is_a_check(shelf: Shelf) -> None:
    path, command = shelf.record(3), [sys.executable, "-c", "", "{file}"]
    shelf.journalled(path)
    assert offloader(shelf, command=command).look()
    tell_journal(shelf)
    shelf.told.clear()
    check = [sys.executable, "-c", _HASH, "{file}"]
    assert offloader(shelf, command=command, check=check).look()
    assert copied(shelf) == [(path, "verified")]


def test_a_check_that_is_written_into_the_file_holds_for_what_this_run_has_copied(
    shelf: Shelf,
) -> None:
    path, command = shelf.record(3), [sys.executable, "-c", "", "{file}"]
    shelf.journalled(path)
    copying = offloader(shelf, command=command)
    assert copying.look()
    offloader(shelf, command=command, check=[sys.executable, "-c", _HASH, "{file}"])
    assert copying.look()
    assert copied(shelf) == [(path, "unchecked"), (path, "verified")]
    assert copying.look()
    assert len(copied(shelf)) == 2, "it is done once"
