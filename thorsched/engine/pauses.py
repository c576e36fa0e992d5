"""Which cameras are paused, and until when, as a pass of the loop sees it. Pure.

`pausewatch.py` knows what is asked for; `horizons.py` looks in each pass. A pause is over as soon
as either clock says so: a wall clock that is set forward ends it early, and one that is set back
does not make it last longer than it was to. Recorded is rather too much than too little.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from thorsched.catalogue.entries import Ending, Pause
from thorsched.catalogue.pauses import active, holes_of
from thorsched.schedule.intervals import Window

CLOCKS_APART = timedelta(seconds=0.5)
"""What is no change: clocks are read one after the other, and no two run at quite the same pace."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds for a pause whatever becomes of the wall clock."""

    start: datetime
    planned: datetime
    ends_at_s: float
    """When it has gone on for long enough, by the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """What is known as of a pass."""

    known: Mapping[str, Pause] = field(default_factory=dict)
    """By id; those that are over, too: what was wanted meanwhile may be asked for later."""
    holes: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    """When cameras are not wanted, by their names."""
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """Of those that go on."""
    has_looked: bool = False

    @classmethod
    def of(cls, pauses: Iterable[Pause]) -> "Pauses":
        """Return pauses for whoever only asks what was wanted, and holds to nothing."""
        known = {one.id: one for one in pauses}
        return cls(known, holes_of(known.values()))

    def look(
        self, asked: Iterable[Pause], *, now: datetime, now_s: float, lead: timedelta
    ) -> "Pauses":
        """Return what is known at `now`, aware UTC, which is `now_s` by the monotonic clock.

        What was asked for before the first look began when it was asked for, all else begins now.
        A camera that is resumed begins at once, and is wanted when its frames may be expected.
        """
        known, bounds = dict(self.known), dict(self.bounds)
        for one in asked:
            before = known.get(one.id)
            if before is None:
                known[one.id] = _begun(one, now=now, is_early=not self.has_looked)
                left_s = (one.planned - max(now, one.asked)).total_seconds()
                bounds[one.id] = Bounds(known[one.id].start, one.planned, now_s + left_s)
            elif before.end is None and one.end is not None:
                end = now + lead if one.how is Ending.RESUMED else now
                known[one.id] = _ended(before, min(end, before.planned), one.how)
        for name, one in known.items():
            if one.end is None:
                known[name] = _held(one, bounds[name], now=now, now_s=now_s)
        if known == self.known:
            return self if self.has_looked else replace(self, has_looked=True)
        bounds = {name: one for name, one in bounds.items() if known[name].end is None}
        return Pauses(known, holes_of(known.values()), bounds, has_looked=True)

    def news(self, before: "Pauses") -> tuple[Pause, ...]:
        """Return the pauses that are new, or other than `before`."""
        return tuple(one for name, one in self.known.items() if before.known.get(name) != one)

    def at(self, now: datetime) -> Mapping[str, Pause]:
        """Return the pause that goes on at `now`, by camera."""
        return active(self.known.values(), now=now)


def _begun(asked: Pause, *, now: datetime, is_early: bool) -> Pause:
    begun = asked if is_early else replace(asked, start=now)
    return begun if asked.end is None else _ended(begun, asked.end, asked.how)


def _ended(pause: Pause, end: datetime, how: Ending | None) -> Pause:
    return replace(pause, end=max(end, pause.start), how=how)


def _held(pause: Pause, bounds: Bounds, *, now: datetime, now_s: float) -> Pause:
    """Return a pause that goes on as it was asked for, as far as the clocks allow, or is over.

    Where the wall clock is behind what it was, it has begun now, and ends after the time left.
    """
    left = timedelta(seconds=bounds.ends_at_s - now_s)
    start = bounds.start if bounds.start <= now else min(pause.start, now)
    if now >= bounds.planned:
        return _ended(replace(pause, start=start), bounds.planned, Ending.OVER)
    if left <= timedelta(0):
        return _ended(replace(pause, start=start), now, Ending.OVER)
    ends = [end for end in (bounds.planned, pause.planned) if end - now - left < CLOCKS_APART]
    planned = ends[0] if ends and ends[0] - now > timedelta(0) else now + left
    return replace(pause, start=start, planned=planned)
