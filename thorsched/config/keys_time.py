"""What must fit together in a schedule: keys that need or exclude each other, and their values.

Called by `blocks_time.py` with a schedule and by `references.py` with all of them and with what the
file says of its experiment, as they are written. Nothing here trusts the type of anything: a value
that is wrong by itself is somebody else's problem and is passed over. Pure.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, Final, TypeVar

from thorsched.base.text import printable
from thorsched.base.units import format_duration, parse_duration
from thorsched.config import cron, rules, times, zeitgeber
from thorsched.config.days import ExperimentDays, added, joined, parse_start_days
from thorsched.config.problems import Problem
from thorsched.config.readers import words_of
from thorsched.config.times import Dates

T = TypeVar("T")

_KINDS: Final = {
    "always": "always",
    "from": "span",
    "to": "span",
    "daily": "daily",
    "zt": "zt",
    "cron": "cron",
    "every": "every",
}
_EXAMPLES: Final = {
    "to": "to: 2026-11-24T17:30, or for: 8h",
    "from": "from: 2026-11-24T09:00",
    "for": "for: 10min",
    "cron": 'cron: "0 * * * *", or every: 2h, or from: 2026-11-24T09:00',
    "daily": "daily: 20:00-08:00",
    "zt": "zt: 12-14",
}
_RULES: Final = (
    'always: true, daily: 20:00-08:00, from and to, cron: "0 * * * *" or every: 2h with for: 10min, '
    "or zt: 12-14"
)
# The first key is of no use without one of the others; the first of these is what is asked for. The
# JSON schema says so, too.
NEEDS: Final = (
    ("from", ("to", "for", "every")),
    ("to", ("from",)),
    ("cron", ("for",)),
    ("every", ("for",)),
    ("for", ("cron", "every", "from", "to")),
    ("days", ("daily", "zt", "cron", "every")),
    ("lights_on", ("zt",)),
    ("lights", ("zt",)),
)
_ENDS: Final = ("from", "to")
_ONLY: Final = "for the dates between which it holds write only: 2026-11-24..2026-12-07"
_SAYS_ITS_END: Final = ("daily", "zt")
_TWO_CLOCKS: Final = (
    "lights by the wall_clock have no fixed offset; delete wall_clock, or the offset"
)
_DAY: Final = timedelta(days=1)


def misfits(written: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what does not fit together in a schedule."""
    yield from _choice(written)
    yield from _span(written.get("from"), written.get("to"))
    yield from _too_long(written)
    yield from _nothing_left(written)
    yield from misfits_of_lights(written)


