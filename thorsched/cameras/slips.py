"""What people write where a selector wants something else, and what they mean by it.

Called by `selector.py` for the second half of an error message. Never decides whether a text is
right: it only ever sees text that is not.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from thorsched.base.text import did_you_mean
from thorsched.cameras.capability import MEDIA_TYPES, Capability

_LONGEST: Final = 100
_SIDE = "[1-9][0-9]{2,4}"
_FPS = r"[1-9][0-9]{0,3}(?:\.[0-9]{1,3})?"

# A whole word in lower case, the sign before it included, and the term that says it.
_SLIPS: Final = tuple(
    (re.compile(pattern), meant)
    for pattern, meant in (
        (rf"((?:[<>]=)?(?:(?:240|360|480|720|1080|1440|2160)p|4k))({_FPS})(?:fps)?", r"\1 @\2fps"),
        (rf"((?:[<>]=)?){_SIDE}p({_FPS})", r"@\1\2fps"),
        (rf"((?:[<>]=)?)({_FPS})(?:fps|hz|f/s)", r"@\1\2fps"),
        (r"((?:[<>]=)?)([1-9][0-9]|1[0-9][0-9])p", r"@\1\2fps"),
        (rf"({_SIDE}x{_SIDE})p({_FPS})", r"\1 @\2fps"),
        (rf"({_SIDE})(?:[*,:/-]|by)({_SIDE})", r"\1x\2"),
        (rf"({_SIDE}x{_SIDE})(?:p|i|px|pixels?)", r"\1"),
        (rf"(?:size|resolution)[=:]({_SIDE}x{_SIDE})", r"\1"),
        (rf"(?:rate|fps|framerate)[=:]({_FPS})(?:fps)?", r"@\1fps"),
        (r"(?:codec=)?(?:mjpe?g|jpe?g|image/jpeg)", "jpeg"),
        (r"(?:codec=)?(?:raw|yuv|uncompressed|video/x-raw)", "raw"),
        (r"(?:codec=)?(?:h\.?265|x265|hevc)", "h265"),
        (r"(yuy2|nv12|nv21|i420|yv12|uyvy|gray8|rgb|bgr)", r"format=\1"),
        (r"formats?[:=]?", "format=YUY2"),
        (r"highest|largest|biggest|maximum", "max"),
        (r"lowest|smallest|minimum", "min"),
        (r"([1-9][0-9])", r"@\1fps"),
        (r"fps|hz|rate|framerate", "@30fps"),
    )
)

_SPREAD: Final = re.compile(rf"({_SIDE})(?:[x*]|by)({_SIDE})")
_ASCII: Final = {
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{MULTIPLICATION X}": "x",
    "\N{CYRILLIC SMALL LETTER HA}": "x",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{HORIZONTAL ELLIPSIS}": "..",
    "\N{EN DASH}": "..",
    "\N{EM DASH}": "..",
}
_SIGNS: Final = {">": ">=", "<": "<=", "=>": ">=", "=<": "<="}


def what_was_meant(word: str, known: Iterable[str], *, sign: str) -> str:
    """Return `; write '...'`, `; did you mean '...'?` or nothing for a `word` in lower case.

    `sign` is the token before the word: `>=` before `30fps` belongs behind the `@`.
    """
    known = tuple(known)
    if word in known or len(word) > _LONGEST:
        return ""  # a right word in the wrong place, or nothing that a person wrote
    if word in _SIGNS:
        return f"; write '{_SIGNS[word]}'"
    as_capability = _as_capability(word)
    if as_capability:
        return f"; write '{as_capability}'"
    signed = sign + word if sign in (">=", "<=") else word
    for pattern, meant in _SLIPS:
        for text in (signed, word):
            found = pattern.fullmatch(text)
            if found:
                return f"; write '{found.expand(meant)}'"
    return did_you_mean(word, known)


def size_of(words: Iterable[str]) -> str:
    """Return the size that adjacent `words` in lower case are, as `1280`, `x`, `720`, or ''."""
    found = _SPREAD.fullmatch("".join(words))
    return f"{found[1]}x{found[2]}" if found else ""


def _as_capability(word: str) -> str:
    # GStreamer's own text for a capability, as PyThorVision takes it.
    if not word.startswith(MEDIA_TYPES):
        return ""
    try:
        return str(Capability.parse(word))
    except ValueError:
        return ""


def ascii_for(char: str) -> str:
    """Return the plain ASCII that a character stands for: `x` for a multiplication sign, or ''."""
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    plain = _ASCII.get(char) or unicodedata.normalize("NFKC", char)
    return plain if plain.isascii() and plain.isprintable() and not plain.isspace() else ""
