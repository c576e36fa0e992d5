"""Sizes and rates, the names and texts that people have for them, and bounds on either.

The values inside a `Selector`; used by `selector.py` and `choice.py`, a `Size` also by `recording/`
for the pictures in a file, the rates' texts by whatever shows a capability. Never reads a
selector's text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Size:
    """A picture's size in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def fits_in(self, other: "Size") -> bool:
        return self.width <= other.width and self.height <= other.height

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


SIZES: Final[Mapping[str, Size]] = {
    "240p": Size(320, 240),
    "360p": Size(640, 360),
    "480p": Size(640, 480),
    "720p": Size(1280, 720),
    "1080p": Size(1920, 1080),
    "1440p": Size(2560, 1440),
    "2160p": Size(3840, 2160),
    "4k": Size(3840, 2160),
}


@dataclass(frozen=True)  # without slots: `Bounds[Size]()` fails with both in Python 3.11
class Bounds(Generic[T]):
    """Between which values, both inclusive, something lies; None is open, equal bounds exact."""

    low: T | None = None
    high: T | None = None

    @property
    def anchor(self) -> T | None:
        """The bound that a choice comes closest to: the low one if there is one."""
        return self.high if self.low is None else self.low

    def text(self, write: Callable[[T], str]) -> str:
        """Return the bounds as a selector writes them; empty if both are open."""
        if self.low is None:
            return "" if self.high is None else f"<={write(self.high)}"
        if self.high is None:
            return f">={write(self.low)}"
        if self.low == self.high:
            return write(self.low)
        return f"{write(self.low)}..{write(self.high)}"


def rate_text(rate_fps: Fraction) -> str:
    """Return a rate exactly, as a selector writes it, e.g. `30` or `29.97`.

    Where six decimals are not enough it is a fraction, e.g. `30000/1001`.
    """
    millionths = rate_fps * 10**6
    if millionths.denominator != 1:
        return str(rate_fps)
    whole, decimals = divmod(millionths.numerator, 10**6)
    return f"{whole}.{decimals:06d}".rstrip("0").rstrip(".")


def rate_for_people(rate_fps: Fraction) -> str:
    """Return a rate to five digits, a whole one exactly: `30`, `7.5`, `29.97` for 30000/1001."""
    return str(rate_fps) if rate_fps.denominator == 1 else f"{float(rate_fps):.5g}"
