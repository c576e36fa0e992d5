"""Lanes in their places: how high they are, their words, and the sizes under their days. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from thorsched.foresight.calendar import Calendar, Entry
from thorsched.picture import words
from thorsched.picture.axes import Tick
from thorsched.picture.figures import size, sizes_by_day
from thorsched.picture.lanes import Lane
from thorsched.picture.scale import Day, Scale

LABELS = 160.0
"""How much room there is left of the lanes."""
_NAME, _MODE, _GAP = 13.0, 9.5, 12.0
_FIGURE_ROOM = 42.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shape:
    """How high a lane is, where in it bars stand, and whether it has words beside its name."""

    height: float
    bar_top: float
    bar_height: float
    has_modes: bool = False
    has_figures: bool = False


_SHAPES = (
    (8, Shape(46, 7, 20, has_modes=True, has_figures=True), Shape(40, 10, 20, has_modes=True)),
    (16, Shape(38, 5, 16, has_modes=True, has_figures=True), Shape(34, 8, 18, has_modes=True)),
    (32, Shape(24, 5, 14), Shape(24, 5, 14)),
)
"""By how many lanes there are at most: with room for the sizes of days, and without."""
_LOWEST = Shape(17, 3, 11)


@dataclass(frozen=True, slots=True)
class Row:
    """A lane in its place, or what all come to; `figures` are of days, `total` is of all."""

    top: float
    lane: Lane | None
    name: str
    modes: tuple[str, ...]
    figures: tuple[Tick, ...]
    total: str


def shape_of(lanes: int, scale: Scale) -> Shape:
    """Return the shape that so many lanes have."""
    for most, roomy, narrow in _SHAPES:
        if lanes <= most:
            return roomy if scale.wide(_DAY) >= _FIGURE_ROOM else narrow
    return _LOWEST


def rows_of(
    calendar: Calendar,
    lanes: Sequence[Lane],
    days: Sequence[Day],
    *,
    scale: Scale,
    shape: Shape,
    top: float,
) -> Iterator[Row]:
    """Yield the lanes from `top` on, each with its sizes, and at last what they are together."""
    between = calendar.between
    for place, lane in enumerate(lanes):
        modes = (lane.modes[0] if lane.modes else "never", ", ".join(lane.modes[1:]))
        figures = _figures(lane.entries, days, scale) if shape.has_figures else ()
        yield Row(
            top + place * shape.height,
            lane,
            words.cut(lane.camera, width=LABELS - _GAP, size=_NAME),
            tuple(words.cut(text, width=LABELS - _GAP, size=_MODE) for text in modes if text),
            tuple(figures),
            size(lane.entries, between),
        )
    figures = _figures(calendar.entries, days, scale)
    bottom = top + len(lanes) * shape.height
    yield Row(bottom, None, "", (), tuple(figures), size(calendar.entries, between))


def _figures(entries: Sequence[Entry], days: Sequence[Day], scale: Scale) -> Iterator[Tick]:
    """Yield the size of each day that has room for it."""
    sizes = sizes_by_day(entries, days, scale.between)
    for day, text in zip(days, sizes, strict=True):
        left, right = scale.x(day.window.start), scale.x(day.window.end)
        if text and right - left >= max(_FIGURE_ROOM, words.width_of(text, _MODE)):
            yield Tick(round((left + right) / 2, 2), text)
