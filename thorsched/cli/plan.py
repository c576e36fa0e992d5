"""`thorsched plan FILE`: what is to come, read before leaving. As yet: which files go, and when."""

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text
from tzlocal import get_localzone

from thorsched.base.clock import SystemClock
from thorsched.base.text import counted
from thorsched.base.units import format_size
from thorsched.catalogue.keeping.retention import Forecast
from thorsched.cli.console import harmless, new_table, show_table
from thorsched.cli.exits import ExitCode
from thorsched.config.load import load
from thorsched.engine.keeping import (
    Departure,
    Keeping,
    departures,
    in_json,
    keeping,
    waits_in_words,
)

_NO_RULES = "the file has no `keep` and no `offload` with `then: delete`"


def plan(path: Path, *, days: int, as_json: bool) -> int:
    """Print what goes within so many days; return the exit code. Raises `ConfigError`."""
    config = load(path).config
    zone = ZoneInfo(config.timezone) if config.timezone else get_localzone()
    kept = keeping(config, now=SystemClock().now(), ahead=timedelta(days=days))
    seen = kept or Keeping(None, _NO_RULES)
    if as_json:
        print(json.dumps({"keep": _as_object(seen, zone)}, indent=2))
    elif seen.forecast is None:
        show_table(harmless(f"nothing goes: {seen.why_not}"))
    else:
        _show(seen.forecast, zone)
    return ExitCode.DONE


def _show(seen: Forecast, zone: ZoneInfo) -> None:
    until = f"{seen.until.astimezone(zone):%a %Y-%m-%d %H:%M}"
    leaving = departures(seen, zone)
    if leaving:
        files, size_bytes = len(seen.going), sum(one.kept.size_bytes for one in seen.going)
        going = f"{counted(files, 'file')}, {format_size(size_bytes)}, "
        words = f"{going}{'goes' if files == 1 else 'go'} until {until} ({zone.key})"
        show_table(Text(words, style="bold"))
        show_table(_table(leaving))
    else:
        show_table(Text(f"nothing goes until {until} ({zone.key})", style="bold"))
    for words in waits_in_words(seen):
        show_table(harmless(words))
    for camera, (_, goes) in sorted(seen.oldest.items()):
        if goes > seen.until:
            show_table(harmless(f"{camera}: the oldest goes {goes.astimezone(zone):%a %Y-%m-%d}"))


def _table(leaving: list[Departure]) -> Table:
    table = new_table()
    for name in ("day", "camera"):
        table.add_column(name, no_wrap=True)
    for name in ("files", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("by the rule")
    for one in leaving:
        size = format_size(one.size_bytes)
        camera = harmless(one.camera)
        table.add_row(f"{one.day:%a %Y-%m-%d}", camera, str(one.files), size, harmless(one.why))
    return table


def _as_object(seen: Keeping, zone: ZoneInfo) -> dict[str, object]:
    """Return what `check --json` tells of it, and what goes on which day."""
    leaving = departures(seen.forecast, zone) if seen.forecast else []
    days = [{**asdict(one), "day": one.day.isoformat()} for one in leaving]
    return {**in_json(seen), "days": days}
