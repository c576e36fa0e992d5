"""Wanted against recorded: what cameras were asked for, what is on disk, what is missing. Pure.

Computed from the journal's rows by `report/gathering.py` and others; never stored. Frames that
come a quarter of a second apart are one stretch (`SEAM`), as for the journal's gaps. Whatever was
wanted is either recorded or in exactly one gap.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from thorsched.catalogue.entries import AttemptRow, Ending, Gap, Pause
from thorsched.catalogue.pieces import Piece
from thorsched.recording.segments import SEAM
from thorsched.recording.trouble import Blame, Cause, Trouble, blame_of
from thorsched.schedule.intervals import ALWAYS, Window, clip, joined, subtract, union

EDGE = timedelta(seconds=1)
"""What is left of a gap beside one that the journal knows is its edge, not another gap."""
_WHOLE_PERCENT = 100.0
_NOBODY = Trouble(Cause.NOT_RUNNING, "")


@dataclass(frozen=True, slots=True)
class Missing:
    """A stretch that was wanted and not recorded, and why."""

    span: Window
    trouble: Trouble

    @property
    def blame(self) -> Blame:
        return blame_of(self.trouble.cause)


@dataclass(frozen=True, slots=True)
class Paused:
    """A stretch in which a person did not want a camera, what for, and what has ended it."""

    span: Window
    why: str
    how: Ending | None


@dataclass(frozen=True, slots=True)
class Account:
    """One camera over a stretch of time; the windows are sorted and disjoint."""

    camera: str
    between: Window
    wanted: tuple[Window, ...]
    recorded: tuple[Window, ...]
    """Of what was wanted."""
    missing: tuple[Missing, ...]
    """The rest of it, sorted."""
    surplus: tuple[Window, ...]
    """Recorded although it was not wanted: lead, tail, and what an edit has ended late."""
    twice_s: float
    """Seconds recorded by two attempts at once, as they are when one takes over from another."""
    pieces: tuple[Piece, ...]
    """Those that begin in this stretch of time, sorted; removed files are among them."""
    paused: tuple[Paused, ...] = ()
    """No part of what was wanted; sorted. One that goes on is told up to its planned end."""

    @property
    def wanted_s(self) -> float:
        return _seconds(self.wanted)

    @property
    def recorded_s(self) -> float:
        return _seconds(self.recorded)

    @property
    def missing_s(self) -> float:
        return _seconds(one.span for one in self.missing)

    @property
    def surplus_s(self) -> float:
        return _seconds(self.surplus)

    @property
    def paused_s(self) -> float:
        return _seconds(union(one.span for one in self.paused))

    @property
    def segments(self) -> int:
        return sum(piece.segments for piece in self.pieces)

    @property
    def frames(self) -> int:
        return sum(piece.frames for piece in self.pieces)

    @property
    def size_bytes(self) -> int:
        return sum(piece.size_bytes for piece in self.pieces)

    @property
    def audited(self) -> int:
        """Segments that have been read from end to end; of others nothing is dropped."""
        return sum(piece.audited for piece in self.pieces)

    @property
    def dropped(self) -> int:
        """Frames that the XDAQ shows to be missing, inside of files and from one to the next."""
        return sum(piece.dropped for piece in self.pieces)

    @property
    def damaged(self) -> int:
        """JPEGs that do not begin or end as one."""
        return sum(piece.damaged for piece in self.pieces)

    @property
    def is_complete(self) -> bool:
        """Whether all is recorded but for what nobody could do: then nobody needs to look."""
        return all(one.blame is Blame.NOBODY for one in self.missing)

    @property
    def percent(self) -> float | None:
        """What of the wanted time is recorded, never rounded up; None if nothing was wanted."""
        if not self.wanted:
            return None
        if not self.missing:
            return _WHOLE_PERCENT
        return math.floor(10_000 * self.recorded_s / self.wanted_s) / 100

    def within(self, between: Window) -> "Account":
        """Return what of the account lies in `between`, as of a day."""
        first = bisect_left(self.pieces, between.start, key=_start_of)
        pieces = self.pieces[first : bisect_left(self.pieces, between.end, key=_start_of)]
        missing = (
            replace(one, span=span) for one in self.missing for span in clip([one.span], between)
        )
        return Account(
            camera=self.camera,
            between=between,
            wanted=clip(self.wanted, between),
            recorded=clip(self.recorded, between),
            missing=tuple(missing),
            surplus=clip(self.surplus, between),
            twice_s=_twice_s(pieces),
            pieces=pieces,
            paused=tuple(
                replace(one, span=span) for one in self.paused for span in clip([one.span], between)
            ),
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the journal tells of one camera, and until when all is known."""

    camera: str
    wanted: tuple[Window, ...]
    pieces: Sequence[Piece]
    """Sorted."""
    gaps: Sequence[Gap]
    pauses: Sequence[Pause] = ()
    """Sorted."""
    attempts: Sequence[AttemptRow] = ()
    """Those that record now, whose newest segment is not described as yet."""
    known: datetime = ALWAYS.end
    """Until when the journal tells all."""
    later: Trouble = _NOBODY
    """Why nothing may have been recorded after that."""


