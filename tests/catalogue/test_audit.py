"""What is closed is audited, told to sidecar and journal; what fails holds up nothing else."""

import contextlib
import json
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.test_verdict import SOUND
from tests.catalogue.told import RUN, attempt_in, described
from tests.support.clocks import FakeClock
from tests.support.disks import mounted_tmpfs
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.catalogue.auditing.audit import AGAIN_AFTER_S, LOOKS_BACK_EVERY_S, Auditor
from thorsched.catalogue.auditing.examiner import Unexamined
from thorsched.catalogue.entries import Audited
from thorsched.recording.sidecars import write_sidecar
from thorsched.schedule.intervals import Window
from thorsched.video.findings import Examination


@dataclass
class Scripted:
    """An examiner that finds what the test says, or is at it until it is closed."""

    finds: dict[str, Examination | str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    holds: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def examine(self, path: Path) -> Examination:
        self.asked.append(path.name)
        if path.name in self.holds:
            self.over.wait()
            raise Unexamined("its process ended with -9")
        found = self.finds.get(path.name, SOUND)
        if isinstance(found, str):
            raise Unexamined(found)
        return found

    def close(self) -> None:
        self.over.set()


class Audits:
    """An auditor of a root, with what it told."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.clock = FakeClock()
        self.examiner = Scripted()
        self.told: list[tuple[str, Audited]] = []
        self.auditor = Auditor(
            self.examiner, clock=self.clock, told=lambda *one: self.told.append(one)
        )

    def begin(self) -> None:
        self.auditor.hold(self.root.path)
        self.auditor.start()

    def names(self) -> list[str]:
        return [entry.path.name for _, entry in self.told]

    def come_to(self, *names: str) -> bool:
        return eventually(lambda: self.names() == list(names))

    def later(self, seconds: float) -> None:
        """Let time pass, and have the auditor see it."""
        self.clock.advance(seconds)
        with self.auditor._changed:
            self.auditor._changed.notify_all()


@pytest.fixture
def audits(root: Root) -> Iterator[Audits]:
    made = Audits(root)
    yield made
    made.auditor.close(patience_s=PATIENCE_S)
    assert not made.auditor._thread.is_alive()


def stored(root: Root, number: int = 0, *, finalised: bool = True, journal: bool = True) -> Path:
    """Leave a segment of 1000 bytes with its sidecar, an hour after the one before."""
    plain = described(root.path)
    path = plain.segment.path.with_name(f"{attempt_in(root.path).name}-{number:05d}.mkv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(1000))
    span = Window(*(moment + timedelta(hours=number) for moment in plain.span.bounds if moment))
    one = replace(plain, segment=replace(plain.segment, path=path), span=span, finalised=finalised)
    write_sidecar(one)
    if journal:
        with root.written(RUN) as told:
            told.tell(one)
    return path


def sidecar(path: Path) -> dict[str, object]:
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert isinstance(told, dict)
    return told


def test_a_segment_that_is_settled_is_audited_in_its_sidecar(root: Root, audits: Audits) -> None:
    path = stored(root, journal=False)
    before = sidecar(path)
    audits.begin()
    audits.auditor.take(path)
    assert audits.come_to(path.name)
    camera, entry = audits.told[0]
    assert (camera, entry.verdict) == ("side", "good")
    after = sidecar(path)
    assert after.items() >= before.items()
    assert after["sha256"] == SOUND.sha256
    assert after["audit"] == {
        "at": "2026-03-01T12:00:00.000Z",
        "size_bytes": 1000,
        "frames": 300,
        "first_timestamp": 10,
        "last_timestamp": 3000,
        "dropped": 0,
        "duplicates": 0,
        "backward": 0,
        "unreadable": 0,
        "damaged": 0,
        "black": 0,
        "frozen_s": 0.0,
        "verdict": "good",
        "detail": "",
    }
    assert list(path.parent.glob("*.part")) == []


def test_what_earlier_runs_have_left_is_audited_oldest_first_and_once(
    root: Root, audits: Audits
) -> None:
    names = [stored(root, number).name for number in (2, 0, 1)]
    audits.begin()
    assert audits.come_to(names[1], names[2], names[0])
    with root.written(RUN) as journal:
        for _, entry in audits.told:
            journal.tell(entry)
    audits.later(LOOKS_BACK_EVERY_S)
    assert not eventually(lambda: len(audits.examiner.asked) > 3, within_s=0.3)
    with root.read() as read:
        assert [entry.verdict for entry in read.audits()] == ["good"] * 3
        assert read.unaudited(after=("", ""), most=9) == []


@pytest.mark.parametrize("strange", ["../{outside.name}", "{outside}", "a\0.mkv", b"\xff\x00"])
def test_what_a_journal_names_outside_of_its_root_is_neither_read_nor_described(
    root: Root, audits: Audits, strange: str | bytes
) -> None:
    first, second = stored(root), stored(root, 1)
    outside = root.path.with_name(f"{root.path.name}.mkv")
    first.rename(outside)
    first.with_suffix(".json").rename(outside.with_suffix(".json"))
    before = outside.with_suffix(".json").read_bytes()
    name = strange.format(outside=outside) if isinstance(strange, str) else strange
    with contextlib.closing(sqlite3.connect(root.journal)) as rows:
        rows.execute("UPDATE segments SET path = ? WHERE rowid = 1", (name,))
        rows.commit()
    audits.begin()
    assert audits.come_to(second.name)
    assert audits.examiner.asked == [second.name]
    assert outside.with_suffix(".json").read_bytes() == before


def test_what_a_journal_does_not_know_is_taken_from_the_sidecar(root: Root, audits: Audits) -> None:
    path = stored(root)
    audits.begin()
    assert audits.come_to(path.name)
    again = Audits(root)
    again.begin()
    assert again.come_to(path.name)
    assert again.told == [("", audits.told[0][1])], "it counts as audited by this run"
    assert again.examiner.asked == []
    again.auditor.close(patience_s=PATIENCE_S)


def test_what_waits_for_its_repair_is_left_alone(root: Root, audits: Audits) -> None:
    open_one, closed = stored(root, 0, finalised=False), stored(root, 1)
    audits.begin()
    assert audits.come_to(closed.name)
    audits.auditor.take(open_one)  # it is settled: it cannot be repaired
    assert audits.come_to(closed.name, open_one.name)


def test_a_flaw_is_told_of_once(
    root: Root, audits: Audits, caplog: pytest.LogCaptureFixture
) -> None:
    path = stored(root)
    audits.examiner.finds[path.name] = replace(SOUND, dropped=3, size_bytes=999)
    with caplog.at_level(logging.WARNING, "thorsched.catalogue"):
        audits.begin()
        assert audits.come_to(path.name)
    (line,) = caplog.records
    assert line.message == "segment is not good"
    assert (line.camera, line.file) == ("side", path)  # type: ignore[attr-defined]
    assert line.verdict == "changed, dropped frames"  # type: ignore[attr-defined]
    assert audits.told[0][1].verdict == "changed, dropped frames"


def test_one_that_cannot_be_examined_is_told_of_once_and_tried_again_an_hour_later(
    root: Root, audits: Audits, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = stored(root, 0), stored(root, 1)
    audits.examiner.finds[bad.name] = "[Errno 5] Input/output error"
    with caplog.at_level(logging.WARNING, "thorsched.catalogue"):
        audits.begin()
        assert audits.come_to(good.name)
        audits.later(LOOKS_BACK_EVERY_S)
        assert eventually(lambda: audits.examiner.asked.count(bad.name) == 2)
        del audits.examiner.finds[bad.name]
        audits.later(LOOKS_BACK_EVERY_S)
        assert eventually(lambda: bad.name in audits.names())
    assert [record.message for record in caplog.records] == ["segment not audited as yet"]
    assert "Input/output error" in str(caplog.records[0].why)  # type: ignore[attr-defined]


def test_at_the_end_it_stops_at_once_and_says_nothing_of_what_is_left(
    root: Root, audits: Audits, caplog: pytest.LogCaptureFixture
) -> None:
    path = stored(root)
    audits.examiner.holds.add(path.name)
    with caplog.at_level(logging.WARNING, "thorsched.catalogue"):
        audits.begin()
        assert eventually(lambda: audits.examiner.asked)
        audits.auditor.close(patience_s=PATIENCE_S)
    assert (audits.told, caplog.records) == ([], [])
    assert "audit" not in sidecar(path)


def taken_away(path: Path) -> None:
    path.with_suffix(".json").unlink()


def of_another(path: Path) -> None:
    beside = path.with_suffix(".json")
    beside.write_text(json.dumps({**sidecar(path), "file": "other.mkv"}))


def of_a_newer_version(path: Path) -> None:
    path.with_suffix(".json").write_text(json.dumps({**sidecar(path), "version": 2}))


def broken(path: Path) -> None:
    path.with_suffix(".json").write_text('{"file": ')


def not_unicode(path: Path) -> None:
    path.with_suffix(".json").write_bytes(b'{"file": "\xff"}')


@pytest.mark.parametrize("change", [of_another, of_a_newer_version, broken, not_unicode])
def test_a_sidecar_that_is_not_ours_is_never_written_over(
    root: Root, audits: Audits, caplog: pytest.LogCaptureFixture, change: Callable[[Path], None]
) -> None:
    path = stored(root)
    change(path)
    before = path.with_suffix(".json").read_bytes()
    with caplog.at_level(logging.WARNING, "thorsched.catalogue"):
        audits.begin()
        assert audits.come_to(path.name)
    assert path.with_suffix(".json").read_bytes() == before
    assert [record.message for record in caplog.records] == ["sidecar left as it is"]
    assert audits.told[0][1].sha256 == SOUND.sha256, "the journal does not know it"


def is_a_link(path: Path) -> None:
    beside = path.with_suffix(".json")
    beside.rename(path.with_suffix(".elsewhere"))
    beside.symlink_to(path.with_suffix(".elsewhere"))


def is_a_fifo(path: Path) -> None:
    path.with_suffix(".json").unlink()
    os.mkfifo(path.with_suffix(".json"))


@pytest.mark.parametrize("change", [taken_away, is_a_link, is_a_fifo])
def test_what_has_no_sidecar_is_left_to_who_writes_that(
    root: Root, audits: Audits, change: Callable[[Path], None]
) -> None:
    bad, good = stored(root, 0), stored(root, 1)
    change(bad)
    audits.begin()
    assert audits.come_to(good.name)
    assert audits.examiner.asked == [good.name]


@pytest.mark.fault(26)
def test_a_full_disk_costs_no_audit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mounted_tmpfs(tmp_path / "disk", size="3m") as disk:
        (disk / ".thorsched").mkdir()
        root = Root(disk)
        paths = [stored(root, number) for number in range(3)]
        audits = Audits(root)
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(bytes(4_000_000))
        before = [sidecar(path) for path in paths]
        with caplog.at_level(logging.WARNING, "thorsched.catalogue"):
            for path in paths:
                audits.auditor.take(path)
            audits.auditor.start()
            assert eventually(lambda: len(audits.examiner.asked) == 3)
            assert eventually(lambda: len(audits.auditor._unwritten) == 3)
        assert [record.message for record in caplog.records] == ["audit not written as yet"]
        assert audits.told == []
        assert [sidecar(path) for path in paths] == before
        filler.unlink()
        audits.later(AGAIN_AFTER_S)
        assert audits.come_to(*(path.name for path in paths))
        assert all("audit" in sidecar(path) for path in paths)
        assert len(audits.examiner.asked) == 3, "they were read again"
        audits.auditor.close(patience_s=PATIENCE_S)


@pytest.mark.fault(38)
def test_without_a_journal_what_is_settled_is_audited_all_the_same(
    root: Root, audits: Audits
) -> None:
    path = stored(root)
    root.journal.write_bytes(b"garbage")
    audits.begin()
    audits.auditor.take(path)
    assert audits.come_to(path.name)


def test_a_bug_costs_one_segment(root: Root, audits: Audits) -> None:
    bad, good = stored(root, 0), stored(root, 1)
    audits.examiner.finds[bad.name] = None  # type: ignore[assignment]
    audits.begin()
    assert audits.come_to(good.name)
