r"""Selectors: the words in a file that pick one capability of a camera, as a value.

Read by `config/`, from text; tried on a device by `choice.py`. Never looks at a device itself.

    selector  one term or more, in any order, each kind at most once; upper case is the same
    codec     jpeg | raw | h265 | any               any is what stands there when nothing does
    size      S | >=S | <=S | S..S                  S: 1920x1080, or a name such as 1080p
    rate      @R | @>=R | @<=R | @R..R              R: 30, 29.97 or 30000/1001; fps may follow
    format    format=YUY2                           the pixel format of a raw capability
    prefer    max | min                             else the closest of all that match

`jpeg >=1920x1080 @30fps` is one. Spaces separate words and are free around signs.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar

from thorsched.base.text import printable
from thorsched.cameras.bounds import SIZES, Bounds, Size, rate_text
from thorsched.cameras.capability import JPEG, RAW
from thorsched.cameras.slips import ascii_for, size_of, what_was_meant

T = TypeVar("T")


class SelectorError(ValueError):
    """The text is no selector; `offset` is the 0-based character where it stops being one."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class Encoding(Enum):
    """What a stream carries; what the device delivers is made into it by the server."""

    JPEG = "jpeg"
    H265 = "h265"


class Codec(Enum):
    """What the camera delivers and what is recorded of it."""

    JPEG = "jpeg"  # JPEG from the camera, untouched
    RAW = "raw"  # raw from the camera, made JPEG by the server
    H265 = "h265"  # raw from the camera, made H.265 by the server
    ANY = "any"  # JPEG or raw, recorded as JPEG either way

    @property
    def media_types(self) -> tuple[str, ...]:
        match self:
            case Codec.JPEG:
                return (JPEG,)
            case Codec.RAW | Codec.H265:
                return (RAW,)
            case Codec.ANY:
                return (JPEG, RAW)

    @property
    def encoding(self) -> Encoding:
        return Encoding.H265 if self is Codec.H265 else Encoding.JPEG


class Prefer(Enum):
    """Which one, when several capabilities match."""

    CLOSEST = "closest"  # to the bounds; a size or rate that is left out is taken at its largest
    MAX = "max"
    MIN = "min"


@dataclass(frozen=True, slots=True)
class Selector:
    """Which capability is wanted; `format` is in upper case. `str()` is what `parse` reads back."""

    codec: Codec = Codec.ANY
    size: Bounds[Size] = field(default_factory=Bounds)
    rate_fps: Bounds[Fraction] = field(default_factory=Bounds)
    format: str | None = None
    prefer: Prefer = Prefer.CLOSEST

    @classmethod
    def parse(cls, text: str) -> "Selector":
        """Return the selector that `text` says; raises `SelectorError`, and nothing else."""
        return _Parser(text).selector()

    def __str__(self) -> str:
        """Return the canonical text, e.g. `jpeg >=1920x1080 @30fps`."""
        rate = self.rate_fps.text(rate_text)
        terms = [
            self.codec.value,
            self.size.text(str),
            f"@{rate}fps" if rate else "",
            f"format={self.format}" if self.format else "",
            "" if self.prefer is Prefer.CLOSEST else self.prefer.value,
        ]
        return " ".join(term for term in terms if term)


# Every character that is not a space belongs to exactly one token.
_TOKEN = re.compile(r"@|\.\.|[<>=]+|(?:(?!\.\.)[^\s@<>])+")
_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6}|/[0-9]{1,9})?)(fps)?")
_FORMAT = re.compile(r"[A-Z0-9_]{1,32}")

# What is expected in a place, and an example for those whose mistake we do not recognise.
_SIZE_HERE = ("a size", "one is 1920x1080 (at most 99999x99999) or a name such as 1080p")
_RATE_HERE = ("a rate", "one is 30, 29.97 or 30000/1001 (at most 9 digits, 6 decimals)")
_SIGN_HERE = ("a sign", ">= is at least, <= at most, and without one it is exactly")
_TERM_HERE = (
    "a term of a selector",
    "terms are jpeg, raw, h265, any, a size (>=720p), a rate (@30fps), format=YUY2, max, min",
)
_TWICE = {
    "codec": "a second codec; to try one after the other, write a list of selectors",
    "size": "a second size; a range is written 640x480..1920x1080",
    "rate_fps": "a second rate; a range is written @30..60fps",
    "format": "a second format; to try one after the other, write a list of selectors",
    "prefer": "a second preference; write max, or min, or neither for the closest",
}
_CODECS = {codec.value: codec for codec in Codec}
_PREFERENCES = {"max": Prefer.MAX, "min": Prefer.MIN}
_WORDS = (*_CODECS, *_PREFERENCES, *SIZES)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str  # in lower case; empty at the end of the selector
    offset: int


def _tokens(text: str) -> list[_Token]:
    for offset, char in enumerate(text):
        if not char.isascii() and not char.isspace():
            raise SelectorError(_not_ascii(char), offset)
    found = [_Token(match[0].lower(), match.start()) for match in _TOKEN.finditer(text)]
    return [*found, _Token("", len(text))]


def _not_ascii(char: str) -> str:
    name = unicodedata.name(char, "").lower()
    named = f" ({name})" if name else ""
    instead = ascii_for(char)
    hint = f"write '{instead}'" if instead else "delete it"
    return f"'{printable(char)}'{named} cannot stand in a selector; {hint}"


