"""Files that follow each other as one piece: a month of segments is few values. Pure.

Folded from the journal's rows by `reader.py`; the ledger counts pieces.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from thorsched.recording.segments import SEAM
from thorsched.schedule.intervals import ALWAYS, Window, subtract, union

_SHORTEST = timedelta(milliseconds=1)


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
    damaged: int

    @property
    def recorded(self) -> tuple[Window, ...]:
        """The time whose frames are in it."""
        return subtract((self.span,), self.pauses)


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
        dropped=sum(one.dropped or 0 for one in run),
        damaged=sum(one.damaged or 0 for one in run),
    )
