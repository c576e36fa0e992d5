"""A text that is mended line by line, so that one stumble over YAML hides nothing behind it.

Made by `document.py` for one parse; `reading.py` reads what it says. What is mended was complained
of: here is decided only how reading can go on. Remembers where characters went, so that places are
those of the file.
"""

import re
from typing import Final

from thorsched.config.yaml.source import LINE_END, Position
from thorsched.config.yaml.traps import Insertion, Stumble, Trap

# What stands before the value of a line: its indent, the dashes of a list, its key.
_ENTRY: Final = re.compile(
    r"(?P<indent> *)(?P<dashes>(?:- +)*)(?:(?P<key>[\w.-]+)[ ]*(?::(?=\s|$)|(?=[^\w.-]|$)))?"
)
_OPENER: Final = re.compile(r" *(?:- +)*[\w.-]+ *:\s*(?:#.*)?$")
_TABS: Final = re.compile(r"[ \t]*\t[ \t]*")


class MendedText:
    """A text, what has been changed in it, and the lines of which nothing is read any more."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.unread: frozenset[int] = frozenset()
        """Lines, 0-based, whose key has a value that is known to be wrong."""
        self._edits: dict[int, list[tuple[int, int]]] = {}

    def original(self, position: Position) -> Position:
        """Return `position` as it was before anything was changed in its line."""
        column = position.column
        for start, added in reversed(self._edits.get(position.line, [])):
            if added < 0 and column > start:
                column -= added
            elif column > start:
                column = max(column - added, start + 1)
        return Position(position.line, column)

    def mend(self, trap: Trap) -> bool:
        """Change the text so that the next reading gets past `trap`; False if nobody knows how."""
        if trap.insertion is not None:
            self._insert(trap.insertion)
            return True
        if trap.culprit is None or trap.culprit in self.unread:
            return False
        lines = LINE_END.split(self.text)  # as YAML counts them
        if trap.stumble is Stumble.TAB and _TABS.match(lines[trap.culprit]):
            return self._without_tabs(lines)
        if trap.stumble is Stumble.LEVEL and self._move(lines, trap.culprit):
            return True
        return self._leave_out(lines, trap.culprit, keep_dashes=trap.stumble is not Stumble.MIXED)

    def _insert(self, mend: Insertion) -> None:
        lines = self.text.splitlines(keepends=True)
        line = lines[mend.line]
        within = line[mend.start : mend.end]
        lines[mend.line] = line[: mend.start] + mend.before + within + mend.after + line[mend.end :]
        self._note(mend.line, mend.start, len(mend.before))
        self._note(mend.line, mend.end + len(mend.before), len(mend.after))
        self.text = "".join(lines)

    def _note(self, line: int, start: int, added: int) -> None:
        if added:
            self._edits.setdefault(line + 1, []).append((start, added))

    def _without_tabs(self, lines: list[str]) -> bool:
        """Write each indent with spaces: two for a tab, four where others stand beside spaces."""
        width = 4 if any(re.match(" +[^ \t#]", line) for line in lines) else 2
        for number, line in enumerate(lines):
            found = _TABS.match(line)
            if found:
                lines[number] = found[0].replace("\t", " " * width) + line[found.end() :]
                self._note(number, 0, len(lines[number]) - len(line))
        self.text = "\n".join(lines)
        return True

    def _move(self, lines: list[str], culprit: int) -> bool:
        """Begin a line, and what belongs to it, in the column that it most likely belongs to."""
        here = _indent(lines[culprit])
        by = _level(lines, culprit) - here
        if by == 0:
            return False
        with_deeper = by < 0 or bool(_OPENER.match(lines[culprit]))
        for number in range(culprit, len(lines)):
            indent = _indent(lines[number])
            if _says_nothing(lines[number]):
                continue
            if indent < here or (indent > here and not with_deeper):
                break
            lines[number] = " " * (indent + by) + lines[number][indent:]
            self._note(number, 0, by)
        self.text = "\n".join(lines)
        return True

    def _leave_out(self, lines: list[str], culprit: int, *, keep_dashes: bool) -> bool:
        """Read no more of a line than its key, and nothing of what is indented below it."""
        entry = _ENTRY.match(lines[culprit])
        if entry is None or not (entry["key"] or entry["dashes"]):
            return False
        dashes = entry["dashes"] if keep_dashes else ""
        key = f"{entry['key']}:" if entry["key"] else ""
        lines[culprit] = f"{entry['indent']}{dashes}{key}"
        here = len(entry["indent"])
        for number in range(culprit + 1, len(lines)):
            line = lines[number]
            if line.strip() and _indent(line) <= here and line.strip()[0] not in "]}":
                break
            lines[number] = ""
        self.unread |= {culprit}
        self.text = "\n".join(lines)
        return True


def _level(lines: list[str], culprit: int) -> int:
    """Return the column, 0-based, in which a line belongs that fits to none above it.

    Below one that has its value already: in its column. Else where the line above that begins
    there, too, has a value or a block below it as this one has; the nearest of those.
    """
    here, is_opener = _indent(lines[culprit]), bool(_OPENER.match(lines[culprit]))
    levels: list[tuple[bool, int, int]] = []
    for line in reversed(lines[:culprit]):
        indent = _indent(line)
        if _says_nothing(line) or (levels and indent >= levels[-1][2]):
            continue
        if not levels and here > indent:
            return indent
        levels.append((bool(_OPENER.match(line)) != is_opener, abs(indent - here), indent))
    return min(levels)[2] if levels else 0


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _says_nothing(line: str) -> bool:
    return line.strip()[:1] in ("", "#")
