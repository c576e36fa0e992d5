"""The live table of a run on a terminal; where there is none, the log lines are all there is.

Made for 80 columns and 24 lines: there, every camera, its state and its trouble are whole, and what
finds no room (pictures, the data rate) is left out. Never taller than the screen: what has left it
upwards cannot be taken away again.
"""

import contextlib
import logging
import math
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Self

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from thorsched.base import logs
from thorsched.base.text import typed_path
from thorsched.base.units import format_seconds, format_size
from thorsched.cli.console import harmless, new_table
from thorsched.cli.file_words import edit_words, headline, local, looked_words, running, taking_back
from thorsched.cli.run.summary import NOTABLE_S, capability, missed
from thorsched.cli.run.thumbnails import thumbnails
from thorsched.engine.status import CameraStatus, Status
from thorsched.engine.wrong import Kind, few
from thorsched.recording.lifecycle import Phase
from thorsched.recording.trouble import Cause, Trouble
from thorsched.reload.edits.words import losses

log = logging.getLogger(__name__)

_COLOURS: Mapping[Phase, str] = {
    Phase.IDLE: "dim",
    Phase.STARTING: "yellow",
    Phase.RECORDING: "bold green",
    Phase.STOPPING: "yellow",
    Phase.BACKING_OFF: "bold red",
}
# By which a recorder whose frames arrive is not ended.
_OF_DEVICES = frozenset({Cause.NO_DEVICE, Cause.AMBIGUOUS_DEVICE})
_SHORTEST_REFRESH_S = 1.0
_PATIENCE_S = 1.0
_ROOM_FOR_RATES = 100
_COLUMNS = ("camera", "state", "capability", "wanted", "missed", "on disk", "per second")
_BETWEEN = 2
_SHORTEST_NAME = 8
_MOST_MISTAKES = 5
_EDIT_SHOWN = timedelta(minutes=5)
_ANSWER_SHOWN = timedelta(minutes=1)


