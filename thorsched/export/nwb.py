"""An NWB file of recorded films: their frames' times, TTL edges, gaps, and where all of it is from.

Called by `cli/export.py`. Needs pynwb, an extra, and is imported when it is used. The pictures stay
in their `.mkv` files; `ImageSeries` name them by paths relative to the NWB file.
"""

import os
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pynwb import NWBHDF5IO, H5DataIO, NWBFile, TimeSeries
from pynwb.core import VectorData
from pynwb.device import Device
from pynwb.epoch import TimeIntervals
from pynwb.file import Subject
from pynwb.image import ImageSeries
from pynwb.misc import IntervalSeries

from thorsched.base.units import format_utc
from thorsched.base.version import __version__
from thorsched.export.about import notes_of, session_of, subject_of
from thorsched.export.clock import Clock, Film
from thorsched.export.series import Series
from thorsched.export.session import Session
from thorsched.export.told import Segment
from thorsched.thorvision.metadata import SAMPLE_INDEX_MODULUS

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "nwb.thorsched")
_UNREADABLE = -1


def write(session: Session, target: Path, *, beside: Path) -> None:
    """Write the session to `target`, which will take its place in the directory `beside`.

    Raises `OSError`, `SeveralSubjects`, and `ValueError` for a video on another drive of Windows.
    """
    file = _file(session)
    for number, (series, film) in enumerate(zip(session.series, session.films, strict=True)):
        seconds = session.clock.seconds(film, number)
        pictures = _pictures(series, film, seconds, session.clock, beside)
        device = _device(file, series)
        pictures.device = device
        file.add_acquisition(pictures)
        for counter in _counters(series, film, session.clock.samples(film, number), pictures):
            file.add_acquisition(counter)
        for edges in _edges(series, film, seconds):
            file.add_acquisition(edges)
    for table in (_gaps(session), _sources(session)):
        if len(table.id):
            file.add_time_intervals(table)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The file path provided", UserWarning)  # a draft's name
        with NWBHDF5IO(str(target), "w") as io:
            io.write(file)


def _file(session: Session) -> NWBFile:
    segments = session.segments
    subject = subject_of(segments)
    cameras = sorted({segment.told.camera for segment in segments})
    return NWBFile(
        session_description=f"Video of {', '.join(cameras)}, recorded by thorsched",
        identifier=_identifier(session),
        session_start_time=session.clock.zero,
        was_generated_by=[["thorsched", __version__]],
        data_collection=_collection(session),
        notes=notes_of(segments),
        subject=Subject(**subject) if subject else None,
        **session_of(segments),
    )


def _identifier(session: Session) -> str:
    """Return the same for the same recordings, wherever they lie and whenever they are exported."""
    parts = sorted(
        (segment.path.name, segment.told.size_bytes, segment.told.frames, str(film.samples[start]))
        for series, film in zip(session.series, session.films, strict=True)
        for segment, start in zip(series.segments, film.starts, strict=True)
    )
    return str(uuid.uuid5(_NAMESPACE, repr(parts)))


def _collection(session: Session) -> str:
    clock = session.clock
    servers = ", ".join(sorted({segment.told.server for segment in session.segments}))
    doubt = (
        ""
        if all(one.told.clock.get("trusted", True) for one in session.segments)
        else (" That clock was not set: the date is not to be trusted.")
    )
    return (
        f"Cameras of the ThorVision server {servers}. Times are on the XDAQ's clock: seconds of its "
        f"ephys sample counter at {clock.rate}, from the first frame, whose sample index was "
        f"{clock.zero_sample % SAMPLE_INDEX_MODULUS}. So ephys sample s of the same XDAQ, counted "
        f"as the frames' own in SERIES_sample_index, is at (s - {clock.zero_sample}) / "
        f"{clock.rate.hz:.10g} s. session_start_time is when that frame arrived, by the clock of "
        f"the machine that recorded it, within about 0.1 s.{doubt}"
    )


def _device(file: NWBFile, series: Series) -> Device:
    told = series.first.told
    ids = sorted({segment.told.device.id for segment in series.segments})
    device = Device(
        name=f"{series.name}_device",
        description=f"{told.device.name}, id {', '.join(map(str, ids))} on {told.server}",
    )
    file.add_device(device)
    return device


