"""One reading of YAML text: PyYAML's events in, plain values and their places out.

Called by `document.py`, once for each time that it reads a text. Built on PyYAML's parser, not on
its constructors, so that nothing in the text can make an object, repeat itself by an alias, or go
deeper than a bound. Complains of what only YAML can do, and goes on where it can.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import yaml

from thorsched.base.text import printable
from thorsched.config.wording import KeyPath
from thorsched.config.yaml.scalars import Scalar, oddity, resolve
from thorsched.config.yaml.source import Position
from thorsched.config.yaml.traps import Trap, backslash, explain, unquoted

MAX_DEPTH: Final = 32
MAX_VALUES: Final = 10_000
MAX_MISTAKES: Final = 100
_CUT: Final = (
    "has no value; in { } a comma ends a value: a list with commas stands in [ ], a text in quotes"
)
_GLUED: Final = re.compile(r"(?P<key>[\w-]+):(?P<value>[^:\s/].*)")
_NO_COLON: Final = re.compile(r"(?P<key>[\w-]+) *[\[{]")


class Hole:
    """What stands in the data where the text layer has already complained."""

    def __repr__(self) -> str:
        return "Hole()"


HOLE: Final = Hole()
Value = Scalar | Hole | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class TextMistake:
    """One thing that the text must not have; `path` leads to the value that it concerns."""

    position: Position
    path: KeyPath
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, and how it is written there; `key` is None in a list."""

    key: Position | None
    value: Position
    source: str
    style: str
    is_scalar: bool


