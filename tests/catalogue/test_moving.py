"""A segment that was moved, renamed or copied below its root is told as that, and counts once."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.stock import DIRECTORY, Stock, name
from tests.catalogue.test_mending import mended
from tests.catalogue.told import RUN
from tests.support.films import Film
from tests.support.values import NOON
from thorsched.catalogue.fsck.findings import Kind
from thorsched.catalogue.fsck.mending import Mending
from thorsched.catalogue.fsck.verify import Verification
from thorsched.catalogue.rebuilding.renewal import renew
from thorsched.catalogue.sidecars import found_below

pytestmark = pytest.mark.real

NEST = Path("nest/of/mine")


@pytest.fixture
def stock(root: Root, film: Film) -> Stock:
    return Stock(root, film)


def moved(stock: Stock) -> Path:
    """Move a segment with its sidecar; return where it is, below the root."""
    return carry(stock, DIRECTORY, NEST)


def carry(stock: Stock, here: Path, there: Path) -> Path:
    (stock.path / there).mkdir(parents=True, exist_ok=True)
    for suffix in (".mkv", ".json"):
        path = (stock.path / here / name(1).name).with_suffix(suffix)
        path.rename(stock.path / there / path.name)
    return there / name(1).name


def renamed(stock: Stock) -> Path:
    stock.segment(1).rename(stock.path / "film.mkv")
    return Path("film.mkv")


def renamed_with_its_sidecar(stock: Stock) -> Path:
    stock.sidecar(1).rename(stock.path / "film.json")
    return renamed(stock)


def renamed_and_its_sidecar_lost(stock: Stock) -> Path:
    stock.sidecar(1).unlink()
    return renamed(stock)


def rows(stock: Stock) -> set[tuple[str, bool]]:
    """Return what the journal counts, and whether it knows of an audit."""
    with stock.root.read() as journal:
        audits = {row.path for row in journal.audits()}
        return {(row.path.as_posix(), row.path in audits) for row in journal.segments()}


@pytest.mark.parametrize(
    "happens", [moved, renamed, renamed_with_its_sidecar, renamed_and_its_sidecar_lost]
)
def test_what_was_moved_is_told_by_where_it_is_and_put_back(
    stock: Stock, happens: Callable[[Stock], Path]
) -> None:
    content, before = stock.segment(1).read_bytes(), rows(stock)
    there = happens(stock)
    (found,) = [one for one in stock.verified() if one.is_wrong]
    assert (found.kind, found.path, found.moved_from) == (Kind.MOVED, there, name(1))
    assert name(1).as_posix() in found.detail
    mended(stock)
    assert stock.segment(1).read_bytes() == content
    assert not (stock.path / there).exists()
    assert stock.verified() == []
    assert rows(stock) == before


def test_what_is_read_to_know_it_again_is_counted_and_nothing_of_another_size_is_read(
    stock: Stock,
) -> None:
    renamed(stock)
    (stock.path / "other.mkv").write_bytes(b"theirs")
    size_bytes = len(stock.film.content)
    clock = stock.root.clock
    with Verification(stock.path, clock=clock, found=lambda _finding: None) as looks:
        looks.run()
    assert looks.count.read_bytes == 3 * size_bytes


def test_without_a_journal_the_sidecar_that_was_left_tells_what_was_renamed(stock: Stock) -> None:
    stock.root.journal.unlink()
    there = renamed(stock)
    assert stock.wrong() == [("moved", there.name)]
    mended(stock)
    assert stock.verified() == []


def test_what_was_moved_before_it_was_audited_is_known_by_name_and_size(stock: Stock) -> None:
    told = stock.told(1)
    stock.sidecar(1).write_text(
        stock.sidecar(1).read_text().replace(str(told["sha256"]), "not yet")
    )
    stock.forget_audit(1)
    moved(stock)
    assert stock.wrong() == [("moved", name(1).name)]
    mended(stock)
    assert stock.wrong() == [("unaudited", name(1).name)]


def test_what_was_moved_and_changed_is_not_taken_for_what_is_missing(stock: Stock) -> None:
    there = stock.path / moved(stock)
    content = bytearray(there.read_bytes())
    content[-100] ^= 1
    there.write_bytes(bytes(content))
    assert {kind for kind, _ in stock.wrong()} == {"missing", "journal", "changed"}


def test_where_its_place_is_taken_the_journal_follows_it(stock: Stock) -> None:
    there = moved(stock)
    for number in (0, 2):
        for path in (stock.segment(number), stock.sidecar(number)):
            path.rename(stock.path / NEST / path.name)
    (stock.path / DIRECTORY).rmdir()
    (stock.path / DIRECTORY).write_text("mine")
    assert all("knows it here" in one.mended for one in mended(stock) if one.kind is Kind.MOVED)
    assert (there.as_posix(), True) in rows(stock)
    assert len(rows(stock)) == 3
    assert stock.wrong() == []
    assert (stock.path / DIRECTORY).read_text() == "mine"


def test_what_is_put_back_by_hand_after_the_journal_followed_it_is_known_there(
    stock: Stock,
) -> None:
    before = rows(stock)
    test_where_its_place_is_taken_the_journal_follows_it(stock)
    (stock.path / DIRECTORY).unlink()
    (stock.path / NEST).rename(stock.path / DIRECTORY)
    assert {kind for kind, _ in stock.wrong()} == {"moved"}
    mended(stock)
    assert stock.verified() == []
    assert rows(stock) == before


def counted_twice(stock: Stock) -> None:
    """Have the journal know of a segment in two places, as an earlier program wrote it."""
    with Mending(stock.path, clock=stock.root.clock) as mending:
        told = [one for one in stock.verified() if one.kind is Kind.MOVED]
        unknown = [
            type(one)(Kind.JOURNAL, one.path, "the journal does not know it") for one in told
        ]
        assert [one.mended for one in mending.done(unknown)] == ["written down"]


@pytest.mark.parametrize("is_moved_back", [True, False])
def test_what_the_journal_counts_twice_counts_once_again(
    stock: Stock, *, is_moved_back: bool
) -> None:
    before = rows(stock)
    moved(stock)
    counted_twice(stock)
    assert len(rows(stock)) == len(before) + 1
    if is_moved_back:
        carry(stock, NEST, DIRECTORY)
    assert stock.wrong() == [("moved", name(1).name)]
    mended(stock)
    assert stock.verified() == []
    assert rows(stock) == before
    assert stock.segment(1).exists()


def test_a_copy_with_its_sidecar_is_told_and_counts_as_little_as_before(stock: Stock) -> None:
    before = rows(stock)
    shutil.copytree(stock.path / DIRECTORY, stock.path / NEST)
    found = mended(stock)
    assert {(one.kind, one.path.name, one.is_wrong) for one in found} == {
        (Kind.FOREIGN, name(number).name, False) for number in range(3)
    }
    assert rows(stock) == before
    assert (stock.path / NEST / name(1).name).exists()


def test_the_next_run_does_not_count_a_copy_that_is_newer_than_its_journal(stock: Stock) -> None:
    before = rows(stock)
    shutil.copytree(stock.path / DIRECTORY, stock.path / NEST)
    now_s = stock.root.clock.now().timestamp()
    for path in (stock.path / NEST, *(stock.path / NEST).iterdir()):
        os.utime(path, (now_s, now_s))
    found = {told.row.path.parent for told in found_below(stock.path, since=NOON)}
    assert NEST in found, "it would not have been looked at"
    with stock.root.written(replace(RUN, pid=43)):
        pass
    assert rows(stock) == before


@pytest.mark.parametrize("is_moved_back", [True, False])
def test_a_rebuild_counts_what_was_moved_once(stock: Stock, *, is_moved_back: bool) -> None:
    before = rows(stock)
    moved(stock)
    counted_twice(stock)
    if is_moved_back:
        carry(stock, NEST, DIRECTORY)
    renew(stock.path, now=stock.root.clock.now(), advance=lambda: None)
    place = (DIRECTORY if is_moved_back else NEST) / name(1).name
    assert rows(stock) == {row for row in before if row[0] != name(1).as_posix()} | {
        (place.as_posix(), True)
    }


def test_nothing_that_stands_in_the_way_is_overwritten(stock: Stock) -> None:
    there = moved(stock)
    stock.sidecar(1).write_text("mine")
    (one,) = [one for one in mended(stock) if one.kind is Kind.MOVED]
    assert "is there already" in one.mended
    assert stock.sidecar(1).read_text() == "mine"
    assert (there.as_posix(), True) in rows(stock)


def test_no_link_leads_what_is_put_back_out_of_the_root(
    stock: Stock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    stock.add(0)
    (stock.path / DIRECTORY).rename(stock.path / "kept")
    (stock.path / DIRECTORY).symlink_to(elsewhere)
    mended(stock)
    assert list(elsewhere.iterdir()) == []
