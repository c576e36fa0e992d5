"""What people trip over in YAML, in words that help, and with the line as it should be.

Called by `reading.py` when PyYAML stops at a place; `document.py` puts the quotes in. PyYAML's own
words ("expected chomping or indentation indicators") are for those who know YAML's grammar; a
message here says what to type.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import yaml

from thorsched.base.text import printable
from thorsched.config.yaml.source import Position

_KEY_OR_DASH: Final = re.compile(r"(?:[\w.-]+[ ]*:[ ]+|-[ ]+)$")
_OPENED_VALUE: Final = re.compile(r"[^\"'\[{#]*?(?::|-)[ ]+(?P<value>[\"'\[{].*)")
_NO_COLON: Final = re.compile(r"^[ ]*(?:-[ ]+)?[\w.-]+:[^\s/].*$|^[^:]*$")
# A value went on where PyYAML had taken its first word for an alias, an anchor or a tag.
_ENDED_EARLY: Final = re.compile(
    r"expected (?:<block end>|',' or '[\]}]'), but (?:found|got) '<scalar>'"
)
_RESERVED_VALUE: Final = re.compile(r"(?:[:,-][ ]+|[\[{][ ]*)(?P<value>[*&!][^\[\]{},\"']*)$")
_FLOW_VALUE: Final = re.compile(
    r"(?:[:,][ ]+|[\[{][ ]*)(?P<value>[^\s\[\]{},:\"](?:[^\[\]{},:]|:(?! ))*)$"
)
_COMMENT: Final = re.compile(r"[ \t]#")
_FLOW_END: Final = re.compile(r"[,\]}]|[ \t]#")
_LONGEST_KEY: Final = 100
_DEEPER: Final = (
    "this line stands deeper than the one above, which has its value already; "
    "begin both in the same column"
)
_NO_LEVEL: Final = (
    "this line fits no level above; begin it in the same column as the lines it belongs to"
)
_FOUND: Final = re.compile(r"(?:found|got) (?:character )?['\"](.+?)['\"]")


@dataclass(frozen=True, slots=True)
class Insertion:
    """What would mend a line: `before` its character `start`, `after` before `end`, 0-based."""

    line: int
    start: int
    end: int
    before: str
    after: str


class Stumble(Enum):
    """What kind of stumble it is where nothing that is inserted mends it; `mending.py` asks."""

    TAB = "a tab in an indent"
    LEVEL = "a line that begins in a column of its own"
    MIXED = "items of a list beside keys"
    OTHER = "anything else"


@dataclass(frozen=True, slots=True)
class Trap:
    """One stumble: where, what would be right, and what mends it, if inserting something does."""

    position: Position
    message: str
    insertion: Insertion | None = None
    stumble: Stumble = Stumble.OTHER
    culprit: int | None = None
    """The line, 0-based, without which the rest can be read; None where the text ends here."""


def quoted(value: str) -> str:
    """Return `value` as YAML reads it back: in the quotes that need no escapes where possible."""
    quote = _quote_for(value)
    if quote is None:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return quote + value + quote


def _quote_for(value: str) -> str | None:
    if '"' not in value and "\\" not in value:
        return '"'
    return "'" if "'" not in value else None


def backslash(written: str) -> str:
    """Return what to say of a double-quoted value whose backslash made something else of it."""
    inner = written.strip('"')
    form = f": '{printable(inner, longest=80)}'" if inner and "'" not in inner else ""
    return f"in double quotes a backslash begins an escape; use single quotes{form}"


def unquoted(lines: Sequence[str], mark: yaml.Mark, *, in_flow: bool) -> Trap:
    """Return the trap of a value that begins, at `mark`, with a character that YAML reserves."""
    line = _line(lines, mark)
    value = _value_at(line, mark.column, in_flow=in_flow)
    before = _KEY_OR_DASH.search(line[max(0, mark.column - _LONGEST_KEY) : mark.column])
    form = printable((before[0] if before else "") + quoted(value), longest=120)
    return Trap(
        _position(mark),
        f"an unquoted value cannot begin with {_shown(line[mark.column])}; write it in quotes: "
        f"{form}",
        _quotes(mark.line, mark.column, value),
    )


def _quotes(line: int, start: int, value: str) -> Insertion | None:
    quote = _quote_for(value)
    return Insertion(line, start, start + len(value), quote, quote) if quote else None


def _value_at(line: str, start: int, *, in_flow: bool) -> str:
    end = (_FLOW_END if in_flow else _COMMENT).search(line, start)
    return line[start : end.start() if end else len(line)].rstrip()


def _line(lines: Sequence[str], mark: yaml.Mark) -> str:
    """Return the line of `mark`; it is empty where the mark is the end of the file."""
    return lines[mark.line] if mark.line < len(lines) else ""


def explain(lines: Sequence[str], error: yaml.MarkedYAMLError, *, in_flow: bool) -> Trap:
    """Return what to do about a syntax error of PyYAML; `lines` are those of the file.

    `in_flow` says whether the place is inside `[ ]` or `{ }`.
    """
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Trap(Position(1, 1), _as_it_is(error))
    begin = error.context_mark or mark
    problem, context = str(error.problem), str(error.context)
    line = _line(lines, mark)
    char = line[mark.column : mark.column + 1]
    if char == "\t" and "cannot start any token" in problem:
        message = "a tab stands here; YAML wants spaces, two for each level"
        return Trap(_position(mark), message, stumble=Stumble.TAB)
    if "cannot start any token" in problem:
        return unquoted(lines, mark, in_flow=in_flow)
    if context in _RESERVED_CONTEXTS and _begins_value(_line(lines, begin), begin.column):
        return unquoted(lines, begin, in_flow=in_flow)
    if _ENDED_EARLY.search(problem):
        value = _RESERVED_VALUE.search(line, 0, mark.column)
        if value:
            place = yaml.Mark("", 0, mark.line, value.start("value"), None, 0)
            return unquoted(lines, place, in_flow="<block end>" not in problem)
    return (
        (_after_value(lines, begin) if context in _RESERVED_CONTEXTS else None)
        or _unfinished(lines, mark, begin, problem, context)
        or _misplaced(lines, mark, problem)
        or Trap(_position(mark), _as_it_is(error))
    )


_RESERVED_CONTEXTS: Final = (
    "while scanning a block scalar",
    "while scanning an alias",
    "while scanning an anchor",
    "while scanning a tag",
    "while parsing a tag",
)


def _begins_value(line: str, column: int) -> bool:
    before = line[:column].rstrip()
    return not before or before.endswith((":", "-", "[", "{", ","))


def _unfinished(
    lines: Sequence[str], mark: yaml.Mark, begin: yaml.Mark, problem: str, context: str
) -> Trap | None:
    """Explain what was opened and not closed, and backslashes, or return None."""
    if "escape" in problem:
        written = re.compile('"[^"]*"?').match(_line(lines, begin), begin.column)
        return Trap(_position(mark), backslash(written[0] if written else ""))
    if "unexpected end of stream" in problem or "unexpected document separator" in problem:
        return Trap(_position(begin), "the quote that opens here is not closed")
    if "could not find expected ':'" in problem:
        word = printable(_line(lines, begin)[begin.column :].strip(), longest=40)
        return Trap(_position(begin), f"'{word}' has no ': ' behind it; a line is 'key: value'")
    if problem.endswith("but got ':'"):
        value = _FLOW_VALUE.search(_line(lines, mark), 0, mark.column)
        if value:
            return _colon_in_value(
                _line(lines, mark), mark.line, value.start("value"), in_flow=True
            )
    for closing, opening in (("]", "["), ("}", "{")):
        if f"expected ',' or '{closing}'" in problem:
            return Trap(
                _position(mark),
                f"the '{opening}' of line {begin.line + 1} is not closed before here: "
                f"a '{closing}' or a ',' is missing",
            )
    if context == "while parsing a flow node" and "<stream end>" in problem:
        return Trap(_position(mark), "the file ends before a '[' or '{' is closed")
    return None


def _misplaced(lines: Sequence[str], mark: yaml.Mark, problem: str) -> Trap | None:
    """Explain what stands where it cannot stand, or return None."""
    if "mapping values are not allowed" in problem:
        return _second_colon(lines, mark)
    if "sequence entries are not allowed" in problem:
        return Trap(
            _position(mark),
            "a list in one line is written [one, two]; a '- ' begins a line of its own",
        )
    found = _FOUND.search(problem)
    if "expected the node content" in problem and found:
        return Trap(_position(mark), f"a value is missing before {_shown(found[1])}")
    if problem.endswith(("but found '}'", "but found ']'")):
        return Trap(_position(mark), f"this '{problem[-2]}' closes nothing; delete it")
    if "expected <block end>" in problem:
        return _after_value(lines, mark) or _wrong_level(lines, mark, problem)
    if "expected '<document start>'" in problem:
        message = "text goes on where the file should end; delete the '...' or '---' before it"
        return Trap(_position(mark), message)
    return None


def _second_colon(lines: Sequence[str], mark: yaml.Mark) -> Trap:
    line = _line(lines, mark)
    before = re.match(r"(?:[^:]|:(?! ))*:[ ]+", line[: mark.column])
    if before:
        return _colon_in_value(line, mark.line, before.end(), in_flow=False)
    above = next((n for n in range(mark.line - 1, -1, -1) if _says_something(lines[n])), None)
    if above is not None and _NO_COLON.match(lines[above]):
        indent = len(lines[above]) - len(lines[above].lstrip())
        return Trap(
            Position(above + 1, indent + 1),
            "a key needs a colon and a space behind it: 'key: value'",
            _colon(lines[above], above),
        )
    return Trap(
        Position(mark.line + 1, len(line) - len(line.lstrip()) + 1),
        _DEEPER,
        stumble=Stumble.LEVEL,
    )


def _colon(line: str, number: int) -> Insertion | None:
    """Return the colon, or the space behind it, that a line lacks."""
    glued = re.match(r"[ ]*(?:-[ ]+)?[\w.-]+:(?=\S)", line)
    if glued:
        return Insertion(number, glued.end(), glued.end(), " ", "")
    word = re.match(r"[ ]*(?:-[ ]+)?[\w.-]+(?=\s*$)", line)
    return Insertion(number, word.end(), word.end(), ":", "") if word else None


def _colon_in_value(line: str, number: int, start: int, *, in_flow: bool) -> Trap:
    value = _value_at(line, start, in_flow=in_flow)
    key = _KEY_OR_DASH.search(line[max(0, start - _LONGEST_KEY) : start])
    form = printable((key[0] if key else "") + quoted(value), longest=120)
    return Trap(
        Position(number + 1, start + 1),
        f"a value with ': ' in it needs quotes: {form}",
        _quotes(number, start, value),
    )


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _after_value(lines: Sequence[str], mark: yaml.Mark) -> Trap | None:
    """Explain text behind a closing quote or bracket, such as `{camera}/{date}` without quotes."""
    line = _line(lines, mark)
    opened = _OPENED_VALUE.match(line)
    if opened is None or opened.start("value") >= mark.column:
        return None
    value = _value_at(line, opened.start("value"), in_flow=False)
    if value[0] in "[{":
        place = yaml.Mark("", 0, mark.line, opened.start("value"), None, 0)
        return unquoted(lines, place, in_flow=False)
    inner = quoted(re.sub(r"[\"']", "", value))
    form = printable(line[: opened.start("value")].strip() + " " + inner, longest=120)
    return Trap(
        _position(mark), f"text goes on behind the closing quote; put all of it inside: {form}"
    )


def _wrong_level(lines: Sequence[str], mark: yaml.Mark, problem: str) -> Trap:
    if problem.endswith(("'-'", "'?'")):
        message = "'- ' items and 'key: value' lines are mixed on one level; use one of them"
        return Trap(_position(mark), message, stumble=Stumble.MIXED)
    above = next((one for one in reversed(lines[: mark.line]) if _says_something(one)), "")
    is_deeper = mark.column > len(above) - len(above.lstrip(" "))
    return Trap(_position(mark), _DEEPER if is_deeper else _NO_LEVEL, stumble=Stumble.LEVEL)


def _as_it_is(error: yaml.MarkedYAMLError) -> str:
    return printable(f"this is not YAML: {error.problem or error.context or 'unreadable'}")


def _position(mark: yaml.Mark) -> Position:
    return Position(mark.line + 1, mark.column + 1)


def _shown(char: str) -> str:
    return f"'{printable(char)}'" if char != "<stream end>" else "the end of the file"
