"""What the rules for old files come to, told by `thorsched check` and `plan`: what goes, and when.

Reads the journal of the root, and changes nothing.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from thorsched.base.moments import format_minute
from thorsched.base.text import counted
from thorsched.base.units import epoch_us, format_size, format_utc, from_epoch_us
from thorsched.catalogue.consulting import trouble_with
from thorsched.catalogue.database import path_below
from thorsched.catalogue.keeping import holdings, witness
from thorsched.catalogue.keeping.retention import Forecast, forecast, rules_of
from thorsched.config.models import Config
from thorsched.foresight.disk.filling import Stock
from thorsched.foresight.patience import Patience, Silent
from thorsched.schedule.localtime import first_instant, midnight

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Keeping:
    """A forecast for a root, or why there is none."""

    forecast: Forecast | None
    why_not: str = ""
    stock: Stock = field(default_factory=Stock)


def keeping(
    config: Config, *, now: datetime, ahead: timedelta, patience: Patience
) -> Keeping | None:
    """Return what goes from `now`, aware UTC, on; None if the file has nothing deleted."""
    if not rules_of(config).ever_delete:
        return None
    try:
        return patience.ask(lambda: _keeping(config, now, ahead), config.storage.root)
    except Silent as error:
        return Keeping(None, str(error))


def _keeping(config: Config, now: datetime, ahead: timedelta) -> Keeping:
    rules, root = rules_of(config), config.storage.root
    if not path_below(root).exists():
        return Keeping(None, trouble_with(root) or "nothing is recorded there yet")
    try:
        known = holdings.kept(path_below(root), destination=config.storage.destination)
        free_bytes = shutil.disk_usage(root).free
    except (OSError, sqlite3.Error) as error:
        why_not = trouble_with(root) or f"the journal cannot be read: {error}"
        return Keeping(None, why_not)
    passage = witness.first_look(root, now=now, known=lambda: known)
    until = now + ahead
    seen = forecast(known, rules, passage=passage, free_bytes=free_bytes, until=until)
    return Keeping(seen, stock=Stock(known, passage))


def in_words(seen: Forecast, zone: ZoneInfo) -> Iterator[str]:
    """Yield what a person is told: a line a rule, those of what waits, one of what comes next."""
    for why, (files, size_bytes) in seen.going.sums().items():
        going = f"{counted(files, 'file')}, {format_size(size_bytes)}"
        yield f"{why}: {going} {'goes' if files == 1 else 'go'} until tomorrow"
    if not len(seen.going):
        yield "nothing goes until tomorrow"
    yield from waits_in_words(seen)
    dates = [
        f"of {camera} on {format_minute(goes, zone)}"
        for camera, (_, goes) in sorted(seen.oldest.items())
    ]
    if dates:
        yield f"the oldest {', '.join(dates)}"


def waits_in_words(seen: Forecast) -> Iterator[str]:
    """Yield why more files, which the rules are about, do not go; a line each."""
    if seen.unaudited:
        yield f"{counted(seen.unaudited, 'more file')} would go, but not before an audit"
    if seen.uncopied:
        words = "its copy is" if seen.uncopied == 1 else "their copies are"
        yield f"{counted(seen.uncopied, 'more file')} would go, but not before {words} proved"


@dataclass(frozen=True, slots=True)
class Departure:
    """What goes of one camera on one day, by one rule."""

    day: date
    camera: str
    why: str
    files: int
    size_bytes: int


def departures(seen: Forecast, zone: ZoneInfo) -> list[Departure]:
    """Return what goes, by day; days are those of `zone`."""
    going, known = seen.going, seen.going.known
    first = from_epoch_us(int(seen.goes_us.min(initial=epoch_us(seen.until)))).astimezone(zone)
    days = list(_days(first.date(), seen.until, zone))
    of_day = np.searchsorted([epoch_us(start) for _, start in days], seen.goes_us, side="right") - 1
    camera = known.camera[going.rows]
    kind = (of_day * len(known.names) + camera) * len(going.reasons) + going.reason
    by_kind = np.argsort(kind, kind="stable")
    found: dict[tuple[date, str, str], list[int]] = {}
    for own in np.split(by_kind, np.flatnonzero(np.diff(kind[by_kind])) + 1):
        for one in own[:1].tolist():
            why = going.reasons[going.reason[one]].why
            key = (days[of_day[one]][0], known.names[camera[one]], why)
            found.setdefault(key, []).extend(known.size_bytes[going.rows[own]].tolist())
    return [Departure(*key, len(sizes), sum(sizes)) for key, sizes in sorted(found.items())]


def _days(day: date, until: datetime, zone: ZoneInfo) -> Iterator[tuple[date, datetime]]:
    """Yield days from that one on, and when they begin."""
    while (start := first_instant(midnight(day), zone)) <= until:
        yield day, start
        day += A_DAY


def in_json(seen: Keeping) -> dict[str, object]:
    """Return what a program is told."""
    if seen.forecast is None:
        nothing: dict[str, object] = {"going": [], "unaudited": 0, "uncopied": 0, "oldest": {}}
        return {"until": None, **nothing, "why_not": seen.why_not}
    going = [
        {"why": why, "files": files, "size_bytes": size_bytes}
        for why, (files, size_bytes) in seen.forecast.going.sums().items()
    ]
    oldest = {
        camera: {"file": kept.path.as_posix(), "goes": format_utc(goes)}
        for camera, (kept, goes) in seen.forecast.oldest.items()
    }
    return {
        "until": format_utc(seen.forecast.until),
        "going": going,
        "unaudited": seen.forecast.unaudited,
        "uncopied": seen.forecast.uncopied,
        "oldest": oldest,
        "why_not": None,
    }
