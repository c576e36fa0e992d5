"""YAML 1.2 scalars: what an unquoted word is, and where a character of a value stands.

Called by `reading.py` for values, by `document.py` for places. PyYAML follows YAML 1.1, where `no`
is false and `10:30` is 630; here only `true`, `false`, `null` and plain numbers are more than text,
and so are no dates or times.
"""

import re
import unicodedata
from typing import Final

from thorsched.base.text import printable

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# 010 stays text, where the standard says 10: an animal's number must not lose its zeros.
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,99})", re.ASCII)
_BASED: Final = re.compile(r"0o[0-7]{1,99}|0x[0-9a-fA-F]{1,99}", re.ASCII)
_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII
)
_SPECIAL_FLOAT: Final = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_TYPOGRAPHIC_QUOTES: Final = frozenset("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb")

_BREAK: Final = "(?:\r\n|[\n\r\x85\u2028\u2029])"
_FOLD: Final = rf"[ \t]*(?P<fold>{_BREAK}(?:[ \t]*{_BREAK})*)[ \t]*"
_PIECES: Final = {
    "": re.compile(rf"{_FOLD}|(?s:.)"),
    "'": re.compile(rf"{_FOLD}|''|(?s:.)"),
    '"': re.compile(
        rf"(?P<joined>\\{_BREAK}[ \t]*)|{_FOLD}"
        r"|\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|(?s:.))|(?s:.)"
    ),
}


def resolve(word: str) -> Scalar:
    """Return the value of an unquoted scalar after YAML 1.2's core schema.

    Two cases stay text against the standard: numbers with leading zeros, and whole numbers of
    more than a hundred digits.
    """
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.fullmatch(word):
        return int(word)
    if _BASED.fullmatch(word):
        return int(word, 0)
    if _FLOAT.fullmatch(word) and not word.isdigit():
        return float(word)
    special = _SPECIAL_FLOAT.fullmatch(word)
    if special:
        return float((special[1] or "") + "inf" if special[2] else "nan")
    return word


def oddity(value: str, *, is_plain: bool) -> str | None:
    """Return what is wrong with the characters of a scalar, or None; `is_plain` if unquoted."""
    for char in value:
        category = unicodedata.category(char)
        if category == "Cs" or (category == "Cc" and char not in "\n\t"):
            return f"holds the character {printable(char)}, which no setting can have"
    first = value[:1] if is_plain else ""
    if first in _TYPOGRAPHIC_QUOTES:
        return f"begins with the typographic quote {first}; type \" or '"
    if first and (first.isspace() or unicodedata.category(first) == "Cf"):
        shown = first.encode("unicode_escape").decode("ascii")
        return f"begins with the invisible character {shown}, from a web page?; type a plain space"
    return None


def index_in_source(source: str, style: str, offset: int) -> int:
    """Return where character `offset` of a scalar's value stands in its `source` text.

    `source` includes the quotes; `style` is a quote or empty. Follows escapes and folded lines.
    A block scalar (`|`, `>`) is not followed: the answer is its beginning.
    """
    if style not in _PIECES:
        return 0
    index, made = len(style), 0
    while made <= offset and index < len(source) - len(style):
        piece = _PIECES[style].match(source, index)
        if piece is None:
            break
        made += _made_by(piece)
        if made > offset:
            break
        index = piece.end()
    return index


def _made_by(piece: re.Match[str]) -> int:
    """Return how many characters of the value `piece` of the source stands for."""
    if piece.groupdict().get("joined"):
        return 0
    if piece["fold"]:
        # One break is a space, each further one a newline.
        return max(1, len(re.findall(_BREAK, piece["fold"])) - 1)
    return 1