def account(evidence: Evidence, between: Window) -> Account:
    """Return a camera's account over `between`."""
    wanted = union(evidence.wanted)
    on_disk = [span for piece in evidence.pieces for span in piece.recorded]
    recorded = joined(union([*on_disk, *_growing(evidence)]), within=SEAM)
    missing = [gap for gap in subtract(wanted, recorded) if gap.length > SEAM]
    told = sorted(evidence.gaps, key=lambda gap: gap.start)
    found = [one for gap in missing for one in _explained(gap, told, evidence)]
    whole = Account(
        camera=evidence.camera,
        between=ALWAYS,
        wanted=wanted,
        recorded=subtract(wanted, missing),
        missing=tuple(found),
        surplus=subtract(union(on_disk), wanted),
        twice_s=0.0,
        pieces=tuple(evidence.pieces),
        paused=tuple(Paused(span, p.why, p.how) for p in evidence.pauses for span in p.spans),
    )
    return whole.within(between)


def _growing(evidence: Evidence) -> tuple[Window, ...]:
    """Return the time that segments hold which are not described as yet.

    Of an attempt that records, the journal has every gap while it goes on.
    """
    described = max((piece.span.end for piece in evidence.pieces), default=ALWAYS.start)
    begun = [max(one.began, described) for one in evidence.attempts if one.first_bytes is not None]
    spans = [Window(start, evidence.known) for start in begun if start < evidence.known]
    gaps = union(_span(gap, evidence.known) for gap in evidence.gaps if gap.start < evidence.known)
    return subtract(union(spans), gaps)


def _span(gap: Gap, known: datetime) -> Window:
    return Window(gap.start, known if gap.end is None else gap.end)


def _explained(gap: Window, told: Sequence[Gap], evidence: Evidence) -> tuple[Missing, ...]:
    """Return the parts of a gap with what the journal says of each, in order, without a rest."""
    parts: list[Missing] = []
    at = gap.start
    for one in told:
        start, end = max(one.start, at), min(one.end or gap.end, gap.end)
        if start >= end:
            continue
        if start - at > EDGE:
            parts += _untold(Window(at, start), evidence)
        else:
            start = at
        parts.append(Missing(Window(start, end), one.trouble))
        at = end
    if parts and timedelta(0) < gap.end - at <= EDGE:
        parts[-1] = replace(parts[-1], span=Window(parts[-1].span.start, gap.end))
    elif at < gap.end:
        parts += _untold(Window(at, gap.end), evidence)
    return tuple(parts)


def _untold(span: Window, evidence: Evidence) -> Iterator[Missing]:
    """Yield a stretch that no gap of the journal tells of: it did not come to that, or is lost.

    What a program that ended at once took along is no other gap than that which followed.
    """
    unknown = Trouble(Cause.UNKNOWN, "the journal does not say why")
    known = evidence.known
    if span.start < known < span.end and known - span.start <= EDGE:
        known = span.start
    for part in clip([span], Window(ALWAYS.start, known)):
        yield Missing(part, unknown)
    if known < ALWAYS.end:
        for part in clip([span], Window(known, ALWAYS.end)):
            yield Missing(part, evidence.later)


def _twice_s(pieces: Sequence[Piece]) -> float:
    spans = [span for piece in pieces for span in piece.recorded]
    return _seconds(spans) - _seconds(union(spans))


def _start_of(piece: Piece) -> datetime:
    return piece.span.start


def _seconds(windows: Iterable[Window]) -> float:
    return sum((window.length.total_seconds() for window in windows), 0.0)
