"""The types of values that are commands: programs with their arguments, never a shell's line.

Used by `blocks_storage.py` as annotations; `fields.py` says how such a type is made.
"""

import re
import shlex
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from thorsched.base.text import did_you_mean, printable
from thorsched.config.problems import WrongValue
from thorsched.config.readers import each, text_of
from thorsched.config.wording import shown

PLACES: Final = ("file", "relative")
"""What stands in braces in a command of `offload`, and is replaced for each file."""
_MOST_WORDS: Final = 100
_LONGEST_WORD: Final = 4096
_BRACES: Final = re.compile(r"\{([A-Za-z_]*)\}")


def _word(value: object) -> str:
    text = str(value) if isinstance(value, int | float) else text_of(value)
    if len(text) > _LONGEST_WORD or "\0" in text:
        raise WrongValue(f"{shown(text)} cannot be an argument of a program")
    return text


def _placed(value: object) -> str:
    text = _word(value)
    for name in _BRACES.findall(text):
        if name not in PLACES:
            near = did_you_mean(name, PLACES) or "; there are {file} and {relative}"
            raise WrongValue(f"'{{{printable(name)}}}' is not known{near}")
    return text


def _words(value: object, word: Callable[[object], str]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise WrongValue(
            f"{shown(value)} is a line of a shell, and none is used; write {_as_list(value)}"
        )
    if not isinstance(value, list | tuple) or not value:
        raise WrongValue(f"{shown(value)} is no command; write [PROGRAM, ARGUMENT, ...]")
    if len(value) > _MOST_WORDS:
        raise WrongValue(f"a command of {len(value)} words; at most {_MOST_WORDS} are taken")
    words = each(value, word, "command")
    if not words[0].strip():
        raise WrongValue("its program has no name; write [PROGRAM, ARGUMENT, ...]")
    return words


def _as_list(line: str) -> str:
    """Return a shell's line as a list of the file."""
    try:
        words = shlex.split(line[:_LONGEST_WORD])
    except ValueError:
        words = line.split()
    quoted = [word if re.fullmatch(r"[\w./-]+", word) else f'"{word}"' for word in words]
    return printable(f"[{', '.join(quoted)}]", longest=200)


def _files_command(value: object) -> tuple[str, ...]:
    words = _words(value, _placed)
    if not any("{file}" in word or "{relative}" in word for word in words):
        raise WrongValue('names no file; write "{file}" or "{relative}" where that is to stand')
    return words


_SCHEMA: Final = WithJsonSchema(
    {"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}}
)

Command = Annotated[
    tuple[str, ...],
    PlainValidator(lambda value: _words(value, _word)),
    PlainSerializer(list, return_type=list[str]),
    _SCHEMA,
]
FilesCommand = Annotated[
    tuple[str, ...],
    PlainValidator(_files_command),
    PlainSerializer(list, return_type=list[str]),
    _SCHEMA,
]
