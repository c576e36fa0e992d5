"""Files that follow each other as one piece: a month of segments is few values. Pure.

Folded from the journal's rows by `reader.py`; the ledger counts pieces.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, starmap
from typing import NamedTuple

from thorsched.recording.segments import SEAM
from thorsched.schedule.intervals import ALWAYS, Window, subtract, union

AHEAD = timedelta(minutes=1)
"""So far ahead a moment may lie by a clock that is corrected; beyond that it has not been."""
_SHORTEST = timedelta(milliseconds=1)
_LONGEST_FRAME = timedelta(minutes=1)


class Filed(NamedTuple):
    """A segment that counts, as the ledger needs it; a removed one is a segment as well."""

    first_frame: datetime
    last_frame_end: datetime
    frames: int
    size_bytes: int
    pauses: tuple[Window, ...] = ()
    dropped: int | None = None
    """Of its audit; None if it has not had one."""
    damaged: int | None = None
    first_timestamp: int | None = None
    """XDAQ ticks of the first frame that has any, of the audit."""
    last_timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Segments without a break between them, all begun between the same two edges."""

    span: Window
    pauses: tuple[Window, ...]
    segments: int
    frames: int
    size_bytes: int
    audited: int
    dropped: int
    """Frames that the XDAQ shows to be missing, inside of segments and from one to the next.

    What is missing in a pause is told as missing time.
    """
    damaged: int

    @property
    def recorded(self) -> tuple[Window, ...]:
        """The time whose frames are in it."""
        return subtract((self.span,), self.pauses)


def credible(one: Filed, *, now: datetime) -> bool:
    """Return whether a segment can be as the journal tells: it has been, and has the frames for it.

    Of a journal that somebody has forged, or a clock that was ahead, more must not follow than of
    none.
    """
    if one.last_frame_end > now + AHEAD:
        return False
    most_frames = (one.last_frame_end - one.first_frame) / _LONGEST_FRAME
    return most_frames <= one.frames or _recorded_s(one) <= one.frames * _LONGEST_FRAME.seconds


def _recorded_s(one: Filed) -> float:
    span = Window(one.first_frame, max(one.last_frame_end, one.first_frame + _SHORTEST))
    return sum(part.length.total_seconds() for part in subtract((span,), one.pauses))


def pieces(filed: Iterable[Filed], *, edges: Sequence[datetime] = ()) -> tuple[Piece, ...]:
    """Return segments, sorted by their first frame, as few pieces; none goes on at an edge.

    What overlaps by more than a seam stays apart, so that it is known to be there twice.
    """
    return tuple(_folded(filed, iter([*edges, ALWAYS.end])))


def _folded(filed: Iterable[Filed], edges: Iterator[datetime]) -> Iterator[Piece]:
    edge = next(edges)
    run: list[Filed] = []
    end = ALWAYS.start
    for one in filed:
        goes_on = run and abs(one.first_frame - end) <= SEAM and one.first_frame < edge
        if run and not goes_on:
            yield _piece(run, end)
            run = []
        while one.first_frame >= edge:
            edge = next(edges)
        run.append(one)
        end = max(end, one.last_frame_end) if goes_on else one.last_frame_end
    if run:
        yield _piece(run, end)


def _piece(run: Sequence[Filed], end: datetime) -> Piece:
    start = run[0].first_frame
    return Piece(
        span=Window(start, max(end, start + _SHORTEST)),
        pauses=union(pause for one in run for pause in one.pauses),
        segments=len(run),
        frames=sum(one.frames for one in run),
        size_bytes=sum(one.size_bytes for one in run),
        audited=sum(one.dropped is not None for one in run),
        dropped=sum(map(_lost_inside, run)) + sum(starmap(_lost_between, pairwise(run))),
        damaged=sum(one.damaged or 0 for one in run),
    )


def _lost_inside(one: Filed) -> int:
    """Return how many frames are missing in a segment beside those of its pauses."""
    if not one.dropped or not one.pauses:
        return one.dropped or 0
    paused_s = sum(pause.length.total_seconds() for pause in one.pauses)
    in_pauses = paused_s * one.frames / max(_recorded_s(one), _SHORTEST.total_seconds())
    # A pause begins with a frame, and ends with one.
    return max(0, one.dropped - round(in_pauses) - len(one.pauses))


def _lost_between(one: Filed, following: Filed) -> int:
    """Return how many frames the XDAQ's clock misses from one segment to the next.

    No more than fit into a seam: that clock may have begun anew.
    """
    first, last, then = one.first_timestamp, one.last_timestamp, following.first_timestamp
    if first is None or last is None or then is None or not first < last < then:
        return 0
    steps = one.frames + (one.dropped or 0) - 1
    lost = round((then - last) * steps / (last - first)) - 1
    return lost if lost * (one.last_frame_end - one.first_frame) <= 2 * SEAM * steps else 0
