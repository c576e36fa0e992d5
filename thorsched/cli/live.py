"""The live table of a run on a terminal; where there is none, the log lines are all there is."""

import logging
import sys
import threading
from collections.abc import Mapping
from typing import Self

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from thorsched.base import logs
from thorsched.base.units import format_size
from thorsched.cli.console import harmless
from thorsched.cli.summary import duration
from thorsched.cli.thumbnails import thumbnails
from thorsched.engine.status import CameraStatus, Status
from thorsched.recording.lifecycle import Phase

log = logging.getLogger(__name__)

_COLOURS: Mapping[Phase, str] = {
    Phase.IDLE: "dim",
    Phase.STARTING: "yellow",
    Phase.RECORDING: "bold green",
    Phase.STOPPING: "yellow",
    Phase.BACKING_OFF: "bold red",
}
_SHORTEST_REFRESH_S = 1.0
_PATIENCE_S = 1.0


class LiveView:
    """Shows a status at most once a second, in a thread of its own; log lines pass above it.

    Nothing here waits for the terminal but that thread: a paused one only keeps its old picture.
    """

    def __init__(self, console: Console, *, pictures: bool) -> None:
        self._pictures = pictures
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._outputs = (sys.stdout, sys.stderr)
        self._changed = threading.Condition()
        self._offered: Status | None = None
        self._waiting: Status | None = None
        self._said = ""
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

    def _run(self) -> None:
        try:
            with self._live:
                logs.redirect(sys.stderr)  # by now rich's, which writes above the table
                before: Status | None = None
                while status := self._next():
                    self._live.update(self._draw(status, before), refresh=True)
                    before = status
        except Exception:  # whatever is wrong with a terminal, recording goes on
            logs.redirect(self._outputs[1])
            log.exception("no live table any more")
        logs.redirect(self._outputs[1])

    def _next(self) -> Status | None:
        """Return the latest status, once there is one that is not drawn; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing)
            status, self._waiting = self._waiting, None
            return None if self._is_closing else status

    def _draw(self, status: Status, before: Status | None) -> RenderableType:
        parts: list[RenderableType] = [_table(status, before)]
        if self._pictures:
            parts.append(thumbnails(status))
        if status.wrong:
            running = f"the edited file is wrong, revision {status.revision[:8]} runs on:\n"
            parts.append(harmless(running + status.wrong, style="bold red"))
        parts.append(Text(self._said or _next(status), style="dim"))
        return Group(*parts)


def _next(status: Status) -> str:
    """Return when something changes by time, in the words under the table."""
    if status.next_edge is None:
        return "Ctrl-C finalises every file and ends"
    edge = status.next_edge.astimezone()
    return f"next change at {edge:%a %H:%M:%S}; Ctrl-C finalises every file and ends"


def _table(status: Status, before: Status | None) -> Table:
    table = Table(
        title=f"thorsched  revision {status.revision[:8]}", title_justify="left", box=SIMPLE_HEAD
    )
    for column in ("camera", "state", "capability"):
        table.add_column(column)
    for column in ("wanted", "on disk", "per second"):
        table.add_column(column, justify="right")
    table.add_column("trouble")
    sizes = {c.name: c.attempt_bytes for c in before.cameras} if before else {}
    elapsed_s = (status.at - before.at).total_seconds() if before else 0.0
    for camera in status.cameras:
        grown = camera.attempt_bytes - sizes.get(camera.name, camera.attempt_bytes)
        table.add_row(*_row(camera, max(grown, 0) / elapsed_s if elapsed_s else 0.0))
    return table


def _row(camera: CameraStatus, bytes_per_s: float) -> tuple[str | Text, ...]:
    return (
        harmless(camera.name),
        Text(camera.phase.value, style=_COLOURS[camera.phase]),
        harmless(str(camera.chosen.source) if camera.chosen else "-"),
        duration(camera.tally.wanted_s),
        format_size(camera.attempt_bytes),
        format_size(round(bytes_per_s)) if camera.phase is Phase.RECORDING else "",
        harmless(str(camera.trouble or ""), style="red"),
    )
