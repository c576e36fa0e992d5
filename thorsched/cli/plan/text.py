"""What a file would do, as a person reads it: what changes, then what comes.

Called by `command.py`. What would end a recording inside its window is said first, and loudly.
"""

from collections.abc import Iterator, Mapping

from rich.text import Text

from thorsched.base.moments import format_minute
from thorsched.base.text import counted, printable_path, short_hash
from thorsched.catalogue.applied import Change, Effect
from thorsched.cli.console import harmless, print_lines, show_table
from thorsched.foresight.foreseen import Foresight, Running
from thorsched.reload.edits.words import MARKS, told

_STYLES: Mapping[Effect, str] = {
    Effect.STOPPED: "yellow",
    Effect.REPLACED: "yellow",
    Effect.FOLLOWED: "green",
    Effect.STARTED: "green",
    Effect.IN_PLACE: "cyan",
    Effect.UNTOUCHED: "dim",
}
_LOUD = ("STOPS NOW", "bold red")


def show_difference(seen: Foresight) -> None:
    """Print what changes on stdout."""
    show_table(harmless(f"{seen.loaded.path}, revision {short_hash(seen.loaded.revision)}", "bold"))
    show_table(harmless(against(seen)))
    style = "bold red" if _stopping(seen) else "yellow" if seen.changes else "green"
    show_table(Text(verdict(seen), style=style))
    print_lines(_lines(seen))
    for url, trouble in seen.unasked.items():
        words = f"{url} does not say what it offers, so it is not known what is chosen: {trouble}"
        show_table(harmless(words, "yellow"))


def against(seen: Foresight) -> str:
    """Return what the file is held against."""
    running = seen.found.running
    if running is None:
        return f"against nothing: {seen.found.why_not}"
    file = printable_path(running.loaded.path)
    other = "" if running.loaded.path == seen.loaded.path.absolute() else f" of {file}"
    which = f"revision {short_hash(running.loaded.revision)}{other}, {_applied(running, seen)}"
    if running.pid:
        return f"against {which}, which runs: process {running.pid}"
    return f"against {which}, which ran last: no scheduler runs now"


def verdict(seen: Foresight) -> str:
    """Return it all in one sentence."""
    running, changed = seen.found.running, _changed(seen)
    if running and running.loaded.revision == seen.loaded.revision and not changed:
        return "nothing would change: it is the same file"
    if not seen.changes:
        return "nothing would change: cameras and settings stay as they are"
    if running is None:
        return f"{counted(len(changed), 'camera')} would start"
    stopping = _stopping(seen)
    loud = (
        f"{counted(len(stopping), 'recording')} would STOP inside of a window; " if stopping else ""
    )
    of = len(seen.difference.cameras)
    return f"{loud}{len(changed)} of {counted(of, 'camera')} would change" + (
        ", and settings of the whole file" if seen.difference.file else ""
    )


def _applied(running: Running, seen: Foresight) -> str:
    return f"applied {format_minute(running.applied, seen.calendar.zone)}"


def _changed(seen: Foresight) -> list[Change]:
    return [one for one in seen.difference.cameras if one.effect is not Effect.UNTOUCHED]


def _stopping(seen: Foresight) -> list[Change]:
    """Return what would end inside of its window, with nothing in its place."""
    return [one for one in seen.difference.cameras if one.stops_inside_its_window]


def _lines(seen: Foresight) -> Iterator[tuple[Text, Text]]:
    stopping = _stopping(seen)
    wide = max(map(len, (_LOUD[0], *MARKS.values())))
    for one in told(seen.difference, seen.calendar.zone, at=seen.now, is_applied=False):
        effect = one.change.effect
        is_loud = one.change in stopping
        shown, colour = _LOUD if is_loud else (MARKS[effect], _STYLES[effect])
        names = harmless(", ".join(one.cameras), "bold")
        words = harmless(f": {one.words}" if one.words else "")
        yield Text(f"{shown:<{wide}}", style=colour), Text.assemble(names, words)
    for camera, pause in seen.paused.items():
        until = format_minute(pause.until, seen.calendar.zone)
        words = harmless(f": until {until}; {pause.why or 'nobody said why'}")
        yield Text(f"{'paused':<{wide}}", style="yellow"), harmless(camera, "bold") + words
    for line in seen.difference.file:
        yield Text(f"{'file':<{wide}}", style="cyan"), harmless(line)
