"""Text that comes from outside, made safe to print, and suggestions for text that is wrong.

Called by every room that meets such text: files, servers' answers, what gst-launch says. Pure.
"""

import difflib
import shlex
import unicodedata
from collections.abc import Iterable
from pathlib import Path

_LONGEST = 200
_LONGEST_PATH = 400
_HASH_SHOWN = 8
_LONGEST_COMPARED = 64  # of longer words the edits are not counted: that takes time


def printable(text: str, *, longest: int = _LONGEST) -> str:
    """Return `text` with control, bidirectional and other invisible characters escaped, cut short.

    Whatever a server, a file or a browser sent goes through here before it meets a terminal or
    a log line: no escape sequence can move a cursor, no newline can forge a line.
    """
    shown = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(
        c if c == " " or not unicodedata.category(c).startswith(("C", "Z")) else _escaped(c)
        for c in shown
    )


def printable_path(path: Path) -> str:
    """Return `path` made safe to print: longer than other text, as who reads it goes there."""
    return printable(str(path), longest=_LONGEST_PATH)


def short_hash(digest: str) -> str:
    """Return what people know a hash by: its first eight characters, made safe to print."""
    return printable(digest[:_HASH_SHOWN])


def typed_path(path: Path) -> str:
    """Return `path` as a shell takes it, whole, on one line of printable characters.

    What begins with a hyphen is no option; what cannot be printed is written as bash, zsh and ksh
    read it.
    """
    text = f"./{path}" if str(path).startswith("-") else str(path)
    if printable(text, longest=len(text)) == text:
        return shlex.quote(text)
    return f"$'{''.join(map(_typed, text))}'"


def _typed(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    if printable(char) == char:
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii") if char != "\xa0" else " "


def counted(count: int, thing: str) -> str:
    """Return e.g. `1 camera` or `4 cameras`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest of `known`, or an empty string."""
    near = nearest(word, known)
    return f"; did you mean '{near}'?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the one of `known` that the fewest typing mistakes part from `word`, or ''.

    Upper and lower case are one. Near is what `word` is a part of, or what one mistake in three
    letters makes of it: a hint at something else altogether is worse than none.
    """
    folded, lower = {k.lower(): k for k in known}, word.lower()
    close = difflib.get_close_matches(lower, folded, n=3, cutoff=0.6)
    near = [k for k in close if lower in k or _edits(lower, k) <= max(len(lower), len(k), 3) // 3]
    return folded[min(near, key=lambda k: _edits(lower, k))] if near else ""


def _edits(word: str, other: str) -> int:
    """Return how many characters to add, drop, change or swap with the next make one the other."""
    if max(len(word), len(other)) > _LONGEST_COMPARED:
        return _LONGEST_COMPARED
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(word, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b)))
            if i > 1 and j > 1 and (a, b) == (other[j - 2], word[i - 2]):
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]
