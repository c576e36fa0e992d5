"""The types of values that say where things are: servers, storage, cameras.

Used by `blocks.py` and `models.py` as annotations; `fields.py` says how such a type is made.
`references.py` reads ports with the parser here.
"""

import math
import os
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema

from thorsched.base.names import is_cut_short, is_device
from thorsched.base.text import did_you_mean, printable
from thorsched.cameras.selector import Selector, SelectorError
from thorsched.config.problems import Problem, WrongValue, refuse
from thorsched.config.readers import (
    described,
    each,
    is_number,
    one_of,
    text_of,
    text_reader,
    words_of,
)
from thorsched.config.wording import shown
from thorsched.thorvision.address import ServerAddress

_PORTS: Final = re.compile(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?", re.ASCII)
_PORT_NUMBERS: Final = range(1024, 65536)
_TEMPLATE_FIELDS: Final = ("camera", "date", "start")
_TEMPLATE_HINT: Final = "{camera}, {date} and {start}"
_TEMPLATE_PART: Final = r"(?!\.)(?:[A-Za-z0-9_.-]|\{(?:" + "|".join(_TEMPLATE_FIELDS) + r")\})+"
_TEMPLATE: Final = re.compile(rf"{_TEMPLATE_PART}(?:/{_TEMPLATE_PART})*")
_LONGEST_TEMPLATE: Final = 200
_MOST_SELECTORS: Final = 32
_MOST_WORDS: Final = 16
_WORD: Final = re.compile(r"(?<!\S)\S+")
_STANDS_ALONE: Final = re.compile(
    r"@\S|[><]=\S|(?!fps)[A-Za-z]{3}|[0-9]+[A-Za-z]+|[0-9]{3,}[*,:/-][0-9]{3}"
)
_WINDOWS_PATH: Final = re.compile(r"[A-Za-z]:[\\/]|\\\\")


# Servers


def _url(text: str) -> str:
    return ServerAddress.parse(text.strip()).url


def parse_ports(value: object) -> range:
    """Return the ports that `9001-9099` or a single number says; raises `ValueError`."""
    if isinstance(value, range):
        return value
    text = str(value) if is_number(value) else text_of(value)
    parsed = _PORTS.fullmatch(text.strip())
    if parsed is None:
        raise WrongValue(f"{shown(value)} is not a range of ports; write 9001-9099")
    first, last = int(parsed[1]), int(parsed[2] or parsed[1])
    if first not in _PORT_NUMBERS or last not in _PORT_NUMBERS:
        raise WrongValue(f"{shown(value)}: ports are from 1024 to 65535; write 9001-9099")
    if last < first:
        raise WrongValue(f"{shown(value)} ends before it begins; write {last}-{first}")
    return range(first, last + 1)


def _ports_text(ports: range) -> str:
    return f"{ports.start}-{ports.stop - 1}"


Url = Annotated[str, text_reader(_url), described(pattern="^http://[^/]+:[0-9]+/?")]
Ports = Annotated[
    range,
    PlainValidator(parse_ports),
    PlainSerializer(_ports_text, return_type=str),
    WithJsonSchema({"type": ["string", "integer"], "pattern": r"^\d{4,5}(\s*-\s*\d{4,5})?$"}),
]


# Storage


def _root(value: object, info: ValidationInfo) -> Path:
    """Return the directory; a relative one is below `directory` of the validation's context."""
    path = value if isinstance(value, Path) else _path(text_of(value))
    directory = (info.context or {}).get("directory")
    return Path(os.path.normpath(directory / path)) if directory else path


def _path(text: str) -> Path:
    if not text.strip() or not text.isprintable():
        raise WrongValue(f"{shown(text)} is not a directory; write for instance ./recordings")
    if _WINDOWS_PATH.match(text) and os.name != "nt":
        raise WrongValue(f"{shown(text)} is a path of Windows, which this machine does not run")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise WrongValue(f"{shown(text)}: no user of this machine has that name") from error


def _template(text: str) -> str:
    for field in re.findall(r"\{([^{}]*)\}", text):
        if field not in _TEMPLATE_FIELDS:
            near = did_you_mean(field, _TEMPLATE_FIELDS)
            raise WrongValue(
                f"'{{{printable(field)}}}' is not known{near or '; ' + _TEMPLATE_HINT}"
            )
    if not _TEMPLATE.fullmatch(text) or len(text) > _LONGEST_TEMPLATE:
        raise WrongValue(
            f"{shown(text)} is no path below the root: letters, digits, _ - . and {_TEMPLATE_HINT}, "
            "parts separated by /, none beginning with a dot"
        )
    for part in text.split("/"):
        if is_device(part) or is_cut_short(part):
            why = "is a device" if is_device(part) else "loses its last dot"
            raise WrongValue(f"{shown(text)}: '{part}' {why} on Windows; write another name")
    absent = [f"{{{field}}}" for field in ("camera", "start") if f"{{{field}}}" not in text]
    if absent:
        raise WrongValue(
            f"{shown(text)} lacks {' and '.join(absent)}: without it two recordings have one name"
        )
    return text


Root = Annotated[
    Path, PlainValidator(_root), PlainSerializer(str, return_type=str), described(minLength=1)
]
Template = Annotated[str, text_reader(_template), described(pattern=r"^[A-Za-z0-9_.{}/-]+$")]
Proof = Annotated[Literal["sha256"], one_of("sha256"), described(const="sha256")]
Then = Annotated[
    Literal["keep", "delete"], one_of("keep", "delete"), described(enum=["keep", "delete"])
]


# Cameras


Upgrade = Annotated[
    Literal["next_window", "at_once"],
    one_of("next_window", "at_once"),
    described(enum=["next_window", "at_once"]),
]


def _device_id(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise WrongValue(f"{shown(value)} is not a device's id; write a whole number such as 0")
    return value


def _device_name(text: str) -> str:
    if not text.strip():
        raise WrongValue('an empty name fits no device; write for instance "HD USB Camera*"')
    return text


def _selector(value: object) -> Selector:
    """Return a selector; raises every mistake that can be told from the others at once."""
    if isinstance(value, Selector):
        return value
    text = words_of(value)
    try:
        return Selector.parse(text)
    except SelectorError as error:
        refuse(_selector_mistakes(text, error), "selector")
        raise


def _selector_mistakes(text: str, first: SelectorError) -> Iterator[Problem]:
    """Yield the first mistake, and those of the words behind it that are wrong by themselves."""
    yield Problem((), str(first), offset=first.offset)
    for word in islice(_WORD.finditer(text, first.offset), _MOST_WORDS):
        # One that touches the first is a part of it; a number may be half of what it is about.
        if word.start() <= first.offset or not _STANDS_ALONE.match(word[0]):
            continue
        try:
            Selector.parse(word[0])
        except SelectorError as error:
            yield Problem((), str(error), offset=word.start() + error.offset)


def _selectors(value: object) -> tuple[Selector, ...]:
    if isinstance(value, Mapping):
        raise WrongValue(
            f"{shown(value)} stands here; write jpeg 1920x1080 @30fps, or a list of such"
        )
    if value in ([], ()):
        raise WrongValue("an empty list; write for instance jpeg 1920x1080 @30fps")
    if isinstance(value, list | tuple) and len(value) > _MOST_SELECTORS:
        raise WrongValue(f"a list of {len(value)}; at most {_MOST_SELECTORS} are tried")
    return each(value, _selector, "capability")


def _about(value: object) -> dict[str, str | int | float | bool]:
    if not isinstance(value, Mapping):
        raise WrongValue(
            f"{shown(value)} stands here; it takes keys of your own, such as subject: m042"
        )
    wrong = {
        key: one for key, one in value.items() if not isinstance(one, str | int | float | bool)
    }
    odd = {k: v for k, v in value.items() if isinstance(v, float) and not math.isfinite(v)}
    refuse(
        [
            Problem((k,), f"{shown(v)} stands here; it takes one text or number")
            for k, v in wrong.items()
        ]
        + [Problem((k,), f"{shown(v)} is no number; put it in quotes") for k, v in odd.items()],
        "about",
    )
    return dict(value)


DeviceId = Annotated[
    int, PlainValidator(_device_id), WithJsonSchema({"type": "integer", "minimum": 0})
]
DeviceName = Annotated[str, text_reader(_device_name), described(minLength=1)]
_SELECTOR_SCHEMA: Final = {"type": "string", "minLength": 1}
Selectors = Annotated[
    tuple[Selector, ...],
    PlainValidator(_selectors),
    PlainSerializer(lambda selectors: [str(s) for s in selectors], return_type=list[str]),
    WithJsonSchema(
        {"anyOf": [_SELECTOR_SCHEMA, {"type": "array", "items": _SELECTOR_SCHEMA, "minItems": 1}]}
    ),
]
About = Annotated[
    dict[str, str | int | float | bool],
    PlainValidator(_about),
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
    ),
]
