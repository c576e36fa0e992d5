"""An NWB file of recorded films: their frames' times, TTL edges, gaps, and where all of it is from.

Called by `cli/export.py`. Needs pynwb, an extra, and is imported when it is used. The pictures stay
in their `.mkv` files; `ImageSeries` name them by paths relative to the NWB file.
"""

import io
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from pynwb import NWBHDF5IO, H5DataIO, NWBFile, TimeSeries
from pynwb.device import Device
from pynwb.file import Subject
from pynwb.image import ImageSeries
from pynwb.misc import IntervalSeries

from thorsched.base.text import printable
from thorsched.base.version import __version__
from thorsched.export import tables
from thorsched.export.about import notes_of, session_of, subject_of
from thorsched.export.clock import Clock, Film
from thorsched.export.counters import Counter
from thorsched.export.segments import NotExportable
from thorsched.export.series import Series
from thorsched.export.session import Session

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "nwb.thorsched")
_UNREADABLE = -1


def content(session: Session, *, beside: Path) -> memoryview:
    """Return the bytes of an NWB file that will lie in the directory `beside`.

    They are made in memory, because HDF5 does not survive a full disk. Raises `NotExportable` for a
    video on another drive of Windows than `beside`.
    """
    file = _file(session)
    for number, (series, film) in enumerate(zip(session.series, session.films, strict=True)):
        seconds = session.clock.seconds(film, number)
        pictures = _pictures(series, film, seconds, session.clock, beside)
        file.add_device(pictures.device)
        file.add_acquisition(pictures)
        for counters in _counters(series, film, _samples(session.clock, film, number), pictures):
            file.add_acquisition(counters)
        for edges in _edges(series, film, seconds):
            file.add_acquisition(edges)
    for table in (tables.gaps(session), tables.segments(session)):
        if len(table.id):
            file.add_time_intervals(table)
    made = io.BytesIO()
    with h5py.File(made, "w") as store, NWBHDF5IO(file=store, mode="w") as writer:
        writer.write(file)
    return made.getbuffer()


def _file(session: Session) -> NWBFile:
    segments = session.segments
    subject = subject_of(segments)
    cameras = sorted({segment.told.camera for segment in segments})
    return NWBFile(
        session_description=f"Video of {printable(', '.join(cameras))}, recorded by thorsched",
        identifier=_identifier(session),
        session_start_time=session.clock.zero,
        was_generated_by=[["thorsched", __version__]],
        data_collection=_collection(session),
        notes=notes_of(segments),
        subject=Subject(**subject) if subject else None,
        **session_of(segments),
    )


def _identifier(session: Session) -> str:
    """Return the same for the same files on the same clock, wherever and whenever exported."""
    parts = sorted(
        (
            segment.path.name,
            segment.told.size_bytes,
            segment.told.frames,
            int(film.sample_index[start]),
        )
        for series, film in zip(session.series, session.films, strict=True)
        for segment, start in zip(series.segments, film.starts, strict=True)
    )
    rate = session.clock.rate
    return str(uuid.uuid5(_NAMESPACE, repr((rate.counter.value, rate.hz, parts))))


def _collection(session: Session) -> str:
    clock = session.clock
    server = printable(session.segments[0].told.server)
    is_trusted = all(one.told.clock.get("trusted", True) for one in session.segments)
    doubt = "" if is_trusted else " That clock was not set: the date is not to be trusted."
    return (
        f"Cameras of the ThorVision server {server}. Times are seconds of {clock.rate}, from the "
        f"first frame on. {_ALIGNING[clock.rate.counter].format(clock=clock)} session_start_time "
        "is when the first frame arrived, by the clock of the machine that recorded it, within "
        f"about 0.1 s.{doubt}"
    )


_ALIGNING = {
    Counter.XDAQ: (
        "Ephys sample s of the same XDAQ, counted as in SERIES_sample_index, is at "
        "(s - {clock.zero_count}) / {clock.rate.hz:.10g} s."
    ),
    Counter.SERVER: (
        "Against the XDAQ's clock they drift by some parts in a million: align neural data by "
        "SERIES_sample_index."
    ),
}


def _device(series: Series) -> Device:
    told = series.first.told
    ids = sorted({segment.told.device.id for segment in series.segments})
    return Device(
        name=f"{series.name}_device",
        description=printable(
            f"{told.device.name}, id {', '.join(map(str, ids))} on {told.server}"
        ),
    )


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
            f"Camera {printable(f'{told.camera}: {told.capability}')}. Timestamps are the frames' own, by "
            f"{clock.rate}; {_interpolated(unread)}"
        ),
        comments=f"TTL lines of the first readable frame, a bit a line: {', '.join(lines)}",
        device=_device(series),
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
    try:
        relative = os.path.relpath(path.resolve(), directory.resolve())
    except ValueError:  # as Windows has it
        raise NotExportable(
            f"{path} is on another drive than the NWB file, which names it by a relative path: "
            "write it to that drive"
        ) from None
    return Path(relative).as_posix()


def _packed(values: npt.NDArray[Any]) -> H5DataIO:
    return H5DataIO(values, compression="gzip", shuffle=True)


def _samples(clock: Clock, film: Film, number: int) -> npt.NDArray[np.int64]:
    """Return the XDAQ's samples: counted on past 2^32 where they are the clock, else as it wrote.

    By another clock nobody knows how often the counter wrapped, or began anew.
    """
    is_clock = clock.rate.counter is Counter.XDAQ
    samples = clock.counts(film, number) if is_clock else film.sample_index.astype(np.int64)
    return np.where(film.is_read, samples, _UNREADABLE)


def _counters(
    series: Series, film: Film, samples: npt.NDArray[np.int64], pictures: ImageSeries
) -> Iterator[TimeSeries]:
    yield TimeSeries(
        name=f"{series.name}_sample_index",
        description=(
            "Ephys sample of the XDAQ at each frame; modulo 2^32 it is what the XDAQ wrote. "
            f"{_UNREADABLE} where a frame's metadata cannot be read"
        ),
        data=_packed(samples),
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
