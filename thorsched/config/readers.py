"""What the types of values are made with: readers of text, of lists, of names with blocks.

Used by `fields.py`, `fields_rig.py` and `fields_time.py` for the types, and by `models.py` for the
blocks by name. Knows no key of the file; a reader raises `ValueError` with what would be right.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, TypeVar

from pydantic import (
    BaseModel,
    PlainValidator,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from thorsched.base.text import did_you_mean
from thorsched.config.problems import FileModel, Problem, WrongValue, problems_in, refuse
from thorsched.config.wording import shown

T = TypeVar("T")

# Far more than a machine can record; bounds the time that a wrong file can take.
MAX_NAMES: Final = 256


def is_number(value: object) -> bool:
    """Whether `value` is a number; in the file, true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def text_of(value: object) -> str:
    """Return `value` if it is text; raises `ValueError` that says to quote it if it is not."""
    if isinstance(value, str):
        return value
    if is_number(value):
        raise WrongValue(f"{shown(value)} is not read as text; put it in quotes: '{shown(value)}'")
    what = "a text" if isinstance(value, bool) else "a single value"
    raise WrongValue(f"{shown(value)} stands here instead of {what}")


def words_of(value: object) -> str:
    """Return `value` if it is text, or as text what is none: its parser says what is right.

    Raises `ValueError` for what is more than a single value.
    """
    return shown(value) if isinstance(value, int | float) else text_of(value)


def reader(kind: type[T], parse: Callable[[str], T]) -> PlainValidator:
    """Return a validator that reads text with `parse` and passes a `kind` through."""
    return PlainValidator(
        lambda value: value if isinstance(value, kind) else parse(words_of(value))
    )


def text_reader(parse: Callable[[str], str]) -> PlainValidator:
    """Return a validator that reads text with `parse`, also where its result is passed in."""
    return PlainValidator(lambda value: parse(text_of(value)))


def one_of(*words: str) -> PlainValidator:
    """Return a validator that takes one of `words`, and names them where something else stands."""

    def read(value: object) -> str:
        for word in words:
            if value == word:
                return word
        near = did_you_mean(value, words) if isinstance(value, str) else ""
        raise WrongValue(f"{shown(value)} cannot stand here; write {' or '.join(words)}{near}")

    return PlainValidator(read)


def described(**schema: object) -> WithJsonSchema:
    """Return the JSON schema of a value that is written as text, with what else `schema` says."""
    return WithJsonSchema({"type": "string", **schema})


def each(value: object, one: Callable[[object], T], title: str) -> tuple[T, ...]:
    """Return what `one` makes of each item of a list; raises every item's problem at once."""
    items: list[T] = []
    problems: list[Problem] = []
    for index, item in enumerate(value if isinstance(value, list | tuple) else [value]):
        path = (index,) if isinstance(value, list | tuple) else ()
        try:
            items.append(one(item))
        except ValidationError as error:
            problems += (problem.below(*path) for problem in problems_in(error))
        except ValueError as error:
            problems.append(Problem(path, str(error), offset=getattr(error, "offset", 0)))
    refuse(problems, title)
    return tuple(items)


def blocks_by_name(example: str, model: type[FileModel] | None = None) -> WrapValidator:
    """Return a validator that refuses anything but names with a block each, and none at all.

    A key of `model` where a name should be has lost its indentation: that alone is said of it.
    """
    keys = model.file_keys().keys() if model else set[str]()

    def check(value: object, validate: ValidatorFunctionWrapHandler) -> object:
        if not isinstance(value, Mapping):
            raise WrongValue(f"{shown(value)} stands here instead of names; write {example}")
        if not value:
            raise WrongValue(f"is empty; write {example}")
        if len(value) > MAX_NAMES:
            raise WrongValue(f"holds {len(value)} names; at most {MAX_NAMES} are read")
        astray = [key for key, block in value.items() if is_astray(key, block, keys)]
        problems = [Problem((key,), indent_more(key), at_key=True) for key in astray]
        found: object = None
        try:
            found = validate({name: block for name, block in value.items() if name not in astray})
        except ValidationError as error:
            problems += problems_in(error)
        refuse(problems, "names")
        return found

    return WrapValidator(check)


def is_astray(name: str, block: object, keys: AbstractSet[str]) -> bool:
    """Whether what stands as a name is one of `keys`, and `block` its value rather than a block."""
    is_block = isinstance(block, BaseModel) or (isinstance(block, Mapping) and keys & set(block))
    return name in keys and not is_block


def indent_more(key: str) -> str:
    """Return what to say of a key that stands where the name of its block should."""
    return f"`{key}` stands where a name should; indent it two spaces more than the name above it"
