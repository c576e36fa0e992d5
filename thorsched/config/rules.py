"""The kinds of schedule rule: what a schedule says of time, by whichever of its keys. Pure.

Made by `blocks_time.py`; `schedule/` turns them into windows. A rule knows no zone: which instants
its wall times mean is decided there. What cannot be a rule raises `ValueError` with what would be
right.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from thorsched.config.days import DAYS_HINT, EVERY_DAY
from thorsched.config.times import Dates, WallTimes
from thorsched.config.zeitgeber import Lights, ZeitgeberTimes

_ZERO = timedelta(0)
_DAY = timedelta(days=1)

Days = frozenset[int] | Dates
"""The local dates on which windows may start: days of the week, 0 = Monday, or ranges of dates."""


@dataclass(frozen=True, slots=True)
class Always:
    """Without beginning and end."""


@dataclass(frozen=True, slots=True)
class Span:
    """Once, from `start` to `end`; each naive (local time of the schedule's zone) or aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if (self.start.tzinfo is None) != (self.end.tzinfo is None):
            return  # without a zone these two cannot be compared
        if self.start == self.end:
            raise ValueError(
                "`from` and `to` are the same moment; to record without an end say `always: true`"
            )
        if self.end < self.start:
            raise ValueError(f"`to` ({self.end}) comes before `from` ({self.start}); swap them")


@dataclass(frozen=True, slots=True)
class Lasting:
    """Once, from `start`, naive or aware, for `duration` of elapsed time."""

    start: datetime
    duration: timedelta

    def __post_init__(self) -> None:
        _refuse_nothing(self.duration)


@dataclass(frozen=True, slots=True)
class Daily:
    """On each of `days` at each of `times`, by the clocks of the schedule's zone."""

    times: tuple[WallTimes, ...]
    days: Days = EVERY_DAY

    def __post_init__(self) -> None:
        _refuse_no_days(self.days)


@dataclass(frozen=True, slots=True)
class Zeitgeber:
    """On each of `days` at each of `times`, by a clock that goes with the animals' `lights`.

    That clock has its own dates where it does not change with the zone's.
    """

    times: tuple[ZeitgeberTimes, ...]
    lights: Lights
    days: Days = EVERY_DAY

    def __post_init__(self) -> None:
        _refuse_no_days(self.days)


@dataclass(frozen=True, slots=True)
class Cron:
    """From each time that the five-field `expression` names, for `duration` of elapsed time.

    A time counts on `days` only.
    """

    expression: str
    duration: timedelta
    days: Days = EVERY_DAY

    def __post_init__(self) -> None:
        _refuse_nothing(self.duration)
        _refuse_no_days(self.days)


@dataclass(frozen=True, slots=True)
class Every:
    """From each `period` of elapsed time on, for `duration` of it.

    Counted from `start`, naive or aware, up to `end` if it has one; without `start`, from the local
    midnight of each day anew. What starts on none of `days` is left out.
    """

    period: timedelta
    duration: timedelta
    start: datetime | None = None
    end: datetime | None = None
    days: Days = EVERY_DAY

    def __post_init__(self) -> None:
        _refuse_nothing(self.duration)
        _refuse_no_days(self.days)
        if self.duration >= self.period:
            raise ValueError("`for` is not shorter than `every`; say `always: true`")
        if self.start is None and self.period > _DAY:
            raise ValueError("`every` is longer than a day, and so needs a beginning: `from`")
        if self.start and self.end:
            Span(self.start, self.end)


Rule = Always | Span | Lasting | Daily | Zeitgeber | Cron | Every

Mode = Literal["clip", "skip_starts"]
"""What an exception takes away: the time of its dates, or the whole windows that start on them."""


def _refuse_nothing(duration: timedelta) -> None:
    if duration <= _ZERO:
        raise ValueError("`for` must be longer than zero, such as 10min")


def _refuse_no_days(days: Days) -> None:
    if not days or (isinstance(days, frozenset) and not days <= EVERY_DAY):
        raise ValueError(f"a schedule needs days on which it starts; {DAYS_HINT}")
