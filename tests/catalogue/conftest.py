"""A storage root with a journal, and what stands in it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.catalogue.told import RUN
from tests.support.clocks import FakeClock
from tests.support.waiting import PATIENCE_S, eventually
from thorsched.catalogue.database import path_below
from thorsched.catalogue.entries import Run
from thorsched.catalogue.journal import Journal
from thorsched.catalogue.reader import JournalReader


class Root:
    """A storage root; runs of a program write its journal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path_below(path)
        self.clock = FakeClock()

    @contextmanager
    def written(self, run: Run = RUN, *, how: str = "Ctrl-C") -> Iterator[Journal]:
        """Write the journal for as long as this lasts; then all that it was told is in it."""
        journal = self.begin(run)
        try:
            yield journal
        finally:
            assert journal.close(how=how, patience_s=PATIENCE_S)

    def begin(self, run: Run = RUN) -> Journal:
        journal = Journal(self.path, run, clock=self.clock)
        journal.start()
        return journal

    def read(self) -> JournalReader:
        return JournalReader(self.journal)

    def has_run(self, run: Run) -> bool:
        """Return whether the journal says by now that this run goes on."""
        with contextlib.suppress(sqlite3.DatabaseError), self.read() as journal:
            return run in journal.runs()
        return False

    def set_aside(self) -> list[str]:
        """Return the names of what was not deleted, though it was no journal."""
        return sorted(path.name for path in self.journal.parent.glob("*.broken-*"))


def reaches(root: Root, run: Run) -> None:
    assert eventually(lambda: root.has_run(run)), "the run is not in the journal"


@pytest.fixture
def root(tmp_path: Path) -> Root:
    (tmp_path / ".thorsched").mkdir()
    return Root(tmp_path)
