"""What runs of the file, and what a look at it has come to: values that are told. Pure.

Made by `reload/revisions.py`, for hooks, journal and table. What is told of a look by hand is read
back from the journal by `thorsched reload`, which waits for it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from thorsched.catalogue.applied import RevisionApplied
from thorsched.config.load import Loaded
from thorsched.engine.wrong import Wrong
from thorsched.recording.history import Happened

LOOKED = "file looked at by hand"
"""What happened, in the journal's words."""


class State(StrEnum):
    """What there is to tell of the file."""

    APPLIED = "applied"  # a revision runs from now on
    WRONG = "wrong"  # what is on disk is not applied
    MENDED = "mended"  # what is on disk is what runs, again


@dataclass(frozen=True, slots=True)
class FileNews:
    """Something that hooks are told of the file."""

    state: State
    at: datetime
    """Aware UTC."""
    applied: RevisionApplied
    """What runs."""
    wrong: Wrong | None = None
    """What is wrong, or was until now."""


class Verdict(StrEnum):
    """What a look by hand has come to; the first words of what the journal is told."""

    APPLIED = "applied"
    NOTHING_NEW = "nothing new"
    NOT_APPLIED = "not applied"


@dataclass(frozen=True, slots=True)
class Looked:
    """A look at the file that somebody asked for, and what it has come to."""

    at: datetime
    """Aware UTC."""
    applied: RevisionApplied
    """What runs since; it is new if that was what the look has come to."""
    verdict: Verdict
    wrong: Wrong | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the file at one moment."""

    loaded: Loaded
    """The revision that runs."""
    applied: RevisionApplied
    """How it came to run."""
    wrong: Wrong | None = None
    """Why what is on disk is not what runs; None if it is."""
    looked: Looked | None = None
    """What the last look by hand has come to."""


def event_of(looked: Looked) -> Happened:
    """Return what the journal is told of a look by hand."""
    wrong = looked.wrong
    content = wrong.content if wrong else looked.applied.revision
    why = f": {'; '.join(wrong.lines)}" if wrong else ""
    what = f"revision {content}" if content else "the file"
    return Happened(looked.at, LOOKED, f"{looked.verdict.value}: {what}{why}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scheduler has told of a look by hand."""

    verdict: Verdict
    revision: str
    """Of what it saw; '' if there was nothing to be read."""
    why: str


def answer_in(event: Happened) -> Answer | None:
    """Return what an event tells of a look by hand; None if it is about something else."""
    if event.what != LOOKED:
        return None
    first, _, rest = event.detail.partition(": ")
    if first not in {one.value for one in Verdict}:
        return None
    what, _, why = rest.partition(": ")
    revision = what.removeprefix("revision ") if what.startswith("revision ") else ""
    return Answer(Verdict(first), revision, why)
