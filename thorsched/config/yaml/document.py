"""The YAML text layer: text -> plain values, and where each of them stands.

Called by `config/load.py`. Values are text, numbers, booleans, lists and dicts with text as keys;
whatever the text holds, it takes a bounded time and depth. Knows nothing of cameras.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from thorsched.config.wording import KeyPath
from thorsched.config.yaml.mending import MendedText
from thorsched.config.yaml.reading import Place, Reading, TextMistake, Value
from thorsched.config.yaml.scalars import index_in_source
from thorsched.config.yaml.source import MAX_BYTES, Position, position_at
from thorsched.config.yaml.traps import Trap

_MAX_REPAIRS: Final = 50
_NOT_READ: Final = "the rest of the file is not read until this is mended"


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a text, with `Hole` where one is wrong, and all that is wrong with the text.

    `complete` is False where the text breaks off as YAML: then `data` is a `Hole`.
    """

    data: Value
    mistakes: tuple[TextMistake, ...]
    complete: bool
    _places: Mapping[KeyPath, Place] = field(default_factory=dict, repr=False)
    _holes: frozenset[KeyPath] = frozenset()
    _mended: MendedText = field(default_factory=lambda: MendedText(""), repr=False)

    def position(self, path: KeyPath, *, at_key: bool = False, offset: int = 0) -> Position:
        """Return where the value at `path` begins, or its key, or character `offset` of it.

        A path that is not in the text is found at the key of the nearest part that is.
        """
        if path not in self._places:
            return self.position(path[:-1], at_key=True) if path else Position(1, 1)
        place = self._places[path]
        if at_key and place.key is not None:
            return self._mended.original(place.key)
        if not offset:
            return self._mended.original(place.value)
        index = index_in_source(place.source, place.style, offset)
        within = position_at(place.source, index)
        column = within.column + (place.value.column - 1 if within.line == 1 else 0)
        position = Position(place.value.line + within.line - 1, column)
        return self._mended.original(position)

    def nearest(self, path: KeyPath) -> KeyPath:
        """Return `path`, or the single value that stands in the text where `path` leads into it.

        So what is wrong inside of a short form is found at the short form.
        """
        for length in range(len(path)):
            place = self._places.get(path[:length])
            if place is not None and place.is_scalar:
                return path[:length]
        return path

    def in_hole(self, path: KeyPath) -> bool:
        """Whether the text layer has already complained about `path` or what contains it."""
        return any(path[:length] in self._holes for length in range(len(path) + 1))


def parse(text: str) -> Document:
    """Return what `text` holds; never raises, every mistake is in the answer.

    Where something mends a line, or the rest can be read without it, its mistake is noted and
    reading goes on, so that one forgotten quote or space does not hide what else is wrong.
    """
    mended = MendedText(text)
    traps: list[tuple[Trap, TextMistake]] = []
    # Each repair reads the text again: a long text has fewer, so that the time stays bounded.
    repairs = min(_MAX_REPAIRS, MAX_BYTES // (len(text) + 1))
    while True:
        reading = Reading(mended.text, mended.unread)
        data, trap = reading.read()
        if trap is None:
            break
        path = reading.path_at(trap.position)
        noted = TextMistake(mended.original(trap.position), path, trap.message)
        if traps and traps[-1][1].position == noted.position:
            break  # it was not mended
        traps.append((trap, noted))
        if len(traps) > repairs or not mended.mend(trap):
            break
    found = [TextMistake(mended.original(m.position), m.path, m.message) for m in reading.mistakes]
    told = [noted if trap else _told(noted, one, reading) for one, noted in traps]
    if trap is not None and trap.culprit is not None:
        told[-1] = replace(told[-1], message=f"{told[-1].message}; {_NOT_READ}")
    return Document(
        data,
        tuple(sorted(told + found)),
        trap is None,
        reading.places,
        frozenset(reading.holes),
        mended,
    )


def _told(noted: TextMistake, trap: Trap, reading: Reading) -> TextMistake:
    """Return a mistake with the path that its line has now that all lines can be read."""
    if trap.insertion is not None or trap.culprit is None:
        return noted
    path = reading.path_in(trap.culprit)
    return noted if path is None else replace(noted, path=path)
