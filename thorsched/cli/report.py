"""`thorsched report FILE`: what was wanted against what is on disk, and why the rest is not."""

import csv
import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from tzlocal import get_localzone

from thorsched.base.clock import SystemClock
from thorsched.base.errors import MachineError
from thorsched.base.units import format_size, format_utc
from thorsched.catalogue import database
from thorsched.catalogue.evidence import Known, gather, known
from thorsched.catalogue.ledger import Account, account
from thorsched.catalogue.reader import JournalReader
from thorsched.cli.console import harmless, show_table
from thorsched.cli.exits import ExitCode
from thorsched.cli.summary import duration
from thorsched.config.load import load
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, wanted_between
from thorsched.recording.spec import tail
from thorsched.schedule.intervals import Window
from thorsched.schedule.localtime import first_instant, midnight

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_STYLES = {"server": "yellow", "us": "red", "others": "cyan"}


@dataclass(frozen=True, slots=True)
class Ledger:
    """The accounts of all cameras over a stretch of time, and of each local day of it."""

    between: Window
    zone: ZoneInfo
    known: Known
    accounts: tuple[Account, ...]

    @property
    def is_complete(self) -> bool:
        return all(one.is_complete for one in self.accounts)

    @property
    def days(self) -> tuple[tuple[date, Window], ...]:
        return tuple(_days(self.between, self.zone))


def ledger(
    path: Path, *, cameras: Sequence[str], period: tuple[datetime | None, datetime | None]
) -> Ledger:
    """Return the ledger of a file's storage root. Raises `ConfigError`, `MachineError`."""
    config, zone = load(path).config, get_localzone()
    zone = ZoneInfo(config.timezone) if config.timezone else zone
    now = SystemClock().now()
    between = _between(period, now=now, zone=zone)
    place = database.path_below(config.storage.root)
    if not place.is_file():
        raise MachineError(
            f"there is no journal below {config.storage.root}: has `thorsched run` recorded there?"
        )
    try:
        with JournalReader(place) as journal:
            _refuse_other_version(place, journal.version)
            pipe = max(tail(server.latency) for server in config.servers.values()) + _SECOND
            found = known(journal, now=now, pipe=pipe)
            names = list(dict.fromkeys([*config.cameras, *journal.cameras()]))
            later = _later(config, found, now=now, zone=zone)
            last = found.until if found.is_on else now
            between = Window(between.start, max(min(between.end, last), between.start + _SECOND))
            evidence = gather(journal, names, between, of=found, later=later)
            accounts = tuple(account(one, between) for one in evidence)
    except sqlite3.DatabaseError as error:
        raise MachineError(f"the journal {place} cannot be read: {error}") from error
    kept = [one for one in accounts if one.camera in cameras or not cameras]
    kept = [one for one in kept if one.wanted or one.segments or one.camera in config.cameras]
    return Ledger(between, zone, found, tuple(kept))


def _refuse_other_version(place: Path, version: int) -> None:
    if version < database.VERSION:
        raise MachineError(
            f"the journal {place} is of an earlier thorsched (version {version}); "
            "`thorsched run` migrates it when it begins"
        )
    if version > database.VERSION:
        raise MachineError(
            f"the journal {place} is of a newer thorsched (version {version}, this one knows "
            f"{database.VERSION}): report with that one"
        )


def report(found: Ledger, *, form: str) -> int:
    """Print the ledger as text, json or csv; return the exit code."""
    match form:
        case "json":
            print(json.dumps(as_dict(found), indent=2, ensure_ascii=False))
        case "csv":
            _write_csv(found)
        case _:
            show_table(_page(found))
    return ExitCode.DONE if found.is_complete else ExitCode.NOT_READY


def _later(
    config: Config, found: Known, *, now: datetime, zone: ZoneInfo
) -> dict[str, tuple[Window, ...]]:
    """Return what the file has wanted since the last run's last pass, if there is none now."""
    if found.is_on or found.run is None or found.until >= now:
        return {}
    since, horizon = Window(found.until, now), Horizon(zone)
    return {
        camera: wanted_between(config, camera, between=since, horizon=horizon)
        for camera in config.cameras
    }


def _between(
    period: tuple[datetime | None, datetime | None], *, now: datetime, zone: ZoneInfo
) -> Window:
    start, end = period
    until = first_instant(end, zone) if end else now
    since = first_instant(start, zone) if start else until - _DAY
    return Window(since, max(until, since + _SECOND))


def _days(between: Window, zone: ZoneInfo) -> Iterator[tuple[date, Window]]:
    day = between.start.astimezone(zone).date()
    while True:
        start, end = (first_instant(midnight(one), zone) for one in (day, day + _DAY))
        if start >= between.end:
            return
        yield day, Window(max(start, between.start), min(end, between.end))
        day += _DAY


