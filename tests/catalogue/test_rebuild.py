"""A journal is made anew from sidecars, and from what the old one still gives; that one is kept."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.damages import (
    dangling_link,
    empty,
    fifo,
    foreign,
    garbage,
    newer,
    only_its_log_is_left,
    overwritten,
    torn,
)
from tests.catalogue.revised import CHANGED
from tests.catalogue.stock import Stock, name, plain_segments
from tests.catalogue.test_verify import quarantined
from tests.catalogue.told import RUN, STALLED
from tests.support.films import Film
from tests.support.pauses import asked
from tests.support.program import thorsched
from tests.support.values import NOON
from thorsched.base.errors import MachineError
from thorsched.catalogue.applied import How, Kept, RevisionApplied
from thorsched.catalogue.entries import (
    Copied,
    CopyState,
    Gap,
    Gaps,
    Removed,
    Stretch,
    Stretches,
)
from thorsched.catalogue.kept import kept_revisions
from thorsched.catalogue.rebuilding.rebuild import FROM_SIDECARS, RECKONED, SALVAGED, TABLES
from thorsched.catalogue.rebuilding.renewal import Renewed, renew
from thorsched.recording.history import Happened
from thorsched.recording.root import RootLock
from thorsched.recording.trouble import Cause

pytestmark = pytest.mark.real
_KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from thorsched.catalogue.rebuilding import renewal

renewal._ROWS_A_COMMIT = 1
rows = count(1)
def advance():
    if next(rows) == 20:
        os.kill(os.getpid(), signal.SIGKILL)
renewal.renew(Path(sys.argv[1]), now=datetime.now(UTC), advance=advance)
"""
GAP = Gap("side", NOON + timedelta(seconds=40), NOON + timedelta(seconds=50), STALLED)
WANTED = Stretch("side", NOON, NOON + timedelta(minutes=2), "f" * 64, ("nights",))


@pytest.fixture
def stock(root: Root, film: Film) -> Stock:
    """A root whose journal has a row in each table, and many events."""
    stock = Stock(root, film)
    with root.written(replace(RUN, pid=43)) as journal:
        file = Path("/rig.yaml")
        journal.tell(RevisionApplied(NOON, "f" * 64, file, "cameras: {}", How.BY_HAND, CHANGED))
        journal.tell(Stretches((WANTED,)))
        journal.tell(Copied(stock.segment(0), "/mnt", NOON, "0" * 64, CopyState.VERIFIED))
        journal.tell(Removed(stock.segment(2), NOON, "keep: 30d"))
        journal.keep_gaps(Gaps("side", (GAP,)))
        journal.tell(asked("top"))
        journal.passed(NOON + timedelta(minutes=2))
        for number in range(2000):
            journal.tell(Happened(NOON, "counted", f"{number} {'x' * 50}"))
    stock.segment(2).unlink()
    return stock


def made_anew(stock: Stock) -> Renewed:
    return renew(stock.path, now=stock.root.clock.now(), advance=lambda: None)


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as journal:
        return {
            table: [
                row
                for row in journal.execute(f"SELECT * FROM {table}").fetchall()
                if "journal rebuilt" not in row
            ]
            for table in TABLES
        }


def test_of_a_sound_journal_nothing_is_lost(stock: Stock) -> None:
    before = content(stock.root.journal)
    renewed = made_anew(stock)
    after = content(stock.root.journal)
    for table in TABLES:
        rows = {row for row in after[table] if Cause.UNKNOWN.value not in row}
        assert rows == set(before[table]), table
    assert renewed.rows["gaps", RECKONED] == len(after["gaps"]) - len(before["gaps"])


def test_a_revision_whose_change_is_damaged_keeps_its_text(stock: Stock) -> None:
    with closing(sqlite3.connect(stock.root.journal)) as journal:
        journal.execute("PRAGMA ignore_check_constraints = ON")
        journal.execute("UPDATE revisions SET how = 'fate', difference = '{torn'")
        journal.commit()
    made_anew(stock)
    (row,) = content(stock.root.journal)["revisions"]
    assert row[-3:] == ("cameras: {}", None, None)


@pytest.mark.parametrize("step_s", [60, -60])
def test_revisions_of_several_journals_are_told_in_their_order(stock: Stock, step_s: int) -> None:
    """Also where the clock was set back, and though the latest journal is salvaged first."""
    root, file = stock.root, Path("/rig.yaml")
    root.clock.advance(3600)
    root.journal.rename(root.journal.with_name(f"{root.journal.name}.broken-1"))
    with root.written(replace(RUN, pid=44, began=root.clock.now())) as journal:
        for number in (1, 2):
            root.clock.step_wall(step_s)
            journal.tell(RevisionApplied(root.clock.now(), f"{number}" * 64, file, "cameras: {}"))
    made_anew(stock)
    with root.read() as read:
        told = [one.applied.revision[0] for one in kept_revisions(read) if isinstance(one, Kept)]
    assert told == ["2", "1", "f"]
    made_anew(stock)
    with root.read() as read:
        again = [one.applied.revision[0] for one in kept_revisions(read) if isinstance(one, Kept)]
    assert again == told


