"""Models that say all that is wrong at once, in our own words.

`FileModel` is the base of every model in `blocks.py`, `blocks_time.py` and `models.py`: unknown
keys, missing keys, wrong values and what does not fit together come out of one validation, each as
a `Problem` with its path. The `fields*.py`, `readers.py` and `references.py` raise or yield them;
`load.py` turns them into lines and columns. Whoever builds a model from Python finds the same in
pydantic's `ValidationError`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, ClassVar, Final, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from thorsched.base.text import did_you_mean, nearest
from thorsched.config.wording import KeyPath, shown

# To find what was meant costs time: it is not done for more than anybody reads.
MAX_HINTS: Final = 100


class WrongValue(ValueError):
    """A value that the file cannot have; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at `path`, and what would be right.

    It concerns the key itself rather than its value if `at_key`; else the value from its
    character `offset` (0-based) on.
    """

    path: KeyPath
    message: str
    at_key: bool = False
    offset: int = 0

    def below(self, *parents: str | int) -> "Problem":
        return replace(self, path=(*parents, *self.path))


def refuse(problems: Iterable[Problem], title: str) -> None:
    """Raise pydantic's `ValidationError` with all of `problems`, if there are any."""
    lines = [
        InitErrorDetails(
            type=PydanticCustomError(
                "problem",
                "{message}",
                {"message": p.message, "at_key": p.at_key, "offset": p.offset},
            ),
            loc=p.path,
            input=None,
        )
        for p in problems
    ]
    if lines:
        raise ValidationError.from_exception_data(title, lines)


def problems_in(error: ValidationError) -> Iterator[Problem]:
    """Yield what a validation found, in our words, one problem for each of its errors."""
    for detail in error.errors(include_url=False, include_input=False):
        path, context = detail["loc"], detail.get("ctx", {})
        if path[-1:] == ("[key]",):
            yield replace(_problem(path[:-1], detail, context), at_key=True)
        else:
            yield _problem(path, detail, context)


def _problem(path: KeyPath, detail: ErrorDetails, context: Mapping[str, Any]) -> Problem:
    if detail["type"] == "problem":
        return Problem(path, context["message"], context["at_key"], context["offset"])
    cause = context.get("error")
    if isinstance(cause, ValueError):
        return Problem(path, str(cause), offset=getattr(cause, "offset", 0))
    return Problem(path, f"{detail['msg']}")


class FileModel(BaseModel):
    """A block of keys in the file: frozen, without other keys, all its problems at once."""

    example: ClassVar[str]
    """How the block may look, for messages."""
    misnomers: ClassVar[Mapping[str, str]] = {}
    """Keys that people write here, in lower case, and what is right instead."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @classmethod
    def expanded(cls, written: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        """Return `written` with its short forms written out."""
        return written

    @classmethod
    def instead_of(cls, written: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        """Return how the block would look that stands there as `written`, which is none."""
        del written
        return cls.example

    @classmethod
    def misfits(cls, written: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what does not fit together in `written`, whose values may each be wrong, too."""
        del written
        yield from ()

    @classmethod
    def completed(cls, block: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return `block` with what one of its keys says for another, ready to be validated."""
        return block

    @classmethod
    def located(cls, path: KeyPath, written: Any) -> KeyPath:  # noqa: ANN401 - whatever stands in the file
        """Return where in `written` a problem stands that was found at `path` of the long form."""
        del written
        return path

    @classmethod
    def place_of(cls, key: str, value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        """Return where `key`, which is none of this block's, belongs with its `value`; or ''."""
        del key, value
        return ""

    @classmethod
    def file_keys(cls) -> dict[str, str]:
        """Return the keys as they stand in the file, each with the name of its field."""
        return {field.alias or name: name for name, field in cls.model_fields.items()}

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, written: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401
        if isinstance(written, cls):
            return written
        block = cls.expanded(written)
        if not isinstance(block, Mapping):
            message = f"{shown(block)} stands here instead of keys; write "
            raise WrongValue(message + cls.instead_of(block))
        misspelt = _misspelt(block, cls)
        meant = _as_meant(block, misspelt)
        problems = [*cls.misfits(meant), *_missing(meant, cls)]
        said = {problem.path for problem in problems}
        # What is missing is a problem already: validate the rest of the block without it.
        value = None
        try:
            whole = cls.completed(meant)
            value = handler({key: whole[key] for key in cls.file_keys() if key in whole})
        except ValidationError as error:
            problems += [p for p in problems_in(error) if p.path not in said]
        problems = [_as_spelt(problem, misspelt) for problem in problems]
        problems += [problem for problem in _unknown(block, cls) if problem.path not in said]
        refuse((replace(p, path=cls.located(p.path, written)) for p in problems), cls.__name__)
        return cast("Self", value)


def meant(block: Mapping[str, Any], model: type[FileModel]) -> Mapping[str, Any]:
    """Return `block`, with the keys that those mean which are none of `model`'s."""
    return _as_meant(block, _misspelt(block, model))


def _as_meant(block: Mapping[str, Any], misspelt: Mapping[str, str]) -> Mapping[str, Any]:
    return {key: block[misspelt.get(key, key)] for key in (*block, *misspelt)}


def _unknown(block: Mapping[str, Any], model: type[FileModel]) -> Iterator[Problem]:
    keys = model.file_keys()
    for number, key in enumerate(key for key in block if key not in keys):
        misnomer = model.misnomers.get(str(key).lower())
        place = model.place_of(str(key), block[key])
        near = did_you_mean(str(key), keys) if number < MAX_HINTS else ""
        hint = f"; write {misnomer}" if misnomer else near or f"; it takes {', '.join(keys)}"
        yield Problem((key,), place or f"there is no such key here{hint}", at_key=True)


def _misspelt(block: Mapping[str, Any], model: type[FileModel]) -> dict[str, str]:
    """Return the keys that are meant by those that are none, with what stands in their place.

    They are not missing, and what stands below them is read on: it may be wrong, too. What is known
    to mean another key than the nearest (`time` is no `timezone`) is left.
    """
    keys = model.file_keys()
    unknown = islice((key for key in block if key not in keys), MAX_HINTS)
    meant = {near: key for key in unknown if (near := _meant(str(key), model))}
    return {key: written for key, written in meant.items() if key not in block}


def _meant(key: str, model: type[FileModel]) -> str:
    near = nearest(key, model.file_keys())
    misnomer = model.misnomers.get(key.lower())
    return near if near and (not misnomer or misnomer.startswith(f"{near}:")) else ""


def _as_spelt(problem: Problem, misspelt: Mapping[str, str]) -> Problem:
    """Return a problem at the key that stands in the file."""
    if not problem.path or problem.path[0] not in misspelt:
        return problem
    return replace(problem, path=(misspelt[str(problem.path[0])], *problem.path[1:]))


def _missing(block: Mapping[str, Any], model: type[FileModel]) -> Iterator[Problem]:
    for key, name in model.file_keys().items():
        field = model.model_fields[name]
        if field.is_required() and key not in block:
            example = _as_written({key: (field.examples or ["..."])[0]})[1:-1]
            yield Problem((key,), f"is missing; write for instance {example}")


def _as_written(value: object) -> str:
    """Return an example as it stands in a file, on one line: `{device: {id: 0}}`."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {_as_written(one)}" for key, one in value.items()) + "}"
        case _:
            return str(value)
