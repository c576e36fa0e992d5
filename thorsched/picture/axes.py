"""What stands along the edges of a timeline: days, hours, and the same hours in UTC. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.base.units import format_seconds
from thorsched.picture.scale import Day, Scale, round_times
from thorsched.picture.words import width_of

LETTERS = 12.0
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = 7 * _DAY
_STEPS = tuple(minutes * timedelta(minutes=1) for minutes in (1, 5, 15, 30, 60, 120, 180, 360, 720))
_HOUR_ROOM, _MINUTE_ROOM = 22.0, 36.0
_DATE_ROOM = 40.0
CROWDED = 15.0
"""Of a day: what is narrower stands in no line of its own, and has no night."""
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Head:
    """A day above the lanes; `pill` says how long it is where clocks change."""

    x: float
    width: float
    weekday: str
    date: str
    pill: str
    letter: str
    """Its weekday's first letter, under its date, where days are too narrow for more."""
    has_line: bool
    """Whether its beginning is drawn: not of every day where days are too many."""

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A word at a place, such as an hour."""

    x: float
    text: str


def heads(days: Sequence[Day], scale: Scale) -> Iterator[Head]:
    """Yield what stands above each day, with what of its name there is room for."""
    is_crowded = scale.wide(_DAY) < CROWDED
    for day in days:
        left, right = scale.x(day.window.start), scale.x(day.window.end)
        pill = format_seconds(day.length.total_seconds()) if day.change else ""
        is_told = _stands_out(day.date, scale)
        if is_crowded:
            weekday, date, pill = "", f"{day.date.day} {day.date:%b}" if is_told else "", ""
        else:
            weekday, date, pill = _fitting(day, right - left, pill)
        letter = "" if weekday or is_crowded else f"{day.date:%a}"[:1]
        has_line = day.window.start > scale.between.start and (is_told or not is_crowded)
        yield Head(round(left, 2), round(right - left, 2), weekday, date, pill, letter, has_line)


def _fitting(day: Day, width: float, pill: str) -> tuple[str, str, str]:
    """Return as much of weekday, date and length as there is room for."""
    weekday, number = f"{day.date:%a}", str(day.date.day)
    for words in (
        (weekday, f"{number} {day.date:%b}", pill),
        (weekday, number, pill),
        (weekday, number, ""),
        ("", number, ""),
    ):
        if width_of(" ".join(filter(None, words)), LETTERS) <= width:
            return words
    return "", "", ""


def _stands_out(day: date, scale: Scale) -> bool:
    """Return whether a date is told that many others beside it are not."""
    return day.weekday() == 0 if scale.wide(_WEEK) >= _DATE_ROOM else day.day == 1


def hours(scale: Scale, zone: ZoneInfo) -> Iterator[Tick]:
    """Yield the times between midnights that have room, by clocks in `zone`."""
    step = _step(scale)
    for at in round_times(scale.between, zone, every=step) if step else ():
        local = at.astimezone(zone)
        if (local.hour, local.minute) != (0, 0):
            yield Tick(round(scale.x(at), 2), _clock(local, step))


def utc_hours(scale: Scale) -> Iterator[Tick]:
    """Yield the same in UTC; its midnights by their weekday, or, where days are narrow, by date."""
    step = _step(scale) or _DAY
    for at in round_times(scale.between, _UTC, every=step):
        is_midnight = (at.hour, at.minute) == (0, 0)
        if text := _utc_day(at, step, scale) if is_midnight else _clock(at, step):
            yield Tick(round(scale.x(at), 2), text)


def _clock(at: datetime, step: timedelta | None) -> str:
    return f"{at:%H:%M}" if step and step < _HOUR else f"{at:%H}"


def _utc_day(at: datetime, step: timedelta, scale: Scale) -> str:
    if step < _DAY:
        return f"{at:%a}"
    return f"{at.day} {at:%b}" if _stands_out(at.date(), scale) else ""


def _step(scale: Scale) -> timedelta | None:
    """Return how far times that are told lie apart; None if there is no room for any."""
    for step in _STEPS:
        if scale.wide(step) >= (_MINUTE_ROOM if step < _HOUR else _HOUR_ROOM):
            return step
    return None
