"""Findings are judged in few words, with the figures beside them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.values import NOON
from thorsched.catalogue.auditing.verdict import audited, flaw_of, from_sidecar, in_sidecar
from thorsched.catalogue.entries import Audited
from thorsched.video.findings import Examination

PATH = Path("/data/side/side_x-00000.mkv")
SOUND = Examination(
    sha256="ab" * 32,
    size_bytes=1000,
    codec="V_MJPEG",
    is_jpeg=True,
    finalised=True,
    damages=0,
    frames=300,
    first_timestamp=10,
    last_timestamp=3000,
    dropped=0,
    duplicates=0,
    backward=0,
    unreadable=0,
    damaged=0,
    looked=10,
    black=0,
    frozen_s=0.0,
)


def judged(told_bytes: object = 1000, **found: Any) -> Audited:
    return audited(PATH, replace(SOUND, **found), at=NOON, told_bytes=told_bytes)


def test_what_nothing_is_wrong_with_is_good() -> None:
    entry = judged()
    assert (entry.verdict, entry.detail, flaw_of(entry)) == ("good", "", "")
    assert (entry.frames, entry.first_timestamp, entry.last_timestamp) == (300, 10, 3000)


@pytest.mark.parametrize(
    ("found", "verdict", "detail"),
    [
        ({"told_bytes": 900}, "changed", "1000 bytes, and 900 when it was recorded"),
        ({"codec": "", "frames": 0}, "no recording", "Matroska"),
        ({"finalised": False}, "not finalised", "index"),
        ({"damages": 2}, "damaged", "2 places"),
        ({"frames": 0, "looked": 0}, "no frame", "head"),
        ({"damaged": 1}, "damaged pictures", "1 JPEG cut short"),
        ({"black": 6}, "black picture", "6 of 10"),
        ({"frozen_s": 61.2}, "frozen picture", "for 61 s"),
        ({"unreadable": 300}, "no metadata", "300 of 300 frames"),
        ({"unreadable": 3}, "metadata missing", "3 of 300 frames"),
        ({"backward": 1}, "counter steps back", "began anew"),
        ({"duplicates": 4}, "duplicate frames", "4 with"),
        ({"dropped": 12}, "dropped frames", "12 frames missing"),
    ],
)
def test_each_flaw_has_its_word_and_its_figures(
    found: dict[str, Any], verdict: str, detail: str
) -> None:
    entry = judged(**found)
    assert entry.verdict == verdict
    assert detail in entry.detail
    assert flaw_of(entry) == f"{PATH.name}: {verdict} ({entry.detail})"


def test_several_flaws_stand_together_the_worst_first() -> None:
    assert judged(dropped=1, damaged=2).verdict == "damaged pictures, dropped frames"


@pytest.mark.parametrize("found", [{"black": 5}, {"frozen_s": 4.0}, {"told_bytes": None}])
def test_what_may_well_be_so_is_no_flaw(found: dict[str, Any]) -> None:
    assert judged(**found).verdict == "good"


def test_of_h265_it_is_said_what_was_not_looked_at() -> None:
    entry = judged(codec="V_MPEGH/ISO/HEVC", is_jpeg=False, looked=0)
    assert entry.verdict == "good"
    assert "no picture was looked at" in entry.detail


def test_a_timestamp_that_no_xdaq_has_is_none() -> None:
    entry = judged(first_timestamp=2**63, last_timestamp=2**63 - 1)
    assert (entry.first_timestamp, entry.last_timestamp) == (None, 2**63 - 1)


def test_a_sidecar_gives_back_what_it_was_told() -> None:
    entry = judged(dropped=12)
    told = {"file": PATH.name, "size_bytes": 1000, **in_sidecar(entry)}
    assert told["sha256"] == "ab" * 32
    assert from_sidecar(PATH, told) == entry


@pytest.mark.parametrize(
    "change",
    [
        {"audit": None},
        {"audit": []},
        {"size_bytes": 1001},
        {"audit": {"size_bytes": 1000}},
        {"audit": {"size_bytes": 1000, "at": 3}},
        {"audit": {"size_bytes": 1000, "at": "2026-03-01T12:00:00Z", "surprise": 1}},
    ],
)
def test_what_is_no_audit_of_this_file_is_not_believed(change: dict[str, Any]) -> None:
    told = {"file": PATH.name, "size_bytes": 1000, **in_sidecar(judged()), **change}
    assert from_sidecar(PATH, told) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"dropped": "many"},
        {"dropped": 2**63},
        {"damaged": 1.5},
        {"frames": None},
        {"black": True},
        {"frozen_s": "long"},
        {"frozen_s": float("nan")},
        {"verdict": 5},
    ],
)
def test_an_audit_that_no_audit_can_be_is_not_believed(wrong: dict[str, Any]) -> None:
    """The journal takes a word for a number, and whoever sums them up does not."""
    told = in_sidecar(judged())
    audit = {**told["audit"], **wrong}  # type: ignore[dict-item]
    assert from_sidecar(PATH, {"size_bytes": 1000, **told, "audit": audit}) is None
