"""The time that has passed, as far as somebody has seen it pass. Pure.

For `retention.py`: files are deleted for their age, and a wall clock that jumps must not age them.
It is held against a monotonic clock. What it is set ahead of that is a leap, by which no file that
was there before has grown older. While the program does not run nobody looks, and the clock may be
set wrong meanwhile: an absence counts for a day at most.

A file that stays longer than its rule says is the worst that this can do.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from thorsched.base.units import epoch_us, from_epoch_us, in_us
from thorsched.recording.segments import NEVER_BEFORE

Int64s = npt.NDArray[np.int64]

LONGEST_ABSENCE = timedelta(days=1)
"""As much of an absence is believed; what the clock says beyond that is a leap."""
STEP = timedelta(seconds=30)
"""Clocks that are this far apart are told from those that are corrected little by little."""
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_MOST_LEAPS = 50
_NONE = timedelta(0)
_NEVER_US = epoch_us(NEVER)


@dataclass(frozen=True, slots=True)
class Leap:
    """The wall clock was set ahead by `length`, aware; then it was `at`."""

    at: datetime
    length: timedelta


@dataclass(frozen=True, slots=True)
class Passage:
    """What was seen until the wall clock, aware UTC, said `latest`; leaps are sorted by time."""

    latest: datetime
    leaps: tuple[Leap, ...] = ()

    def after(self, elapsed: timedelta, *, now: datetime) -> "Passage":
        """Return what is known after a look: `elapsed` is by a monotonic clock since the last.

        A clock that cannot be right tells nothing.
        """
        if now < NEVER_BEFORE:
            return self
        step = now - (self.latest + elapsed)
        if step > STEP:
            return Passage(now, _few((*self.leaps, Leap(now, step))))
        if step < -STEP:
            return Passage(now, _taken_back(self.leaps, -step, now=now))
        return replace(self, latest=now)

    def after_absence(self, *, now: datetime) -> "Passage":
        """Return what is known at the first look of a program."""
        away = min(max(now - self.latest, _NONE), LONGEST_ABSENCE)
        return self.after(away, now=now)

    def has_jumped_since(self, earlier: "Passage", elapsed: timedelta) -> bool:
        return abs(self.latest - (earlier.latest + elapsed)) > STEP

    def age(self, moment: datetime) -> timedelta:
        """Return for how long `moment` is past, at least; negative if it lies ahead."""
        return timedelta(microseconds=int(self.ages_us(_alone(moment))[0]))

    def ages_us(self, moments_us: Int64s) -> Int64s:
        """Return the same of many moments."""
        ages_us: Int64s = epoch_us(self.latest) - moments_us - self._leapt_us(moments_us)
        return ages_us

    def comes_of_age(self, moment: datetime, age: timedelta) -> datetime:
        """Return when `moment` will be past for `age`, if the clock runs evenly from now on.

        No calendar shows what comes after `NEVER`.
        """
        return from_epoch_us(int(self.come_of_age_us(_alone(moment), age)[0]))

    def come_of_age_us(self, moments_us: Int64s, age: timedelta) -> Int64s:
        """Return the same of many moments."""
        at_us: Int64s = moments_us + in_us(age) + self._leapt_us(moments_us)
        return at_us.clip(max=_NEVER_US)

    def _leapt_us(self, moments_us: Int64s) -> Int64s:
        leapt_us: Int64s = np.zeros_like(moments_us)
        for leap in self.leaps:
            length_us = np.where(moments_us < epoch_us(leap.at), in_us(leap.length), 0)
            leapt_us = np.minimum(leapt_us + length_us, _NEVER_US)
        return leapt_us


def _alone(moment: datetime) -> Int64s:
    return np.array([epoch_us(moment)], np.int64)


def begun(now: datetime, *, last: datetime | None) -> Passage:
    """Return a first passage; `last` is the newest time that is known of, None if none is."""
    if last is None or last > now:
        return Passage(now)
    return Passage(last).after_absence(now=now)


def _taken_back(leaps: tuple[Leap, ...], back: timedelta, *, now: datetime) -> tuple[Leap, ...]:
    """Return the leaps that are left of a clock that was set back: it may have been corrected."""
    left = []
    for leap in reversed(leaps):
        taken = min(leap.length, back)
        back -= taken
        if taken < leap.length:
            left.append(Leap(min(leap.at, now), leap.length - taken))
    return tuple(reversed(left))


def _few(leaps: tuple[Leap, ...]) -> tuple[Leap, ...]:
    """Return no more leaps than are worth keeping; two that become one are the later one's."""
    while len(leaps) > _MOST_LEAPS:
        first, second, *rest = leaps
        leaps = (Leap(second.at, first.length + second.length), *rest)
    return leaps
