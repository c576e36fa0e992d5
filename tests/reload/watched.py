"""A real file that is watched, and what became of its edits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.clocks import FakeClock
from tests.support.revisions import revisions_of
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.base.clock import Clock, SystemClock
from thorsched.base.errors import MachineError
from thorsched.catalogue.applied import How, RevisionApplied
from thorsched.config.load import Loaded, load
from thorsched.reload.watching.watch import FileWatch

GOOD = """\
version: 1
server: http://127.0.0.1:8000
cameras:
  side: {{device: {{id: 0}}, capability: jpeg {size}}}
schedules:
  ever: {{cameras: all, always: true}}
"""


def text_of(size: str) -> str:
    """Return a file without mistakes."""
    return GOOD.format(size=size)


class Watched:
    """A file that is watched, and what became of its edits."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.refuse: str | None = None
        """Why this machine cannot do what the file asks for."""
        self.bug = ""
        self.hold: Callable[[], object] | None = None
        """What an edit waits for."""
        self.is_held = threading.Event()
        self.changes = threading.Semaphore(0)
        self.applied: list[RevisionApplied] = []
        self.revisions = revisions_of(
            load(path), accept=self._accept, tell=self.applied.append, changed=self.changes.release
        )
        self.watch = FileWatch(self.revisions, path, clock=clock)

    def _accept(self, _: Loaded) -> None:
        if self.hold is not None:
            self.is_held.set()
            self.hold()
        if self.bug:
            raise ValueError(self.bug)
        if self.refuse is not None:
            raise MachineError(self.refuse)

    def changed(self) -> bool:
        return self.changes.acquire(timeout=PATIENCE_S)

    def comes_to(self, size: str) -> bool:
        """Return whether the file with this size runs in the end."""
        return eventually(lambda: self.runs == size)

    @property
    def mistake(self) -> str:
        return (
            "\n".join(self.revisions.standing.wrong.lines) if self.revisions.standing.wrong else ""
        )

    @property
    def runs(self) -> str:
        return str(self.revisions.current.config.cameras["side"].capability[0])

    @property
    def sizes(self) -> list[str]:
        """Return what was applied, in turn."""
        return [one.text.partition("jpeg ")[2].partition("}")[0] for one in self.applied]

    @property
    def hows(self) -> list[How]:
        return [one.how for one in self.applied]


@contextmanager
def watched(path: Path, *, clock: Clock | None = None) -> Iterator[Watched]:
    """Watch a file, which is good by then, for a while."""
    file = Watched(path, clock or SystemClock())
    file.watch.start()
    try:
        yield file
    finally:
        file.watch.close()


def in_its_time(clock: FakeClock, holds: Callable[[], object]) -> bool:
    """Return whether `holds` comes true while seconds pass by that clock."""

    def later() -> object:
        clock.advance(0.5)
        return holds()

    return eventually(later)