class LiveView:
    """Shows a status at most once a second, in a thread of its own; log lines pass above it.

    Nothing here waits for the terminal but that thread: a paused one only keeps its old picture.
    """

    def __init__(self, console: Console, *, pictures: bool) -> None:
        self._pictures = pictures
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._outputs = (sys.stdout, sys.stderr)
        self._changed = threading.Condition()
        self._offered: Status | None = None
        self._waiting: Status | None = None
        self._said = ""
        self._is_garbled = False
        self._is_closing = False
        self._is_shown = console.is_terminal
        self._thread = threading.Thread(target=self._run, name="live view", daemon=True)

    def __enter__(self) -> Self:
        if self._is_shown:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the table away; a stuck terminal is left to itself, its streams put back."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._is_shown:
            self._thread.join(_PATIENCE_S)
        if self.is_stuck:
            sys.stdout, sys.stderr = self._outputs
            logs.redirect(sys.stderr)

    @property
    def is_stuck(self) -> bool:
        """Whether the terminal takes nothing: the thread that draws cannot end."""
        return self._is_closing and self._thread.is_alive()

    def say(self, words: str) -> None:
        """Show `words` under the table from now on."""
        self._said = words

    def show(self, status: Status) -> None:
        """Have `status` drawn, unless the last one is too fresh; never waits."""
        before = self._offered
        if before and 0 <= (status.at - before.at).total_seconds() < _SHORTEST_REFRESH_S:
            return
        with self._changed:
            self._offered = self._waiting = status
            self._changed.notify_all()

    def redraw(self) -> None:
        """Draw on a cleared screen: the terminal was resized, or a shell wrote below the table."""
        with self._changed:
            self._is_garbled = True
            self._waiting = self._offered
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            with contextlib.ExitStack() as last:
                with self._live:
                    self._show_all()
                    # A line that was written while the table goes away would tear it.
                    last.enter_context(logs.held(_PATIENCE_S))
                logs.redirect(self._outputs[1])
        except Exception:  # whatever is wrong with a terminal, recording goes on
            logs.redirect(self._outputs[1])
            log.exception("no live table any more")

    def _show_all(self) -> None:
        logs.redirect(sys.stderr)  # by now rich's, which writes above the table
        self._console.show_cursor(True)  # for the shell that a Ctrl-Z or a SIGKILL leads to
        before: Status | None = None
        shown: Status | None = None
        while status := self._next():
            before = before if shown and shown.at == status.at else shown
            self._clear_if_garbled()
            self._live.update(self._draw(status, before), refresh=True)
            shown = status

    def _next(self) -> Status | None:
        """Return the latest status, once there is one that is not drawn; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing)
            status, self._waiting = self._waiting, None
            return None if self._is_closing else status

    def _clear_if_garbled(self) -> None:
        with self._changed:
            is_garbled, self._is_garbled = self._is_garbled, False
        if is_garbled:
            self._console.clear()

    def _draw(self, status: Status, before: Status | None) -> RenderableType:
        table = _table(status, before, width=self._console.width)
        # The file first: whoever has just edited it looks, and a small screen cuts the end.
        parts: list[RenderableType] = [_title(status), table, *_edit(status), *_wrong(status)]
        parts += _troubles(status)
        parts.append(harmless(self._said or _looked(status) or _next(status), style="dim"))
        if self._pictures:
            used = len(self._console.render_lines(Group(*parts)))
            columns, rows = self._console.width, _most_lines(self._console.height) - used
            parts.append(thumbnails(status, columns=columns, rows=rows))
        return _Cut(Group(*parts))


class _Cut:
    """What it is given, cut where the screen ends; the last line then says so."""

    def __init__(self, whole: RenderableType) -> None:
        self._whole = whole

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._whole, options, pad=False)
        most = _most_lines(options.size.height)
        if len(lines) > most:
            lines = [*lines[: most - 1], [Segment("... more: enlarge the terminal")]]
        for line in lines:
            yield from line
            yield Segment.line()


def _most_lines(height: int) -> int:
    """Return how tall the view may be; rich writes another line below it when it goes away."""
    return max(height - 1, 1)


def _wrong(status: Status) -> Iterator[Text]:
    """Yield why the file is not applied, and what runs on; nothing if it is."""
    if status.wrong is not None:
        what_runs = running(status.revision, status.applied, status.at)
        lines = few(
            status.wrong.lines,
            _MOST_MISTAKES,
            rest=f"thorsched check {typed_path(status.wrong.file)}",
        )
        yield harmless(headline(status.wrong, what_runs, status.at), style="bold red")
        yield harmless("\n".join(lines), style="red")
        if status.wrong.kind is not Kind.RESTLESS:
            yield harmless(taking_back(status.wrong.file), style="red")


def _edit(status: Status) -> Iterator[Text]:
    """Yield what the last edit has done, for a while."""
    edit = status.edit
    if edit is None or not edit.was or abs(status.at - edit.at) >= _EDIT_SHOWN:
        return
    style = "bold red" if losses(edit.difference) else "cyan"
    yield harmless(edit_words(edit, status.at), style=style)


def _looked(status: Status) -> str:
    """Return what a look by hand has come to, for a while, and as long as it is so; else ''."""
    looked = status.looked
    if looked is None or abs(status.at - looked.at) >= _ANSWER_SHOWN:
        return ""
    is_so = (looked.wrong is None) == (status.wrong is None)
    is_so = is_so and looked.applied.revision == status.revision
    return looked_words(looked, status.at) if is_so else ""


def _next(status: Status) -> str:
    """Return what changes by time, and when by the machine's local time, and how to end."""
    how_to_end = "Ctrl-C finalises every file and ends"
    edge, until = status.next_edge, status.until
    if until is not None and (edge is None or edge.at >= until):
        before = "no window is left before it " if _is_over(status) else ""
        return f"{before}ends at {local(until, status.at)}; {how_to_end}"
    if edge is None:
        return f"no window is left; {how_to_end}" if _is_over(status) else how_to_end
    what, note = "end", ""
    if edge.is_change:
        what = "change of settings"
    elif edge.is_start:
        what, note = "start", f" (recorders start {status.lead.total_seconds():g} s early)"
    return f"next {what} at {local(edge.at, status.at)}{note if status.lead else ''}; {how_to_end}"


def _is_over(status: Status) -> bool:
    """Return whether no camera is wanted; not before there was a first look at what is."""
    has_looked = any(camera.chosen or camera.trouble for camera in status.cameras)
    return has_looked and status.at_rest


def _troubles(status: Status) -> Iterator[Text]:
    """Yield a line a trouble that cameras have now, and a camera that has missed something."""
    sufferers: dict[str, list[str]] = {}
    for camera in status.cameras:
        if camera.trouble:
            sufferers.setdefault(_trouble(camera, camera.trouble), []).append(camera.name)
    for trouble, names in sufferers.items():
        yield harmless(f"{', '.join(names)}: {trouble}", style="red")
    yield from _silences(status)
    yield from _pauses(status)
    for camera in status.cameras:
        if camera.warning:
            yield harmless(f"{camera.name}: {camera.warning}", style="yellow")
    yield from _drifts(status)
    for camera in status.cameras:
        if not camera.trouble and camera.missed_s >= NOTABLE_S:
            yield harmless(f"{camera.name}: {missed(camera)}", style="yellow")


def _pauses(status: Status) -> Iterator[Text]:
    """Yield a line for each pause that goes on, with the cameras that have the same."""
    paused: dict[str, list[str]] = {}
    for camera in status.cameras:
        if camera.paused:
            why = f": {camera.paused.why}" if camera.paused.why else ""
            words = f"paused until {local(camera.paused.planned, status.at)}{why}"
            paused.setdefault(words, []).append(camera.name)
    for words, names in paused.items():
        yield harmless(f"{', '.join(names)}: {words}", style="cyan")