def verdict(one: Account) -> str:
    """Return what a person reads of a camera, e.g. `99.97 %, 2 gaps, 41 s: server unreachable`."""
    if one.percent is None:
        return "nothing was wanted"
    if one.is_complete:
        return f"complete, {duration(one.wanted_s)}"
    by_cause: dict[str, float] = {}
    for gap in one.missing:
        cause = gap.trouble.cause.value
        by_cause[cause] = by_cause.get(cause, 0.0) + gap.span.length.total_seconds()
    causes = sorted(by_cause.items(), key=lambda item: -item[1])
    words = ", ".join(f"{duration(seconds)}: {cause}" for cause, seconds in causes)
    count = len(one.missing)
    return f"{one.percent:.2f} %, {count} {'gap' if count == 1 else 'gaps'}, {words}"


def _page(found: Ledger) -> RenderableType:
    verdicts = Table.grid(padding=(0, 2, 0, 0))
    for one in found.accounts:
        style = "dim" if one.percent is None else "green" if one.is_complete else "bold red"
        verdicts.add_row(harmless(one.camera), harmless(verdict(one), style=style))
    parts: list[RenderableType] = [_heading(found), Text(), verdicts]
    if any(one.wanted or one.segments for one in found.accounts):
        parts += [Text(), _by_day(found)]
    if not found.is_complete:
        parts += [Text(), _gaps(found)]
    return Group(*parts)


def _heading(found: Ledger) -> Text:
    start, end = (_local(moment, found.zone) for moment in (found.between.start, found.between.end))
    going_on = "; recording goes on" if found.known.is_on else ""
    return harmless(f"{start} to {end} ({found.zone.key}){going_on}")


def _by_day(found: Ledger) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("camera", "day"):
        table.add_column(column, no_wrap=True)
    for column in (
        "wanted",
        "recorded",
        "%",
        "gaps",
        "missing",
        "dropped",
        "surplus",
        "files",
        "size",
    ):
        table.add_column(column, justify="right", no_wrap=True)
    for one in found.accounts:
        for day, between in found.days:
            part = one.within(between)
            if part.wanted or part.segments:
                table.add_row(*_row(part, day))
    return table


def _row(part: Account, day: date) -> tuple[str | Text, ...]:
    return (
        harmless(part.camera),
        f"{day:%a %Y-%m-%d}",
        duration(part.wanted_s),
        duration(part.recorded_s),
        "-" if part.percent is None else f"{part.percent:.2f}",
        str(len(part.missing)),
        duration(part.missing_s),
        str(part.dropped),
        duration(part.surplus_s),
        str(len(part.segments)),
        format_size(part.size_bytes),
    )


def _gaps(found: Ledger) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("camera", "from", "to", "lasted", "side"):
        table.add_column(column, no_wrap=True)
    table.add_column("cause")
    for one in found.accounts:
        for gap in one.missing:
            blame = gap.blame.value
            table.add_row(
                harmless(one.camera),
                _local(gap.span.start, found.zone),
                _local(gap.span.end, found.zone),
                duration(gap.span.length.total_seconds()),
                Text(blame, style=_STYLES[blame]),
                harmless(str(gap.trouble)),
            )
    return table


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M:%S}"


def as_dict(found: Ledger) -> dict[str, object]:
    """Return the ledger as `schemas/report.schema.json` describes it; times in UTC."""
    return {
        "version": 1,
        "from": format_utc(found.between.start),
        "until": format_utc(found.between.end),
        "timezone": found.zone.key,
        "complete": found.is_complete,
        "recording": found.known.is_on,
        "cameras": [
            {
                **_sums(one),
                "verdict": verdict(one),
                "days": [
                    {"day": day.isoformat(), **_sums(part)}
                    for day, between in found.days
                    if (part := one.within(between)).wanted or part.segments
                ],
                "gaps": [
                    {
                        "start": format_utc(gap.span.start),
                        "end": format_utc(gap.span.end),
                        "seconds": round(gap.span.length.total_seconds(), 3),
                        "cause": gap.trouble.cause.value,
                        "blame": gap.blame.value,
                        "detail": gap.trouble.detail,
                    }
                    for gap in one.missing
                ],
            }
            for one in found.accounts
        ],
    }


def _sums(part: Account) -> dict[str, object]:
    return {
        "camera": part.camera,
        "wanted_s": round(part.wanted_s, 3),
        "recorded_s": round(part.recorded_s, 3),
        "missing_s": round(part.missing_s, 3),
        "surplus_s": round(part.surplus_s, 3),
        "twice_s": round(part.twice_s, 3),
        "percent": part.percent,
        "frames": part.frames,
        "dropped": part.dropped,
        "audited": len(part.audits),
        "files": len(part.segments),
        "size_bytes": part.size_bytes,
    }


def _write_csv(found: Ledger) -> None:
    """Print a row a camera and day, with a head."""
    days = [
        {"day": day.isoformat(), **_sums(part)}
        for one in found.accounts
        for day, between in found.days
        if (part := one.within(between)).wanted or part.segments
    ]
    if not days:
        return
    table = csv.DictWriter(sys.stdout, fieldnames=list(days[0]))
    table.writeheader()
    table.writerows(days)
