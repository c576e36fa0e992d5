"""What a segment's sidecar tells: what is in it, and why it was recorded."""

import json
import platform
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.recording.stored import ZERO, segment
from tests.support.films import Film
from tests.support.values import window
from thorsched.base import gstreamer
from thorsched.base.units import format_utc
from thorsched.base.version import __version__
from thorsched.cameras.selector import Encoding
from thorsched.recording.describing import describe
from thorsched.recording.segments import Relabelled
from thorsched.recording.sidecars import sidecar, write_sidecar
from thorsched.recording.spec import Recording
from thorsched.schedule.intervals import ALWAYS, Window

pytestmark = pytest.mark.real


def test_a_sidecar_tells_what_and_why(film: Film, tmp_path: Path, wanted: Recording) -> None:
    described = describe(segment(film, tmp_path, wanted))
    path = write_sidecar(described)
    assert path == tmp_path / "side-00000.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told == sidecar(described)
    assert told | dict.fromkeys(("first_frame", "last_frame_end", "surplus_s", "clock"), "") == {
        "version": 1,
        "file": "side-00000.mkv",
        "camera": "side",
        "size_bytes": len(film.content),
        "frames": 60,
        "first_frame": "",
        "last_frame_end": "",
        "finalised": True,
        "pauses": [],
        "windows": [{"start": "2026-03-01T12:00:00.100Z", "end": "2026-03-01T12:00:00.300Z"}],
        "surplus_s": "",
        "clock": "",
        "server": "http://rig:8000",
        "device": {"id": 0, "name": "HD USB Camera"},
        "capability": "image/jpeg,width=160,height=120,framerate=30/1",
        "encoding": "jpeg",
        "picture": {
            "first": {"width": 160, "height": 120},
            "last": {"width": 160, "height": 120},
        },
        "schedules": ["nights"],
        "requested": "jpeg @30fps",
        "revision": "c0" * 32,
        "about": {"subject": "m042", "note": "über 9 µm"},
        "relabelled": [],
        "overlaps": [],
        "software": {
            "thorsched": __version__,
            "gstreamer": gstreamer.version(),
            "python": platform.python_version(),
            "platform": platform.platform(),
        },
    }
    assert told["software"]["gstreamer"].startswith("1.")
    assert datetime.fromisoformat(told["first_frame"]) - ZERO < timedelta(milliseconds=2)
    assert told["surplus_s"]["before"] == pytest.approx(0.1, abs=0.002)
    after_s = (described.span.end - wanted.window.end).total_seconds()
    assert told["surplus_s"]["after"] == pytest.approx(after_s, abs=0.002)


def test_a_window_without_end_has_no_surplus(film: Film, tmp_path: Path, wanted: Recording) -> None:
    told = sidecar(describe(segment(film, tmp_path, replace(wanted, window=ALWAYS))))
    assert told["windows"] == [{"start": None, "end": None}]
    assert told["surplus_s"] == {"before": 0.0, "between": 0.0, "after": 0.0}


def test_what_changed_while_a_segment_grew_is_told_with_its_time(
    film: Film, tmp_path: Path, wanted: Recording
) -> None:
    at = ZERO + timedelta(milliseconds=250)
    later = replace(
        wanted,
        window=Window(wanted.window.end + timedelta(milliseconds=100), ALWAYS.end),
        provenance={"schedules": ["days"], "about": {"subject": "m043"}},
    )
    made = replace(segment(film, tmp_path, wanted), relabelled=(Relabelled(at, later),))
    told = sidecar(describe(made))
    assert told["about"] == {"subject": "m042", "note": "über 9 µm"}
    assert told["relabelled"] == [
        {
            "at": "2026-03-01T12:00:00.250Z",
            "schedules": ["days"],
            "about": {"subject": "m043"},
        }
    ]
    assert told["windows"] == [
        {"start": "2026-03-01T12:00:00.100Z", "end": "2026-03-01T12:00:00.300Z"},
        {"start": "2026-03-01T12:00:00.400Z", "end": None},
    ]
    assert told["surplus_s"] == {
        "before": pytest.approx(0.1, abs=0.002),
        "between": pytest.approx(0.1, abs=0.002),
        "after": 0.0,
    }


def test_labels_that_say_the_same_are_told_once(
    film: Film, tmp_path: Path, wanted: Recording
) -> None:
    edit = replace(wanted, provenance={"revision": "2"})
    longer = replace(edit, window=ALWAYS)
    labels = [
        Relabelled(ZERO + timedelta(milliseconds=number), label)
        for number, label in enumerate((replace(wanted, window=ALWAYS), edit, longer, wanted))
    ]
    made = replace(segment(film, tmp_path, wanted), relabelled=tuple(labels))
    told: dict[str, Any] = sidecar(describe(made))
    assert [one["at"] for one in told["relabelled"]] == [
        "2026-03-01T12:00:00.001Z",
        "2026-03-01T12:00:00.003Z",
    ]


@pytest.mark.parametrize("minutes", [(-60, -30), (30, 60)])
def test_a_segment_outside_its_window_is_all_surplus(
    film: Film, tmp_path: Path, wanted: Recording, minutes: tuple[float, float]
) -> None:
    described = describe(segment(film, tmp_path, replace(wanted, window=window(*minutes))))
    surplus = sidecar(described)["surplus_s"]
    assert isinstance(surplus, dict)
    assert sorted(surplus.values()) == [
        0.0,
        0.0,
        pytest.approx(described.span.length.total_seconds(), abs=0.001),
    ]


def test_the_pictures_of_another_codec_tell_no_size(
    film: Film, tmp_path: Path, wanted: Recording
) -> None:
    h265 = replace(wanted, source=replace(wanted.source, encoding=Encoding.H265))
    described = describe(segment(film, tmp_path, h265))
    assert described.pictures == (None, None)
    assert sidecar(described)["picture"] == {"first": None, "last": None}


@pytest.mark.parametrize(
    ("began_s", "ended_s", "trusted", "stepped_s"),
    [
        (5.0, 5.4, True, 0.4),
        (5.0, 3605.0, False, 3600.0),
        (5.0, 3.0, False, -2.0),
        (None, 5.0, True, 0.0),
    ],
)
@pytest.mark.fault(45)
def test_a_clock_that_was_set_while_it_recorded_is_not_trusted(
    film: Film,
    tmp_path: Path,
    wanted: Recording,
    began_s: float | None,
    ended_s: float,
    trusted: bool,  # noqa: FBT001 - a row of the table
    stepped_s: float,
) -> None:
    made = replace(segment(film, tmp_path, wanted), clock_offset_s=began_s)
    described = replace(describe(made), clock_offset_s=ended_s)
    assert sidecar(described)["clock"] == {
        "trusted": trusted,
        "zero": format_utc(made.zero),
        "monotonic_offset_s": began_s,
        "stepped_s": stepped_s,
    }
