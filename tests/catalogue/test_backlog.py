"""What still waits for its copy is told, with what to do; a disk that is silent holds up nobody."""

import contextlib
import hashlib
import sqlite3
import threading
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.shelf import Shelf, audit_of
from tests.support.values import NOON
from thorsched.catalogue.entries import Copied, CopyState
from thorsched.catalogue.keeping.backlog import backlog_of, left_to_copy
from thorsched.config.blocks_storage import Offload

NAS = "/mnt/nas"


@pytest.fixture
def shelf(root: Root) -> Shelf:
    shelf = Shelf(root)
    offload(shelf, to=NAS)
    return shelf


def offload(shelf: Shelf, **keys: object) -> None:
    block = Offload.model_validate(keys)
    storage = shelf.config.storage.model_copy(update={"offload": block})
    shelf.config = shelf.config.model_copy(update={"storage": storage})


def copied(shelf: Shelf, path: Path, state: CopyState = CopyState.VERIFIED, why: str = "") -> None:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if state is CopyState.VERIFIED else ""
    with shelf.root.written() as journal:
        journal.tell(audit_of(path))
        journal.tell(Copied(path, NAS, NOON, sha256, state, why))


def told(shelf: Shelf, *, trouble: str = "") -> str:
    return left_to_copy(shelf.config, trouble=trouble, patience_s=10.0)


def test_files_wait_until_their_copy_is_known_to_be_the_same_audited_or_not(shelf: Shelf) -> None:
    first, second, unaudited = shelf.record(3), shelf.record(2), shelf.record(1)
    shelf.journalled(first, second, unaudited, audited=[first, second])
    copied(shelf, first)
    assert told(shelf) == (
        "2 files, 2 kB, wait for their copy to /mnt/nas: the next thorsched run goes on with them"
    )
    copied(shelf, second)
    assert told(shelf, trouble="there is no directory /mnt/nas (not mounted?)") == (
        "1 file, 1 kB, waits for its copy to /mnt/nas: the next thorsched run goes on with it; "
        "now: there is no directory /mnt/nas (not mounted?)"
    )
    copied(shelf, unaudited)
    assert told(shelf) == ""


def test_what_failed_is_told_with_what_spoke_against_it(shelf: Shelf) -> None:
    first, second = shelf.record(3), shelf.record(2)
    shelf.journalled(first, second)
    copied(shelf, second, CopyState.FAILED, "another file stands at /mnt/nas/x.mkv")
    assert "to /mnt/nas (1 failed: another file stands at /mnt/nas/x.mkv): the next" in told(shelf)


def test_what_was_taken_away_waits_for_nothing(shelf: Shelf) -> None:
    first, second = shelf.record(3), shelf.record(2)
    shelf.journalled(first, second)
    first.unlink()
    backlog = backlog_of(shelf.config)
    assert backlog is not None
    assert backlog.files == 1


def test_a_command_is_named_by_its_program(shelf: Shelf) -> None:
    offload(shelf, command=["rclone", "copyto", "{file}", "nas:{relative}"])
    shelf.journalled(shelf.record(3))
    assert told(shelf).startswith("1 file, 1 kB, waits for its copy by rclone: ")


def test_without_copies_or_a_journal_there_is_nothing_to_tell(shelf: Shelf) -> None:
    assert told(shelf) == ""
    shelf.root.journal.write_text("no journal")
    assert told(shelf) == ""
    shelf.journalled(shelf.record(3))
    shelf.keep("{age: 30d}")
    assert told(shelf) == ""


def test_a_journal_that_does_not_answer_is_not_waited_for(shelf: Shelf) -> None:
    shelf.journalled(shelf.record(3))
    with contextlib.closing(sqlite3.connect(shelf.root.journal)) as journal:
        journal.execute("PRAGMA locking_mode = EXCLUSIVE")
        journal.execute("BEGIN EXCLUSIVE")
        assert left_to_copy(shelf.config, trouble="", patience_s=0.1) == ""
        (waits,) = (one for one in threading.enumerate() if one.name == "backlog")
    waits.join()
    assert told(shelf) != "", "it was in the way"
