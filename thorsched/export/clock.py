"""The frames of several films on one clock, in seconds. Pure.

Called by `session.py` and `nwb.py`. That is the XDAQ's sample counter, which all cameras of an XDAQ
share with its neural data; each sample is 1 / rate seconds, and the rate is told, or found. Or it
is the server's clock, as a counter of 10 us that wraps at 2^32, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from thorsched.base.errors import FileError
from thorsched.base.units import format_utc
from thorsched.export.counters import Counter
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

_SERVER_HZ = 100_000
_SERVER_TICK_NS = 10_000
# Two crystals differ by less, and the metadata is embedded 3 to 5 ms late.
_DRIFT = 0.001
_EMBEDDING_S = 0.01
_MOST_OFF = 0.04  # less than half of what lies between two rates
# Between two cameras the machine's clock tells how often the counter has wrapped. It may have been
# set a little meanwhile; whether the server's begins anew with each stream is not documented.
_MOST_APART_S = {Counter.XDAQ: 60.0, Counter.SERVER: 2.0}
_NAMES = {Counter.XDAQ: "the XDAQ's sample counter", Counter.SERVER: "the server's clock"}
_OTHER = {Counter.XDAQ: Counter.SERVER, Counter.SERVER: Counter.XDAQ}
_WAYS = {
    Counter.XDAQ: "take --clock server",
    Counter.SERVER: "take the XDAQ's sample counter, without --clock server",
}


class NoClock(FileError):
    """The frames do not tell when they were filmed, one against the other."""


class BeganAnew(NoClock):
    """Nor does any clock go through; within each file one does."""

    def __init__(self, words: str, behind: Sequence[int]) -> None:
        super().__init__(words)
        self.behind = tuple(behind)
        """The places of the files with which the clock began anew."""


@dataclass(frozen=True, slots=True)
class Film:
    """The frames of one series, as counted; arrays of shape (frames,)."""

    counts: Int64s
    """Of the clock, counted on past 2^32 from the first; of unreadable frames as `_filled` has it.
    """
    is_read: npt.NDArray[np.bool_]
    sample_index: npt.NDArray[np.uint32]
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

    def paused_before(self, files: Sequence[int]) -> "Film":
        """Return the film, knowing that nothing was recorded right before those files began.

        What is missing there was not dropped, however short it was.
        """
        rows = [self.starts[file] for file in files]
        found = self.gaps.copy()
        is_pause = np.isin(found["row"], rows) & (found["kind"] == "drop")
        found["kind"][is_pause], found["missing_frames"][is_pause] = "pause", 0
        return replace(self, gaps=found)


def film(rows: Rows, names: Sequence[str], counter: Counter) -> Film:
    """Return the frames of some files, `names`; raises `NoClock` if they do not follow each other.

    `rows` are as `metadata.load` returns them, with `file_index` from 0 on.
    """
    clocked = _by(counter, rows)
    places = np.flatnonzero(rows["is_valid"])
    read = clocked[places]
    steps = Steps(read, np.diff(places))
    files = rows["file_index"]
    _refuse_breaks(steps, names, counter, rows[places])
    odd = gaps(clocked)
    return Film(
        counts=_filled(steps, places, files),
        is_read=rows["is_valid"].copy(),
        sample_index=rows["sample_index"].copy(),
        xdaq_timestamps=rows["xdaq_timestamp"].copy(),
        starts=tuple(np.searchsorted(files, np.arange(len(names))).tolist()),
        gaps=odd[odd["kind"] != "wrap"],
        edges=dict(_edges(rows)),
        levels={word: int(rows[word][places[0]]) for word in ("ttl_in", "ttl_out")},
        counted=_counted(read, steps.unwrapped),
    )


def _by(counter: Counter, rows: Rows) -> Rows:
    """Return the rows with the clock that is taken in the counter's place; the server's alone."""
    if counter is Counter.XDAQ:
        return rows
    clocked = rows.copy()
    ticks = rows["gstreamer_pts"] // _SERVER_TICK_NS % SAMPLE_INDEX_MODULUS
    clocked["sample_index"] = ticks.astype(np.uint32)
    clocked["xdaq_timestamp"] = 0
    return clocked


def _refuse_breaks(steps: Steps, names: Sequence[str], counter: Counter, read: Rows) -> None:
    name, files = _NAMES[counter], read["file_index"]
    if not (steps.samples > 0).any() and len(files) > 1:
        way = f", or {_WAYS[counter]}" if _goes_on(_OTHER[counter], steps, read) else ""
        raise NoClock(f"{name} stands still in {names[0]}: leave that file out{way}")
    breaks = np.flatnonzero(_is_break(steps))
    if not len(breaks):
        return
    before, behind = files[breaks], files[breaks + 1]
    way = f", or {_WAYS[counter]}" if _goes_on(_OTHER[counter], steps, read) else ""
    for file in behind[before == behind][:1].tolist():
        raise NoClock(
            f"{name} began anew in {names[file]}: export what lies before and what lies behind "
            f"apart{way}"
        )
    where = f"between {names[before[0]]} and {names[behind[0]]}"
    raise BeganAnew(f"{name} began anew {where}: export them apart{way}", behind.tolist())


def _is_break(steps: Steps) -> npt.NDArray[np.bool_]:
    return ~steps.is_known | (steps.samples < 0)


def _goes_on(counter: Counter, steps: Steps, read: Rows) -> bool:
    """Whether that clock could be taken of those frames, the readable ones."""
    other = Steps(_by(counter, read), steps.between)
    return bool((other.samples > 0).any() and not _is_break(other).any())


def _filled(steps: Steps, places: Int64s, files: npt.NDArray[Any]) -> Int64s:
    """Return a sample for every frame; of those that cannot be read as if they came evenly.

    Between the readable frames of the same file that is; at a file's ends, at its usual step.
    """
    samples = np.zeros(len(files), np.int64)
    usual = steps.usual if np.isfinite(steps.usual) else 0.0
    for start, end in _spans(files):
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
    for start, end in _spans(read["file_index"]):
        first_ns, last_ns = read["gstreamer_pts"][[start, end - 1]].tolist()
        if last_ns > first_ns:
            passed += int(samples[end - 1] - samples[start])
            passed_ns += last_ns - first_ns
    return passed, passed_ns


def _spans(files: npt.NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Yield where each file's frames begin, and where they end."""
    return pairwise([0, *(np.flatnonzero(np.diff(files)) + 1).tolist(), len(files)])


