"""Zeitgeber time: hours since the animals' lights went on, and the text that says them.

Called by `fields_time.py` and by `rules.py`. ZT0 is lights-on; a day of zeitgeber time has 24 hours
on a clock that does not change, because lights seldom follow daylight saving time. Pure.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from thorsched.config.days import DASH
from thorsched.config.slips import clock_meant
from thorsched.config.times import OFFSET, WallTime, offset_of, parse_wall_time
from thorsched.config.wording import shown

Clock = Literal["fixed", "wall_clock"]
"""Whether lights go on at a fixed offset from UTC, or when clocks on the wall say so."""

_ZERO = timedelta(0)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WESTMOST, _EASTMOST = -12 * _HOUR, 14 * _HOUR

_ZT_HINT = "write hours since lights-on, such as 12-14 or 23.5-1"
_LIGHTS_HINT = "write when lights go on, such as 07:00, or with its offset 07:00-05:00"

_HOURS = r"(?:zt\s*)?(\d{1,3}(?:\.\d{1,6})?)"
_TIMES = re.compile(rf"{_HOURS}\s*{DASH}\s*{_HOURS}", re.ASCII | re.IGNORECASE)
_LIGHTS = re.compile(r"(?P<time>[\d:]+)\s*" + OFFSET, re.ASCII)


@dataclass(frozen=True, slots=True)
class ZeitgeberTimes:
    """From `start` to `end`, both elapsed since lights-on; past it where `end` is not later."""

    start: timedelta
    end: timedelta

    def __post_init__(self) -> None:
        for time in (self.start, self.end):
            if not _ZERO <= time <= _DAY:
                meant = f"{_hours_text(self.start % _DAY)}-{_hours_text(self.end % _DAY)}"
                raise ValueError(
                    f"no ZT{_hours_text(time)}; it goes from 0 to 24, and begins anew: {meant}"
                )
        if self.start == _DAY:
            raise ValueError("ZT24 is an end; a start at lights-on is 0")
        if self.start == self.end:
            raise ValueError(
                f"{self} starts where it ends; for whole days write 0-24, "
                "to record without a pause say `always: true`"
            )

    @property
    def length(self) -> timedelta:
        return self.end - self.start + (_DAY if self.end < self.start else _ZERO)

    def since_midnight(self, lights_on: WallTime) -> tuple[timedelta, timedelta]:
        """Return start and end, from the midnight of the day on which it starts."""
        start = (lights_on.since_midnight + self.start) % _DAY
        return start, start + self.length

    def __str__(self) -> str:
        """Return what `parse_zeitgeber` reads, e.g. `23.5-1`."""
        return f"{_hours_text(self.start)}-{_hours_text(self.end)}"


@dataclass(frozen=True, slots=True)
class LightsOn:
    """When lights go on, every day, and at which offset from UTC if that is said."""

    time: WallTime
    offset: timedelta | None = None

    def __str__(self) -> str:
        """Return what `parse_lights_on` reads, e.g. `07:00` or `07:00-05:00`."""
        if self.offset is None:
            return f"{self.time}"
        minutes = abs(self.offset) // timedelta(minutes=1)
        sign = "-" if self.offset < _ZERO else "+"
        return f"{self.time}{sign}{minutes // 60:02}:{minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class Lights:
    """When lights go on, and by which clock.

    A fixed clock without an offset of its own has the one that the zone has at lights-on of the
    date `since`; without that date, the zone's standard time.
    """

    on: LightsOn
    clock: Clock = "fixed"
    since: date | None = None


def parse_zeitgeber(text: str) -> ZeitgeberTimes:
    """Return the times that `text` says: `12-14`, `23.5-1` or `ZT12-ZT14`, to the second."""
    parsed = _TIMES.fullmatch(text.strip())
    if parsed is None:
        raise ValueError(f"{shown(text)} is not a zeitgeber time; {_zeitgeber_meant(text)}")
    return ZeitgeberTimes(*(_since_lights_on(hours) for hours in parsed.groups()))


def parse_lights_on(text: str) -> LightsOn:
    """Return what `text` says: `07:00`, or with an offset from UTC `07:00-05:00`."""
    parsed = _LIGHTS.fullmatch(text.strip())
    try:
        time = parse_wall_time(parsed["time"]) if parsed else None
    except ValueError:
        time = None
    if parsed is None or time is None or time == WallTime(24):
        meant = clock_meant(text).replace("24:00", "00:00")
        right = f"write {meant}" if meant else _LIGHTS_HINT
        raise ValueError(f"{shown(text)} is not when lights go on; {right}")
    offset = offset_of(parsed)
    if offset is not None and not _WESTMOST <= offset <= _EASTMOST:
        raise ValueError(
            f"{shown(text)} ends in no offset from UTC; write when lights go on alone, {time}"
        )
    return LightsOn(time, offset)


def _since_lights_on(hours: str) -> timedelta:
    return timedelta(seconds=round(float(hours) * 3600))


def _hours_text(time: timedelta) -> str:
    return f"{round(time / _HOUR, 5):.10g}"


def _zeitgeber_meant(text: str) -> str:
    """Return what is right instead of `text`, which is no zeitgeber time."""
    plain = text.strip().lower().replace(",", ".").replace("h", "")
    if _TIMES.fullmatch(plain):
        return f"write {plain}"
    clock = re.fullmatch(rf"(\d{{1,2}}):(\d\d)\s*{DASH}\s*(\d{{1,2}}):(\d\d)", text.strip())
    if clock is None:
        return _ZT_HINT
    start, end = (int(clock[n]) + int(clock[n + 1]) / 60 for n in (1, 3))
    return f"write hours since lights-on, {start:.5g}-{end:.5g}, or a wall time as `daily`"
