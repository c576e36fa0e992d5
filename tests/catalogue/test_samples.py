"""The newest segments of cameras, as a journal tells their sizes."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.catalogue.conftest import Root
from tests.catalogue.told import SPAN, began, described
from tests.support.values import HD
from tests.support.years import make_journal
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Sample
from thorsched.catalogue.samples import MOST, samples

_ATTEMPT = """
    INSERT INTO attempts (id, run, camera, server, device_id, device_name, capability, encoding,
    port, pid, began) VALUES ('a', 1, 'side', 'http://rig', 0, 'HD', ?, 'jpeg', 9001, 42, ?)
"""


def changed(root: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path_below(root))) as journal, journal:
        journal.execute(statement, values)


@pytest.fixture(name="lab")
def _lab(tmp_path: Path) -> Path:
    make_journal(tmp_path, ("side", "top"), segments=MOST + 200, audited=False)
    changed(tmp_path, _ATTEMPT, HD.caps, "2026-01-01T00:00:00.000Z")
    return tmp_path


def test_the_newest_are_found_with_what_was_asked_of_the_camera(lab: Path) -> None:
    found = samples(path_below(lab), ["side", "other"])
    assert found["other"] == []
    assert len(found["side"]) == MOST
    ends = [one.end for one in found["side"]]
    assert ends == sorted(ends, reverse=True)
    assert found["side"][0] == Sample(HD.caps, "jpeg", ends[0], 600.0, 2_000_000_000)


def test_pauses_are_not_recorded_time(lab: Path) -> None:
    pauses = '[["2026-01-01T00:01:00.000Z", "2026-01-01T00:02:30.000Z"]]'
    changed(lab, "UPDATE segments SET pauses = ?", pauses)
    assert {one.recorded_s for one in samples(path_below(lab), ["side"])["side"]} == {510.0}


def test_what_is_set_apart_or_cannot_be_read_is_left_out(lab: Path) -> None:
    newest, second = (one.end for one in samples(path_below(lab), ["side"])["side"][:2])
    where = "UPDATE segments SET {} WHERE camera = 'side' AND last_frame_end = ?"
    changed(lab, where.format("quarantined = 'overlaps'"), f"{newest:%Y-%m-%dT%H:%M:%S.000Z}")
    changed(lab, where.format("pauses = '[nothing]'"), f"{second:%Y-%m-%dT%H:%M:%S.000Z}")
    [first, *_] = samples(path_below(lab), ["side"])["side"]
    assert first.end == second - timedelta(minutes=10)


def test_what_a_run_writes_is_found(root: Root) -> None:
    with root.written() as journal:
        journal.tell(began(root.path))
        journal.tell(described(root.path))
    found = samples(root.journal, ["side"])
    assert found == {"side": [Sample(HD.caps, "jpeg", SPAN.end, 10.0, 1000)]}
