"""The days of the week, as people write them.

Called by `fields_time.py`, and by `slips.py` for what is one. Pure.
"""

import re
from collections.abc import Iterable

from thorsched.base.text import did_you_mean
from thorsched.config.wording import shown

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY_DAY = frozenset(range(7))
DASH = r"(?:-|\u2013|\bto\b)"
"""Between two days, or two times of day; a regular expression."""
DAYS_HINT = "write mon-fri, or mon,wed,fri, or fri-mon"


def parse_days(text: str | Iterable[str]) -> frozenset[int]:
    """Return the days of the week, 0 = Monday; a range may wrap, `fri-mon` has four days.

    Names are English, whole or their first letters, two or more; a list adds up.
    """
    if not isinstance(text, str):
        text = ",".join(text)
    terms = re.split(r"[,\s]+", re.sub(rf"\s*{DASH}\s*", "-", text.strip().lower()))
    days = frozenset(day for term in terms if term for day in _days(term))
    if not days:
        raise ValueError(f"no day of the week is named; {DAYS_HINT}")
    return days


def _days(term: str) -> list[int]:
    first, dash, last = term.partition("-")
    start = _day(first)
    if not dash:
        return [start]
    length = (_day(last) - start) % 7
    if length == 0:
        raise ValueError(f"{shown(term)} could be one day or seven; {DAYS_HINT}")
    return [(start + n) % 7 for n in range(length + 1)]


def _day(name: str) -> int:
    if len(name) > 1:
        for day, known in enumerate(DAY_NAMES):
            if known.startswith(name):
                return day
    known_names = [*DAY_NAMES, *(known[:3] for known in DAY_NAMES)]
    near = "" if name.startswith(("week", "true")) else did_you_mean(name, known_names)
    raise ValueError(f"{shown(name)} is not a day of the week{near or '; ' + DAYS_HINT}")
