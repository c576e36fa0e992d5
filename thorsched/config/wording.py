"""How a message names a place and a value of the file.

Called by all of `config/` that complains. Only makes text: finds no mistake itself.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from thorsched.base.text import printable

KeyPath = tuple[str | int, ...]
"""The keys and list indices that lead to a value, from the outermost; empty for the whole file."""

_LONGEST_PATH: Final = 120


def path_text(path: KeyPath) -> str:
    """Return `path` for people, e.g. `cameras.side.capability[1]`, safe to print and cut short."""
    parts = [
        f"[{part}]" if isinstance(part, int) else f".{printable(part, longest=64)}" for part in path
    ]
    text = "".join(parts).removeprefix(".")
    return text if len(text) <= _LONGEST_PATH else text[: _LONGEST_PATH - 1] + "…"


def shown(value: object) -> str:
    """Return `value` as a message quotes it: text in quotes, cut short and printable."""
    match value:
        case str():
            return f"'{printable(value, longest=60)}'"
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "a block of keys"
        case Sequence():
            return "a list"
        case None:
            return "nothing"
        case _:
            return printable(str(value), longest=60)
