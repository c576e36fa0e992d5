"""Text that comes from outside, made safe to print, and suggestions for text that is wrong."""

import difflib
import unicodedata
from collections.abc import Iterable

_LONGEST = 200


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


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii") if char != "\xa0" else " "


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest of `known`, or an empty string."""
    folded = {k.lower(): k for k in known}
    near = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return f"; did you mean '{folded[near[0]]}'?" if near else ""
