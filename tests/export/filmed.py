"""Segments with their sidecars, made for an export; and frames' rows without any file."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.films import Film, stamped
from thorsched.base.units import format_utc
from thorsched.export.told import Segment, Sidecar
from thorsched.simulator.timing import Timing
from thorsched.thorvision.metadata import RECORD_DTYPE
from thorsched.video.records import FRAME_DTYPE, Rows

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
THIRTY = Fraction(30)
ABOUT = {"experiment": "circadian-3", "subject": "m042", "cage": 7}


def at(number: int) -> datetime:
    """Return when frame `number` of a film of 30 fps arrived, if frame 0 did at noon."""
    return NOON + timedelta(seconds=number / 30)


def sidecar(path: Path, numbers: Sequence[int], **changed: Any) -> dict[str, Any]:
    """Return what thorsched would have written beside a file of those frames."""
    return {
        "version": 1,
        "file": path.name,
        "camera": "side",
        "size_bytes": path.stat().st_size if path.exists() else 1000,
        "frames": len(numbers),
        "first_frame": format_utc(at(numbers[0])),
        "last_frame_end": format_utc(at(numbers[-1] + 1)),
        "finalised": True,
        "pauses": [],
        "server": "http://rig:8000",
        "device": {"id": 0, "name": "HD USB Camera"},
        "capability": "image/jpeg,width=64,height=48,framerate=30/1",
        "encoding": "jpeg",
        "picture": {"first": {"width": 64, "height": 48}, "last": {"width": 64, "height": 48}},
        "schedules": ["nights"],
        "requested": "jpeg 64x48 @30fps",
        "revision": "f0f7",
        "about": ABOUT,
        "software": {"thorsched": "0.1.0"},
        **changed,
    }


def filmed(
    path: Path,
    numbers: Sequence[int] = range(60),
    *,
    bare: frozenset[int] = frozenset(),
    **changed: Any,
) -> Film:
    """Write a file of those frames, and its sidecar; the frames in `bare` have no metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    film = stamped(path, numbers=numbers, bare=bare)
    path.with_suffix(".json").write_text(json.dumps(sidecar(path, numbers, **changed)))
    return film


def segment(name: str, numbers: Sequence[int] = range(60), **changed: Any) -> Segment:
    """Return a segment of those frames that no file is behind."""
    path = Path(name)
    return Segment(path, Sidecar.model_validate(sidecar(path, numbers, **changed)))


def rows(*files: Sequence[int], timing: Timing | None = None) -> Rows:
    """Return the rows of files that hold the frames of those numbers."""
    timing = timing or Timing(THIRTY)
    made = np.zeros(sum(map(len, files)), FRAME_DTYPE)
    places = iter(range(len(made)))
    for index, numbers in enumerate(files):
        for number in numbers:
            place, record = next(places), timing.metadata(number)
            for name in RECORD_DTYPE.names or ():
                made[name][place] = getattr(record, name, 0)
            made["frame_pts"][place] = number * 1000 // 30
            made["file_index"][place] = index
    made["is_valid"] = True
    return made
