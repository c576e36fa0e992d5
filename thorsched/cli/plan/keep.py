"""Which files go by the rules of a file, and when, as a person reads it. Called by `command.py`."""

from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from thorsched.base.moments import format_date, format_minute
from thorsched.base.text import counted
from thorsched.base.units import format_size
from thorsched.catalogue.keeping.retention import Forecast
from thorsched.cli.console import harmless, new_table, show_table
from thorsched.foresight.disk.departures import Departure, Keeping, departures, waits_in_words


def show_keeping(kept: Keeping, zone: ZoneInfo) -> None:
    """Print it on stdout."""
    if kept.forecast is None:
        show_table(harmless(f"no old file goes: {kept.why_not}"))
    else:
        _show(kept.forecast, zone)


def _show(seen: Forecast, zone: ZoneInfo) -> None:
    until = format_minute(seen.until, zone)
    leaving = departures(seen, zone)
    if leaving:
        files, size_bytes = len(seen.going), sum(one.size_bytes for one in leaving)
        going = f"{counted(files, 'file')}, {format_size(size_bytes)}, "
        words = f"{going}{'goes' if files == 1 else 'go'} until {until} ({zone.key})"
        show_table(Text(words, style="bold"))
        show_table(_table(leaving))
    else:
        show_table(Text(f"no old file goes until {until} ({zone.key})", style="bold"))
    for words in waits_in_words(seen):
        show_table(harmless(words))
    for camera, (_, goes) in sorted(seen.oldest.items()):
        if goes > seen.until:
            show_table(harmless(f"{camera}: the oldest goes {format_date(goes.astimezone(zone))}"))


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
        table.add_row(format_date(one.day), camera, str(one.files), size, harmless(one.why))
    return table
