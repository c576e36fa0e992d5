"""What is wrong below a storage root is found, each thing by its word, and nothing is touched."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.damages import foreign, garbage, newer, torn
from tests.catalogue.stock import ATTEMPT, DIRECTORY, Stock, kinds, name
from tests.support.films import Film
from tests.support.privileges import without_privileges
from thorsched.catalogue.entries import Removed
from thorsched.catalogue.fsck.findings import Kind
from thorsched.recording import checkpoint
from thorsched.recording.checkpoint import Checkpoint
from thorsched.recording.quarantine import quarantine
from thorsched.recording.root import RootLock
from thorsched.recording.sidecars import write_sidecar

pytestmark = pytest.mark.real


@pytest.fixture
def stock(root: Root, film: Film) -> Stock:
    return Stock(root, film)


def everything(root: Path) -> dict[Path, bytes | None]:
    files = (path for path in root.rglob("*") if ".thorsched" not in path.parts)
    return {path: path.read_bytes() if path.is_file() else None for path in files}


def changed_text(**values: object) -> Callable[[Stock], None]:
    def change(stock: Stock) -> None:
        stock.sidecar(1).write_text(json.dumps(stock.told(1) | values))

    return change


def a_bit_flips(stock: Stock) -> None:
    content = bytearray(stock.segment(1).read_bytes())
    content[-100] ^= 1
    stock.segment(1).write_bytes(bytes(content))


def grows(stock: Stock) -> None:
    with stock.segment(1).open("ab") as file:
        file.write(b"more")


def is_emptied(stock: Stock) -> None:
    stock.segment(1).write_bytes(b"")


def is_emptied_with_its_sidecar(stock: Stock) -> None:
    is_emptied(stock)
    stock.sidecar(1).write_bytes(b"")


def is_removed(stock: Stock) -> None:
    stock.segment(1).unlink()


def is_removed_with_its_sidecar(stock: Stock) -> None:
    stock.segment(1).unlink()
    stock.sidecar(1).unlink()


def loses_its_sidecar(stock: Stock) -> None:
    stock.sidecar(1).unlink()


def has_a_broken_sidecar(stock: Stock) -> None:
    stock.sidecar(1).write_text(stock.sidecar(1).read_text()[:100])


def has_a_deep_sidecar(stock: Stock) -> None:
    stock.sidecar(1).write_text("[" * 100_000)


def has_a_fifo_for_a_sidecar(stock: Stock) -> None:
    stock.sidecar(1).unlink()
    os.mkfifo(stock.sidecar(1))


def has_a_link_for_a_sidecar(stock: Stock) -> None:
    elsewhere = stock.path.parent / "elsewhere.json"
    stock.sidecar(1).rename(elsewhere)
    stock.sidecar(1).symlink_to(elsewhere)


def was_never_audited(stock: Stock) -> None:
    write_sidecar(stock.describe(1))
    stock.forget_audit(1)


def has_an_audit_in_the_journal_alone(stock: Stock) -> None:
    write_sidecar(stock.describe(1))


def has_an_audit_of_an_older_file(stock: Stock) -> None:
    changed_text(audit={**dict(stock.told(1)["audit"]), "size_bytes": 1})(stock)  # type: ignore[call-overload]
    stock.forget_audit(1)


def was_never_closed(stock: Stock) -> None:
    described = stock.describe(1, stock.film.content[:-3000])
    assert not described.finalised
    write_sidecar(described)


def is_no_recording(stock: Stock) -> None:
    stock.sidecar(1).unlink()
    stock.segment(1).write_bytes(b"something else")


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (lambda _stock: None, []),
        (a_bit_flips, ["changed"]),
        (grows, ["changed"]),
        (is_emptied, ["changed"]),
        (is_emptied_with_its_sidecar, ["changed"]),
        (is_removed, ["missing"]),
        (is_removed_with_its_sidecar, ["missing"]),
        (loses_its_sidecar, ["no sidecar"]),
        (has_a_broken_sidecar, ["broken sidecar"]),
        (has_a_deep_sidecar, ["broken sidecar"]),
        (has_a_fifo_for_a_sidecar, ["broken sidecar"]),
        (has_a_link_for_a_sidecar, ["broken sidecar"]),
        (changed_text(version=2), ["newer sidecar"]),
        (changed_text(file="other.mkv"), ["broken sidecar"]),
        (has_an_audit_of_an_older_file, ["unaudited"]),
        (has_an_audit_in_the_journal_alone, []),
        (changed_text(sha256="0" * 64), ["changed"]),
        (was_never_audited, ["unaudited"]),
        (was_never_closed, ["unfinalised", "journal"]),
        (is_no_recording, ["unreadable"]),
    ],
)
def test_what_is_wrong_is_found_and_nothing_is_touched(
    stock: Stock, happens: Callable[[Stock], None], words: list[str]
) -> None:
    happens(stock)
    before = everything(stock.path)
    assert stock.wrong() == [(word, name(1).name) for word in words]
    assert everything(stock.path) == before


@pytest.mark.parametrize("damage", [garbage, torn, foreign, newer])
def test_a_journal_that_cannot_be_used_is_told_and_the_files_are_verified_all_the_same(
    stock: Stock, damage: Callable[[Path], None]
) -> None:
    damage(stock.root.journal)
    a_bit_flips(stock)
    assert stock.wrong() == [("changed", name(1).name), ("journal", "journal.sqlite3")]
    assert stock.root.set_aside() == []


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        ("UPDATE segments SET path = x'ff00' WHERE path = :path", 2),
        ("UPDATE segments SET path = 'a' || char(0) || '.mkv' WHERE path = :path", 2),
        ("UPDATE segments SET path = '../' || path WHERE path = :path", 2),
        ("UPDATE segments SET size_bytes = 'large' WHERE path = :path", 2),
        ("UPDATE segments SET size_bytes = x'00' WHERE path = :path", 2),
        ("UPDATE segments SET removed = x'00' WHERE path = :path", 1),
        ("UPDATE audits SET sha256 = zeroblob(64) WHERE path = :path", 2),
        ("UPDATE attempts SET id = x'00', succeeds = :path", 0),
        ("UPDATE runs SET last_pass = x'00', how = :path", 0),
    ],
)
def test_a_row_that_no_journal_holds_is_told_and_ends_nothing(
    stock: Stock, sql: str, wrong: int
) -> None:
    with closing(sqlite3.connect(stock.root.journal)) as journal:
        journal.execute("PRAGMA ignore_check_constraints = ON")
        journal.execute(sql, {"path": name(1).as_posix()})
        journal.commit()
    found = [one for one in stock.verified() if one.is_wrong]
    assert {one.kind for one in found} <= {Kind.JOURNAL}
    assert len(found) == wrong
    assert [one.path.name for one in found][:1] == [name(1).name][:wrong]
    strange = [one for one in found if "holds" in one.detail or "hold " in one.detail]
    assert len(strange) == max(wrong - 1, 0)


def test_without_a_journal_the_files_and_their_sidecars_do(stock: Stock) -> None:
    stock.root.journal.unlink()
    assert stock.verified() == []
    is_removed(stock)
    assert stock.wrong() == [("missing", name(1).name)]


def test_an_empty_file_beside_an_empty_sidecar_is_wrong_without_a_journal_too(
    stock: Stock,
) -> None:
    stock.root.journal.unlink()
    is_emptied_with_its_sidecar(stock)
    assert stock.wrong() == [("broken sidecar", name(1).name)]


def test_a_segment_that_the_journal_does_not_know_is_told(stock: Stock) -> None:
    stock.add(7)
    assert stock.wrong() == [("journal", name(7).name)]


def test_what_the_operators_own_rule_has_removed_is_in_order(stock: Stock) -> None:
    with stock.root.written() as journal:
        journal.tell(Removed(stock.segment(1), stock.root.clock.now(), "keep: 30d"))
    stock.segment(1).unlink()
    assert stock.verified() == []


def test_files_of_others_are_told_and_are_nothing_wrong(stock: Stock) -> None:
    (stock.path / "notes.txt").write_text("mine")
    (stock.path / "other.mkv").write_bytes(stock.film.content)
    (stock.path / "theirs.json").write_text("{}")
    (stock.path / "link.mkv").symlink_to(stock.segment(0))
    (stock.path / "round").symlink_to(stock.path)
    os.mkfifo(stock.path / "fifo.mkv")
    (stock.path / "\x1b[31m\n.mkv").write_bytes(b"")
    found = stock.verified()
    assert kinds(found) == {Kind.FOREIGN}
    assert {f.path.name for f in found} == {
        *(
            "notes.txt",
            "other.mkv",
            "theirs.json",
            "link.mkv",
            "round",
            "fifo.mkv",
            "\x1b[31m\n.mkv",
        ),
    }


def test_what_a_recorder_writes_is_no_error(stock: Stock) -> None:
    open_one = stock.path / DIRECTORY / "side_20260301T130000Z-00000.mkv"
    open_one.write_bytes(stock.film.content[:-3000])
    running = Checkpoint.begin(stock.path, "side_20260301T130000Z", "{}\n")
    assert kinds(stock.verified()) == {Kind.RECORDING}
    running.close()
    assert len(checkpoint.paths_below(stock.path)) == 1
    assert stock.wrong() == [
        ("no sidecar", open_one.name),
        ("unfinalised", open_one.name),
        ("journal", open_one.name),
    ]
    lock = RootLock(stock.path)
    assert kinds(stock.verified()) == {Kind.RECORDING}, "its scheduler describes it soon"
    lock.close()


def test_what_a_scheduler_has_just_closed_needs_not_be_audited_as_yet(stock: Stock) -> None:
    was_never_audited(stock)
    written = datetime.fromtimestamp(stock.sidecar(1).stat().st_mtime, UTC)
    clock = stock.root.clock
    clock.step_wall((written - clock.now()).total_seconds() + 5)
    assert stock.wrong() == [("unaudited", name(1).name)]
    lock = RootLock(stock.path)
    assert stock.wrong() == []
    lock.close()


def test_an_empty_file_that_keeps_an_attempts_name_is_nothing_wrong(stock: Stock) -> None:
    (stock.path / DIRECTORY / "side_20260301T130000Z-00000.mkv").touch()
    assert kinds(stock.verified()) == {Kind.EMPTY}


def test_what_a_sidecar_tells_to_be_removed_by_the_rule_is_in_order_without_a_journal(
    stock: Stock,
) -> None:
    stock.root.journal.unlink()
    is_removed(stock)
    assert ("missing", name(1).name) in stock.wrong()
    told = {"removed": {"at": "2026-03-31T12:00:00.000Z", "why": "keep.age 30d"}}
    changed_text(**told)(stock)
    assert ("missing", name(1).name) not in stock.wrong()


def test_what_is_in_quarantine_is_told_and_is_not_missing(stock: Stock) -> None:
    quarantined(stock)
    (found,) = stock.verified()
    assert (found.kind, found.detail) == (Kind.QUARANTINED, "a reason")
    kept = stock.path / found.path
    kept.write_bytes(kept.read_bytes() + b"x")
    assert stock.wrong() == [("changed", name(1).name)]


def quarantined(stock: Stock) -> None:
    moved = quarantine(stock.describe(1), "a reason")
    with stock.root.written() as journal:
        journal.tell(moved)


def test_a_directory_that_may_not_be_read_is_told(film: Film) -> None:
    with TemporaryDirectory() as directory:
        root = Root(Path(directory))
        root.path.chmod(0o755)
        root.journal.parent.mkdir()
        stock = Stock(root, film)
        (stock.path / DIRECTORY).chmod(0)
        with without_privileges():
            if os.access(stock.path / DIRECTORY, os.R_OK, effective_ids=True):
                pytest.skip("nothing holds this user back: permissions do not count here")
            assert ("unreadable", DIRECTORY.name) in stock.wrong()
        (stock.path / DIRECTORY).chmod(0o755)


def test_a_journal_of_an_earlier_version_is_read_as_it_is(stock: Stock) -> None:
    with closing(sqlite3.connect(stock.root.journal)) as journal:
        for statement in (
            "ALTER TABLE segments DROP COLUMN removed",
            "ALTER TABLE segments DROP COLUMN removed_why",
            "DROP TABLE audits",
            "PRAGMA user_version = 1",
        ):
            journal.execute(statement)
        journal.commit()
    assert stock.verified() == []
    with closing(sqlite3.connect(stock.root.journal)) as journal:
        assert journal.execute("PRAGMA user_version").fetchone() == (1,)


def test_the_attempts_other_files_tell_that_one_is_ours(stock: Stock) -> None:
    stock.root.journal.unlink()
    moved = stock.path / "kept elsewhere"
    (stock.path / DIRECTORY).rename(moved)
    (moved / f"{ATTEMPT}-00001.json").unlink()
    assert stock.wrong() == [("no sidecar", name(1).name)]
