"""How long the disk lasts, as a person reads it: a bar a day for what is free.

Called by `command.py`.
"""

from datetime import date
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from thorsched.base.moments import format_date
from thorsched.base.units import format_size
from thorsched.cli.console import harmless, new_table
from thorsched.foresight.disk import fullness
from thorsched.foresight.disk.fullness import Day, Filling

_WIDEST = 40


def disk_text(seen: Filling, zone: ZoneInfo, *, last: date) -> RenderableType:
    """Return how long it lasts, with the days until the `last`."""
    if seen.course is None:
        return harmless(f"disk: {fullness.when(seen, zone)}", "yellow")
    if not seen.needs:
        return harmless("disk: nothing is to be recorded")
    colour = "bold yellow" if fullness.is_short(seen) else "bold"
    lines = [harmless(f"disk: {fullness.when(seen, zone)}", colour)]
    words = [
        fullness.sums(seen, seen.course, zone),
        *fullness.more(seen, zone),
        fullness.uncounted(seen),
    ]
    lines += [harmless(line) for line in words if line]
    return Group(*lines, _table(seen, zone, last))


def _table(seen: Filling, zone: ZoneInfo, last: date) -> Table:
    days = [day for day in seen.days if day.date <= last]
    full = next((n for n, day in enumerate(days) if day.free_bytes is None), len(days))
    most = max([seen.free_bytes, *(day.free_bytes or 0 for day in days)])
    table = new_table()
    table.add_column("at the end of", no_wrap=True)
    table.add_column("free", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for day in days[: full + 1]:
        table.add_row(format_date(day.date), *_free(day, seen, most, zone))
    return table


def _free(day: Day, seen: Filling, most: int, zone: ZoneInfo) -> tuple[str, Text]:
    """Return what is free, and a bar: what `min_free` asks for, then the rest."""
    if day.free_bytes is None:
        return "", Text(_full(seen, zone), style="yellow")
    kept = _blocks(min(seen.min_free_bytes, day.free_bytes), most)
    rest = _blocks(day.free_bytes, most) - kept
    return format_size(day.free_bytes), Text.assemble(("░" * kept, "dim"), ("█" * rest, "green"))


def _full(seen: Filling, zone: ZoneInfo) -> str:
    course = seen.course
    if course is None or course.full is None or course.full == course.between.start:
        return "full now"
    return f"full since {course.full.astimezone(zone):%H:%M}"


def _blocks(part: int, most: int) -> int:
    return round(_WIDEST * part / max(most, 1))
