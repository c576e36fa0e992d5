"""Statuses, and how the live table draws them on a terminal that a test can pause."""

import io
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.values import FULL_HD, source
from thorsched.catalogue.applied import RevisionApplied
from thorsched.cli.console import Screen
from thorsched.cli.run.live import LiveView
from thorsched.engine.filenews import Looked
from thorsched.engine.sources import Chosen
from thorsched.engine.status import CameraStatus, Edge, Status
from thorsched.engine.tally import Tally
from thorsched.engine.wrong import Kind, Wrong
from thorsched.recording.lifecycle import Phase
from thorsched.recording.trouble import Trouble

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON_S = 5.0


class Terminal(io.StringIO):
    """Keeps what it is sent and tells when; takes nothing while it is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.is_entered = threading.Event()
        self.is_open = threading.Event()
        self._written = threading.Condition()

    def write(self, text: str) -> int:
        self.is_entered.set()
        self.is_open.wait()
        with self._written:
            self._written.notify_all()
            return super().write(text)

    def shows(self, words: str) -> bool:
        with self._written:
            return self._written.wait_for(lambda: words in self.getvalue(), SOON_S)


def camera(
    name: str = "side",
    *,
    phase: Phase = Phase.IDLE,
    trouble: Trouble | None = None,
    missed_s: float = 0.0,
    kept_bytes: int = 0,
    last_trouble: Trouble | None = None,
    open_segment: Path | None = None,
) -> CameraStatus:
    return CameraStatus(
        name=name,
        phase=phase,
        chosen=Chosen(source(capability=FULL_HD), "jpeg 1080p", 0),
        window=None,
        trouble=trouble,
        kept_bytes=kept_bytes,
        missed_s=missed_s,
        open_segment=open_segment,
        tally=Tally(last_trouble=last_trouble),
        retry_in_s=None,
    )


def wrong_file(why: str, kind: Kind = Kind.UNREADABLE) -> Wrong:
    return Wrong(kind, Path("recordings.yaml"), NOON, why=why)


def status(
    second: int = 0,
    *cameras: CameraStatus,
    wrong: Wrong | None = None,
    looked: Looked | None = None,
    next_edge: Edge | None = None,
    until: datetime | None = None,
    edit: RevisionApplied | None = None,
) -> Status:
    return Status(
        at=NOON + timedelta(seconds=second),
        revision="0123456789",
        applied=NOON,
        root=Path("recordings"),
        wrong=wrong,
        looked=looked,
        next_edge=next_edge,
        lead=timedelta(seconds=3),
        cameras=cameras or (camera(),),
        until=until,
        edit=edit,
    )


def view(terminal: Terminal, *, width: int = 200) -> LiveView:
    screen = Screen(file=terminal, force_terminal=True, width=width, legacy_windows=False)
    return LiveView(screen, pictures=False)


def drawn(terminal: Terminal, *statuses: Status, width: int = 80) -> list[str]:
    """Return the lines that the last of `statuses` is shown as, without colours."""
    terminal.is_open.set()
    with view(terminal, width=width) as live:
        for number, one in enumerate(statuses):
            live.say(f"status {number}.")
            live.show(one)
            assert terminal.shows(f"status {number}.")
    text = terminal.getvalue()
    table = text[text.rindex("thorsched  revision") : text.rindex("status")]
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", table).splitlines()]
