"""The frames of several films on one clock: the XDAQ's sample counter, in seconds. Pure.

Called by `cli/export.py` and `nwb.py`. The counter is the one clock that all cameras of an XDAQ
share with its neural data. Each sample is 1 / rate seconds: the rate is told, or found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from thorsched.base.errors import FileError
from thorsched.thorvision.metadata import SAMPLE_INDEX_MODULUS
from thorsched.video.counter import Int64s, Rows, Steps
from thorsched.video.timeline import LINES, gaps, ttl_edges

RATES_HZ = (
    *(1000, 1250, 1500, 2000, 2500, 3000, 10000 / 3, 4000, 5000, 6250, 8000, 10000, 12500),
    *(15000, 20000, 25000, 30000),
)
"""The sampling rates of Intan's controllers, whose interface (Rhythm) the XDAQ speaks.

Source: the RHD2000 evaluation system's data sheet.
"""

# Two crystals differ by less, and the metadata is embedded 3 to 5 ms late.
_DRIFT = 0.001
_EMBEDDING_S = 0.01
_MOST_OFF = 0.04  # less than half of what lies between two rates
# Between two cameras the machine's clock tells how often the counter has wrapped: it was not set.
_CLOCK_SET_S = 60.0


class NoClock(FileError):
    """The frames do not tell when they were filmed, one against the other."""


@dataclass(frozen=True, slots=True)
class Film:
    """The frames of one series, as counted; arrays of shape (frames,)."""

    samples: Int64s
    """Counted on past 2^32 from the first; of unreadable frames as `_filled` has it."""
    is_read: npt.NDArray[np.bool_]
    xdaq_timestamps: npt.NDArray[np.uint64]
    starts: tuple[int, ...]
    """The first frame of each file."""
    gaps: Rows
    """As `metadata.gaps`, without the wraps."""
    edges: dict[str, Rows]
    """As `metadata.ttl_edges`, of each line that has any: `ttl_in_0`."""
    levels: dict[str, int]
    """`ttl_in` and `ttl_out` of the first readable frame."""
    counted: tuple[int, int]
    """How many samples passed within the files, and how many ns of the server's clock."""


def film(rows: Rows, names: Sequence[str]) -> Film:
    """Return the frames of some files, `names`; raises `NoClock` if they do not follow each other.

    `rows` are as `metadata.load` returns them, with `file_index` from 0 on.
    """
    places = np.flatnonzero(rows["is_valid"])
    read = rows[places]
    steps = Steps(read, np.diff(places))
    files = rows["file_index"]
    _refuse_breaks(steps, read["file_index"], names)
    starts = np.searchsorted(files, np.arange(len(names)))
    odd = gaps(rows)
    return Film(
        samples=_filled(steps, places, files),
        is_read=rows["is_valid"].copy(),
        xdaq_timestamps=rows["xdaq_timestamp"].copy(),
        starts=tuple(starts.tolist()),
        gaps=odd[odd["kind"] != "wrap"],
        edges=dict(_edges(rows)),
        levels={word: int(read[word][0]) for word in ("ttl_in", "ttl_out")},
        counted=_counted(read, steps.unwrapped),
    )


def _refuse_breaks(steps: Steps, files: npt.NDArray[Any], names: Sequence[str]) -> None:
    if not (steps.samples > 0).any() and len(files) > 1:
        raise NoClock(
            f"the XDAQ's sample counter stands still in {names[0]}: it counts while the XDAQ "
            "acquires; without it no time can be told"
        )
    for at in np.flatnonzero(~steps.is_known | (steps.samples < 0))[:1].tolist():
        before, after = (names[files[place]] for place in (at, at + 1))
        where = f"in {after}" if before == after else f"between {before} and {after}"
        raise NoClock(
            f"the XDAQ's sample counter began anew {where}: no clock goes through both parts; "
            "export what lies before and what lies behind apart"
        )


def _filled(steps: Steps, places: Int64s, files: npt.NDArray[Any]) -> Int64s:
    """Return a sample for every frame; of those that cannot be read as if they came evenly.

    Between the readable frames of the same file that is; at a file's ends, at its usual step.
    """
    samples = np.zeros(len(files), np.int64)
    usual = steps.usual if np.isfinite(steps.usual) else 0.0
    bounds = [*np.flatnonzero(np.diff(files, prepend=files[:1] - 1)).tolist(), len(files)]
    for start, end in pairwise(bounds):
        within = slice(*np.searchsorted(places, (start, end)).tolist())
        known, counted = places[within], steps.unwrapped[within]
        frames = np.arange(start, end)
        # Of small numbers: a float holds 2^53.
        even = np.interp(frames, known, counted - counted[0])
        even += usual * (np.minimum(frames - known[0], 0) + np.maximum(frames - known[-1], 0))
        samples[start:end] = counted[0] + np.round(even).astype(np.int64)
        samples[known] = counted
    return samples


