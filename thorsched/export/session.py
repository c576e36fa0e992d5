"""What goes into one file: the films of one XDAQ on one clock, read from their segments.

Called by `cli/export.py`. One film's rows are in memory at a time; of each, 21 bytes a frame stay.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from thorsched.base.errors import FileError
from thorsched.base.units import format_utc
from thorsched.export.about import subject_of
from thorsched.export.absent import absent
from thorsched.export.apart import Bounds, Break, BrokenClock
from thorsched.export.clock import BeganAnew, Clock, Film, clock_of, film, rate_of
from thorsched.export.counters import Counter
from thorsched.export.segments import NotExportable, described, find
from thorsched.export.series import Series, series_of
from thorsched.export.told import Segment
from thorsched.metadata import CutShort, Damaged, read
from thorsched.video.records import Rows

Advance = Callable[[int, int], object]
"""Is told how many bytes are read, and of how many."""


@dataclass(frozen=True, slots=True)
class Session:
    """Films of one XDAQ, in the order of `series`."""

    series: tuple[Series, ...]
    films: tuple[Film, ...]
    clock: Clock
    left_out: tuple[str, ...]
    """What was wrong with each file that is not in it."""
    absent: tuple[str, ...]
    """The files that are not there, in words."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(segment for one in self.series for segment in one.segments)


def gather(
    paths: Sequence[Path],
    *,
    counter: Counter,
    rate_hz: float | None,
    bounds: Bounds,
    skip: bool,
    advance: Advance,
) -> Session:
    """Return what is in the files, and in those below the directories, read once.

    `counter` is the clock that is taken, `rate_hz` the XDAQ's sampling rate; None finds it. Of the
    files those that begin in `bounds` are taken; one that cannot be exported is left out if `skip`
    is set. Raises `NotExportable`, with a line for each such file, if it is not, or if there is no
    other; `SeveralServers`, `SeveralSubjects`, `BrokenClock`, `NoClock`; `OSError` for a directory.
    """
    wrong: list[str] = []
    there = [one for path in find(paths) for one in _described(path, wrong)]
    _refuse(wrong, there, skip=skip)
    segments = _within(bounds, there)
    subject_of(segments)
    reading = _Reading(advance, sum(one.told.size_bytes for one in segments), wrong)
    found = [pair for one in series_of(segments) for pair in reading.filmed(one, counter)]
    _refuse(wrong, found or reading.breaks, skip=skip)
    if reading.breaks:
        raise BrokenClock(reading.breaks, bounds)
    series = tuple(one for one, _ in found)
    films = tuple(made for _, made in found)
    began = [one.first.told.first_frame for one in series]
    rate = rate_of(films, rate_hz, counter)
    clock = clock_of(films, began, [one.name for one in series], rate)
    if doubted := [one for pair in found for one in _doubted(clock, *pair)]:
        raise BrokenClock(doubted, bounds)
    return Session(series, films, clock, tuple(wrong), absent(paths, segments, bounds))


def _doubted(clock: Clock, series: Series, film: Film) -> Iterator[Break]:
    """Yield where a new attempt does not go on with the one before, though its clocks agree.

    Within an attempt they cannot begin anew: its stream would have ended.
    """
    for file, (before, behind) in enumerate(pairwise(series.segments), 1):
        later = behind.told.first_frame - before.told.first_frame
        why = clock.doubt(film, file, later.total_seconds())
        if why and before.attempt != behind.attempt:
            yield Break(before, behind, f"{before.path} and {behind.path} {why}")


def _refuse(wrong: Sequence[str], rest: Sequence[object], *, skip: bool) -> None:
    if not wrong or (skip and rest):
        return
    those = "that file" if len(wrong) == 1 else "those files"
    advice = [f"nothing is written; --skip leaves {those} out"] if rest else []
    raise NotExportable("\n".join([*wrong, *advice]))


def _described(path: Path, wrong: list[str]) -> Iterator[Segment]:
    try:
        yield described(path)
    except (FileError, OSError) as error:
        wrong.append(_words(path, error))


def _within(bounds: Bounds, there: Sequence[Segment]) -> list[Segment]:
    found = [one for one in there if bounds.hold(one.told.first_frame)]
    if not found:
        first, *_, last = sorted(2 * [format_utc(one.told.first_frame) or "" for one in there])
        raise NotExportable(f"no file begins in that time: they begin {first} to {last}")
    return found


def _words(path: Path, error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{path}: {error.strerror}"
    return str(error)


class _Reading:
    """Reads one series after the other; notes what is wrong with a file, and goes on."""

    def __init__(self, advance: Advance, total_bytes: int, wrong: list[str]) -> None:
        self._advance = advance
        self._total_bytes = total_bytes
        self._before_bytes = 0
        self._wrong = wrong
        self.breaks: list[Break] = []
        """Where the clock began anew; of such a series nothing is yielded."""

    def filmed(self, series: Series, counter: Counter) -> Iterator[tuple[Series, Film]]:
        """Yield what can be read of the series, if anything. Raises `NoClock`."""
        whole: list[Segment] = []
        rows: list[Rows] = []
        for segment in series.segments:
            try:
                rows += self._rows(segment, file_index=len(whole))
            except (FileError, OSError, Warning) as error:
                self._wrong.append(_words(segment.path, error))
            else:
                whole.append(segment)
            self._before_bytes += segment.told.size_bytes
        if whole:
            names = [str(segment.path) for segment in whole]
            try:
                made = film(np.concatenate(rows), names, counter)
            except BeganAnew as anew:
                behind = ((whole[place - 1], whole[place]) for place in anew.behind)
                self.breaks += [Break(*pair, str(anew)) for pair in behind]
            else:
                attempts = pairwise(segment.attempt for segment in whole)
                begun = [at for at, (one, other) in enumerate(attempts, 1) if one != other]
                yield Series(series.name, tuple(whole)), made.paused_before(begun)

    def _rows(self, segment: Segment, *, file_index: int) -> list[Rows]:
        found: list[Rows] = []
        with warnings.catch_warnings():
            warnings.simplefilter("error", CutShort)
            warnings.simplefilter("error", Damaged)
            for chunk in read(segment.path, file_index=file_index):
                self._advance(self._before_bytes + chunk.done_bytes, self._total_bytes)
                found.append(chunk.rows)
        frames = sum(map(len, found))
        if frames != segment.told.frames:
            raise NotExportable(
                f"{segment.path} holds {frames} frames, and its sidecar says "
                f"{segment.told.frames}: it has changed since; take it from a copy"
            )
        return found
