"""What a file has recorded in a time to come: every window, of what, and how large. Pure.

Made for `cli/plan/command.py`, its picture and the disk's forecast; a value that knows no clock.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from zoneinfo import ZoneInfo

from thorsched.base.units import format_size
from thorsched.cameras.capability import Capability
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, timetables
from thorsched.engine.manner import manner
from thorsched.engine.sources import Chosen, Selectors, View, resolving
from thorsched.foresight.rates import Rate, RateOf
from thorsched.recording.trouble import SERVER_CAUSES, Trouble
from thorsched.schedule.intervals import Window
from thorsched.schedule.parts import Part, parts
from thorsched.schedule.windows import Timetable


@dataclass(frozen=True, slots=True)
class Entry:
    """One window of a camera, uncut: it may begin before the calendar, and end after it.

    A window may have no beginning or no end, as `ALWAYS` has neither.
    """

    camera: str
    window: Window
    schedules: tuple[str, ...]
    """All that want some of its time, in the file's order."""
    selector: str
    """The one that chose; of a camera that cannot be recorded as things are, all it has."""
    capability: Capability | None
    """None where `trouble` says why none is known."""
    rate: Rate | None
    zone: ZoneInfo | None = None
    """That of its first schedule, where it is another than the calendar's."""
    trouble: Trouble | None = None
    """Why it has no capability, as things are."""
    unmatched: str = ""
    """Why it is the camera's own capability, where a schedule asks for another."""

    @property
    def size_bytes(self) -> int | None:
        """The size expected of the whole window; None without an end, or without a rate."""
        return None if None in self.window.bounds else self.bytes_within(self.window)

    def bytes_within(self, between: Window) -> int | None:
        """Return the size expected of its time inside `between`; None without a rate."""
        if self.rate is None:
            return None
        if not self.window.meets(between):
            return 0
        start, end = max(self.window.start, between.start), min(self.window.end, between.end)
        return round(self.rate.bytes_per_s * (end - start).total_seconds())


@dataclass(frozen=True, slots=True)
class Amount:
    """What several entries come to."""

    size_bytes: int
    is_measured: bool
    """Whether all of it is by measured rates."""
    is_whole: bool
    """Whether the rate of each is known; else it is more than that."""

    def __str__(self) -> str:
        """Return e.g. `129 GB`, `~129 GB` where some is estimated, `~129 GB + ?`, or `?`."""
        about = "" if self.is_measured else "~"
        words = f"{about}{format_size(self.size_bytes)}"
        return words if self.is_whole else f"{words} + ?" if self.size_bytes else "?"


def amount(entries: Iterable[Entry], within: Window) -> Amount:
    """Return what the time of `entries` inside `within` comes to."""
    parts = [(entry.rate, entry.bytes_within(within)) for entry in entries]
    return Amount(
        sum(size or 0 for _, size in parts),
        all(rate.is_measured for rate, _ in parts if rate),
        all(rate for rate, _ in parts),
    )


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is wanted between two moments; entries by their start, then by the file's order."""

    between: Window
    zone: ZoneInfo
    """The file's, or the machine's: days are by its clocks."""
    cameras: tuple[str, ...]
    """All of the file, in its order, those without an entry, too."""
    entries: tuple[Entry, ...]


def calendar(
    config: Config,
    views: Mapping[str, View],
    *,
    between: Window,
    horizon: Horizon,
    rate_of: RateOf,
) -> Calendar:
    """Return what `config` wants `between`; `views` are of its servers, by URL.

    The zone of `horizon` is the machine's, for files without one.
    """
    horizon = replace(horizon, zone=config.zone or horizon.zone)

    resolved = resolving(config, views)

    @cache
    def parts_of(tables: tuple[Timetable, ...]) -> tuple[Part, ...]:
        return parts(tables, between=between)

    entries = []
    for camera in config.cameras:
        tables = timetables(config, camera, horizon.zone)
        zones = {one.name: None if one.zone == horizon.zone else one.zone for one in tables}
        for part in _unpaused(parts_of(tables), camera, between, horizon):
            asked = manner(config, camera, part.settings).selectors
            where = zones[part.names[0]]
            chosen = resolved(asked)[camera]
            entries.append(_entry(camera, part, asked, chosen, where, rate_of))
    entries.sort(key=lambda entry: entry.window.start)
    return Calendar(between, horizon.zone, tuple(config.cameras), tuple(entries))


def _unpaused(
    found: Sequence[Part], camera: str, between: Window, horizon: Horizon
) -> Iterator[Part]:
    """Yield what is left of the parts of a camera's windows; each stands for one entry."""
    for part in found:
        for window in horizon.left_of((part.window,), camera):
            if window.meets(between):
                yield replace(part, window=window)


def _entry(
    camera: str,
    part: Part,
    asked: Selectors,
    chosen: Chosen | Trouble,
    zone: ZoneInfo | None,
    rate_of: RateOf,
) -> Entry:
    if isinstance(chosen, Trouble):
        selector = ", ".join(map(str, asked))
        rate = rate_of(camera, asked) if chosen.cause in SERVER_CAUSES else None
        return Entry(camera, part.window, part.names, selector, None, rate, zone, chosen)
    source = chosen.source
    return Entry(
        camera,
        part.window,
        part.names,
        chosen.selector,
        source.capability,
        rate_of(camera, source),
        zone,
        unmatched=chosen.unmatched,
    )