@dataclass(frozen=True, slots=True)
class Rate:
    """Counts a second; `str()` says of which clock."""

    counter: Counter
    hz: float
    measured_hz: float | None = None
    """By the server's clock; None where that stands still."""
    is_told: bool = False
    """Whether a person said so."""

    def __str__(self) -> str:
        if self.counter is Counter.SERVER:
            return _NAMES[self.counter]
        measured = "" if self.measured_hz is None else f", measured {self.measured_hz:.2f}"
        how = "as told" if self.is_told else "the nearest usual rate"
        return f"{_NAMES[self.counter]} at {self.hz:.10g} Hz ({how}{measured})"


def rate_of(films: Sequence[Film], told_hz: float | None, counter: Counter) -> Rate:
    """Return the rate of the clock: what is told, or the usual one that the frames fit.

    Raises `NoClock` if what is told is far from what the frames say, or if they fit none.
    """
    if counter is Counter.SERVER:
        return Rate(counter, _SERVER_HZ)
    passed, passed_ns = (sum(one.counted[at] for one in films) for at in (0, 1))
    measured_hz = passed * 1e9 / passed_ns if passed_ns else None
    if measured_hz is None:
        if told_hz is None:
            raise NoClock(
                "the frames do not tell how many samples the XDAQ takes a second, as they are too "
                "few, or the server's clock stands still in them: say it by --sampling-rate"
            )
        return Rate(counter, told_hz, is_told=True)
    off = _MOST_OFF
    if told_hz is None:
        off = min(_DRIFT + _EMBEDDING_S * 1e9 / passed_ns, _MOST_OFF)
    hz = told_hz or min(RATES_HZ, key=lambda usual: abs(usual - measured_hz))
    if abs(hz - measured_hz) <= off * measured_hz:
        return Rate(counter, hz, measured_hz, is_told=told_hz is not None)
    if told_hz is None:
        raise NoClock(
            f"the XDAQ took {measured_hz:.2f} samples a second by the server's clock, which is no "
            "usual rate: say by --sampling-rate what was set"
        )
    raise NoClock(
        f"the XDAQ took {measured_hz:.2f} samples a second by the server's clock, "
        f"and not {told_hz:.10g} as --sampling-rate says; without that it is found"
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """How counts become seconds."""

    rate: Rate
    zero: datetime
    """When time 0 was, by the machine's clock: its first frame's arrival, within about 0.1 s."""
    zero_count: int
    """The count of time 0, as the film counts that began first."""
    turns: tuple[int, ...]
    """Of each film, how often the counter had wrapped before it began, since the first one."""

    def counts(self, film: Film, number: int) -> Int64s:
        """Return the counts of film `number`, counted alike in all films."""
        return film.counts + self.turns[number] * SAMPLE_INDEX_MODULUS

    def seconds(self, film: Film, number: int) -> npt.NDArray[np.float64]:
        """Return the time of each frame of film `number`, in seconds from time 0."""
        return (self.counts(film, number) - self.zero_count) / self.rate.hz

    def doubt(self, film: Film, file: int, later_s: float) -> str:
        """Return why that file does not go on with the one before, which began `later_s` earlier.

        A clock that began anew may be further on than the old one was: that looks like a pause.
        Empty where the machine's clock says the same as the frames', within what it may be set.
        """
        first, second = (int(film.counts[film.starts[place]]) for place in (file - 1, file))
        counted_s = (second - first) / self.rate.hz
        if abs(counted_s - later_s) <= _MOST_APART_S[self.rate.counter] + _DRIFT * abs(later_s):
            return ""
        return (
            f"began {later_s:.0f} s apart by the clock of the machine, and {counted_s:.0f} s by "
            f"{_NAMES[self.rate.counter]}: one of the two was set or began anew in between; export "
            "them apart"
        )


def clock_of(
    films: Sequence[Film], began: Sequence[datetime], names: Sequence[str], rate: Rate
) -> Clock:
    """Return the clock of several films, which began (aware) at `began`; time 0 is the first frame.

    Raises `NoClock` if the machine's clock and the frames' do not agree how long after each other
    they began: one of them was set, or began anew.
    """
    base = min(range(len(films)), key=lambda number: began[number])
    turns: list[int] = []
    for number, one in enumerate(films):
        later_s = (began[number] - began[base]).total_seconds()
        counted = int(one.counts[0]) - int(films[base].counts[0])
        turn = round((later_s * rate.hz - counted) / SAMPLE_INDEX_MODULUS)
        apart_s = (counted + turn * SAMPLE_INDEX_MODULUS) / rate.hz - later_s
        if abs(apart_s) > _MOST_APART_S[rate.counter] + _DRIFT * later_s:
            raise NoClock(
                f"{names[base]} and {names[number]} began {later_s:.0f} s apart by the clock of "
                f"the machine, and {later_s + apart_s:.0f} s by {_NAMES[rate.counter]}: one of the "
                "two was set or began anew in between; export them apart, by --until and by --from "
                f"{format_utc(began[number])}"
            )
        turns.append(turn)
    zero_count = min(
        int(one.counts.min()) + turn * SAMPLE_INDEX_MODULUS
        for one, turn in zip(films, turns, strict=True)
    )
    late_s = (int(films[base].counts[0]) - zero_count) / rate.hz
    return Clock(rate, began[base] - timedelta(seconds=late_s), zero_count, tuple(turns))
