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

# The clocks are read one after the other, and no two of them run at quite the same pace.
_CLOCKS_APART = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Pauses:
    """What is known as of a pass."""

    known: Mapping[str, Pause] = field(default_factory=dict)
    """By id; those that are over, too: what was wanted meanwhile may be asked for later."""
    holes: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    """When cameras are not wanted, by their names."""
    ends_at_s: Mapping[str, float] = field(default_factory=dict)
    """When each has gone on for long enough by the monotonic clock."""
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
        known, ends_at_s = dict(self.known), dict(self.ends_at_s)
        for one in asked:
            before = known.get(one.id)
            if before is None:
                known[one.id] = _begun(one, now=now, is_early=not self.has_looked)
                left = one.planned - max(now, one.asked)
                ends_at_s[one.id] = now_s + left.total_seconds()
            elif before.end is None and one.end is not None:
                end = now + lead if one.how is Ending.RESUMED else now
                known[one.id] = _ended(before, min(end, before.planned), one.how)
        for name, one in known.items():
            if one.end is None:
                left = timedelta(seconds=ends_at_s[name] - now_s)
                known[name] = _held(one, left, now=now)
        if known == self.known:
            return self if self.has_looked else replace(self, has_looked=True)
        return Pauses(known, holes_of(known.values()), ends_at_s, has_looked=True)

    def news(self, before: "Pauses") -> tuple[Pause, ...]:
        """Return the pauses that are new, or other than `before`."""
        return tuple(one for name, one in self.known.items() if before.known.get(name) != one)

    def at(self, now: datetime) -> Mapping[str, Pause]:
        """Return the pause that goes on at `now`, by camera."""
        return active(self.known.values(), now=now)


def _begun(asked: Pause, *, now: datetime, is_early: bool) -> Pause:
    start = min(asked.asked, now) if is_early else now
    begun = replace(asked, start=start)
    return begun if asked.end is None else _ended(begun, asked.end, asked.how)


def _ended(pause: Pause, end: datetime, how: Ending | None) -> Pause:
    return replace(pause, end=max(end, pause.start), how=how)


def _held(pause: Pause, left: timedelta, *, now: datetime) -> Pause:
    """Return a pause that goes on for as long as is `left` at most, or that is over."""
    pause = replace(pause, start=min(pause.start, now))  # the clock may be behind what it was
    if now >= pause.planned:
        return _ended(pause, pause.planned, Ending.OVER)
    if left <= timedelta(0):
        return _ended(pause, now, Ending.OVER)
    if pause.planned - now - left > _CLOCKS_APART:
        return replace(pause, planned=now + left)
    return pause
