"""The days to come as a person reads them: local and UTC times, what is recorded, how large.

Called by `command.py`. Lines of 80 columns where names are short; windows of one length that come
at equal distances are told as one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from thorsched.base.moments import format_clock, format_date, format_minute, format_moment
from thorsched.base.text import counted, printable
from thorsched.base.units import format_duration, format_seconds
from thorsched.cli.console import harmless, new_table
from thorsched.config.blocks_time import Experiment
from thorsched.foresight.calendar import Calendar, Entry, amount
from thorsched.schedule.days import days
from thorsched.schedule.intervals import ALWAYS, Window, clip
from thorsched.schedule.localtime import local_day

_A_DAY = timedelta(days=1)
# Fewer than that are told one by one.
_MANY = 3
# Of more days than that, those that are alike are told as one.
_MANY_DAYS = 14


@dataclass(frozen=True, slots=True)
class _Slot:
    """A window, and all that is recorded in it by the same schedules."""

    window: Window
    entries: tuple[Entry, ...]

    @property
    def likeness(self) -> object:
        """What slots have in common that are told as one."""
        entries = [(e.camera, e.schedules, e.selector, e.capability, e.zone) for e in self.entries]
        return self.window.length, tuple(entries)


_Run = list[_Slot]
"""Slots that are alike, at equal distances."""


def calendar_text(
    calendar: Calendar, experiment: Experiment | None, *, one_by_one: bool
) -> RenderableType:
    """Return the calendar; every window by itself if they are asked for `one_by_one`.

    Days of the `experiment` are told by their numbers, too.
    """
    zone, within = calendar.zone, calendar.between
    start, end = (format_minute(one, zone) for one in (within.start, within.end))
    title = Text(f"{start} to {end} ({zone.key})", style="bold")
    if not calendar.entries:
        return Group(title, Text("nothing is recorded in that time", style="yellow"))
    blocks = list(_blocks(calendar, one_by_one=one_by_one))
    if len(blocks) > _MANY_DAYS and not one_by_one:
        blocks = list(_alike(blocks))
    lines = (
        line for block in blocks for line in (Text(), _heading(block, experiment), *block.lines)
    )
    return Group(title, *lines, Text(), _sums(calendar))


@dataclass(frozen=True, slots=True)
class _Block:
    """A day, or several one after the other of which the same is to be said."""

    days: tuple[date, ...]
    size: str
    note: str
    lines: tuple[Text, ...]


def _blocks(calendar: Calendar, *, one_by_one: bool) -> Iterator[_Block]:
    """Yield the days on which something is recorded; a window stands on the day of its start."""
    left, going = iter([*calendar.entries, None]), list[Entry]()
    coming = next(left)
    for day, window in days(calendar.between, calendar.zone):
        own = []
        while coming is not None and coming.window.start < window.end:
            own.append(coming)
            coming = next(left)
        going = [entry for entry in [*going, *own] if entry.window.end > window.start]
        if going:
            lines = _day(own, day, calendar, one_by_one=one_by_one)
            size = str(amount(going, window))
            note = _note(day, calendar.zone) + ("" if own else _gone_on(going, window, calendar))
            yield _Block((day,), size, note, tuple(lines))


def _gone_on(going: Iterable[Entry], day: Window, calendar: Calendar) -> str:
    """Return what is recorded on a day on which nothing starts: schedules, until when."""
    ends = {
        name: format_clock(entry.window.end.astimezone(entry.zone or calendar.zone))
        for entry in going
        for name in entry.schedules
        if entry.window.end < day.end
    }
    names = dict.fromkeys(name for entry in going for name in entry.schedules)
    told = [f"{name} until {ends[name]}" if name in ends else name for name in names]
    return f"   goes on: {printable(', '.join(told))}"


def _alike(blocks: Iterable[_Block]) -> Iterator[_Block]:
    """Yield them with those made one that follow each other and say the same."""
    found: list[_Block] = []
    for block in blocks:
        last = found[-1] if found else None
        if last and last.days[-1] + _A_DAY == block.days[0] and _says_the_same(last, block):
            found[-1] = replace(last, days=last.days + block.days)
        else:
            found.append(block)
    yield from found


def _says_the_same(one: _Block, other: _Block) -> bool:
    return (one.size, one.note, one.lines) == (other.size, other.note, other.lines)


def _heading(block: _Block, experiment: Experiment | None) -> Text:
    first, last = block.days[0], block.days[-1]
    until = f" to {format_date(last)}, each" if last > first else ""
    heading = Text(f"{format_date(first)}{until}", style="bold")
    if experiment:
        heading.append(_numbers(first, last, experiment), style="cyan")
    return heading.append(f"   {block.size}", style="dim").append(block.note, style="yellow")


def _numbers(first: date, last: date, experiment: Experiment) -> str:
    """Return e.g. `   day 3`, or `   day 3-5`, as `days` of a schedule has it; '' outside of it."""
    low, high = ((day - experiment.start).days + 1 for day in (first, last))
    if low < 1 or (experiment.days is not None and high > experiment.days):
        return ""
    return f"   day {low}" + (f"-{high}" if high > low else "")


def _note(day: date, zone: ZoneInfo) -> str:
    """Return what is to be known of a day on which clocks change."""
    clocks = local_day(day, zone)
    length = clocks.closes - clocks.opens
    hours = format_seconds(length.total_seconds())
    return "" if length == _A_DAY else f"   the clocks change: a day of {hours}"


def _day(
    entries: Sequence[Entry], day: date, calendar: Calendar, *, one_by_one: bool
) -> Iterator[Text]:
    wide = max(len(camera) for camera in calendar.cameras)
    runs = [[slot] for slot in _slots(entries)] if one_by_one else _runs(_slots(entries))
    for run in runs:
        yield _times(run, day, calendar.zone)
        for entry in run[0].entries:
            own = [e for slot in run for e in slot.entries if e.camera == entry.camera]
            yield _line(entry, own, calendar.between, wide)


def _slots(entries: Iterable[Entry]) -> Iterator[_Slot]:
    """Yield the entries of one window and the same schedules together."""

    def by(entry: Entry) -> tuple[datetime, datetime, tuple[str, ...]]:
        return entry.window.start, entry.window.end, entry.schedules

    for _, own in groupby(sorted(entries, key=by), key=by):
        together = tuple(own)
        yield _Slot(together[0].window, together)


def _runs(slots: Iterable[_Slot]) -> list[_Run]:
    alike: dict[object, list[_Run]] = {}
    for slot in slots:
        runs = alike.setdefault(slot.likeness, [])
        if runs and _continues(runs[-1], slot):
            runs[-1].append(slot)
        else:
            runs.append([slot])
    found = [
        part
        for runs in alike.values()
        for run in runs
        for part in ([run] if len(run) >= _MANY else [[slot] for slot in run])
    ]
    return sorted(found, key=lambda run: run[0].window.start)


def _continues(run: _Run, slot: _Slot) -> bool:
    return len(run) == 1 or _every(run) == slot.window.start - run[-1].window.start


def _every(run: _Run) -> timedelta:
    return run[1].window.start - run[0].window.start


def _times(run: _Run, day: date, zone: ZoneInfo) -> Text:
    """Return e.g. `  20:00 - 08:00 (+1)  01:00Z - 13:00Z  nights`."""
    first = run[0].entries[0]
    line = Text(f"  {_local(first.window, day, first.zone or zone):<18}  ", style="cyan")
    line.append(f"{_utc(first.window):<15}", style="dim")
    line.append_text(harmless(f"  {', '.join(first.schedules)}"))
    if first.zone:
        line.append(f" ({first.zone.key})")
    if len(run) > 1:
        last = format_clock(run[-1].window.end.astimezone(first.zone or zone))
        line.append(f"  {len(run)}x every {format_duration(_every(run))}, until {last}")
    return line


def _line(entry: Entry, own: Sequence[Entry], within: Window, wide: int) -> Text:
    """Return what is recorded of one camera in a window, or in a run of them."""
    line = Text("    ").append_text(harmless(f"{entry.camera:<{wide}}", "bold"))
    if entry.capability is None:
        first, *others = entry.selector.split(", ")
        more = f" or {counted(len(others), 'other')}" if others else ""
        line.append_text(harmless(f"  ? {_cause(entry)}: {first}{more}", "yellow"))
        return line.append(f"  {_size(own, within)}" if entry.rate else "", style="dim")
    line.append(f"  {entry.capability!s:<24}")
    return line.append(f"  {_size(own, within):>9}", style="dim")


def _size(entries: Sequence[Entry], within: Window) -> str:
    """Return the size of whole windows; of one without an end, that of a day."""
    if None in entries[0].window.bounds:
        return f"{amount(entries, Window(within.start, within.start + _A_DAY))} a day"
    return str(amount(entries, ALWAYS))


def _local(window: Window, day: date, zone: ZoneInfo) -> str:
    """Return its local times; how many days after its start it ends, if it is not that day."""
    start, end = (moment.astimezone(zone) if moment else None for moment in window.bounds)
    if start is None:
        return "always" if end is None else f"until {format_moment(end, zone)}"
    begins = format_clock(start) if start.date() == day else format_moment(start, zone)
    if end is None:
        return f"{begins} and no end"
    later = (end.date() - start.date()).days
    return f"{begins} - {format_clock(end)}" + (f" (+{later})" if later else "")


def _utc(window: Window) -> str:
    start, end = window.bounds
    return " - ".join(f"{format_clock(one)}Z" if one else "" for one in (start, end)).strip(" -")


def _sums(calendar: Calendar) -> Table:
    table = new_table()
    table.add_column("in all", no_wrap=True)
    for name in ("windows", "time", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("by")
    for camera in calendar.cameras:
        own = [entry for entry in calendar.entries if entry.camera == camera]
        table.add_row(harmless(camera), *_summed(own, calendar.between), harmless(_why(own)))
    if len(calendar.cameras) > 1:
        table.add_row("all", *_summed(calendar.entries, calendar.between), style="bold")
    return table


def _summed(entries: Sequence[Entry], within: Window) -> tuple[str, str, str]:
    """Return how many windows share time with a calendar, how much, and how large that is."""
    if not entries:
        return "0", "never", ""
    parts = clip([entry.window for entry in entries], within)
    seconds = sum(part.length.total_seconds() for part in parts)
    time = format_seconds(seconds, decimals=0)
    return str(len(entries)), time, str(amount(entries, within))


def _cause(entry: Entry) -> str:
    return entry.trouble.cause.value if entry.trouble else ""


def _why(entries: Sequence[Entry]) -> str:
    """Return where the rates are from, and why what is asked for is not what is recorded."""
    told = ((_cause(one), one.rate.why if one.rate else "", one.unmatched) for one in entries)
    return "; ".join(dict.fromkeys(words for one in told for words in one if words))
