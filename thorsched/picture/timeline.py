"""A calendar as a drawing: where everything stands, in a picture's own units. Pure.

`timeline.svg` is its form; `rendering.py` fills that in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from thorsched.base.moments import format_minute
from thorsched.base.text import counted
from thorsched.foresight.calendar import Calendar, Entry
from thorsched.picture import words
from thorsched.picture.axes import CROWDED, Head, Tick, heads, hours, utc_hours
from thorsched.picture.flags import Flag, flags
from thorsched.picture.lanes import lane_of
from thorsched.picture.legend import ROW, Key, keys
from thorsched.picture.nights import Nights
from thorsched.picture.pieces import Wanted
from thorsched.picture.rows import LABELS, Row, Shape, rows_of, shape_of
from thorsched.picture.scale import Day, Scale, days_of
from thorsched.schedule.intervals import Window, window_words

MARGIN = 24.0
_TOTALS = 64.0
_NARROWEST, _WIDEST, _A_DAY = 730.0, 1450.0, 24.0
_LEGEND = 86.0
"""Of its first row, the letters' line."""
_HEADS, _FOOT, _CAPTION_ROW = 58.0, 50.0, 16.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a calendar beside what it holds."""

    title: str
    revision: str
    alone: Wanted
    now: datetime
    nights: Nights
    full: datetime | None = None
    """When the disk is full."""
    paused: Mapping[str, Sequence[Window]] = field(default_factory=dict)
    """When cameras are paused by hand, by their names."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that stands in the picture."""

    about: About
    zone: ZoneInfo
    title: str
    subtitle: str
    scale: Scale
    shape: Shape
    width: float
    top: float
    """Of the first lane; the days' names stand above."""
    legend: tuple[Key, ...]
    nights: tuple[Window, ...]
    heads: tuple[Head, ...]
    hours: tuple[Tick, ...]
    utc_hours: tuple[Tick, ...]
    changes: tuple[Tick, ...]
    flags: tuple[Flag, ...]
    rows: tuple[Row, ...]
    sums: Row
    caption: tuple[str, ...]

    @property
    def bottom(self) -> float:
        """Of the last lane."""
        return self.sums.top

    @property
    def foot(self) -> float:
        """Where the card ends."""
        return self.bottom + _FOOT

    def is_hidden(self, tick: Tick) -> bool:
        """Return whether an hour has no number, as a flag stands in its place."""
        return any(flag.hides(tick) for flag in self.flags)

    @property
    def height(self) -> float:
        return self.foot + 14 + _CAPTION_ROW * len(self.caption)


def drawing(calendar: Calendar, about: About) -> Drawing:
    """Return the picture of what `calendar` holds, of one camera at least."""
    between, zone = calendar.between, calendar.zone
    days = tuple(days_of(between, zone))
    plot = min(max(_A_DAY * len(days), _NARROWEST), _WIDEST)
    scale = Scale(between, MARGIN + LABELS, plot)
    width = scale.right + _TOTALS + MARGIN
    entries = _by_camera(calendar)
    alone = _used(calendar, about)
    lanes = [
        lane_of(
            camera, own, about.paused.get(camera, ()), calendar=calendar, scale=scale, alone=alone
        )
        for camera, own in entries.items()
    ]
    legend = tuple(keys(list(alone), lanes, left=MARGIN, right=width - MARGIN, top=_LEGEND))
    top = max((key.y for key in legend), default=_LEGEND - ROW) + _HEADS
    shape = shape_of(len(lanes), scale)
    *rows, sums = rows_of(calendar, lanes, days, scale=scale, shape=shape, top=top)
    return Drawing(
        about=about,
        zone=zone,
        title=words.cut(about.title, width=width - 2 * MARGIN, size=22),
        subtitle=_subtitle(calendar, about),
        scale=scale,
        shape=shape,
        width=width,
        top=top,
        legend=legend,
        nights=about.nights.windows if scale.wide(_DAY) >= CROWDED else (),
        heads=tuple(heads(days, scale)),
        hours=tuple(hours(scale, zone)),
        utc_hours=tuple(utc_hours(scale)),
        changes=tuple(_changes(calendar, days, scale)),
        flags=tuple(flags((("now", about.now), ("disk full", about.full)), scale)),
        rows=tuple(rows),
        sums=sums,
        caption=tuple(_caption(calendar, about, days, sums)),
    )


def _used(calendar: Calendar, about: About) -> Wanted:
    """Return the schedules that have a window, in the file's order."""
    used = dict.fromkeys(name for entry in calendar.entries for name in entry.schedules)
    known = {name: windows for name, windows in about.alone.items() if name in used}
    return known | {name: () for name in used if name not in known}


def _by_camera(calendar: Calendar) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {camera: [] for camera in calendar.cameras}
    for entry in calendar.entries:
        found[entry.camera].append(entry)
    return found


def _subtitle(calendar: Calendar, about: About) -> str:
    when = window_words(calendar.between, calendar.zone)
    revision = f", revision {about.revision}" if about.revision else ""
    return f"{when} ({calendar.zone.key}){revision}"


def _changes(calendar: Calendar, days: Sequence[Day], scale: Scale) -> Iterator[Tick]:
    for day in days:
        if day.change and calendar.between.holds(day.change):
            yield Tick(round(scale.x(day.change), 2), words.change(day, calendar.zone))


def _caption(calendar: Calendar, about: About, days: Sequence[Day], sums: Row) -> Iterator[str]:
    yield from (words.change(day, calendar.zone) for day in days if day.change)
    if about.full:
        yield f"the disk is full on {format_minute(about.full, calendar.zone)}"
    cameras = counted(len(calendar.cameras), "camera")
    said = (cameras, counted(len(calendar.entries), "window"), sums.total)
    yield f"{', '.join(filter(None, said))}; {about.nights.words}"
    yield from words.on_sizes(calendar.entries)
