"""When it is dark: what is shaded in a picture, and what is said of it. Pure.

A night is a rule like that of any schedule, so that clocks that change are thought of once.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from thorsched.config.days import EVERY_DAY
from thorsched.config.rules import Daily, Rule, WallTime
from thorsched.schedule.intervals import Window, clip
from thorsched.schedule.windows import Timetable, wanted

DUSK_TO_DAWN = Daily(WallTime(18), WallTime(6), EVERY_DAY)
_WORDS = "nights are shaded from 18:00 to 06:00, local time"


@dataclass(frozen=True, slots=True)
class Nights:
    """The dark hours inside a calendar's time, and the words that say which they are."""

    windows: tuple[Window, ...]
    words: str


def nights_of(
    between: Window, zone: ZoneInfo, *, rule: Rule = DUSK_TO_DAWN, words: str = _WORDS
) -> Nights:
    """Return every night `between` by clocks in `zone`; `words` say what `rule` does."""
    table = Timetable("nights", rule, zone)
    return Nights(clip(wanted([table], between=between), between), words)
