"""What is wrong with the file on disk, so that an earlier revision of it runs on: a value. Pure.

Made by `reload/revisions.py`; the status carries it, and table, log, journal and hooks tell it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from thorsched.base.errors import ConfigError, ThorschedError, UnavailableError
from thorsched.base.text import printable, printable_path
from thorsched.config.load import ConfigErrors, Mistake

_LONGEST_LINE = 1000


class Kind(StrEnum):
    """Why a file is not applied, and so who must act."""

    MISTAKES = "mistakes"  # in its text: whoever edits it
    MACHINE = "machine"  # the text is right; what it asks for is not to be had here
    GONE = "gone"  # there is no such file
    UNREADABLE = "unreadable"
    RESTLESS = "restless"  # it is being written without an end


class Restless(UnavailableError):
    """What stands there is written again and again, so that nothing of it may be taken."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why what is on disk is not what runs."""

    kind: Kind
    file: Path
    """As it was typed."""
    since: datetime
    """From when on the file was not what runs, aware UTC; however its mistakes change."""
    content: str = ""
    """SHA-256 of its bytes, hexadecimal; '' where there are none to be read."""
    mistakes: tuple[Mistake, ...] = ()
    why: str = ""
    """What is in the way, if it is no mistake in its text."""

    @property
    def lines(self) -> tuple[str, ...]:
        """All that is wrong, a line each, printable."""
        if self.mistakes:
            return tuple(printable(str(one), longest=_LONGEST_LINE) for one in self.mistakes)
        return tuple(printable(line, longest=_LONGEST_LINE) for line in self.why.splitlines())

    def says_the_same(self, other: "Wrong | None") -> bool:
        """Return whether who has heard of the other need not be told of this."""
        return other is not None and (self.kind, self.lines) == (other.kind, other.lines)


def wrong_by(error: ThorschedError, *, file: Path, since: datetime) -> Wrong:
    """Return what is wrong with a `file` that cannot be loaded, or not be applied here."""
    if isinstance(error, ConfigErrors):
        return Wrong(Kind.MISTAKES, file, since, error.revision, error.mistakes)
    if isinstance(error, Restless):
        return Wrong(Kind.RESTLESS, file, since, why=str(error))
    if not isinstance(error, ConfigError):
        return Wrong(Kind.MACHINE, file, since, why=str(error))
    if isinstance(error.__cause__, FileNotFoundError):
        return Wrong(Kind.GONE, file, since, why=f"{printable_path(file)}: the file is gone")
    return Wrong(Kind.UNREADABLE, file, since, why=str(error))


def few(lines: Sequence[str], most: int, *, rest: str) -> tuple[str, ...]:
    """Return `most` lines at most, the last then saying how many more there are, and where."""
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[: most - 1], f"... and {len(lines) - most + 1} more: {rest}")