def _drifts(status: Status) -> Iterator[Text]:
    """Yield a line for each drift, with the cameras that have the same."""
    drifting: dict[str, list[str]] = {}
    for camera in status.cameras:
        if camera.drift:
            words = camera.drift.told(lambda at: local(at, status.at, is_exact=False))
            drifting.setdefault(words, []).append(camera.name)
    for words, names in drifting.items():
        yield harmless(f"{', '.join(names)}: {words}", style="yellow")


def _silences(status: Status) -> Iterator[Text]:
    """Yield a line for what hangs: a trouble that is older, or none, says nothing of that."""
    silent: dict[str, list[str]] = {}
    for camera in status.cameras:
        if camera.silence:
            silent.setdefault(str(camera.silence), []).append(camera.name)
    for words, names in silent.items():
        yield harmless(f"{', '.join(names)}: {words}", style="red")
    if status.archiving:
        yield harmless(str(status.archiving), style="yellow")


def _trouble(camera: CameraStatus, trouble: Trouble) -> str:
    is_running = camera.phase in (Phase.STARTING, Phase.RECORDING) and camera.chosen is not None
    if is_running and camera.chosen and trouble.cause is Cause.NO_CAPABILITY:
        changed = "its device lists" if camera.is_in_file else "the file asks for"
        return (
            f"goes on with {camera.chosen.source}; {changed} something else now: {trouble.detail}"
        )
    if is_running and camera.chosen and trouble.cause in _OF_DEVICES:
        return f"goes on with {camera.chosen.source}; {trouble}"
    retry = f"; retry in {math.ceil(camera.retry_in_s)} s" if camera.retry_in_s else ""
    return f"{trouble}{retry}"


def _table(status: Status, before: Status | None, *, width: int) -> Table:
    names = _COLUMNS if width >= _ROOM_FOR_RATES else _COLUMNS[:-1]
    rows = [row[: len(names)] for row in _rows(status, before)]
    table = new_table()
    name_width = max(width - _others_width(names, rows), _SHORTEST_NAME)
    table.add_column("camera", no_wrap=True, overflow="ellipsis", max_width=name_width)
    table.add_column("state", no_wrap=True)
    table.add_column("capability", min_width=_SHORTEST_NAME)  # gives way where names are long
    for name in names[3:]:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _title(status: Status) -> Text:
    """Return what runs; that the file is another one, too: below, a small screen may cut it off."""
    what_runs = running(status.revision, status.applied, status.at)
    title = Text(f"thorsched  {what_runs}", "italic")
    return title.append("; file not applied", "bold red") if status.wrong else title


def _others_width(names: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> int:
    """Return how wide all columns are but the name's, the capability as narrow as it may be.

    A name gives way before a number does: a number that is cut reads as another one.
    """
    widths = [
        max([cell_len(name), *(cell_len(str(row[place])) for row in rows)])
        for place, name in enumerate(names)
        if name not in {"camera", "capability"}
    ]
    return sum(widths) + _SHORTEST_NAME + _BETWEEN * (len(names) - 1)


def _rows(status: Status, before: Status | None) -> Iterator[tuple[str | Text, ...]]:
    sizes = {c.name: c.kept_bytes for c in before.cameras} if before else {}
    elapsed_s = (status.at - before.at).total_seconds() if before else 0.0
    for camera in status.cameras:
        grown = max(camera.kept_bytes - sizes.get(camera.name, camera.kept_bytes), 0)
        rate = format_size(round(grown / elapsed_s)) if elapsed_s else ""
        yield (*_row(camera), rate if camera.phase is Phase.RECORDING else "")


def _row(camera: CameraStatus) -> tuple[str | Text, ...]:
    return (
        harmless(camera.name),
        _state(camera),
        capability(camera),
        format_seconds(camera.tally.wanted_s),
        _missed(camera.missed_s),
        format_size(camera.kept_bytes),
    )


def _state(camera: CameraStatus) -> Text:
    """Return what the recorder does; one that is wanted and cannot begin waits for something."""
    if camera.paused and camera.phase is Phase.IDLE:
        return Text("paused", style="cyan")
    is_waiting = camera.phase is Phase.IDLE and camera.window is not None and camera.trouble
    words = "waiting" if is_waiting else camera.phase.value
    return Text(words, style=_COLOURS[Phase.BACKING_OFF if is_waiting else camera.phase])


def _missed(missed_s: float) -> Text:
    """Return the time that is lost; loud, unless it is only the moment that a late start takes."""
    if missed_s < 0.05:  # noqa: PLR2004 - would be shown as 0.0 s
        return Text("-", style="dim")
    return Text(format_seconds(missed_s), style="bold red" if missed_s >= NOTABLE_S else "")
