"""What was recorded and stands in no journal is found again by its sidecars."""

import json
import os
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root, reaches
from tests.catalogue.told import RUN, SPAN, attempt_in, described
from tests.support.values import NOON
from tests.support.waiting import PATIENCE_S
from thorsched.catalogue.entries import Audited
from thorsched.recording.sidecars import write_sidecar

SECOND = replace(RUN, pid=43)


def recorded(root: Root, number: int = 0, *, at_s: float = 1.0) -> Path:
    """Leave a segment with its sidecar, written `at_s` after noon; return the sidecar."""
    segment = attempt_in(root.path).with_name(f"{attempt_in(root.path).name}-{number:05d}.mkv")
    segment.parent.mkdir(parents=True, exist_ok=True)
    segment.write_bytes(bytes(1000))
    plain = described(root.path)
    sidecar = write_sidecar(replace(plain, segment=replace(plain.segment, path=segment)))
    written = NOON.timestamp() + at_s
    os.utime(sidecar, (written, written))
    os.utime(sidecar.parent, (written, written))
    return sidecar


@pytest.mark.fault(37)
def test_segments_that_a_killed_run_had_no_time_to_write_down_are_in_the_next_ones_past(
    root: Root,
) -> None:
    killed = root.begin()
    reaches(root, RUN)
    recorded(root)
    recorded(root, 1)
    with root.written(SECOND) as journal:
        past = journal.past(patience_s=PATIENCE_S)
    assert past is not None
    assert past.cameras["side"].recorded == (SPAN, SPAN)
    with root.read() as read:
        first, _ = read.segments()
    assert first.attempt == "side/2026-03-01/side_20260301T120001Z"
    assert (first.frames, first.size_bytes, first.finalised) == (300, 1000, True)
    killed.close(how="it is over", patience_s=PATIENCE_S)


def test_a_new_journal_knows_what_was_recorded_lately(root: Root) -> None:
    recorded(root)
    root.journal.write_bytes(b"garbage")
    with root.written() as journal:
        past = journal.past(patience_s=PATIENCE_S)
    assert past is not None
    assert past.run is None
    assert past.cameras["side"].recorded == (SPAN,)


def test_what_is_older_than_what_may_be_missing_is_not_read(root: Root) -> None:
    recorded(root, at_s=-timedelta(days=3).total_seconds())
    with root.written():
        pass
    with root.read() as read:
        assert read.segments() == []


def test_what_is_known_stays_as_it_is_known(root: Root) -> None:
    with root.written() as journal:
        journal.tell(replace(described(root.path), frames=299))
    recorded(root)
    with root.written(SECOND):
        pass
    with root.read() as read:
        assert [segment.frames for segment in read.segments()] == [299]


def changed(**values: object) -> Callable[[Path], None]:
    def change(sidecar: Path) -> None:
        sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | values))

    return change


def is_a_link(sidecar: Path) -> None:
    elsewhere = sidecar.with_name("elsewhere")
    sidecar.rename(elsewhere)
    sidecar.symlink_to(elsewhere)


def is_a_fifo(sidecar: Path) -> None:
    sidecar.unlink()
    os.mkfifo(sidecar)


def has_no_segment(sidecar: Path) -> None:
    sidecar.with_suffix(".mkv").unlink()


def is_deep(sidecar: Path) -> None:
    sidecar.write_text("[" * 100_000)


@pytest.mark.parametrize(
    "forge",
    [
        changed(size_bytes=1001),
        changed(file="other.mkv"),
        changed(first_frame="2026-03-01T12:00:02"),
        changed(first_frame=None),
        changed(frames="many"),
        changed(frames=-1),
        lambda sidecar: sidecar.write_text("[]"),
        is_deep,
        is_a_link,
        is_a_fifo,
        has_no_segment,
    ],
)
def test_what_is_no_sidecar_of_a_segment_is_not_believed(
    root: Root, forge: Callable[[Path], None]
) -> None:
    forge(recorded(root))
    recorded(root, 1)
    with root.written():
        pass
    with root.read() as read:
        assert [segment.path.name[-9:] for segment in read.segments()] == ["00001.mkv"]
    assert root.set_aside() == []


def test_an_audit_that_nests_without_end_costs_the_journal_nothing(root: Root) -> None:
    sidecar, sha256 = recorded(root), "0" * 64
    told = json.loads(sidecar.read_text())
    names = (field.name for field in fields(Audited) if field.name not in {"path", "sha256"})
    audit = {**dict.fromkeys(names, 0), "at": "2026-03-01T13:00:00Z", "verdict": "good"}
    audit |= {"size_bytes": told["size_bytes"], "detail": "DEEP"}
    text = json.dumps({**told, "sha256": sha256, "audit": audit})
    sidecar.write_text(text.replace('"DEEP"', "[" * 600 + "]" * 600))
    with root.written():
        pass
    with root.read() as read:
        assert [segment.path.name for segment in read.segments()] == [
            sidecar.with_suffix(".mkv").name
        ]


def test_no_link_is_followed_on_the_way(root: Root, tmp_path: Path) -> None:
    elsewhere = Root(tmp_path / "elsewhere")
    recorded(elsewhere)
    root = Root(tmp_path / "root")
    root.journal.parent.mkdir(parents=True)
    (root.path / "side").symlink_to(elsewhere.path / "side")
    (root.path / "round").symlink_to(root.path)
    with root.written():
        pass
    with root.read() as read:
        assert read.segments() == []
