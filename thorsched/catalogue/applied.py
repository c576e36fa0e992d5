"""A revision of the file that was applied, and what became of each camera by it: values. Pure.

Made by `reload/`, written by `statements.py`, read by `kept.py`, shown by commands.
"""

import shlex
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from thorsched.base.text import short_hash, typed_path
from thorsched.schedule.intervals import Window, window_dict


class How(StrEnum):
    """By what a revision came to be applied."""

    START = "start"  # of the program
    LAST_GOOD = "last good"  # at a start, as the file on disk was wrong
    EDIT = "edit"  # the file was saved
    BY_HAND = "by hand"  # somebody asked for a look at the file


class Effect(StrEnum):
    """What becomes of a camera."""

    STOPPED = "stopped"  # it is not recorded any more
    REPLACED = "replaced"  # its recorder ends, and another begins: frames are missing between
    FOLLOWED = "made before break"  # another recorder begins before its own ends
    STARTED = "started"
    IN_PLACE = "changed in place"  # its recorder, if it has one, goes on
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one camera, and why."""

    camera: str
    effect: Effect
    is_now: bool
    """Whether it is of a window that is on, in which a recorder is at it, or was to be.

    Else it is of what comes: a later attempt, or a later window.
    """
    window: Window | None
    """The current window, or the next; of one that is stopped, what it would have been."""
    reasons: tuple[str, ...]
    since: datetime | None = None
    """Since when frames have come without a break in that window, where it is cut short."""

    @property
    def is_loss(self) -> bool:
        """Whether a recording ends inside of its window, be it that another then begins."""
        return self.is_now and self.effect in (Effect.STOPPED, Effect.REPLACED)

    @property
    def stops_inside_its_window(self) -> bool:
        """Whether a recording ends inside of its window, and no other follows."""
        return self.is_now and self.effect is Effect.STOPPED


def change_dict(change: Change) -> dict[str, object]:
    """Return what programs are told of a change, by whichever command or hook: as JSON has it."""
    return {
        "camera": change.camera,
        "effect": change.effect.value,
        "now": change.is_now,
        "window": window_dict(change.window) if change.window else None,
        "reasons": list(change.reasons),
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """What becomes of all cameras: in the new file's order, then those that it has no longer."""

    cameras: tuple[Change, ...] = ()
    file: tuple[str, ...] = ()
    """What changes besides, and touches no recorder."""

    @property
    def is_empty(self) -> bool:
        return not self.file and all(c.effect is Effect.UNTOUCHED for c in self.cameras)


@dataclass(frozen=True, slots=True)
class RevisionApplied:
    """A file was taken: from `at` on, aware UTC, the cameras are held to it."""

    at: datetime
    revision: str
    """SHA-256 of the file's bytes, hexadecimal."""
    path: Path
    """Absolute."""
    text: str = field(repr=False)
    how: How = How.START
    difference: Difference = field(default_factory=Difference, repr=False)
    """To the one before it; empty of the first of a program."""
    was: str = ""
    """The revision that this one took the place of; '' of the first of a program."""


def restoring(path: Path, revision: str) -> str:
    """Return the command that puts a revision's text back; of an unknown one, that lists all."""
    history = f"thorsched history {typed_path(path)}"
    return f"{history} --restore {shlex.quote(short_hash(revision))}" if revision else history


@dataclass(frozen=True, slots=True)
class Kept:
    """A revision as it stands in a journal."""

    number: int
    """`revisions.id`."""
    run: int
    """`runs.id` of the scheduler that applied it; 0 if that is not known."""
    pid: int | None
    """Of that scheduler; None if it is not known."""
    applied: RevisionApplied
    is_compared: bool
    """Whether the journal tells what it changed; else the difference is empty."""

    def sharing(self, texts: dict[str, str]) -> "Kept":
        """Return it with a text out of `texts`, if it is there: a thousand starts have the same."""
        text = texts.setdefault(self.applied.text, self.applied.text)
        return replace(self, applied=replace(self.applied, text=text))


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that is no revision, and why; the words are printable."""

    number: int
    why: str