def _pictures(
    series: Series, film: Film, seconds: npt.NDArray[np.float64], clock: Clock, beside: Path
) -> ImageSeries:
    told, size = series.first.told, series.first.size
    unread = int((~film.is_read).sum())
    marks: dict[str, Any] = {}
    if unread:
        marks["control"] = _packed((~film.is_read).astype(np.uint8))
        marks["control_description"] = ["time read from the frame", "time interpolated"]
    lines = (f"{word} 0x{level:08x}" for word, level in film.levels.items())
    return ImageSeries(
        name=series.name,
        description=(
            f"Camera {told.camera}: {told.capability}. Timestamps are the frames' own, by the "
            f"XDAQ's sample counter at {clock.rate}; {_interpolated(unread)}"
        ),
        comments=f"TTL lines of the first readable frame, a bit a line: {', '.join(lines)}",
        unit="n.a.",
        format="external",
        external_file=[_relative(one.path, beside) for one in series.segments],
        starting_frame=list(film.starts),
        dimension=None if size is None else list(size),
        timestamps=_packed(seconds),
        **marks,
    )


def _interpolated(unread: int) -> str:
    if not unread:
        return "every frame has one."
    return (
        f"{unread} frames have none that can be read: their times are interpolated, and marked by "
        "control = 1 and in the table 'gaps'."
    )


def _relative(path: Path, directory: Path) -> str:
    return Path(os.path.relpath(path.resolve(), directory.resolve())).as_posix()


def _packed(values: npt.NDArray[Any]) -> H5DataIO:
    return H5DataIO(values, compression="gzip", shuffle=True)


def _counters(
    series: Series, film: Film, samples: npt.NDArray[np.int64], pictures: ImageSeries
) -> Iterator[TimeSeries]:
    yield TimeSeries(
        name=f"{series.name}_sample_index",
        description=(
            "Ephys sample of the XDAQ at each frame, counted on past 2^32 (modulo 2^32 it is what "
            f"the XDAQ wrote); {_UNREADABLE} where a frame's metadata cannot be read"
        ),
        data=_packed(np.where(film.is_read, samples, _UNREADABLE)),
        unit="samples",
        timestamps=pictures,
    )
    yield TimeSeries(
        name=f"{series.name}_xdaq_timestamp",
        description=(
            "The XDAQ's own timestamp of each frame, in ticks whose rate is not documented; "
            "0 where a frame's metadata cannot be read"
        ),
        data=_packed(film.xdaq_timestamps),
        unit="ticks",
        timestamps=pictures,
    )


def _edges(
    series: Series, film: Film, seconds: npt.NDArray[np.float64]
) -> Iterator[IntervalSeries]:
    for line, edges in film.edges.items():
        yield IntervalSeries(
            name=f"{series.name}_{line}",
            description=(
                f"Edges of the XDAQ's TTL line {line} as {series.name}'s frames show it: 1 rises, "
                "-1 falls. The time is that of the first frame with the new level, so an edge came "
                "up to one frame earlier, after a gap up to all of it; pulses shorter than a frame "
                "may be missing"
            ),
            data=_packed(np.where(edges["rises"], 1, -1).astype(np.int8)),
            timestamps=_packed(seconds[edges["row"]]),
        )


_KINDS = (
    "drop: frames were lost; pause: nothing was recorded; duplicate: two frames of one sample; "
    "unreadable: frames without readable metadata, whose times are interpolated"
)


def _gaps(session: Session) -> TimeIntervals:
    """Return what lies between frames and is not a frame's time, of all films."""
    found: list[tuple[float, float, str, str, int, int]] = []
    for number, (series, film) in enumerate(zip(session.series, session.films, strict=True)):
        seconds = session.clock.seconds(film, number)
        for row, kind, _, missing in film.gaps.tolist():
            found.append((seconds[row - 1], seconds[row], series.name, kind, missing, row))
        for first, last in _runs(~film.is_read):
            count = last - first + 1
            found.append((seconds[first], seconds[last], series.name, "unreadable", count, first))
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


def _runs(marks: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last place of each run of True."""
    turns = np.flatnonzero(np.diff(marks.astype(np.int8), prepend=0, append=0))
    for start, end in turns.reshape(-1, 2).tolist():
        yield start, end - 1


def _sources(session: Session) -> TimeIntervals:
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
    told = segment.told
    return {
        "file": segment.path.name,
        "frames": told.frames,
        "size_bytes": told.size_bytes,
        "sha256": told.sha256,
        "first_frame": format_utc(told.first_frame) or "",
        "server": told.server,
        "device_id": told.device.id,
        "capability": told.capability,
        "requested": told.requested,
        "schedules": ", ".join(told.schedules),
        "revision": told.revision,
        "software": told.software.get("thorsched", ""),
    }


def _table(
    name: str, description: str, columns: Mapping[str, tuple[str, Sequence[Any]]]
) -> TimeIntervals:
    made = [
        VectorData(name=column, description=about, data=list(values))
        for column, (about, values) in columns.items()
    ]
    return TimeIntervals(name=name, description=description, columns=made, colnames=list(columns))
