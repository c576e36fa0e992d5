"""What `check` tells of the rules for old files."""

import hashlib
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.shelf import Shelf
from tests.support.values import NOON
from thorsched.catalogue.entries import Copied, CopyState
from thorsched.config.blocks_storage import Offload
from thorsched.foresight.disk.departures import (
    A_DAY,
    Departure,
    Keeping,
    departures,
    in_json,
    in_words,
    keeping,
)
from thorsched.foresight.patience import Patience
from thorsched.foresight.places import places

UTC = ZoneInfo("UTC")


@pytest.fixture(name="shelf")
def _shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    path = tmp_path_factory.mktemp("root")
    (path / ".thorsched").mkdir()
    return Shelf(Root(path))


def seen_on(shelf: Shelf) -> Keeping:
    seen = keeping(shelf.config, now=shelf.root.clock.now(), ahead=A_DAY, patience=Patience())
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
        "the oldest of side on Sat 2026-02-28 12:00, of top on Mon 2026-03-30 12:00",
    ]
    told = in_json(seen)
    assert told["going"] == [{"why": "keep.age 30d", "files": 2, "size_bytes": 2000}]
    assert told["until"] == "2026-03-02T12:00:00.000Z"
    assert told["unaudited"] == 1
    assert all(file.exists() for file in files)


def test_what_goes_is_told_by_day_camera_and_rule(shelf: Shelf) -> None:
    files = [shelf.record(days) for days in (31, 28.5, 28.4, 26)] + [shelf.record(27, camera="top")]
    shelf.journalled(*files)
    now = shelf.root.clock.now()
    seen = keeping(shelf.config, now=now, ahead=timedelta(days=3.5), patience=Patience())
    assert seen is not None
    assert seen.forecast is not None
    today = now.date()

    def day(number: int, camera: str, files: int) -> Departure:
        size_bytes = files * 1000
        return Departure(today + timedelta(days=number), camera, "keep.age 30d", files, size_bytes)

    assert departures(seen.forecast, UTC) == [
        day(0, "side", 1),
        day(2, "side", 2),
        day(3, "top", 1),
    ]


def test_what_goes_once_it_is_copied_goes_at_once(shelf: Shelf) -> None:
    file = shelf.record(3)
    shelf.journalled(file)
    with shelf.root.written() as journal:
        journal.tell(copy_of(file, CopyState.VERIFIED))
    deleting = Offload.model_validate({"to": "/mnt/nas", "then": "delete"})
    storage = shelf.config.storage.model_copy(update={"offload": deleting, "keep": None})
    shelf.config = shelf.config.model_copy(update={"storage": storage})
    seen = seen_on(shelf)
    assert seen.forecast is not None
    [going] = departures(seen.forecast, UTC)
    assert (going.day, going.why, going.files) == (NOON.date(), "offload.then delete", 1)


def test_a_rule_by_which_nothing_goes_says_so(shelf: Shelf) -> None:
    shelf.keep("{size: 1GB}")
    shelf.journalled(shelf.record(3000))
    seen = seen_on(shelf)
    assert seen.forecast is not None
    assert list(in_words(seen.forecast, UTC)) == ["nothing goes until tomorrow"]


def test_what_waits_for_its_copy_is_told_beside_what_goes(shelf: Shelf) -> None:
    files = [shelf.record(days) for days in (33, 32, 31, 1)]
    shelf.journalled(*files, audited=files[1:])
    offload = Offload.model_validate({"to": "/mnt/nas"})
    with shelf.root.written() as journal:
        journal.tell(copy_of(files[1], CopyState.VERIFIED))
        journal.tell(copy_of(files[2], CopyState.FAILED))
    storage = shelf.config.storage.model_copy(update={"offload": offload})
    shelf.config = shelf.config.model_copy(update={"storage": storage})
    seen = seen_on(shelf)
    assert seen.forecast is not None
    assert list(in_words(seen.forecast, UTC))[:2] == [
        "keep.age 30d: 1 file, 1 kB goes until tomorrow",
        "2 more files would go, but not before their copies are proved",
    ]
    assert (in_json(seen)["unaudited"], in_json(seen)["uncopied"]) == (0, 2)
    deleting = offload.model_copy(update={"then": "delete"})
    storage = shelf.config.storage.model_copy(update={"offload": deleting, "keep": None})
    shelf.config = shelf.config.model_copy(update={"storage": storage})
    seen = seen_on(shelf)
    assert seen.forecast is not None
    assert list(in_words(seen.forecast, UTC)) == [
        "offload.then delete: 1 file, 1 kB goes until tomorrow",
        "3 more files would go, but not before their copies are proved",
    ]


def test_check_tells_how_much_waits_for_its_copy(shelf: Shelf, tmp_path: Path) -> None:
    shelf.journalled(shelf.record(3), shelf.record(2))
    offload = Offload.model_validate({"to": str(tmp_path)})
    storage = shelf.config.storage.model_copy(update={"offload": offload})
    config = shelf.config.model_copy(update={"storage": storage})
    now = shelf.root.clock.now()
    found = places(
        config, now=now, zone=UTC, holder="", kept=None, filling=None, patience=Patience()
    )
    waiting, there = (one.detail for one in found if one.subject == "storage.offload")
    assert waiting == f"2 files, 2 kB, wait for their copy to {tmp_path}"
    assert there.startswith(f"{tmp_path} is there, ")


def test_check_tells_when_files_go_by_the_clocks_of_the_file(shelf: Shelf) -> None:
    shelf.journalled(shelf.record(1))
    config = shelf.config.model_copy(update={"timezone": "Asia/Tokyo"})
    now, kept = shelf.root.clock.now(), seen_on(shelf)
    found = places(
        config, now=now, zone=UTC, holder="", kept=kept, filling=None, patience=Patience()
    )
    (detail,) = (one.detail for one in found if one.subject == "storage.keep")
    assert detail.endswith("the oldest of side on Mon 2026-03-30 21:00")


def copy_of(path: Path, state: CopyState) -> Copied:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if state is CopyState.VERIFIED else ""
    return Copied(path, "/mnt/nas", NOON, sha256, state, "")


def test_a_journal_that_cannot_be_read_is_told(shelf: Shelf) -> None:
    shelf.root.journal.write_text("no journal")
    assert "is damaged (file is not a database); thorsched rebuild" in seen_on(shelf).why_not
    assert in_json(seen_on(shelf))["going"] == []
