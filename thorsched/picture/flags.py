"""Moments that are marked by a line through all lanes: now, and when the disk is full. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from thorsched.picture.axes import Tick
from thorsched.picture.scale import Scale
from thorsched.picture.words import width_of

LETTERS = 9.5
_GAP = 3.0
_HALF_AN_HOUR_WIDE = 7.0


@dataclass(frozen=True, slots=True)
class Flag:
    """A line at `x`, and beside its top a word in a box `width` wide, from `left` on."""

    x: float
    left: float
    width: float
    word: str
    at: datetime

    def hides(self, tick: Tick) -> bool:
        """Return whether its box would stand on an hour's number."""
        return self.left - _HALF_AN_HOUR_WIDE < tick.x < self.left + self.width + _HALF_AN_HOUR_WIDE


def flags(moments: Iterable[tuple[str, datetime | None]], scale: Scale) -> Iterator[Flag]:
    """Yield those of the moments, in their order, that are drawn, each word beside the last."""
    free = 0.0
    for word, at in moments:
        if at is not None and scale.between.holds(at):
            x, width = scale.x(at), width_of(word, LETTERS) + 10
            left = x - width if x + width > scale.right else max(x, free)
            free = left + width + _GAP
            yield Flag(round(x, 2), round(left, 2), round(width, 2), word, at)
