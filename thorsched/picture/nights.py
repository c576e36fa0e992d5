"""When it is dark: what is shaded in a picture, and what is said of it. Pure.

A night is a rule like that of any schedule, so that clocks that change are thought of once.
"""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from thorsched.config.models import Config
from thorsched.config.rules import Daily, Rule, Zeitgeber
from thorsched.config.times import WallTime, WallTimes
from thorsched.config.zeitgeber import Lights, ZeitgeberTimes
from thorsched.schedule.intervals import Window, clip
from thorsched.schedule.windows import Timetable, wanted

_OUTDOORS = Daily((WallTimes(WallTime(18), WallTime(6)),))
_DARK = ZeitgeberTimes(timedelta(hours=12), timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class Nights:
    """The dark hours inside a calendar's time, and the words that say which they are."""

    windows: tuple[Window, ...]
    words: str


def nights_of(between: Window, zone: ZoneInfo, lights: Lights | None) -> Nights:
    """Return every night `between`: of the animals' room if its lights are known."""
    rule: Rule = Zeitgeber((_DARK,), lights) if lights else _OUTDOORS
    dark = wanted([Timetable("nights", rule, zone)], between=between)
    return Nights(clip(dark, between), _words(lights))


def _words(lights: Lights | None) -> str:
    if lights is None:
        return "nights are shaded from 18:00 to 06:00, local time"
    clock = "local time" if lights.clock == "wall_clock" else "by a clock that never changes"
    return f"dark is ZT12 to ZT24: lights go on at {lights.on}, {clock}"


def lights_of(config: Config) -> Lights | None:
    """Return what a file says of the animals' lights: the experiment, else its first `zt`."""
    said = config.experiment
    if said and said.lights_on:
        return Lights(said.lights_on, said.lights, since=said.start)
    rules = (config.rule_of(name) for name, one in config.schedules.items() if one.enabled)
    return next((rule.lights for rule in rules if isinstance(rule, Zeitgeber)), None)
