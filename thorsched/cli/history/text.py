"""The history of a file for people: a table of its revisions, or all of one.

Called by `command.py`. What a journal holds may be anybody's: nothing of it is printed as it is.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from rich.text import Text

from thorsched.base.moments import format_minute, format_moment
from thorsched.base.text import counted, printable, printable_path
from thorsched.base.units import format_seconds
from thorsched.catalogue.applied import Difference, How
from thorsched.cli.console import Screen, harmless, is_narrow, new_table, print_said, show_table
from thorsched.reload.edits.words import lines as changed_lines
from thorsched.reload.edits.words import losses, summary
from thorsched.reload.past.extent import Extent
from thorsched.reload.past.history import History, is_noted
from thorsched.reload.past.lineage import Line, content_of, short
from thorsched.reload.past.patch import patch

_COLOURS = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}
_DAMAGED = "its text is not the one that its hash is of: the journal was changed, or is damaged"


def show_table_of(history: History) -> None:
    """Print all revisions, a row each; a terminal of 80 columns has no room for processes."""
    show_table(harmless(_headline(history), "bold"))
    table = new_table()
    for column in ("", "revision", "applied"):
        table.add_column(column, no_wrap=True)
    table.add_column("how")
    if has_process := not is_narrow():
        table.add_column("process")
    for column in ("what changed", "recorded under it"):
        table.add_column(column, overflow="fold")
    for line in history.lines:
        newest = line is history.lines[0]
        style = "red" if losses(line.kept.applied.difference) else ""
        table.add_row(
            "*" if newest else "",
            harmless(short(line.kept), "bold" if newest else ""),
            format_minute(line.kept.applied.at, history.zone),
            line.kept.applied.how.value,
            *([_process(line)] if has_process else []),
            harmless(_changed(line, history), style),
            harmless(_recorded(history.extent(line))),
        )
    show_table(table)
    show_table(harmless(f"* {_state(history)}", "dim"))


def show_patches_of(history: History) -> None:
    """Print all revisions, each with what it changed and its diff to the one before it."""
    for line in history.lines:
        show_one(history, line)
        print()


def show_one(history: History, line: Line) -> None:
    """Print all of a revision but its text."""
    print_said(_told(history, line))
    screen = Screen(highlight=False)
    for said in patch_of(history, line):
        screen.print(Text(said, style=_COLOURS.get(said[:1], "")), soft_wrap=True)


def patch_of(history: History, line: Line) -> Iterator[str]:
    """Yield the lines of the diff to the revision before it; of the first one, to nothing."""
    kept, before = line.kept, line.before
    becomes = f"{short(kept)} {format_moment(kept.applied.at, history.zone)}"
    if before is None:
        yield from patch("", kept.applied.text, was="/dev/null", becomes=becomes)
        return
    was = f"{short(before)} {format_moment(before.applied.at, history.zone)}"
    yield from patch(before.applied.text, kept.applied.text, was=was, becomes=becomes)


def _told(history: History, line: Line) -> Iterator[Text]:
    kept, applied = line.kept, line.kept.applied
    yield harmless(f"revision {printable(applied.revision)}", "bold yellow")
    at = format_moment(applied.at, history.zone)
    by = f", process {kept.pid}" if kept.pid is not None else ""
    is_newest = applied.revision == history.newest.applied.revision
    state = f"; {_state(history)}" if is_newest else ""
    yield harmless(f"applied  {at} ({history.zone.key}), {_how(applied.how)}{by}{state}")
    for start in line.starts:
        again = format_moment(start.applied.at, history.zone)
        yield harmless(f"again    {again}, {_how(start.applied.how)}, process {start.pid}")
    yield harmless(f"changed  {_changed(line, history)}")
    changed = history.changed(line) or Difference()
    for words in changed_lines(replace(applied, difference=changed), history.zone):
        yield harmless(f"  {words}", "bold red" if words[:1].isupper() else "")
    for share in history.extent(line).shares:
        span = _span(share.start, share.end, history)
        files = f"{counted(share.files, 'file')}, {format_seconds(share.recorded.total_seconds())}"
        yield harmless(f"recorded {share.camera}: {files}, {span}")
    if content_of(kept) is None:
        yield harmless(f"damaged  {_DAMAGED}", "red")


def _span(start: datetime, end: datetime, history: History) -> str:
    return f"{format_minute(start, history.zone)} to {format_minute(end, history.zone)}"


def _headline(history: History) -> str:
    kept = counted(len(history.lines), "revision")
    roots = " and ".join(printable_path(root) for root in history.roots)
    return f"{printable_path(history.path)}: {kept}, kept below {roots}, newest first"


def _state(history: History) -> str:
    return f"runs now: process {history.pid}" if history.pid else "ran last: no scheduler runs now"


def _process(line: Line) -> str:
    return "?" if line.kept.pid is None else str(line.kept.pid)


def _how(how: How) -> str:
    match how:
        case How.START:
            return "at a start"
        case How.LAST_GOOD:
            return "at a start, as the last good one"
        case How.EDIT:
            return "by an edit"
        case How.BY_HAND:
            return "by an edit, asked for by hand"


def _changed(line: Line, history: History) -> str:
    """Return in few words what became of cameras, and how often the program began with it since."""
    if not line.starts:
        return _what(line, history)
    last = format_minute(line.starts[0].applied.at, history.zone)
    starts = "a start" if len(line.starts) == 1 else f"{len(line.starts)} starts, the last"
    return f"{_what(line, history)}; again at {starts} {last}"


def _what(line: Line, history: History) -> str:
    if line.before is None:
        return "the first that is known"
    if not line.is_edit:
        return "nothing: the same text"
    changed = history.changed(line)
    said = "not known" if changed is None else summary(changed)
    if is_noted(line):
        return said
    is_start = line.kept.applied.how in {How.START, How.LAST_GOOD}
    return f"{'edited while nothing ran' if is_start else 'not noted, by its text'}: {said}"


def _recorded(extent: Extent) -> str:
    if not extent.shares:
        return "-"
    cameras, files = counted(len(extent.shares), "camera"), counted(extent.files, "file")
    return f"{cameras}, {files}, {format_seconds(extent.recorded.total_seconds())}"