def test_a_second_time_changes_nothing(stock: Stock) -> None:
    made_anew(stock)
    before = content(stock.root.journal)
    made_anew(stock)
    assert content(stock.root.journal) == before
    assert len(stock.root.set_aside()) == 2


def test_without_a_journal_the_sidecars_tell(stock: Stock) -> None:
    before = content(stock.root.journal)
    stock.root.journal.unlink()
    renewed = made_anew(stock)
    after = content(stock.root.journal)
    assert after["segments"] == before["segments"][:2], (
        "the third is removed, and nobody knows of it"
    )
    assert after["audits"] == before["audits"][:2]
    with stock.root.read() as journal:
        (attempt,) = journal.attempts()
        (wanted,) = journal.recordings()
        gaps = journal.gaps()
    assert (attempt.server, attempt.device_name) == ("http://rig:8000", "HD USB Camera")
    assert attempt.window_end == NOON + timedelta(hours=1)
    assert attempt.run == 0
    assert "not known" in attempt.detail
    assert (wanted.schedules, wanted.revision, wanted.start) == (("nights",), "f" * 64, NOON)
    with stock.root.read() as journal:
        first, second = journal.segments()
    assert [(gap.start, gap.end) for gap in gaps] == [(first.last_frame_end, second.first_frame)]
    assert {gap.trouble.cause for gap in gaps} == {Cause.UNKNOWN}
    assert renewed.rows["events", SALVAGED] == 0
    assert renewed.rows["segments", FROM_SIDECARS] == 2


