"""A calendar as a drawing: where everything stands, in a picture's own units. Pure.

`timeline.svg` is its form; `rendering.py` fills that in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from thorsched.base.text import counted
from thorsched.engine.calendar import Calendar, Entry
from thorsched.picture import words
from thorsched.picture.axes import Head, Tick, heads, hours, utc_hours
from thorsched.picture.figures import Sizes, added, sizes_by_day, told, total
from thorsched.picture.lanes import Lane, lane_of
from thorsched.picture.legend import ROW, Key, keys
from thorsched.picture.nights import Nights
from thorsched.picture.scale import Day, Scale, days_of

MARGIN = 24.0
_LABELS, _TOTALS = 160.0, 64.0
_NARROWEST, _WIDEST, _A_DAY = 730.0, 1450.0, 24.0
_LEGEND = 86.0
"""Of its first row, the letters' line."""
_HEADS, _FOOT, _CAPTION_ROW = 58.0, 50.0, 16.0
_FIGURE_ROOM = 42.0


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a calendar beside what it holds."""

    title: str
    revision: str
    schedules: tuple[str, ...]
    """All of the file, in its order."""
    now: datetime
    nights: Nights
    full: datetime | None = None
    """When the disk is full."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How high a lane is, and where in it bars stand."""

    height: float
    bar_top: float
    bar_height: float
    has_modes: bool
    has_figures: bool


_SHAPES = (
    (8, Shape(46, 7, 20, has_modes=True, has_figures=True)),
    (16, Shape(38, 5, 16, has_modes=True, has_figures=True)),
    (32, Shape(24, 5, 14, has_modes=False, has_figures=False)),
    (1 << 30, Shape(17, 3, 11, has_modes=False, has_figures=False)),
)
"""By how many lanes there are at most."""


@dataclass(frozen=True, slots=True)
class Row:
    """A lane in its place, with its words, the sizes of its days and of all."""

    top: float
    lane: Lane
    name: str
    modes: tuple[str, ...]
    figures: tuple[Tick, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that stands in the picture."""

    about: About
    title: str
    subtitle: str
    scale: Scale
    shape: Shape
    width: float
    top: float
    """Of the first lane; the days' names stand above."""
    bottom: float
    legend: tuple[Key, ...]
    heads: tuple[Head, ...]
    hours: tuple[Tick, ...]
    utc_hours: tuple[Tick, ...]
    changes: tuple[Tick, ...]
    rows: tuple[Row, ...]
    sums: Row | None
    caption: tuple[str, ...]

    @property
    def foot(self) -> float:
        """Where the card ends."""
        return self.bottom + _FOOT

    @property
    def height(self) -> float:
        return self.foot + 14 + _CAPTION_ROW * len(self.caption)


def drawing(calendar: Calendar, about: About) -> Drawing:
    """Return the picture of what `calendar` holds."""
    days = tuple(days_of(calendar.between, calendar.zone))
    plot = min(max(_A_DAY * len(days), _NARROWEST), _WIDEST)
    scale = Scale(calendar.between, MARGIN + _LABELS, plot)
    width = scale.right + _TOTALS + MARGIN
    shape = next(shape for most, shape in _SHAPES if len(calendar.cameras) <= most)
    places = _places(calendar, about)
    entries = _by_camera(calendar)
    lanes = [
        lane_of(camera, own, calendar=calendar, scale=scale, places=places)
        for camera, own in entries.items()
    ]
    legend = tuple(keys(places, lanes, left=MARGIN, right=width - MARGIN, top=_LEGEND))
    top = max((key.y for key in legend), default=_LEGEND - ROW) + _HEADS
    sizes = [sizes_by_day(own, days, calendar.between) for own in entries.values()]
    tops = [top + place * shape.height for place in range(len(lanes) + 1)]
    rows = [
        _row(lane, own, days, scale, shape, at)
        for lane, own, at in zip(lanes, sizes, tops, strict=False)
    ]
    return Drawing(
        about=about,
        title=words.cut(about.title, width=width - 2 * MARGIN, size=22),
        subtitle=_subtitle(calendar, about),
        scale=scale,
        shape=shape,
        width=width,
        top=top,
        bottom=tops[-1],
        legend=legend,
        heads=tuple(heads(days, scale)),
        hours=tuple(hours(scale, calendar.zone)),
        utc_hours=tuple(utc_hours(scale)),
        changes=tuple(_changes(calendar, days, scale)),
        rows=tuple(rows),
        sums=_sums(added(sizes), days, scale, tops[-1]) if rows else None,
        caption=tuple(_caption(calendar, about, days, sizes)),
    )


def _places(calendar: Calendar, about: About) -> dict[str, int]:
    """Return the place in the legend of each schedule that has a window."""
    used = dict.fromkeys(name for entry in calendar.entries for name in entry.schedules)
    ordered = [name for name in about.schedules if name in used]
    return {name: place for place, name in enumerate(dict.fromkeys([*ordered, *used]))}


def _by_camera(calendar: Calendar) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {camera: [] for camera in calendar.cameras}
    for entry in calendar.entries:
        found[entry.camera].append(entry)
    return found


def _subtitle(calendar: Calendar, about: About) -> str:
    when = words.span(calendar.between, calendar.zone)
    revision = f", revision {about.revision}" if about.revision else ""
    return f"{when} ({calendar.zone.key}){revision}"


def _changes(calendar: Calendar, days: Sequence[Day], scale: Scale) -> Iterator[Tick]:
    for day in days:
        if day.change and calendar.between.holds(day.change):
            yield Tick(round(scale.x(day.change), 2), words.change(day, calendar.zone))


def _row(
    lane: Lane, sizes: Sizes, days: Sequence[Day], scale: Scale, shape: Shape, top: float
) -> Row:
    room = _LABELS - 12
    modes = (lane.modes[0] if lane.modes else "never", ", ".join(lane.modes[1:]))
    said = tuple(words.cut(text, width=room, size=9.5) for text in modes if text)
    name = words.cut(lane.camera, width=room, size=13)
    figures = tuple(_figures(sizes, days, scale)) if shape.has_figures else ()
    return Row(top, lane, name, said, figures, told(total(sizes)))


def _sums(sizes: Sizes, days: Sequence[Day], scale: Scale, top: float) -> Row:
    lane = Lane("", (), (), ())
    return Row(top, lane, "", (), tuple(_figures(sizes, days, scale)), told(total(sizes)))


def _figures(sizes: Sizes, days: Sequence[Day], scale: Scale) -> Iterator[Tick]:
    """Yield the size of each day that has room for it."""
    for day, size in zip(days, sizes, strict=True):
        left, right = scale.x(day.window.start), scale.x(day.window.end)
        if right - left >= _FIGURE_ROOM and (text := told(size)):
            yield Tick(round((left + right) / 2, 2), text)


def _caption(
    calendar: Calendar, about: About, days: Sequence[Day], sizes: Sequence[Sizes]
) -> Iterator[str]:
    yield from (words.change(day, calendar.zone) for day in days if day.change)
    if about.full:
        yield f"the disk is full on {words.moment(about.full, calendar.zone)}"
    size = total(total(one) for one in sizes)
    windows = counted(len(calendar.entries), "window")
    amount = f", {told(size)}" if size else ""
    yield f"{counted(len(calendar.cameras), 'camera')}, {windows}{amount}; {about.nights.words}"
    yield from words.on_sizes(calendar.entries)
