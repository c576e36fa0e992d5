"""The days on which windows start, as people write them: of the week, or of the experiment.

Called by `fields_time.py` and `keys_time.py`, and by `slips.py` for what is one. Pure.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from thorsched.base.text import did_you_mean, printable
from thorsched.config.wording import shown

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY_DAY = frozenset(range(7))
DASH = r"(?:-|\u2013|\bto\b)"
"""Between two days, or two times of day; a regular expression."""
DAYS_HINT = "write mon-fri, or [mon, wed, fri], or fri-mon"

# How days begin in German, French, Spanish and Italian, where not as in English.
_ELSEWHERE = {
    **dict.fromkeys(("sab", "sonnab"), "sat"),
    **dict.fromkeys(("so", "dim", "dom"), "sun"),
    **dict.fromkeys(("lu",), "mon"),
    **dict.fromkeys(("di", "mar"), "tue"),
    **dict.fromkeys(("mi", "mer"), "wed"),
    **dict.fromkeys(("do", "jeu", "jue", "gio"), "thu"),
    **dict.fromkeys(("ven", "vie"), "fri"),
}
_OF_EXPERIMENT_HINT = "write day 1-3, or day 8, counted from the experiment's start"

_OF_EXPERIMENT = re.compile(
    rf"days?\s*(\d{{1,6}})(?:\s*{DASH}\s*(?:days?\s*)?(\d{{1,6}}))?", re.ASCII
)
_LOOKS_OF_EXPERIMENT = re.compile(r"\bdays?\s*-?\d|^\s*days?\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExperimentDays:
    """Days of the experiment in ranges, both ends included; the one on which it starts is 1."""

    ranges: tuple[tuple[int, int], ...]

    @property
    def last(self) -> int:
        return max(last for _, last in self.ranges)

    def dates(self, start: date) -> tuple[tuple[date, date], ...]:
        """Return the dates of an experiment that starts on `start`: sorted ranges, apart."""
        zero = start - timedelta(days=1)
        return tuple(
            (zero + timedelta(days=first), zero + timedelta(days=last))
            for first, last in joined(self.ranges)
        )

    def __str__(self) -> str:
        """Return what `parse_start_days` reads, e.g. `day 1-3, day 8`."""
        return ", ".join(
            f"day {first}" + (f"-{last}" if last != first else "") for first, last in self.ranges
        )


def joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the same whole numbers as sorted ranges that do not touch; both ends included."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def parse_start_days(text: str) -> frozenset[int] | ExperimentDays:
    """Return days of the week, 0 = Monday, or days of the experiment: `day 1-3, day 8`."""
    if re.match(r"\d{4}-", text):
        raise ValueError(f"{shown(text)} is no day of the week; dates stand in only or in except")
    if re.fullmatch(r"[\d\s,-]*\d", text, re.ASCII):
        days = ", ".join(f"day {term}" for term in re.findall(r"\d+(?:-\d+)?", text))
        message = "could be days of the week or of the experiment; write mon-fri, or"
        raise ValueError(f"{shown(text)} {message} {printable(days, longest=60)}")
    if not _LOOKS_OF_EXPERIMENT.search(text.lower()):
        return parse_days(text)
    terms = [term.strip() for term in text.lower().split(",") if term.strip()]
    return ExperimentDays(tuple(_of_experiment(term) for term in terms))


def are_days(text: str) -> bool:
    """Return whether `parse_start_days` takes `text`."""
    try:
        return bool(parse_start_days(text))
    except ValueError:
        return False


def added(several: Iterable[frozenset[int] | ExperimentDays]) -> frozenset[int] | ExperimentDays:
    """Return all of `several` together; raises `ValueError` where weekdays and others mix."""
    listed = list(several)
    ranges = [pair for one in listed if isinstance(one, ExperimentDays) for pair in one.ranges]
    weekdays = [one for one in listed if not isinstance(one, ExperimentDays)]
    if ranges and weekdays:
        raise ValueError(
            "days of the week stand beside days of the experiment; make a schedule for each kind"
        )
    return ExperimentDays(tuple(ranges)) if ranges else frozenset[int]().union(*weekdays)


def _of_experiment(term: str) -> tuple[int, int]:
    parsed = _OF_EXPERIMENT.fullmatch(term)
    if parsed is None:
        hint = (
            f"write day {term}"
            if re.fullmatch(r"\d{1,6}(-\d{1,6})?", term)
            else _OF_EXPERIMENT_HINT
        )
        raise ValueError(f"{shown(term)} is not a day of the experiment; {hint}")
    first, last = int(parsed[1]), int(parsed[2] or parsed[1])
    if first == 0 or last == 0:
        raise ValueError(f"{shown(term)}: the experiment's first day is day 1")
    if last < first:
        raise ValueError(f"{shown(term)} ends before it begins; write day {last}-{first}")
    return first, last


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
    raise ValueError(f"{shown(name)} is not a day of the week{_day_meant(name)}")


def _day_meant(name: str) -> str:
    """Return what to say of `name`, which is no day; '; write sat-sun' of the weekend."""
    if name.startswith("week"):
        meant = {"weekend": "write sat-sun", "weekday": "write mon-fri"}
        return f"; {meant.get(name.removesuffix('s'), DAYS_HINT)}"
    elsewhere = next((day for start, day in _ELSEWHERE.items() if name.startswith(start)), None)
    known_names = [*DAY_NAMES, *(known[:3] for known in DAY_NAMES)]
    near = "" if name.startswith("true") else did_you_mean(name, known_names)
    return f"; did you mean '{elsewhere}'?" if elsewhere else near or f"; {DAYS_HINT}"
