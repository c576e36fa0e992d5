"""What a journal knows, column by column: the same as a value each."""

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.test_retention import kept
from tests.support.values import NOON
from tests.support.years import make_journal
from thorsched.catalogue.keeping import holdings
from thorsched.catalogue.keeping.inventory import EMPTY, Inventory, is_inside
from thorsched.catalogue.keeping.passage import Passage
from thorsched.catalogue.keeping.retention import Rule, Rules, leaving

KNOWN = [kept(2), kept(1, camera="top", is_copied=True), kept(3, is_closed=False)]


def test_what_goes_in_comes_out() -> None:
    assert [*Inventory.of(KNOWN)] == KNOWN
    assert [*EMPTY] == []


def test_files_that_no_disk_could_hold_together_are_summed_as_they_are() -> None:
    known = Inventory.of([kept(days, size_mb=2**43) for days in (4, 3, 2)])
    by = Rules({}, Rule(size_bytes=2 * 2**43 * 10**6), min_free_bytes=0)
    [oldest] = leaving(known, by, passage=Passage(NOON), free_bytes=2**60)
    assert oldest.kept == known[0]


def test_what_is_gone_is_removed() -> None:
    assert [one.is_removed for one in Inventory.of(KNOWN).removed({KNOWN[1].path})] == [
        False,
        True,
        False,
    ]


def test_a_journal_is_read_to_its_last_row_in_its_order(root: Root) -> None:
    root.journal.parent.rmdir()
    make_journal(root.path, ("side", "top"), segments=1300)
    known = holdings.kept(root.journal)
    assert len(known) == 2 * (1300 - 1)
    assert [known.names[number] for number in known.camera[[0, 1298, 1299, -1]]] == [
        "side",
        "side",
        "top",
        "top",
    ]
    assert all(known.is_audited & known.is_closed & known.is_inside)
    assert known[-1].path.parts[:2] == ("top", "2026-01-10")


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("side/2026-03-01/side_20260301T120000Z-00000.mkv", True),
        ("a.mkv", True),
        ("side/a..b.mkv", True),
        ("side/x.thorsched.mkv", True),
        ("", False),
        (".mkv", False),
        ("side/.mkv", False),
        ("side/a.mkv/", False),
        ("/side/a.mkv", False),
        ("side/../a.mkv", False),
        ("../a.mkv", False),
        (".thorsched/a.mkv", False),
        ("side/a\0.mkv", False),
        ("side/a.json", False),
    ],
)
def test_what_is_below_the_root_is_told_by_its_path(path: str, *, is_ours: bool) -> None:
    assert is_inside(path) is is_ours