@pytest.mark.parametrize("damage", [torn, overwritten])
def test_of_a_damaged_one_all_rows_that_can_be_read_are_kept(
    stock: Stock, damage: Callable[[Path], None]
) -> None:
    before = content(stock.root.journal)
    damage(stock.root.journal)
    renewed = made_anew(stock)
    after = content(stock.root.journal)
    assert renewed.unread, "what is lost is told"
    assert [row for row in after["segments"] if row[0] in {name(0).as_posix(), name(1).as_posix()}]
    assert set(after["events"]) <= set(before["events"])
    assert len(after["events"]) > 500
    with closing(sqlite3.connect(stock.root.journal)) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_is_behind_a_damaged_page_is_read_too(stock: Stock) -> None:
    events = content(stock.root.journal)["events"]
    with closing(sqlite3.connect(stock.root.journal)) as journal:
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = journal.execute("PRAGMA page_size").fetchone()
    raw = bytearray(stock.root.journal.read_bytes())
    pages = [raw.find(f"{number} xxx".encode()) // size for number in (500, 1000, 1500)]
    for page in pages:
        raw[page * size : (page + 1) * size] = b"\xff" * size
    stock.root.journal.write_bytes(bytes(raw))
    made_anew(stock)
    after = set(content(stock.root.journal)["events"])
    lost = len(events) - len(after)
    assert 0 < lost < 400
    for number in (0, 700, 1250, 1990):
        assert any(row[3].startswith(f"{number} x") for row in after if isinstance(row[3], str))


@pytest.mark.parametrize(
    "damage", [garbage, empty, foreign, fifo, dangling_link, only_its_log_is_left]
)
def test_what_is_no_journal_is_kept_and_the_sidecars_tell(
    stock: Stock, damage: Callable[[Path], None]
) -> None:
    damage(stock.root.journal)
    kept = {path.name for path in stock.root.journal.parent.iterdir() if "journal" in path.name}
    renewed = made_anew(stock)
    assert renewed.totals["segments"] == 2
    assert len(stock.root.set_aside()) == len(kept)
    assert not stock.root.journal.with_name("nowhere").exists(), "a link was followed"


def test_of_one_that_a_newer_version_wrote_all_that_is_known_is_taken(stock: Stock) -> None:
    before = content(stock.root.journal)
    newer(stock.root.journal)
    made_anew(stock)
    after = content(stock.root.journal)
    assert set(after["events"]) == set(before["events"])
    assert after["copies"] == before["copies"]


def test_what_was_set_aside_earlier_is_salvaged_too(stock: Stock) -> None:
    newer(stock.root.journal)
    third = replace(RUN, pid=44, began=NOON + timedelta(hours=1))
    with stock.root.written(third) as journal:
        journal.tell(Happened(NOON + timedelta(hours=1), "after that"))
    assert len(stock.root.set_aside()) == 1
    made_anew(stock)
    with stock.root.read() as journal:
        assert [run.pid for run in journal.runs()] == [42, 43, 44]
        (attempt,) = journal.attempts()
        assert attempt.run == 1
        assert {"counted", "after that"} <= {event.what for event in journal.events()}
        assert GAP in journal.gaps()
        assert [row.removed is not None for row in journal.segments()] == [False, False, True]


def test_what_is_in_quarantine_does_not_count_in_the_new_one(stock: Stock) -> None:
    older = stock.root.journal.read_bytes()
    quarantined(stock)
    stock.root.journal.write_bytes(older)  # which has it in its old place
    made_anew(stock)
    with stock.root.read() as journal:
        rows = {row.path.name: row.quarantined for row in journal.segments()}
        gaps = [gap for gap in journal.gaps() if gap.trouble.cause is Cause.UNKNOWN]
    assert rows == {name(0).name: "", name(1).name: "a reason", name(2).name: ""}
    assert any(gap.start < NOON + timedelta(seconds=10.2) < gap.end for gap in gaps if gap.end)


def test_what_retention_has_removed_still_counts_in_the_new_one(stock: Stock) -> None:
    removed = {"at": "2026-04-01T00:00:00.000Z", "why": "keep.age 30d"}
    for number in (0, 1):
        text = json.dumps({**stock.told(number), "removed": removed})
        stock.sidecar(number).write_text(text)
    stock.segment(0).unlink()  # of the other one the program was killed before it went
    stock.root.journal.unlink()
    made_anew(stock)
    with stock.root.read() as read:
        whys = [segment.removed_why for segment in read.segments()]
    assert whys == ["keep.age 30d", ""]


def test_a_gap_that_went_on_ends_when_the_last_run_was_seen(root: Root, film: Film) -> None:
    stock = Stock(root, film)
    with root.written(replace(RUN, pid=43)) as journal:
        journal.keep_gaps(Gaps("side", (replace(GAP, end=None),)))
        journal.passed(NOON + timedelta(minutes=1))
    made_anew(stock)
    with root.read() as read:
        assert GAP.start in {gap.start for gap in read.gaps()}
        ends = {gap.start: gap.end for gap in read.gaps()}
    assert ends[GAP.start] == NOON + timedelta(minutes=1)


def test_what_ends_it_has_changed_nothing(stock: Stock) -> None:
    before = content(stock.root.journal)

    def full() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(MachineError, match="the old one is as it was"):
        renew(stock.path, now=NOON, advance=full)
    assert content(stock.root.journal) == before
    assert [p.name for p in stock.root.journal.parent.iterdir() if "rebuilt" in p.name] == []
    assert stock.root.set_aside() == []


def test_what_a_killed_one_has_left_is_not_in_the_next_one(stock: Stock) -> None:
    subprocess.run([sys.executable, "-c", _KILLED, str(stock.path)], check=False)
    log = stock.root.journal.with_name("journal.sqlite3.rebuilt-wal")
    assert log.stat().st_size > 0, "it was killed with all written"
    lost = name(1).as_posix()
    stock.segment(1).unlink()
    stock.sidecar(1).unlink()
    stock.root.journal.unlink()
    made_anew(stock)
    with stock.root.read() as journal:
        assert lost not in [row.path.as_posix() for row in journal.segments()]
    assert not log.exists()


def test_a_root_that_somebody_records_to_is_refused(stock: Stock) -> None:
    lock = RootLock(stock.path)
    refused = thorsched("rebuild", ".", cwd=stock.path)
    lock.close()
    assert refused.returncode == 2
    assert "another thorsched records" in refused.stderr
    assert stock.root.set_aside() == []


def test_a_person_is_told_what_came_of_it(stock: Stock) -> None:
    garbage(stock.root.journal)
    told = thorsched("rebuild", ".", cwd=stock.path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("table  "), "as flush left as any table"
    assert "segments" in told.stdout
    assert "not read: journal.sqlite3: nothing of it can be read" in told.stdout
    assert "not known: what else happened (events)" in told.stdout
    assert "journal.sqlite3.broken-" in told.stdout
    again = json.loads(thorsched("rebuild", ".", "--json", cwd=stock.path).stdout)
    assert again["tables"]["segments"] == {
        "salvaged": 0,
        "from sidecars": 2,
        "asked for": 0,
        "reckoned": 0,
        "rows": 2,
    }
    assert len(again["kept"]) == 2


def test_what_is_no_storage_root_is_refused(tmp_path: Path) -> None:
    refused = thorsched("rebuild", ".", cwd=tmp_path)
    assert (refused.returncode, list(tmp_path.iterdir())) == (1, [])


@pytest.mark.no_cover  # of many alike; what it runs is covered by others
def test_ten_thousand_segments_are_written_down(root: Root) -> None:
    plain_segments(root.path, 10_000, size_bytes=100)
    renewed = renew(root.path, now=root.clock.now() + timedelta(days=1), advance=lambda: None)
    assert renewed.totals["segments"] == renewed.totals["audits"] == 10_000


def test_a_sidecar_with_a_number_that_cannot_be_ends_nothing(stock: Stock) -> None:
    sidecar = stock.segment(1).with_suffix(".json")
    sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), "frames": 2**63}))
    stock.root.journal.unlink()
    assert made_anew(stock).totals["segments"] > 0
