"""What colours and patterns mean, above a timeline. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from thorsched.picture import palette, words
from thorsched.picture.lanes import Cue, Lane

ROW = 20.0
LETTERS = 12.0
_LONGEST = 260.0
_CHIP, _GAP = 17.0, 16.0


@dataclass(frozen=True, slots=True)
class Key:
    """One entry: a chip of colour, with the pattern `cue` on it, and what it means."""

    x: float
    y: float
    fill: str
    cue: str
    text: str


def keys(
    names: Sequence[str], lanes: Sequence[Lane], *, left: float, right: float, top: float
) -> Iterator[Key]:
    """Yield the entries from `left` to `right`, in as many rows as they need."""
    x, y = left, top
    for fill, cue, text in _meanings(names, lanes):
        said = words.cut(text, width=_LONGEST, size=LETTERS)
        width = _CHIP + words.width_of(said, LETTERS) + _GAP
        if x > left and x + width > right:
            x, y = left, y + ROW
        yield Key(round(x, 1), y, fill, cue, said)
        x += width


def _meanings(names: Sequence[str], lanes: Sequence[Lane]) -> Iterator[tuple[str, str, str]]:
    for place, name in enumerate(names):
        yield palette.of_schedule(place), palette.pattern_of(place), name
    bars = list(chain.from_iterable(lane.everything for lane in lanes))
    if any(bar.is_special for bar in bars):
        yield palette.LIGHT["dim"], Cue.HATCH, "taller: another capability than usual"
    if any(bar.cue is Cue.COMB for bar in bars):
        yield palette.LIGHT["dim"], Cue.COMB, "many short windows"
    if any(lane.holes for lane in lanes):
        yield palette.LIGHT["line"], "paused", "paused by hand"
