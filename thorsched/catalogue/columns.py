"""What the columns of a journal hold, read as what they should be. Pure.

Called by `reader.py`, `fsck/known.py` and `keeping/holdings.py`. SQLite keeps any kind of value in
any column, and anybody may have written a journal: whatever is not of its kind is a `ValueError`,
and nothing else.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from thorsched.base.text import printable
from thorsched.base.units import parse_utc
from thorsched.catalogue.entries import CopyState, Ending
from thorsched.schedule.intervals import Window, union

_LONGEST_SHOWN = 60
_DIGEST = re.compile(r"[0-9a-f]{64}")

Row = TypeVar("Row")


class Named(Protocol):
    """A row, whose values are known by their columns."""

    def __getitem__(self, column: str, /) -> object: ...


def text(found: object) -> str:
    """Return text."""
    if not isinstance(found, str):
        raise _strange(found, "text")
    return found


def digest(found: object) -> str:
    """Return a SHA-256, hexadecimal: it may be typed into a shell as it is told."""
    if not isinstance(found, str) or not _DIGEST.fullmatch(found):
        raise _strange(found, "a hash")
    return found


def check_texts(found: Sequence[object]) -> None:
    """Raise `ValueError` unless all are text."""
    if {*map(type, found)} - {str}:
        for one in found:
            text(one)


def path(found: object) -> Path:
    """Return a path; there is none with a NUL."""
    if not isinstance(found, str) or "\0" in found:
        raise _strange(found, "a path")
    return Path(found)


def inner_path(found: object) -> Path:
    """Return a path that leads nowhere but where it says."""
    read = path(found)
    if ".." in read.parts:
        raise _strange(found, "a path of a file")
    return read


def number(found: object) -> int:
    """Return a whole number."""
    if not isinstance(found, int):
        raise _strange(found, "a number")
    return found


def count(found: object) -> int:
    """Return a number of things: there are none below 0."""
    if not isinstance(found, int) or found < 0:
        raise _strange(found, "a count")
    return found


def counts(found: Sequence[object]) -> Sequence[int]:
    """Return numbers of things: many at once."""
    return [*map(count, found)]


def check_counts(found: Iterable[object]) -> None:
    """Raise `ValueError` unless all are numbers of things, or null."""
    for one in found:
        if not (one is None or (isinstance(one, int) and one >= 0)):
            raise _strange(one, "a count")


def moment(found: object) -> datetime:
    """Return an aware moment in UTC."""
    try:
        read = datetime.fromisoformat(found)  # type: ignore[arg-type]
        return read if read.tzinfo is UTC else parse_utc(text(found))
    except (TypeError, ValueError):
        raise _strange(found, "a moment") from None


def windows(found: object) -> tuple[Window, ...]:
    """Return intervals, `[[start, end], ...]` as JSON, sorted and disjoint."""
    if found == "[]":  # as of most
        return ()
    try:
        pairs = [(moment(start), moment(end)) for start, end in json.loads(text(found))]
        return union(Window(start, end) for start, end in pairs)
    except (TypeError, ValueError, RecursionError):
        raise _strange(found, "intervals") from None


def names(found: object) -> tuple[str, ...]:
    """Return names, an array of them as JSON."""
    try:
        return tuple(text(name) for name in json.loads(text(found)))
    except (TypeError, ValueError, RecursionError):
        raise _strange(found, "names") from None


def seconds(found: object) -> float:
    """Return a length of time, whole or not."""
    if not isinstance(found, (int, float)):
        raise _strange(found, "seconds")
    return float(found)


def copy_state(found: object) -> CopyState:
    """Return what is known of a copy."""
    return CopyState(text(found))


def ending(found: object) -> Ending:
    """Return what has ended a pause."""
    return Ending(text(found))


_READ: Mapping[object, Callable[[object], object]] = {
    str: text,
    str | None: text,
    int: number,
    int | None: number,
    float: seconds,
    bool: bool,
    datetime: moment,
    datetime | None: moment,
    Path: path,
    CopyState: copy_state,
    Ending | None: ending,
    tuple[str, ...]: names,
    tuple[Window, ...]: windows,
}
_MAY_BE_NULL = frozenset({str | None, int | None, datetime | None, Ending | None})


def value_of(kind: type[Row], row: Named) -> Row:
    """Return a row as a dataclass whose fields are named like the columns. Raises `ValueError`."""
    values: dict[str, object] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        found = row[field.name]
        is_null = found is None and field.type in _MAY_BE_NULL
        values[field.name] = None if is_null else _READ[field.type](found)
    return kind(**values)


def _strange(found: object, wanted: str) -> ValueError:
    shown = found if isinstance(found, str) else repr(found)
    return ValueError(f"'{printable(shown, longest=_LONGEST_SHOWN)}' is not {wanted}")
