"""The tables of an NWB file: where frames are missing, and which file is from where.

Called by `nwb.py`; needs pynwb.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
from pynwb.core import VectorData
from pynwb.epoch import TimeIntervals

from thorsched.base.text import printable
from thorsched.base.units import format_utc
from thorsched.export.session import Session
from thorsched.export.told import Segment

_PAUSE_S = 1.0
_KINDS = (
    "drop: frames were lost; pause: nothing was recorded; duplicate: two frames of one sample; "
    "unreadable: frames without readable metadata, whose times are interpolated"
)


def gaps(session: Session) -> TimeIntervals:
    """Return what lies between frames and is not a frame's time, of all films."""
    found: list[tuple[float, float, str, str, int, int]] = []
    for number, (series, film) in enumerate(zip(session.series, session.films, strict=True)):
        seconds = session.clock.seconds(film, number)
        for row, kind, _, missing in film.gaps.tolist():
            found.append((seconds[row - 1], seconds[row], series.name, kind, missing, row))
        for first, last in _runs(~film.is_read):
            count = last - first + 1
            found.append((seconds[first], seconds[last], series.name, "unreadable", count, first))
    found += _between(session)
    columns = [list(column) for column in zip(*sorted(found), strict=True)] or [[]] * 6
    return _table(
        "gaps",
        "Where frames are missing, or have no time of their own, from the frame before to the one "
        "behind",
        {
            "start_time": ("of the frame before; of the first unreadable one", columns[0]),
            "stop_time": ("of the frame behind; of the last unreadable one", columns[1]),
            "series": ("the ImageSeries", columns[2]),
            "kind": (
                _KINDS,
                columns[3],
            ),
            "frames": ("how many are missing, or unreadable", columns[4]),
            "frame": ("the place of the frame behind, or the first unreadable one", columns[5]),
        },
    )


def _between(session: Session) -> Iterator[tuple[float, float, str, str, int, int]]:
    """Yield the pauses between the films of a camera, which are about its other films, too."""
    cameras: dict[str, list[tuple[float, float, str]]] = {}
    for number, (series, film) in enumerate(zip(session.series, session.films, strict=True)):
        seconds = session.clock.seconds(film, number)
        spans = cameras.setdefault(series.first.told.camera, [])
        spans.append((float(seconds[0]), float(seconds[-1]), series.name))
    for spans in cameras.values():
        ends = list(accumulate((end for _, end, _ in sorted(spans)), max))
        for end, (start, _, name) in zip(ends, sorted(spans)[1:], strict=False):
            if start - end > _PAUSE_S:
                yield end, start, name, "pause", 0, 0


def _runs(marks: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last place of each run of True."""
    turns = np.flatnonzero(np.diff(marks.astype(np.int8), prepend=0, append=0))
    for start, end in turns.reshape(-1, 2).tolist():
        yield start, end - 1


def segments(session: Session) -> TimeIntervals:
    """Return the files, and why each was recorded."""
    found: list[tuple[Any, ...]] = []
    for number, (series, film) in enumerate(zip(session.series, session.films, strict=True)):
        seconds = session.clock.seconds(film, number)
        ends = [*film.starts[1:], len(seconds)]
        for segment, start, end in zip(series.segments, film.starts, ends, strict=True):
            span = (seconds[start], seconds[end - 1], series.name)
            found.append((*span, *_provenance(segment).values()))
    names = {
        "start_time": "of the first frame",
        "stop_time": "of the last frame",
        "series": "the ImageSeries",
        **_PROVENANCE,
    }
    columns = zip(*sorted(found), strict=True)
    filled = zip(names.items(), columns, strict=True)
    return _table(
        "segments",
        "The video files, with their provenance",
        {name: (about, list(column)) for (name, about), column in filled},
    )


_PROVENANCE = {
    "file": "its name",
    "frames": "how many",
    "size_bytes": "of the file",
    "sha256": "of the file; empty where it was not audited as yet",
    "verdict": "of the audit; empty where there was none as yet",
    "first_frame": "when it arrived, by the clock of the machine that recorded it",
    "server": "the ThorVision server",
    "device_id": "of the camera, on the server",
    "capability": "what was recorded",
    "requested": "what the configuration asked for",
    "schedules": "that wanted it",
    "revision": "the hash of the configuration",
    "software": "the version of thorsched that recorded it",
}


def _provenance(segment: Segment) -> dict[str, str | int]:
    """Return the values of `_PROVENANCE`; HDF5 takes no text with NUL, and a server may send it."""
    told = segment.told
    found: dict[str, str | int] = {
        "file": segment.path.name,
        "frames": told.frames,
        "size_bytes": told.size_bytes,
        "sha256": told.sha256,
        "verdict": str(told.audit.get("verdict", "")),
        "first_frame": format_utc(told.first_frame) or "",
        "server": told.server,
        "device_id": told.device.id,
        "capability": told.capability,
        "requested": told.requested,
        "schedules": ", ".join(told.schedules),
        "revision": told.revision,
        "software": told.software.get("thorsched", ""),
    }
    return {name: printable(one) if isinstance(one, str) else one for name, one in found.items()}


def _table(
    name: str, description: str, columns: Mapping[str, tuple[str, Sequence[Any]]]
) -> TimeIntervals:
    made = [
        VectorData(name=column, description=about, data=list(values))
        for column, (about, values) in columns.items()
    ]
    return TimeIntervals(name=name, description=description, columns=made, colnames=list(columns))
