"""The types of values that say when: zones, rules, exceptions.

Used by `blocks_time.py` and, for the zone, by `models.py` as annotations; `fields.py` says how such
a type is made, `rules.py` reads the text.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from thorsched.base.text import did_you_mean, printable
from thorsched.config import rules
from thorsched.config.days import DAY_NAMES, parse_days
from thorsched.config.fields import ALL
from thorsched.config.problems import Problem, WrongValue, refuse
from thorsched.config.readers import described, each, reader, text_of, words_of
from thorsched.config.rules import Daily, WallTime
from thorsched.config.slips import daily_meant
from thorsched.config.wording import shown

_MODES: Final[tuple[rules.Mode, ...]] = get_args(rules.Mode)
_TEXT_SCHEMA: Final = {"type": "string", "minLength": 1}
_DATE_PATTERN: Final = r"\d{4}-\d{1,2}-\d{1,2}"
_DATES_SCHEMA: Final = {
    "type": "string",
    "pattern": rf"^{_DATE_PATTERN}(\s*\.\.\s*{_DATE_PATTERN})?$",
}


# Schedules


def _zone(value: object) -> str:
    return rules.parse_zone(words_of(value)).key


def _cron(value: object) -> str:
    return rules.parse_cron(words_of(value))


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


def _daily(value: object) -> tuple[WallTime, WallTime]:
    if isinstance(value, list | Mapping):
        raise WrongValue(f"{shown(value)} stands here; {_one_daily(value)}")
    start, end = value if isinstance(value, tuple) else rules.parse_daily(words_of(value))
    Daily(start, end)
    return start, end


def _one_daily(value: list[Any] | Mapping[str, Any]) -> str:
    """Return how what stands there, instead of a daily time, is written."""
    items = list(value.values() if isinstance(value, Mapping) else value)
    is_pair = len(items) == 2 and all(isinstance(i, str) and "-" not in i for i in items)  # noqa: PLR2004
    hint = daily_meant(f"{items[0]}-{items[1]}") if is_pair else ""
    if hint:
        return hint.removeprefix("; ")
    many = " and make a schedule for each" if len(items) > 1 else ""
    return f"write one daily time, such as 20:00-08:00,{many}".removesuffix(",")


def _days(value: object) -> frozenset[int]:
    if isinstance(value, frozenset):
        return value
    if value == []:
        return parse_days("")
    found = each(value, lambda one: parse_days(words_of(one)), "days")
    return frozenset().union(*found)


def _days_text(days: frozenset[int]) -> str:
    return ",".join(DAY_NAMES[day][:3] for day in sorted(days))


def _dates(value: object) -> tuple[date, date]:
    return value if isinstance(value, tuple) else rules.parse_date_range(words_of(value))


def _exceptions(value: object) -> tuple[tuple[date, date], ...]:
    return each(value, _dates, "except")


def _dates_text(ranges: tuple[tuple[date, date], ...]) -> list[str]:
    return [f"{first}" if first == last else f"{first}..{last}" for first, last in ranges]


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
    reader(datetime, rules.parse_moment),
    PlainSerializer(datetime.isoformat, return_type=str),
    described(pattern=rf"^{_DATE_PATTERN}([Tt]|\s+)\d{{1,2}}:\d{{2}}"),
]
DailyTimes = Annotated[
    tuple[WallTime, WallTime],
    PlainValidator(_daily),
    PlainSerializer(lambda times: f"{times[0]}-{times[1]}", return_type=str),
    described(pattern=r"^\d{1,2}:\d{2}(:\d{2})?\s*-\s*\d{1,2}:\d{2}(:\d{2})?$"),
]
Days = Annotated[
    frozenset[int],
    PlainValidator(_days),
    PlainSerializer(_days_text, return_type=str),
    WithJsonSchema(
        {"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _TEXT_SCHEMA, "minItems": 1}]}
    ),
]
CronText = Annotated[str, PlainValidator(_cron), described(pattern=r"^\s*\S+(\s+\S+){4}\s*$")]
Exceptions = Annotated[
    tuple[tuple[date, date], ...],
    PlainValidator(_exceptions),
    PlainSerializer(_dates_text, return_type=list[str]),
    WithJsonSchema({"anyOf": [_DATES_SCHEMA, {"type": "array", "items": _DATES_SCHEMA}]}),
]
Mode = Annotated[rules.Mode, PlainValidator(_mode), WithJsonSchema({"enum": list(_MODES)})]
