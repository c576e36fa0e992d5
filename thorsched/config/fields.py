"""The types of single values in the file: how each is read, written back, and described.

Used by `blocks.py`, `blocks_time.py` and `models.py` as annotations. A validator takes what stands
in the file (or the value itself, for those who build a model in Python) and raises `ValueError`
with what would be right; the JSON schema beside it is what an editor checks and shows while typing.
Here is what any block may have; `fields_rig.py` and `fields_time.py` hold the rest, `readers.py`
what all of them are made with.
"""

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import (
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from thorsched.base.names import is_device
from thorsched.base.units import format_duration, format_size_exactly, parse_duration, parse_size
from thorsched.config.problems import WrongValue
from thorsched.config.readers import described, is_number, text_of, text_reader
from thorsched.config.wording import shown

VERSION: Final = 1
ALL: Final = "all"
_TOP_PRIORITY: Final = 1000
NAME_PATTERN: Final = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
_NAME: Final = re.compile(NAME_PATTERN.strip("^$"))


# Names


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        slug = re.sub("[^A-Za-z0-9_-]+", "-", text).strip("-_")[:64]
        hint = f", such as '{slug}'" if slug else ""
        raise WrongValue(
            f"{shown(text)} cannot be a name; a name becomes a directory: "
            f"up to 64 letters, digits, - and _{hint}"
        )
    if is_device(text):
        raise WrongValue(f"{shown(text)} is a device on Windows; write another name")
    return text


def _camera_name(text: str) -> str:
    if text.lower() == ALL:
        raise WrongValue("'all' means every camera in a schedule; write another name")
    return _name(text)


Name = Annotated[str, text_reader(_name), described(pattern=NAME_PATTERN)]
CameraName = Annotated[str, text_reader(_camera_name), described(pattern=NAME_PATTERN)]


# Numbers and truths


def _version(value: object) -> int:
    if value is True or value != VERSION:
        raise WrongValue(f"{shown(value)} is not a version that this thorsched reads; write 1")
    return VERSION


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    meant = _TRUTHS.get(value.lower()) if isinstance(value, str) else None
    hint = f"write {meant}" if meant else "write true or false"
    raise WrongValue(f"{shown(value)} is neither true nor false; {hint}")


_TRUTHS: Final = dict.fromkeys(("yes", "on", "y", "true"), "true") | dict.fromkeys(
    ("no", "off", "n", "false"), "false"
)


def _priority(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _TOP_PRIORITY:
        return value
    raise WrongValue(f"{shown(value)} is no priority; write a whole number such as 10, 0 is usual")


Priority = Annotated[
    int,
    PlainValidator(_priority),
    WithJsonSchema({"type": "integer", "minimum": -_TOP_PRIORITY, "maximum": _TOP_PRIORITY}),
]
Version = Annotated[int, PlainValidator(_version), WithJsonSchema({"const": VERSION})]
Truth = Annotated[bool, PlainValidator(_truth), WithJsonSchema({"type": "boolean"})]


# Durations and sizes


_LONGEST: Final = 60
_UNITS: Final = ("ms", "s", "min", "h", "d")


def _duration(text: str) -> timedelta:
    if len(text) > _LONGEST:
        raise WrongValue(f"{shown(text)} is not a duration; write a number with its unit, as 10min")
    return parse_duration(text)


def _fits(text: str, lowest: timedelta, highest: timedelta) -> bool:
    try:
        return lowest <= parse_duration(text) <= highest
    except ValueError:
        return False


def _within(least: str, most: str) -> PlainValidator:
    """Return a validator of durations from `least` to `most`."""
    lowest, highest = parse_duration(least), parse_duration(most)

    def read(value: object) -> timedelta:
        if value and is_number(value):
            fitting = [f"{value}{u}" for u in _UNITS if _fits(f"{value}{u}", lowest, highest)]
            raise WrongValue(f"{shown(value)} has no unit; write {' or '.join(fitting or [least])}")
        if is_number(value):
            raise WrongValue(f"{shown(value)} has no unit; write {least} or more")
        duration = value if isinstance(value, timedelta) else _duration(text_of(value))
        if not lowest <= duration <= highest:
            written = value.strip() if isinstance(value, str) else format_duration(duration)
            what = "is not" if duration else "is no time at all; write one"
            raise WrongValue(f"{written} {what} from {least} to {most}")
        return duration

    return PlainValidator(read)


def _size_of(least: str) -> PlainValidator:
    """Return a validator of sizes of `least` or more."""

    def read(value: object) -> int:
        if is_number(value):
            raise WrongValue(f"{shown(value)} has no unit; write {value}MB, {value}GB or {value}TB")
        text = text_of(value)
        if len(text) > _LONGEST:
            raise WrongValue(f"{shown(text)} is not a size; write a number with its unit, as 2GB")
        size_bytes = parse_size(text)
        if size_bytes < parse_size(least):
            raise WrongValue(f"{text.strip()} is less than {least}; write {least} or more")
        return size_bytes

    return PlainValidator(read)


_DURATION = (
    PlainSerializer(format_duration, return_type=str),
    described(pattern=r"^\s*(\d+(\.\d+)?\s*(us|ms|s|min|h|d|w)\s*)+$"),
)
_SIZE = (
    PlainSerializer(format_size_exactly, return_type=str),
    described(pattern=r"^\s*\d+(\.\d+)?\s*([kKMGT][iI]?)?[bB]\s*$"),
)

SegmentTime = Annotated[timedelta, _within("1s", "1d"), *_DURATION]
SegmentSize = Annotated[int, _size_of("1MB"), *_SIZE]
Latency = Annotated[timedelta, _within("20ms", "10s"), *_DURATION]
Lead = Annotated[timedelta, _within("0s", "10min"), *_DURATION]
WindowTime = Annotated[timedelta, _within("1s", "366d"), *_DURATION]
Period = Annotated[timedelta, _within("1min", "366d"), *_DURATION]
HookTime = Annotated[timedelta, _within("1s", "10min"), *_DURATION]
KeepAge = Annotated[timedelta, _within("1h", "3649d"), *_DURATION]
KeepSize = Annotated[int, _size_of("1GB"), *_SIZE]
FreeSize = Annotated[int, _size_of("0B"), *_SIZE]
