"""The YAML text layer: text -> plain values, and where each of them stands.

Called by `config/load.py`. Values are text, numbers, booleans, lists and dicts with text as keys;
whatever the text holds, it takes a bounded time and depth. Knows nothing of cameras.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from thorsched.config.wording import KeyPath
from thorsched.config.yaml.reading import Place, Reading, TextMistake, Value
from thorsched.config.yaml.scalars import index_in_source
from thorsched.config.yaml.source import MAX_BYTES, Position, position_at
from thorsched.config.yaml.traps import Insertion

_MAX_REPAIRS: Final = 50


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
    _inserted: Mapping[int, tuple[int, ...]] = field(default_factory=dict, repr=False)

    def position(self, path: KeyPath, *, at_key: bool = False, offset: int = 0) -> Position:
        """Return where the value at `path` begins, or its key, or character `offset` of it.

        A path that is not in the text is found at the key of the nearest part that is.
        """
        if path not in self._places:
            return self.position(path[:-1], at_key=True) if path else Position(1, 1)
        place = self._places[path]
        if at_key and place.key is not None:
            return _original(place.key, self._inserted)
        if not offset:
            return _original(place.value, self._inserted)
        index = index_in_source(place.source, place.style, offset)
        within = position_at(place.source, index)
        column = within.column + (place.value.column - 1 if within.line == 1 else 0)
        position = Position(place.value.line + within.line - 1, column)
        return _original(position, self._inserted)

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


def _original(position: Position, inserted: Mapping[int, tuple[int, ...]]) -> Position:
    """Return `position` as it was before quotes were inserted into its line."""
    before = sum(column < position.column for column in inserted.get(position.line, ()))
    return Position(position.line, position.column - before)


def parse(text: str) -> Document:
    """Return what `text` holds; never raises, every mistake is in the answer.

    Where quotes would mend a line, its mistake is noted and reading goes on as if they stood
    there, so that one forgotten pair of quotes does not hide what else is wrong.
    """
    repaired = text
    traps: list[TextMistake] = []
    inserted: dict[int, tuple[int, ...]] = {}
    # Each repair reads the text again: a long text has fewer, so that the time stays bounded.
    repairs = min(_MAX_REPAIRS, MAX_BYTES // (len(text) + 1))
    while True:
        reading = Reading(repaired)
        data, trap = reading.read()
        if trap is None:
            break
        path = reading.path_at(trap.position)
        traps.append(TextMistake(_original(trap.position, inserted), path, trap.message))
        if trap.insertion is None or len(traps) > repairs:
            break
        repaired = _mended(repaired, trap.insertion, inserted)
    found = [
        TextMistake(_original(m.position, inserted), m.path, m.message) for m in reading.mistakes
    ]
    return Document(
        data,
        tuple(sorted(traps + found)),
        trap is None,
        reading.places,
        frozenset(reading.holes),
        inserted,
    )


def _mended(text: str, mend: Insertion, inserted: dict[int, tuple[int, ...]]) -> str:
    """Return `text` with the quotes of `mend`, and note in `inserted` where they went."""
    lines = text.splitlines(keepends=True)
    line = lines[mend.line]
    lines[mend.line] = (
        line[: mend.start]
        + mend.quote
        + line[mend.start : mend.end]
        + mend.quote
        + line[mend.end :]
    )
    columns = (mend.start + 1, mend.end + 2)
    inserted[mend.line + 1] = (*inserted.get(mend.line + 1, ()), *columns)
    return "".join(lines)