def misfits_of_lights(written: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what does not fit together in what a block says of the animals' lights."""
    if written.get("lights") == "wall_clock" and _has_offset(written.get("lights_on")):
        yield Problem(("lights",), _TWO_CLOCKS)


def _has_offset(lights_on: object) -> bool:
    read = _read(lights_on, zeitgeber.LightsOn, zeitgeber.parse_lights_on)
    return read is not None and read.offset is not None


def misfits_of_experiment(
    schedules: Mapping[str, Mapping[str, Any]], experiment: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield what `schedules` ask of the file's `experiment`, empty if it has none, in vain."""
    last = experiment.get("days")
    for name, written in schedules.items():
        for path, days in _start_days(written.get("days")):
            if not isinstance(days, ExperimentDays):
                continue
            if not experiment:
                message = (
                    "counts from the start of an experiment, of which the file says nothing; "
                    "write experiment: {start: 2026-11-24, days: 14} beside `schedules`"
                )
                yield Problem((name, "days", *path), message)
            elif isinstance(last, int) and days.last > last:
                message = f"day {days.last} comes after the end of the experiment of {last} days"
                yield Problem((name, "days", *path), f"{message}; mend it, or `experiment.days`")
        if written.get("zt") is not None:
            yield from (problem.below(name) for problem in _lights(written, experiment))
        found = _cron_days(written, experiment)
        yield from (problem.below(name) for problem in found)


def _lights(written: Mapping[str, Any], experiment: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield where the lights of a `zt` are said by nobody, or by two in contradiction."""
    own, shared = written.get("lights_on"), experiment.get("lights_on")
    if own is None and shared is None:
        message = "is missing beside `zt`; write lights_on: 07:00, here or in `experiment`"
        yield Problem(("lights_on",), message)
    is_mixed = (own is None) is not (written.get("lights") is None)
    clock = written.get("lights") or experiment.get("lights")
    if is_mixed and clock == "wall_clock" and _has_offset(shared if own is None else own):
        yield Problem(("lights" if own is None else "lights_on",), _TWO_CLOCKS)


def _cron_days(written: Mapping[str, Any], experiment: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield where a `cron` names none of its `days`."""
    expression = _read(written.get("cron"), str, cron.parse_cron)
    start = _read(experiment.get("start"), date, times.parse_date)
    try:
        days = added(days for _, days in _start_days(written.get("days")))
    except ValueError:
        return
    dates = days.dates(start) if isinstance(days, ExperimentDays) and start else days
    if not expression or not dates or isinstance(dates, ExperimentDays):
        return
    if not cron.meets(expression, dates):
        yield Problem(("days",), "has none of the days that `cron` names: nothing ever starts")


def _choice(written: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the choice of keys by which a schedule says its time."""
    present = [key for key, value in written.items() if value is not None and value is not False]
    lacking = {
        needed[0]: key
        for key, needed in NEEDS
        if key in present and not any(other in present for other in needed)
    }
    yield from _lacking(lacking, present)
    kinds = _KINDS | ({"from": "every", "to": "every"} if "every" in present else {})
    used = [key for key in present if key in kinds]
    for key in used:
        if kinds[key] != kinds[used[0]] and key not in lacking.values():
            right = _ONLY if key in _ENDS and used[0] not in _ENDS else "make two schedules of it"
            message = f"`{key}` beside `{used[0]}`: a schedule has one rule; {right}"
            yield Problem((key,), message, at_key=True)
    if {kinds[key] for key in used} == {"span"} and {"to", "for"} <= set(present):
        yield Problem(("for",), "`for` beside `to`: one of them says the end", at_key=True)
    if not used and not lacking:
        yield _no_time(written)


def _lacking(lacking: Mapping[str, str], present: Sequence[str]) -> Iterator[Problem]:
    """Yield what each key of `lacking` is asked for, by the key that is of no use without it."""
    for needed, key in lacking.items():
        beside = next((rule for rule in _SAYS_ITS_END if rule in present), None)
        if key == "for" and beside:
            message = f"`for` beside `{beside}`, whose times say both ends; delete it"
            yield Problem(("for",), message, at_key=True)
        elif key == "days" and "always" in present:
            message = "`days` beside `always`; write daily: 00:00-24:00 in its place"
            yield Problem(("always",), message, at_key=True)
        else:
            yield Problem((needed,), f"is missing beside `{key}`; write {_EXAMPLES[needed]}")


def _no_time(written: Mapping[str, Any]) -> Problem:
    if written.get("always") is False:
        message = "false says no time; write always: true, or to switch it off enabled: false"
        return Problem(("always",), message)
    return Problem((), f"says no time; write for instance {_RULES}", at_key=True)


def _span(start: object, end: object) -> Iterator[Problem]:
    if not isinstance(start, str) or not isinstance(end, str):
        return
    try:
        moments = times.parse_moment(start), times.parse_moment(end)
    except ValueError:
        return
    try:
        rules.Span(*moments)
    except ValueError as error:
        swap = f"`to` ({printable(end)}) comes before `from` ({printable(start)}); swap them"
        yield Problem(("to",), str(error) if moments[0] == moments[1] else swap)


def _too_long(written: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield where windows are so long that the next one starts before they end."""
    length = _duration(written.get("for"))
    period = _duration(written.get("every"))
    if period and period > _DAY and not written.get("from") and not written.get("to"):
        message = f"{_text(written['every'])} is longer than a day, and needs a beginning"
        yield Problem(("every",), f"{message}; write from: 2026-11-24T09:00 beside it")
    if length and period and length >= period:
        message = (
            f"{_text(written['for'])} is not shorter than `every` ({_text(written['every'])}); "
            "to record without a pause say always: true"
        )
        yield Problem(("for",), message)
    expression = _read(written.get("cron"), str, cron.parse_cron)
    if length and expression:
        shortest = cron.shortest_period(expression, below=length)
        if shortest is not None:
            message = (
                f"{_text(written['for'])} is longer than from one start of `cron` to the next; "
                f"write {format_duration(shortest)} or less"
            )
            yield Problem(("for",), message)


def _nothing_left(written: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield where dates or days leave no time at all."""
    only, exceptions = _dates(written.get("only")), _dates(written.get("except"))
    if only and exceptions and _covers(exceptions, only):
        yield Problem(("except",), "takes away every date of `only`: nothing is left")
    if only and written.get("always") is True and written.get("mode") == "skip_starts":
        message = "skip_starts leaves nothing of `always`, which starts on no date; write clip"
        yield Problem(("mode",), message)


def _covers(wide: Dates, narrow: Dates) -> bool:
    """Return whether every date of `narrow` is one of `wide`."""
    wide_days = joined((first.toordinal(), last.toordinal()) for first, last in wide)
    for first, last in narrow:
        before = bisect_right(wide_days, first.toordinal(), key=itemgetter(0))
        if not before or wide_days[before - 1][1] < last.toordinal():
            return False
    return True


def _read(value: object, kind: type[T], parse: Callable[[str], T]) -> T | None:
    """Return the value as it is or as it is read; None for what is none."""
    if isinstance(value, str):
        try:
            return parse(value)
        except ValueError:
            return None
    return value if isinstance(value, kind) else None


def _text(duration: object) -> str:
    """Return a duration as it is written."""
    if isinstance(duration, timedelta):
        return format_duration(duration)
    return printable(f"{duration}".strip())


def _duration(value: object) -> timedelta | None:
    return _read(value, timedelta, parse_duration)


def _dates(value: object) -> Dates:
    """Return the ranges of dates that stand there; none if one of them is wrong."""
    found: list[tuple[date, date]] = []
    for one in value if isinstance(value, list | tuple) else [value]:
        try:
            found.append(one if isinstance(one, tuple) else times.parse_date_range(words_of(one)))
        except ValueError:
            return ()
    return tuple(found)


def _start_days(
    value: object,
) -> Iterator[tuple[tuple[int, ...], frozenset[int] | ExperimentDays]]:
    """Yield the days that stand there, each with its place in a list."""
    is_list = isinstance(value, list | tuple)
    for index, one in enumerate(value if isinstance(value, list | tuple) else [value]):
        days = _read(one, object, parse_start_days)
        if isinstance(days, frozenset | ExperimentDays):
            yield ((index,) if is_list else ()), days