class _Stop(Exception):
    """Ends one reading; never leaves this module."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap.message)
        self.trap = trap


class Reading:
    """One reading of one text: takes the parser's events, makes values and notes places."""

    def __init__(self, text: str, unread: AbstractSet[int] = frozenset()) -> None:
        """Take a text; a key in a line of `unread`, 0-based, has a hole as its value."""
        self._text = text
        self._unread = unread
        self._lines = text.splitlines()
        self._loader = yaml.SafeLoader(text)
        self._values = 0
        self._flows = 0
        self._flow_line = 0
        self._last: yaml.Event | None = None
        self._anchors: set[str] = set()
        self.path: KeyPath = ()
        self.places: dict[KeyPath, Place] = {}
        self.mistakes: list[TextMistake] = []
        self.holes: set[KeyPath] = set()

    def read(self) -> tuple[Value, Trap | None]:
        """Return the whole text's value, or a hole and what stopped the reading."""
        try:
            return self._document(), None
        except _Stop as stop:
            return HOLE, stop.trap
        except yaml.MarkedYAMLError as error:
            trap = explain(self._lines, error, in_flow=bool(self._loader.flow_level))
            trap = self._unclosed(trap) or trap
            return HOLE, replace(trap, culprit=self._culprit(trap))
        finally:
            self._loader.dispose()

    def path_in(self, line: int) -> KeyPath | None:
        """Return the path of the first key that stands in a line, 0-based, None if none does."""
        keys = (
            path for path, place in self.places.items() if place.key and place.key.line == line + 1
        )
        return next(keys, None)

    def path_at(self, position: Position) -> KeyPath:
        """Return the path of the value that begins at `position`, else of the one being read."""
        begun = (path for path, place in self.places.items() if place.value == position)
        return next(begun, self.path)

    def _unclosed(self, trap: Trap) -> Trap | None:
        """Return the trap of a quote that closed only where a later value opens one, or None."""
        event = self._last
        if not isinstance(event, yaml.ScalarEvent) or event.style not in ("'", '"'):
            return None
        start, end = _start(event), cast("yaml.Mark", event.end_mark)
        if start.line == end.line or trap.position.line != end.line + 1:
            return None
        return Trap(_position(start), "the quote that opens here is not closed in its line")

    def _culprit(self, trap: Trap) -> int:
        """Return the line, 0-based, that holds what stopped the reading: where its [ or { opens."""
        if self._flows:
            return self._flow_line
        opening = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
        waiting = (int(t.start_mark.line) for t in self._loader.tokens if isinstance(t, opening))
        return min([trap.position.line - 1, *waiting])

    def _document(self) -> Value:
        self._next()
        event = self._next()
        if isinstance(event, yaml.DocumentStartEvent):
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent) or _is_nothing(event):
            message = "the file says nothing; it needs cameras and schedules"
            raise _Stop(Trap(Position(1, 1), message))
        value = self._value(event, (), None)
        self._next()
        further = self._next()
        if isinstance(further, yaml.DocumentStartEvent):
            message = "a second document begins here; one file holds one, without '---'"
            self._complain(further, (), message)
        return value

    def _next(self) -> yaml.Event:
        try:
            event = cast("yaml.Event", self._loader.get_event())  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError) as error:
            # PyYAML passes on what chr() says of "\UFFFFFFFF".
            message = "this escape is no character; in single quotes a backslash is itself"
            raise _Stop(Trap(_position(self._loader.get_mark()), message)) from error
        self._last = event
        return event

    def _value(self, event: yaml.Event, path: KeyPath, key: Position | None) -> Value:
        self._count(event, path)
        style = getattr(event, "style", None) or ""
        source, is_scalar = "", isinstance(event, yaml.ScalarEvent)
        if is_scalar:
            source = self._text[_start(event).index : cast("yaml.Mark", event.end_mark).index]
        self.places[path] = Place(key, _position(_start(event)), source, style, is_scalar)
        match event:
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._is_undecorated(event, path)
                self._flow_line = self._flow_line if self._flows else _start(event).line
                self._flows += bool(event.flow_style)
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                values = self._mapping(path) if is_mapping else self._sequence(path)
                self._flows -= bool(event.flow_style)
                return values
            case yaml.ScalarEvent():
                return self._scalar(event, path)
            case _:
                name = getattr(event, "anchor", None)
                self._reserved(event, path, "alias", is_text=name not in self._anchors)
                return self._hole(path)

    def _count(self, event: yaml.Event, path: KeyPath, depth: int = 0) -> None:
        """Stop the reading where a value is too deep, `depth` below `path`, or one too many."""
        self.path = path
        self._values += 1
        if len(path) + depth > MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} levels deep; the settings need 5"
        elif self._values > MAX_VALUES:
            message = f"more than {MAX_VALUES} values; is this the right file?"
        else:
            return
        raise _Stop(Trap(_position(_start(event)), message))

    def _mapping(self, path: KeyPath) -> dict[str, Value]:
        values: dict[str, Value] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            self.path = path
            key = self._key(event, path)
            self.path = path if key is None else (*path, key)
            value = self._next()
            if key is None:
                self._skip(value)
                continue
            glued = _GLUED.fullmatch(key) if _is_nothing(value) else None
            if glued:
                key = glued["key"]
                value_text = printable(glued["value"], longest=60)
                message = f"a colon needs a space behind it: {printable(key)}: {value_text}"
                self._complain(event, (*path, key), message)
            apart = _NO_COLON.match(key) if getattr(event, "style", None) is None else None
            if apart:
                key = apart["key"]
                message = f"a colon is missing behind '{key}'; a line is 'key: value'"
                self._complain(event, (*path, key), message)
            if key in values:
                self._complain_of_twin((*path, key), event)
                self._skip(value)
            elif glued or apart:
                self._skip(value)
                here = _position(_start(event))
                self.places[(*path, key)] = Place(here, here, "", "", is_scalar=True)
                values[key] = self._hole((*path, key))
            else:
                values[key] = self._value(value, (*path, key), _position(_start(event)))
        return values

    def _complain_of_twin(self, path: KeyPath, event: yaml.Event) -> None:
        place = self.places[path]
        line = (place.key or place.value).line
        self._complain(
            event, path, f"stands here twice, first in line {line}; delete one of the two"
        )

    def _key(self, event: yaml.Event, path: KeyPath) -> str | None:
        """Return a key as it is written, or None where it can be none, having complained."""
        if not isinstance(event, yaml.ScalarEvent):
            message = "a key is one word; one that begins with [ { or * needs quotes"
            self._complain(event, path, message)
            self._skip(event)
            return None
        if event.value == "<<" and event.style is None:
            message = "the merge key '<<' is not supported; write the settings out"
            self._complain(event, path, message)
            return None
        fine = self._is_undecorated(event, path) and self._is_clean(event, path)
        return str(event.value) if fine else None

    def _sequence(self, path: KeyPath) -> list[Value]:
        values: list[Value] = []
        self.path = (*path, 0)
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values)), None))
            self.path = (*path, len(values))
        return values

    def _scalar(self, event: yaml.ScalarEvent, path: KeyPath) -> Scalar | Hole:
        if not (self._is_undecorated(event, path) and self._is_clean(event, path)):
            return self._hole(path)
        if event.style is not None:
            return str(event.value)
        if not event.value and _start(event).line in self._unread:
            return self._hole(path)
        value = resolve(event.value)
        if value is not None:
            return value
        key = self.places[path].key
        if self._flows and key and self._is_cut(event, key):
            self._note(TextMistake(key, path, _CUT))
        else:
            self._complain(event, path, self._of_nothing(event, path))
        return self._hole(path)

    def _is_cut(self, event: yaml.ScalarEvent, key: Position) -> bool:
        """Whether a `key` of { } without a colon is the rest of a value with a comma in it."""
        line, start = self._lines[key.line - 1], _start(event)
        is_bare = start.line == key.line - 1 and ":" not in line[key.column - 1 : start.column]
        return is_bare and line[: key.column - 1].rstrip().endswith(",")

    def _of_nothing(self, event: yaml.ScalarEvent, path: KeyPath) -> str:
        """Return what to say of a key without a value, and why there may seem to be one."""
        number = _start(event).line
        here = self._lines[number] if number < len(self._lines) else ""
        below = (line for line in self._lines[number + 1 :] if line.strip(" ")[:1] not in ("", "#"))
        key = self.places[path].key
        if event.value == "~":
            return "a lone ~ is no value in YAML; put it in quotes: '~'"
        message = "has no value; write one or delete the key"
        if "#" in here:
            return f"{message}; what follows a '#' is a comment"
        if self._flows == 0 and key and _indent(next(below, "")) == key.column - 1:
            return f"{message}; lines that belong to it are indented two spaces more than it"
        return message

    def _is_clean(self, event: yaml.ScalarEvent, path: KeyPath) -> bool:
        """Whether the characters of a scalar are fit for a setting; complains if not."""
        odd = oddity(event.value, is_plain=event.style is None)
        if odd is not None:
            end = cast("yaml.Mark", event.end_mark).index
            written = self._text[_start(event).index : end]
            self._complain(event, path, f"{odd}; {backslash(written)}" if "\\" in written else odd)
        return odd is None

    def _is_undecorated(self, event: yaml.NodeEvent, path: KeyPath) -> bool:
        """Whether a value is without anchor and tag; complains if not."""
        anchor, tag = event.anchor, getattr(event, "tag", None)
        value = event.value if isinstance(event, yaml.ScalarEvent) else None
        if anchor is not None:
            self._anchors.add(anchor)
            self._reserved(event, path, "anchor", is_text=value is not None)
        elif tag is not None:
            is_own = not tag.startswith("tag:yaml.org")
            self._reserved(event, path, "tag", is_text=value is not None and is_own)
        return anchor is None and tag is None

    def _reserved(self, event: yaml.Event, path: KeyPath, what: str, *, is_text: bool) -> None:
        """Complain about an alias, anchor or tag; `is_text` if it was meant as plain text."""
        if is_text:
            trap = unquoted(self._lines, _start(event), in_flow=self._flows > 0)
            self._note(TextMistake(trap.position, path, trap.message))
        else:
            message = f"a YAML {what} is not supported; write the settings out"
            self._complain(event, path, message)

    def _hole(self, path: KeyPath) -> Hole:
        self.holes.add(path)
        return HOLE

    def _skip(self, event: yaml.Event) -> None:
        """Read to the end of a value that nobody needs."""
        depth = 0
        while True:
            self._count(event, self.path, depth)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth <= 0:
                return
            event = self._next()

    def _complain(self, event: yaml.Event, path: KeyPath, message: str) -> None:
        self._note(TextMistake(_position(_start(event)), path, message))

    def _note(self, mistake: TextMistake) -> None:
        self.mistakes.append(mistake)
        if len(self.mistakes) >= MAX_MISTAKES:
            message = f"already {MAX_MISTAKES} mistakes; the rest is not read until they are mended"
            raise _Stop(Trap(mistake.position, message))


def _indent(line: str) -> int | None:
    """Return how many spaces a line begins with; None for one that says nothing."""
    return len(line) - len(line.lstrip(" ")) if line.strip(" ") else None


def _is_nothing(event: yaml.Event) -> bool:
    return isinstance(event, yaml.ScalarEvent) and not event.value and event.style is None


def _start(event: yaml.Event) -> yaml.Mark:
    return cast("yaml.Mark", event.start_mark)


def _position(mark: yaml.Mark) -> Position:
    return Position(mark.line + 1, mark.column + 1)