class _Parser:
    """One pass over the tokens of one text, a method per rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *wanted: str) -> _Token | None:
        """Move past the next token and return it, if it is one of `wanted`."""
        token = self._next
        if token.text not in wanted:
            return None
        self._at += 1
        return token

    def selector(self) -> Selector:
        if not self._next.text:
            raise SelectorError("an empty selector; write for instance jpeg 1920x1080 @30fps", 0)
        terms: dict[str, Any] = {}
        while self._next.text:
            start = self._next
            kind, value = self._term()
            if kind in terms:
                raise SelectorError(_TWICE[kind], start.offset)
            terms[kind] = value
            if terms.get("codec") is Codec.JPEG and "format" in terms:
                raise SelectorError(
                    "jpeg has no pixel format; write raw with format=, or jpeg without",
                    start.offset,
                )
        return Selector(**terms)

    def _term(self) -> tuple[str, Any]:
        token = self._next
        if self._take("@"):
            return "rate_fps", self._rate()
        if token.text[0] in "<>=" or token.text in SIZES or _SIZE.fullmatch(token.text):
            return "size", self._size()
        if self._take(*_CODECS):
            return "codec", _CODECS[token.text]
        if self._take(*_PREFERENCES):
            return "prefer", _PREFERENCES[token.text]
        if token.text.startswith("format="):
            return "format", self._format()
        if token.text == "..":
            raise SelectorError(
                "a range has two ends and no other sign; write 640x480..1920x1080 or @30..60fps",
                token.offset,
            )
        raise self._wrong(_TERM_HERE)

    def _size(self) -> Bounds[Size]:
        start = self._next
        bounds = self._bounds(self._one_size)
        if bounds.low and bounds.high and not bounds.low.fits_in(bounds.high):
            raise _reversed(bounds.text(str), start, f"{bounds.high}..{bounds.low}")
        return bounds

    def _rate(self) -> Bounds[Fraction]:
        start = self._next
        bounds = self._bounds(self._one_rate)
        if bounds.low and bounds.high and bounds.low > bounds.high:
            text = f"@{rate_text(bounds.high)}..{rate_text(bounds.low)}fps"
            raise _reversed(bounds.text(rate_text), start, text)
        return bounds

    def _bounds(self, one: Callable[[], T]) -> Bounds[T]:
        if self._take(">="):
            return Bounds(low=one())
        if self._take("<="):
            return Bounds(high=one())
        if self._next.text and self._next.text[0] in "<>=":
            raise self._wrong(_SIGN_HERE)
        low = one()
        return Bounds(low, one() if self._take("..") else low)

    def _one_size(self) -> Size:
        token = self._next
        size = SIZES.get(token.text)
        written = _SIZE.fullmatch(token.text)
        if written:
            size = Size(int(written[1]), int(written[2]))
        if size is None:
            raise self._wrong(_SIZE_HERE)
        if not size.pixels:
            raise SelectorError(f"{size} has no pixels; both sides are 1 or more", token.offset)
        self._at += 1
        return size

    def _one_rate(self) -> Fraction:
        token = self._next
        written = _RATE.fullmatch(token.text)
        if written is None:
            raise self._wrong(_RATE_HERE)
        number, _, divisor = written[1].partition("/")
        if not Fraction(number) or (divisor and not int(divisor)):
            raise SelectorError(f"{written[1]} is no rate; it must be above 0", token.offset)
        self._at += 1
        if not written[2]:
            self._take("fps")
        return Fraction(written[1])

    def _format(self) -> str:
        token = self._next
        name = token.text.removeprefix("format=").upper()
        good = _FORMAT.match(name)
        if good is None or good[0] != name:
            raise SelectorError(
                f"'{printable(name)}' is no pixel format; write one name, such as format=YUY2",
                token.offset + len("format=") + (len(good[0]) if good else 0),
            )
        self._at += 1
        return name

    def _wrong(self, expected: tuple[str, str]) -> SelectorError:
        """Return the error of a next token that is not what is `expected` there."""
        (what, example), token = expected, self._next
        if not token.text:
            return SelectorError(f"{what} is missing here; {example}", token.offset)
        size, end = self._spread_size()
        as_written = self._text[token.offset : end]
        sign = self._tokens[self._at - 1].text if self._at else ""
        hint = what_was_meant(token.text, _WORDS, sign=sign) or f"; {example}"
        hint = f"; write '{size}'" if size else hint
        return SelectorError(
            f"'{printable(as_written, longest=40)}' is not {what}{hint}", token.offset
        )

    def _spread_size(self) -> tuple[str, int]:
        """Return the size that stands here in words, or '', and where it or else the word ends."""
        token = self._next
        for count in (2, 3):
            tokens = self._tokens[self._at : self._at + count]
            size = size_of(each.text for each in tokens)
            if size and tokens[-1].text and not _SIZE.fullmatch(token.text):
                return size, tokens[-1].offset + len(tokens[-1].text)
        return "", token.offset + len(token.text)


def _reversed(text: str, start: _Token, instead: str) -> SelectorError:
    return SelectorError(
        f"the range {text} ends below its start; write {instead} (and max to prefer the largest)",
        start.offset,
    )
