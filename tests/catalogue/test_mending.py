"""What can be mended is, originals are kept, and a second look finds nothing more."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable

import pytest

from tests.catalogue.conftest import Root, reaches
from tests.catalogue.damages import garbage
from tests.catalogue.stock import ATTEMPT, DIRECTORY, Stock, name
from tests.catalogue.test_verify import (
    a_bit_flips,
    everything,
    has_a_broken_sidecar,
    has_a_fifo_for_a_sidecar,
    is_emptied_with_its_sidecar,
    is_removed,
    loses_its_sidecar,
    was_never_audited,
    was_never_closed,
)
from tests.recording.test_segment_schema import complaints
from tests.support.broken import readable
from tests.support.films import Film
from tests.support.values import NOON
from thorsched.base.errors import MachineError
from thorsched.catalogue.entries import Run
from thorsched.catalogue.fsck.findings import Finding
from thorsched.catalogue.fsck.mending import Mending, refuse_live
from thorsched.recording import checkpoint
from thorsched.recording.checkpoint import Checkpoint
from thorsched.recording.checkpoint_text import Begun, first_line
from thorsched.recording.repair import repair
from thorsched.recording.root import RootLock
from thorsched.video.matroska import frames

pytestmark = pytest.mark.real


@pytest.fixture
def stock(root: Root, film: Film) -> Stock:
    return Stock(root, film)


def mended(stock: Stock) -> list[Finding]:
    found = stock.verified()
    with Mending(stock.path, clock=stock.root.clock) as mending:
        return list(mending.done(found))


def left(stock: Stock) -> list[tuple[str, str]]:
    return [(one.kind.value, one.left) for one in mended(stock) if one.is_wrong]


def test_a_file_that_was_never_closed_is_finalised_with_every_frame(stock: Stock) -> None:
    was_never_closed(stock)
    before = readable(stock.segment(1))
    mended(stock)
    assert readable(stock.segment(1)) == before
    assert frames(stock.segment(1)).finalised
    told = stock.told(1)
    assert told["finalised"] is True
    assert told["size_bytes"] == stock.segment(1).stat().st_size
    assert isinstance(told["repaired"], dict)
    assert stock.wrong() == []
    with stock.root.read() as journal:
        row = next(row for row in journal.segments() if row.path == name(1))
        audit = journal.audit(name(1).as_posix())
        assert journal.unaudited(after=("", ""), most=9) == []
    assert audit is not None
    assert audit.size_bytes == row.size_bytes, "it is of what the file was before"
    assert (row.finalised, row.repaired) == (True, True)


@pytest.mark.parametrize("with_journal", [True, False])
def test_a_sidecar_is_made_of_what_the_attempts_others_say(
    stock: Stock, *, with_journal: bool
) -> None:
    before = stock.told(1)
    loses_its_sidecar(stock)
    if not with_journal:
        stock.root.journal.unlink()
    mended(stock)
    told = stock.told(1)
    for key in ("camera", "server", "device", "capability", "schedules", "revision", "windows"):
        assert told[key] == before[key], key
    assert told["frames"] == before["frames"]
    assert told["restored"] == {
        "from": ["the file", "a sidecar of its attempt", *(["the journal"] * with_journal)],
        "unknown": ["requested", "about"],
    }


@pytest.mark.parametrize(
    "forged",
    [
        {"device": ["id"]},
        {"device": {"id": "x" * 10, "name": None}},
        {"capability": 5, "encoding": "film", "server": {}},
        {"camera": ["side"], "schedules": "nights"},
        {"windows": [{"start": "0001-01-01T00:00:00+09:00", "end": None}]},
        {"clock": {"zero": "9999-12-31T23:59:59-09:00"}},
        {"clock": "x", "first_frame": "0001-01-01T00:00:00Z"},
    ],
)
def test_what_stands_in_an_others_sidecar_may_be_anything(
    stock: Stock, forged: dict[str, object]
) -> None:
    loses_its_sidecar(stock)
    stock.sidecar(0).write_text(json.dumps(stock.told(0) | forged))
    (one,) = [one for one in mended(stock) if one.path == name(1)]
    assert one.mended or one.left
    if one.mended:
        assert complaints(stock.told(1)) == []


def test_a_sidecar_is_made_of_the_journal_or_of_the_file_alone(root: Root, film: Film) -> None:
    stock = Stock(root, film, segments=1)
    stock.sidecar(0).unlink()
    mended(stock)
    told = stock.told(0)
    assert told["server"] == "http://rig:8000"
    assert told["schedules"] is None
    assert complaints(told) == []
    stock.sidecar(0).unlink()
    stock.root.journal.unlink()
    mended(stock)
    told = stock.told(0)
    assert (told["camera"], told["server"], told["device"]) == ("side", None, None)
    assert told["frames"] == 60
    assert told["windows"] == []
    assert complaints(told) == []
    assert str(told["first_frame"]).startswith("2026-03-01T12:00:0")


def test_a_sidecar_that_cannot_be_read_is_kept_by_another_name(stock: Stock) -> None:
    audit = stock.told(1)["audit"]
    has_a_broken_sidecar(stock)
    broken = stock.sidecar(1).read_bytes()
    mended(stock)
    aside = stock.sidecar(1).with_name(f"{stock.sidecar(1).name}.broken")
    assert aside.read_bytes() == broken
    assert stock.told(1)["frames"] == 60
    assert stock.told(1)["audit"] == audit, "the journal knows it"
    assert complaints(stock.told(1)) == []
    assert stock.wrong() == []


def test_what_nobody_has_read_is_audited(stock: Stock) -> None:
    was_never_audited(stock)
    (one,) = mended(stock)
    assert one.mended == "audited: no metadata"
    assert stock.told(1)["sha256"] == hashlib.sha256(stock.film.content).hexdigest()
    with stock.root.read() as journal:
        (row,) = [row for row in journal.audits() if row.path == name(1)]
    assert row.frames == 60
    assert stock.wrong() == []


def test_a_row_that_the_journal_lacks_is_written_with_its_audit(stock: Stock) -> None:
    stock.add(7)
    mended(stock)
    assert stock.wrong() == []
    with stock.root.read() as journal:
        assert name(7) in {row.path for row in journal.segments()}
        assert name(7) in {row.path for row in journal.audits()}


@pytest.mark.parametrize(
    ("happens", "word"),
    [
        (a_bit_flips, "changed"),
        (is_emptied_with_its_sidecar, "changed"),
        (is_removed, "missing"),
        (has_a_fifo_for_a_sidecar, "broken sidecar"),
        (lambda stock: garbage(stock.root.journal), "journal"),
    ],
)
def test_what_cannot_be_mended_is_left_with_a_word(
    stock: Stock, happens: Callable[[Stock], None], word: str
) -> None:
    happens(stock)
    before = everything(stock.path)
    ((kind, why),) = left(stock)
    assert kind == word
    assert why
    assert everything(stock.path) == before


def test_of_a_journal_that_cannot_be_read_it_is_said_once_what_makes_it_anew(stock: Stock) -> None:
    garbage(stock.root.journal)
    (one,) = mended(stock)
    assert "thorsched rebuild" in one.detail
    assert one.left == "it is kept as it is"


def test_what_a_dead_recorder_left_is_described_as_its_checkpoint_says(
    stock: Stock, film: Film
) -> None:
    began = stock.describe(9).segment
    stock.segment(9).unlink()
    prefix = "side_20260301T150000Z"
    text = first_line(Begun(began.recording, DIRECTORY, prefix, began.zero, 9001, ("x", prefix)))
    Checkpoint.begin(stock.path, prefix, text).close()
    segment = stock.path / DIRECTORY / f"{prefix}-00000.mkv"
    segment.write_bytes(film.content[:-3000])
    assert mended(stock)
    told = json.loads(segment.with_suffix(".json").read_text())
    assert told["schedules"] == ["nights"]
    assert "repaired" in told
    assert checkpoint.paths_below(stock.path) == []
    assert stock.wrong() == []
    with stock.root.read() as journal:
        assert f"{prefix}-00000.mkv" in {row.path.name for row in journal.segments()}


def test_what_a_recorder_is_at_is_not_touched(stock: Stock, film: Film) -> None:
    prefix = "side_20260301T150000Z"
    segment = stock.path / DIRECTORY / f"{prefix}-00000.mkv"
    segment.write_bytes(film.content[:-3000])
    found = stock.verified()
    running = Checkpoint.begin(stock.path, prefix, "{}\n")
    before = everything(stock.path)
    with Mending(stock.path, clock=stock.root.clock) as mending:
        assert {one.left for one in mending.done(found)} == {"its recorder runs"}
    assert everything(stock.path) == before
    running.close()


def test_where_a_scheduler_records_nothing_is_mended(stock: Stock) -> None:
    run = Run(pid=os.getpid(), version="0", began=NOON, last_pass=NOON)
    lock = RootLock(stock.path)
    with stock.root.written(run):
        reaches(stock.root, run)
        with pytest.raises(MachineError, match="records to"):
            refuse_live(stock.path)
        with pytest.raises(MachineError, match="records to"):
            Mending(stock.path, clock=stock.root.clock)
    lock.close()


def test_a_second_repair_is_not_told_that_somebody_records(stock: Stock) -> None:
    with Mending(stock.path, clock=stock.root.clock):
        for refused in (
            lambda: refuse_live(stock.path),
            lambda: Mending(stock.path, clock=stock.root.clock),
        ):
            with pytest.raises(MachineError, match=rf"process {os.getpid()}\) holds") as caught:
                refused()
            assert "repairs or rebuilds" in str(caught.value)
            assert "records to" not in str(caught.value)
    refuse_live(stock.path)


def test_a_repair_that_was_killed_before_its_sidecar_is_told_after_all(stock: Stock) -> None:
    was_never_closed(stock)
    repair(stock.segment(1))
    assert ("broken sidecar", name(1).name) in stock.wrong()
    mended(stock)
    told = stock.told(1)
    assert (told["finalised"], told["size_bytes"]) == (True, stock.segment(1).stat().st_size)
    assert told["schedules"] == ["nights"]
    assert stock.wrong() == []


def test_it_converges(stock: Stock, film: Film) -> None:
    was_never_closed(stock)
    loses_its_sidecar_of_a_cut_file(stock)
    stock.add(7)
    shutil.copy(film.path, stock.path / "other.mkv")
    assert len(mended(stock)) > 5
    again = [one for one in mended(stock) if one.is_wrong]
    assert again == []


def loses_its_sidecar_of_a_cut_file(stock: Stock) -> None:
    stock.describe(8, stock.film.content[:-3000])
    assert not stock.sidecar(8).exists()


@pytest.mark.parametrize("has_grown", [False, True])
def test_a_file_that_is_not_as_long_as_the_journal_says_is_kept_and_goes_on_to_be_told(
    stock: Stock, *, has_grown: bool
) -> None:
    content = stock.film.content
    stock.segment(1).write_bytes(content + b"more" if has_grown else content[: len(content) // 2])
    stock.sidecar(1).unlink()
    before = everything(stock.path)
    assert {why for _, why in left(stock)} == {
        "it is kept as it is: only a copy from elsewhere has what was recorded"
    }
    assert everything(stock.path) == before
    assert ("changed", name(1).name) in stock.wrong()


def test_of_a_changed_file_without_a_sidecar_the_audit_goes_on_to_tell(stock: Stock) -> None:
    a_bit_flips(stock)
    stock.sidecar(1).unlink()
    assert [kind for kind, _ in left(stock)] == ["changed"]
    assert stock.sidecar(1).exists()
    assert stock.wrong() == [("changed", name(1).name)]


def test_names_that_a_template_made_otherwise_are_known_by_their_attempt(stock: Stock) -> None:
    stock.root.journal.unlink()
    elsewhere = stock.path / "elsewhere"
    elsewhere.mkdir()
    for number in (0, 1):
        for path in (stock.segment(number), stock.sidecar(number)):
            path.rename(elsewhere / path.name.replace(ATTEMPT, "odd"))
    ours = elsewhere / "odd-00000.json"
    ours.write_text(json.dumps(json.loads(ours.read_text()) | {"file": "odd-00000.mkv"}))
    (elsewhere / "odd-00001.json").unlink()
    found = mended(stock)
    (one,) = [one for one in found if one.kind.is_wrong]
    assert "a sidecar of its attempt" in one.mended
