"""The types of values that say when: zones, times, days, dates, lights.

Used by `blocks_time.py` and, for the zone, by `models.py` as annotations; `fields.py` says how such
a type is made. The text is read by `times.py`, `days.py`, `cron.py`, `zeitgeber.py` and `zones.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from thorsched.base.text import did_you_mean, printable
from thorsched.config import rules, times, zeitgeber
from thorsched.config.cron import parse_cron
from thorsched.config.days import DAY_NAMES, ExperimentDays, added, parse_start_days
from thorsched.config.fields import ALL
from thorsched.config.problems import Problem, WrongValue, refuse
from thorsched.config.readers import described, each, one_of, reader, text_of, words_of
from thorsched.config.slips import daily_meant
from thorsched.config.times import Dates, WallTimes
from thorsched.config.wording import shown
from thorsched.config.zeitgeber import LightsOn, ZeitgeberTimes
from thorsched.config.zones import parse_zone

_MODES: Final[tuple[rules.Mode, ...]] = get_args(rules.Mode)
_CLOCKS: Final[tuple[zeitgeber.Clock, ...]] = get_args(zeitgeber.Clock)
_TEXT_SCHEMA: Final = {"type": "string", "minLength": 1}
_DATE_PATTERN: Final = r"\d{4}-\d{1,2}-\d{1,2}"
_DATES_SCHEMA: Final = {
    "type": "string",
    "pattern": rf"^{_DATE_PATTERN}(\s*\.\.\s*{_DATE_PATTERN})?$",
}
_CLOCK_PATTERN: Final = r"\d{1,2}:\d{2}(:\d{2})?"
_DAILY_SCHEMA: Final = {
    "type": "string",
    "pattern": rf"^{_CLOCK_PATTERN}\s*-\s*{_CLOCK_PATTERN}$",
}
_HOURS_PATTERN: Final = r"([Zz][Tt]\s*)?\d{1,2}(\.\d+)?"
_ZT_SCHEMA: Final = {"type": "string", "pattern": rf"^{_HOURS_PATTERN}\s*-\s*{_HOURS_PATTERN}$"}
MOST_DAYS: Final = 3650

T = TypeVar("T")


def _one_or_list(schema: dict[str, str | int]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


# Schedules


def _zone(value: object) -> str:
    return parse_zone(words_of(value)).key


def _cron(value: object) -> str:
    return parse_cron(words_of(value))


def _cameras(value: object) -> tuple[str, ...] | Literal["all"]:
    if value == ALL:
        return ALL
    if not isinstance(value, list | tuple):
        hint = f"[{printable(value, longest=64)}]" if isinstance(value, str) else "[overhead, side]"
        raise WrongValue(f"{shown(value)} is not a list of cameras; write {hint} or {ALL}")
    if not value:
        raise WrongValue("no camera; write for instance [overhead, side] or all")
    if ALL in value:
        raise WrongValue("'all' stands in a list; write all alone, without brackets")
    names = each(value, text_of, "cameras")
    first = {name: index for index, name in reversed(list(enumerate(names)))}
    refuse(
        [
            Problem((index,), f"{shown(name)} stands here twice; delete one of the two")
            for index, name in enumerate(names)
            if first[name] != index
        ],
        "cameras",
    )
    return names


def _daily(value: object) -> tuple[WallTimes, ...]:
    hint = _pair_meant(value)
    if hint:
        raise WrongValue(f"{shown(value)} stands here; {hint}")
    return _several(value, _wall_times, "daily", "20:00-08:00")


def _wall_times(value: object) -> WallTimes:
    return value if isinstance(value, WallTimes) else times.parse_daily(words_of(value))


def _pair_meant(value: object) -> str:
    """Return how a daily time is written whose two ends stand apart; or ''."""
    if not isinstance(value, list | Mapping):
        return ""
    items = list(value.values() if isinstance(value, Mapping) else value)
    is_pair = len(items) == 2 and all(isinstance(i, str) and "-" not in i for i in items)  # noqa: PLR2004
    hint = daily_meant(f"{items[0]}-{items[1]}") if is_pair else ""
    example = "write daily times, such as 20:00-08:00" if isinstance(value, Mapping) else ""
    return hint.removeprefix("; ") or example


def _zeitgeber(value: object) -> tuple[ZeitgeberTimes, ...]:
    if isinstance(value, list) and [type(one) for one in value] in ([int, int], [float, float]):
        raise WrongValue(f"{shown(value)} stands here; write {value[0]}-{value[1]}")
    return _several(value, _zeitgeber_times, "zt", "12-14")


def _zeitgeber_times(value: object) -> ZeitgeberTimes:
    if isinstance(value, ZeitgeberTimes):
        return value
    return zeitgeber.parse_zeitgeber(words_of(value))


def _several(value: object, one: Callable[[object], T], title: str, example: str) -> tuple[T, ...]:
    """Return what `one` makes of a value or of each of a list, which is not empty."""
    if isinstance(value, list | tuple) and not value:
        raise WrongValue(f"nothing stands here; write for instance {example}")
    found = each(value, one, title)
    first = {item: index for index, item in reversed(list(enumerate(found)))}
    twice = next((index for index, item in enumerate(found) if first[item] != index), None)
    if twice is not None:
        refuse(
            [Problem((twice,), f"{found[twice]} stands here twice; delete one of the two")], title
        )
    return found


def _days(value: object) -> frozenset[int] | ExperimentDays:
    if isinstance(value, frozenset | ExperimentDays):
        return value
    if value == []:
        return parse_start_days("")
    return added(each(value, lambda one: parse_start_days(words_of(one)), "days"))


def _days_text(days: frozenset[int] | ExperimentDays) -> str:
    if isinstance(days, ExperimentDays):
        return f"{days}"
    return ",".join(DAY_NAMES[day][:3] for day in sorted(days))


def _dates(value: object) -> tuple[date, date]:
    return value if isinstance(value, tuple) else times.parse_date_range(words_of(value))


def _exceptions(value: object) -> Dates:
    _refuse_ends(value)
    return each(value, _dates, "except")


def _refuse_ends(value: object) -> None:
    """Raise `WrongValue` for dates whose two ends stand in keys of their own."""
    if isinstance(value, Mapping):
        ends = [one for one in value.values() if isinstance(one, str)]
        right = "..".join(ends) if len(value) == len(ends) == 2 else "2026-12-24..2026-12-26"  # noqa: PLR2004
        raise WrongValue(f"{shown(value)} stands here; write {printable(right)}")


def _only(value: object) -> Dates:
    if value == [] or value is None:
        raise WrongValue(
            "no date stands here, so that nothing is left; write 2026-11-24..2026-12-07, or delete "
            "this line"
        )
    _refuse_ends(value)
    return each(value, _dates, "only")


def _dates_text(ranges: Dates) -> list[str]:
    return [f"{first}" if first == last else f"{first}..{last}" for first, last in ranges]


def _text_or_list(values: Sequence[object]) -> str | list[str]:
    texts = [f"{value}" for value in values]
    return texts[0] if len(texts) == 1 else texts


def _day_count(value: object) -> int:
    if isinstance(value, int) and value is not True and value in range(1, MOST_DAYS + 1):
        return value
    raise WrongValue(f"{shown(value)} is not a number of days; write for instance 14")


def _mode(value: object) -> rules.Mode:
    for mode in _MODES:
        if value == mode:
            return mode
    near = did_you_mean(str(value), _MODES)
    raise WrongValue(f"{shown(value)} is not a mode; write {' or '.join(_MODES)}{near}")


Zone = Annotated[str, PlainValidator(_zone), described(examples=["Europe/Berlin"])]
Cameras = Annotated[
    tuple[str, ...] | Literal["all"],
    PlainValidator(_cameras),
    PlainSerializer(lambda cameras: cameras if cameras == ALL else list(cameras)),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": ALL},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
            ]
        }
    ),
]
Moment = Annotated[
    datetime,
    reader(datetime, times.parse_moment),
    PlainSerializer(datetime.isoformat, return_type=str),
    described(pattern=rf"^{_DATE_PATTERN}([Tt]|\s+)\d{{1,2}}:\d{{2}}"),
]
DailyTimes = Annotated[
    tuple[WallTimes, ...],
    PlainValidator(_daily),
    PlainSerializer(_text_or_list),
    WithJsonSchema(_one_or_list(_DAILY_SCHEMA)),
]
ZtTimes = Annotated[
    tuple[ZeitgeberTimes, ...],
    PlainValidator(_zeitgeber),
    PlainSerializer(_text_or_list),
    WithJsonSchema(_one_or_list(_ZT_SCHEMA)),
]
LightsTime = Annotated[
    LightsOn,
    reader(LightsOn, zeitgeber.parse_lights_on),
    PlainSerializer(str, return_type=str),
    described(pattern=rf"^{_CLOCK_PATTERN}\s*([Zz]|[+-]\d{{2}}:?\d{{2}})?$"),
]
LightsClock = Annotated[zeitgeber.Clock, one_of(*_CLOCKS), WithJsonSchema({"enum": list(_CLOCKS)})]
Days = Annotated[
    frozenset[int] | ExperimentDays,
    PlainValidator(_days),
    PlainSerializer(_days_text, return_type=str),
    WithJsonSchema(_one_or_list(_TEXT_SCHEMA)),
]
ExperimentDate = Annotated[
    date,
    PlainValidator(
        lambda value: value if type(value) is date else times.parse_date(words_of(value))
    ),
    PlainSerializer(date.isoformat, return_type=str),
    described(pattern=rf"^{_DATE_PATTERN}$"),
]
DayCount = Annotated[
    int,
    PlainValidator(_day_count),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_DAYS}),
]
CronText = Annotated[str, PlainValidator(_cron), described(pattern=r"^\s*\S+(\s+\S+){4}\s*$")]
Exceptions = Annotated[
    Dates,
    PlainValidator(_exceptions),
    PlainSerializer(_dates_text, return_type=list[str]),
    WithJsonSchema({"anyOf": [_DATES_SCHEMA, {"type": "array", "items": _DATES_SCHEMA}]}),
]
OnlyDates = Annotated[
    Dates,
    PlainValidator(_only),
    PlainSerializer(_dates_text, return_type=list[str]),
    WithJsonSchema(_one_or_list(_DATES_SCHEMA)),
]
Mode = Annotated[rules.Mode, PlainValidator(_mode), WithJsonSchema({"enum": list(_MODES)})]