def _edges(rows: Rows) -> Iterator[tuple[str, Rows]]:
    for word in ("ttl_in", "ttl_out"):
        seen = rows[word][rows["is_valid"]]
        moved = int(np.bitwise_or.reduce(seen) & ~np.bitwise_and.reduce(seen))
        for line in range(LINES):
            if moved >> line & 1:
                yield f"{word}_{line}", ttl_edges(rows, line, of=word)


def _counted(read: Rows, samples: Int64s) -> tuple[int, int]:
    passed, passed_ns = 0, 0
    for number in np.unique(read["file_index"]):
        within = np.flatnonzero(read["file_index"] == number)
        first, last = within[0], within[-1]
        ns = int(read["gstreamer_pts"][last]) - int(read["gstreamer_pts"][first])
        if ns > 0:
            passed, passed_ns = passed + int(samples[last] - samples[first]), passed_ns + ns
    return passed, passed_ns


@dataclass(frozen=True, slots=True)
class Rate:
    """Samples a second."""

    hz: float
    measured_hz: float | None
    """By the server's clock; None where that stands still."""
    is_told: bool
    """Whether a person said so."""

    def __str__(self) -> str:
        measured = "" if self.measured_hz is None else f", measured {self.measured_hz:.2f}"
        how = "as told" if self.is_told else "the nearest usual rate"
        return f"{self.hz:.10g} Hz ({how}{measured})"


def rate_of(films: Sequence[Film], told_hz: float | None) -> Rate:
    """Return the sampling rate: what is told, or the usual one that the frames fit.

    Raises `NoClock` if what is told is far from what the frames say, or if they fit none.
    """
    passed, passed_ns = (sum(one.counted[at] for one in films) for at in (0, 1))
    measured_hz = passed * 1e9 / passed_ns if passed_ns else None
    if measured_hz is None:
        if told_hz is None:
            raise NoClock(
                "the frames do not tell how many samples the XDAQ takes a second, as the server's "
                "clock stands still in them: say it by --sampling-rate"
            )
        return Rate(told_hz, None, is_told=True)
    off = min(_DRIFT + _EMBEDDING_S * 1e9 / passed_ns, _MOST_OFF)
    hz = told_hz or min(RATES_HZ, key=lambda usual: abs(usual - measured_hz))
    if abs(hz - measured_hz) <= off * measured_hz:
        return Rate(hz, measured_hz, is_told=told_hz is not None)
    if told_hz is None:
        raise NoClock(
            f"the XDAQ took {measured_hz:.2f} samples a second by the server's clock, which is no "
            "usual rate: say by --sampling-rate what was set"
        )
    raise NoClock(
        f"the XDAQ took {measured_hz:.2f} samples a second by the server's clock, "
        f"and not {told_hz:.10g} as --sampling-rate says"
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """How samples become seconds."""

    rate: Rate
    zero: datetime
    """When time 0 was, by the machine's clock: its first frame's arrival, within about 0.1 s."""
    zero_sample: int
    """The sample of time 0, as the first film counts."""
    turns: tuple[int, ...]
    """Of each film, how often the counter had wrapped before it began, since the first one."""

    def samples(self, film: Film, number: int) -> Int64s:
        """Return the samples of film `number`, counted alike in all films."""
        return film.samples + self.turns[number] * SAMPLE_INDEX_MODULUS

    def seconds(self, film: Film, number: int) -> npt.NDArray[np.float64]:
        """Return the time of each frame of film `number`, in seconds from time 0."""
        return (self.samples(film, number) - self.zero_sample) / self.rate.hz


def clock_of(
    films: Sequence[Film], began: Sequence[datetime], names: Sequence[str], rate: Rate
) -> Clock:
    """Return the clock of several films, which began (aware) at `began`; time 0 is the first frame.

    Raises `NoClock` if the machine's clock and the XDAQ's do not agree which came first, and how
    long before: either was set, or began anew.
    """
    base = min(range(len(films)), key=lambda number: began[number])
    turns: list[int] = []
    for number, one in enumerate(films):
        later_s = (began[number] - began[base]).total_seconds()
        counted = int(one.samples[0]) - int(films[base].samples[0])
        turn = round((later_s * rate.hz - counted) / SAMPLE_INDEX_MODULUS)
        apart_s = (counted + turn * SAMPLE_INDEX_MODULUS) / rate.hz - later_s
        if abs(apart_s) > _CLOCK_SET_S + _DRIFT * later_s:
            raise NoClock(
                f"{names[base]} and {names[number]} began {later_s:.0f} s apart by the machine's "
                f"clock, and {later_s + apart_s:.0f} s by the XDAQ's: either was set or began anew "
                "in between; export them apart"
            )
        turns.append(turn)
    zero_sample = min(
        int(one.samples.min()) + turn * SAMPLE_INDEX_MODULUS
        for one, turn in zip(films, turns, strict=True)
    )
    late = int(films[base].samples[0]) + turns[base] * SAMPLE_INDEX_MODULUS - zero_sample
    return Clock(rate, began[base] - timedelta(seconds=late / rate.hz), zero_sample, tuple(turns))
