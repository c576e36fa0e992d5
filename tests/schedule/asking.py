"""The windows of one rule, for tests that ask about nothing else."""

from zoneinfo import ZoneInfo

from thorsched.config.rules import Mode, Rule
from thorsched.config.times import Dates
from thorsched.schedule.intervals import Window
from thorsched.schedule.windows import Timetable, wanted


def windows(
    rule: Rule,
    *,
    zone: ZoneInfo,
    exceptions: Dates = (),
    mode: Mode = "clip",
    only: Dates = (),
    between: Window,
) -> tuple[Window, ...]:
    return wanted((Timetable("", rule, zone, exceptions, mode, only=only),), between=between)
