"""What a file would do, as a person reads it: what changes, then what comes.

Called by `plan.py`. What would end a recording inside its window is said first, and loudly.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from thorsched.base.moments import format_minute
from thorsched.base.text import counted, printable_path
from thorsched.catalogue.applied import Change, Effect
from thorsched.cli.console import harmless, print_lines, show_table
from thorsched.foresight.foreseen import Foresight, Running
from thorsched.schedule.intervals import Window

_MARKS: Mapping[Effect, tuple[str, str]] = {
    Effect.STOPPED: ("stop", "yellow"),
    Effect.REPLACED: ("replace", "yellow"),
    Effect.FOLLOWED: ("overlap", "green"),
    Effect.STARTED: ("start", "green"),
    Effect.IN_PLACE: ("change", "cyan"),
    Effect.UNTOUCHED: ("untouched", "dim"),
}
_LOUD = ("STOPS NOW", "bold red")


def show_difference(seen: Foresight) -> None:
    """Print what changes on stdout."""
    show_table(harmless(f"{seen.loaded.path}, revision {seen.loaded.revision[:8]}", "bold"))
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
    which = f"revision {running.loaded.revision[:8]}{other}, {_applied(running, seen)}"
    if running.pid:
        return f"against {which}, which runs: process {running.pid}"
    return f"against {which}, which ran last: no scheduler runs now"


def verdict(seen: Foresight) -> str:
    """Return it all in one sentence."""
    running, changed = seen.found.running, _changed(seen)
    if running and running.loaded.revision == seen.loaded.revision and not changed:
        return "nothing would change: it is the same file"
    if not seen.changes:
        return "nothing would change: no camera and no rule is another"
    if running is None:
        return f"{counted(len(changed), 'camera')} would start"
    stopping = _stopping(seen)
    loud = (
        f"{counted(len(stopping), 'recording')} would STOP inside of a window; " if stopping else ""
    )
    of = len(seen.difference.cameras)
    return f"{loud}{len(changed)} of {counted(of, 'camera')} would change" + (
        ", and what is not of one camera" if seen.difference.file else ""
    )


def _applied(running: Running, seen: Foresight) -> str:
    return f"applied {format_minute(running.applied, seen.calendar.zone)}"


def _changed(seen: Foresight) -> list[Change]:
    return [one for one in seen.difference.cameras if one.effect is not Effect.UNTOUCHED]


def _stopping(seen: Foresight) -> list[Change]:
    """Return what would end inside of its window; nothing does that no scheduler records."""
    is_on = bool(seen.found.running and seen.found.running.pid)
    return [
        one
        for one in seen.difference.cameras
        if is_on and one.is_now and one.effect is Effect.STOPPED
    ]


def _lines(seen: Foresight) -> Iterator[tuple[Text, Text]]:
    loud = _stopping(seen)
    wide = max(len(mark) for mark, _ in (_LOUD, *_MARKS.values()))
    for effect, (mark, style) in _MARKS.items():
        for cameras, change in _alike(
            one for one in seen.difference.cameras if one.effect is effect
        ):
            shown, colour = _LOUD if change in loud else (mark, style)
            names = harmless(", ".join(cameras), "bold")
            words = harmless(_words(change, seen.calendar.zone, seen.now))
            yield Text(f"{shown:<{wide}}", style=colour), Text.assemble(names, words)
    for camera, pause in seen.paused.items():
        until = format_minute(pause.until, seen.calendar.zone)
        words = harmless(f": until {until}; {pause.why or 'nobody said why'}")
        yield Text(f"{'paused':<{wide}}", style="yellow"), harmless(camera, "bold") + words
    for line in seen.difference.file:
        yield Text(f"{'file':<{wide}}", style="cyan"), harmless(line)


def _alike(changes: Iterable[Change]) -> Iterator[tuple[list[str], Change]]:
    """Yield the cameras of which the same is to be said, and one of their changes."""
    found: dict[object, tuple[list[str], Change]] = {}
    for one in changes:
        is_said = one.effect is not Effect.UNTOUCHED
        key = (one.is_now, one.window, one.reasons) if is_said else None
        found.setdefault(key, ([], one))[0].append(one.camera)
    yield from found.values()


def _words(change: Change, zone: ZoneInfo, now: datetime) -> str:
    if change.effect is Effect.UNTOUCHED:
        return ""
    return f": {'; '.join([_when(change, zone, now), *change.reasons])}"


def _when(change: Change, zone: ZoneInfo, now: datetime) -> str:
    """Return what becomes of the recorder, and until or from when."""
    window = change.window
    until = _until(window, zone)
    match change.effect:
        case Effect.STOPPED if change.is_now:
            return f"would be recorded {until} as things are"
        case Effect.REPLACED:
            return "its recorder ends and another begins, with a gap of seconds"
        case Effect.FOLLOWED:
            return "another recorder begins before its own ends: no frame is lost"
        case Effect.STARTED if change.is_now:
            return f"at once, {until}"
        case Effect.IN_PLACE if change.is_now:
            return f"its recorder goes on, {until}"
        case _ if window is None:
            return "has no window to come"
        case Effect.STOPPED:
            return f"not recorded any more; next would have been {_begins(window, zone, now)}"
        case Effect.STARTED:
            return f"from {_begins(window, zone, now)} on"
        case _ if window.start <= now:
            return "from the next run on"
        case _:
            return f"from its next window on, {_begins(window, zone, now)}"


def _begins(window: Window, zone: ZoneInfo, now: datetime) -> str:
    return "now" if window.start <= now else format_minute(window.start, zone)


def _until(window: Window | None, zone: ZoneInfo) -> str:
    end = window.bounds[1] if window else None
    return f"until {format_minute(end, zone)}" if end else "without end"
