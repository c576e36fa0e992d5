"""What `check` tells of the rules for old files."""

from zoneinfo import ZoneInfo

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.shelf import Shelf
from thorsched.engine.keeping import Keeping, in_json, in_words, keeping

UTC = ZoneInfo("UTC")


@pytest.fixture(name="shelf")
def _shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    path = tmp_path_factory.mktemp("root")
    (path / ".thorsched").mkdir()
    return Shelf(Root(path))


def seen_on(shelf: Shelf) -> Keeping:
    seen = keeping(shelf.config, now=shelf.root.clock.now())
    assert seen is not None
    return seen


def test_what_goes_until_tomorrow_and_what_comes_next_is_told(shelf: Shelf) -> None:
    files = [
        shelf.record(31),
        shelf.record(29.5),
        shelf.record(29.2),
        shelf.record(1, camera="top"),
    ]
    shelf.journalled(*files, audited=[*files[:2], files[3]])
    seen = seen_on(shelf)
    assert seen.forecast is not None
    assert list(in_words(seen.forecast, UTC)) == [
        "keep.age 30d: 2 files, 2 kB go until tomorrow",
        "1 more file would go, but not before an audit",
        "the oldest of side on 2026-02-28 12:00, of top on 2026-03-30 12:00",
    ]
    told = in_json(seen)
    assert told["going"] == [{"why": "keep.age 30d", "files": 2, "size_bytes": 2000}]
    assert told["until"] == "2026-03-02T12:00:00.000Z"
    assert told["unaudited"] == 1
    assert all(file.exists() for file in files)


def test_a_rule_by_which_nothing_goes_says_so(shelf: Shelf) -> None:
    shelf.keep("{size: 1GB}")
    shelf.journalled(shelf.record(3000))
    seen = seen_on(shelf)
    assert seen.forecast is not None
    assert list(in_words(seen.forecast, UTC)) == ["nothing goes until tomorrow"]


def test_a_journal_that_cannot_be_read_is_told(shelf: Shelf) -> None:
    shelf.root.journal.write_text("no journal")
    assert "the journal cannot be read" in seen_on(shelf).why_not
    assert in_json(seen_on(shelf))["going"] == []
