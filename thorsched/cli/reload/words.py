"""What has come of `thorsched reload`: judged, in words, and for programs. Pure.

Called by `command.py`.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from thorsched.base.text import short_hash, typed_path
from thorsched.base.units import format_utc
from thorsched.catalogue.applied import Difference, How, RevisionApplied, change_dict
from thorsched.cli.exits import ExitCode
from thorsched.cli.file_words import local, running, taking_back
from thorsched.cli.reload.heard import PATIENCE_S, Waited
from thorsched.config.load import ConfigErrors, Mistake
from thorsched.engine.filenews import Verdict
from thorsched.reload.edits.words import lines, summary

_JUST_NOW = timedelta(minutes=1)


class Came(StrEnum):
    """What has come of it."""

    APPLIED = "applied"
    NOTHING_NEW = "nothing new"  # it runs already
    MISTAKES = "mistakes"
    REFUSED = "refused"  # by the scheduler
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is told."""

    came: Came
    file: Path
    asked: str
    """Revision of the file as it was when that was typed; '' where there was none to be read."""
    pid: int | None
    """The scheduler; None if none runs."""
    runs: RevisionApplied | None
    """What runs now, as far as it is known."""
    why: str = ""
    mistakes: tuple[Mistake, ...] = ()

    @property
    def code(self) -> ExitCode:
        match self.came:
            case Came.APPLIED | Came.NOTHING_NEW:
                return ExitCode.DONE
            case Came.MISTAKES:
                return ExitCode.MISTAKE
            case Came.REFUSED | Came.NO_ANSWER:
                return ExitCode.NOT_READY

    @property
    def is_overtaken(self) -> bool:
        """Whether what runs by it is another text than was asked for."""
        return (
            self.code is ExitCode.DONE
            and self.runs is not None
            and self.runs.revision != self.asked
        )


def outcome_of(waited: Waited, *, file: Path, asked: str, pid: int) -> Outcome:
    """Return what has come of it, by what the scheduler let know."""
    applied, answer = waited.applied, waited.answer
    if answer is None and applied is None and not waited.refused:
        return Outcome(Came.NO_ANSWER, file, asked, pid, None)
    if waited.refused:
        return Outcome(Came.REFUSED, file, asked, pid, applied, waited.refused)
    if answer is not None and answer.verdict is Verdict.NOT_APPLIED:
        return Outcome(Came.REFUSED, file, asked, pid, applied, answer.why)
    came = Came.APPLIED if waited.is_new else Came.NOTHING_NEW
    return Outcome(came, file, asked, pid, applied)


def wrong_file(
    error: Exception, *, file: Path, pid: int | None, runs: RevisionApplied | None
) -> Outcome:
    """Return what has come of it where the file cannot be read, or has mistakes."""
    if isinstance(error, ConfigErrors):
        asked, mistakes = error.revision, error.mistakes
        return Outcome(Came.MISTAKES, file, asked, pid, runs, str(error), mistakes)
    return Outcome(Came.MISTAKES, file, "", pid, runs, str(error))


def words(outcome: Outcome, zone: ZoneInfo, now: datetime) -> str:
    """Return it for people, several lines; all times by the clocks of `zone`, `now` is aware."""
    return "\n".join(_words(outcome, zone, now))


def _words(outcome: Outcome, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    runs, process = outcome.runs, f"process {outcome.pid}"
    if outcome.is_overtaken:
        yield "the file was edited again meanwhile: this is what was applied"
    match outcome.came:
        case Came.APPLIED if runs:
            instead = f" instead of {short_hash(runs.was)}" if runs.was else ""
            yield f"applied: revision {short_hash(runs.revision)} runs{instead} ({process})"
            yield from _changes(runs, zone)
        case Came.NOTHING_NEW if runs and _is_fresh(runs, now):
            at = local(runs.at, now, zone)
            yield f"revision {short_hash(runs.revision)} runs already: applied {at}, as it was saved ({process})"
            yield from _changes(runs, zone)
        case Came.NOTHING_NEW if runs:
            since = local(runs.at, now, zone, is_exact=False)
            yield f"nothing to do: revision {short_hash(runs.revision)} runs since {since} ({process})"
        case Came.MISTAKES:
            yield outcome.why
            yield _unchanged(outcome, zone, now)
            if outcome.pid is not None:
                yield taking_back(outcome.file)
        case Came.REFUSED:
            yield f"not applied: {outcome.why}"
            yield f"{_unchanged(outcome, zone, now)}; it is tried again, and applied as soon as that is possible"
        case _:
            yield (
                f"{process} has not answered within {PATIENCE_S:.0f} s; its log says why, and "
                f"thorsched history {typed_path(outcome.file)} what was applied"
            )


def _is_fresh(runs: RevisionApplied, now: datetime) -> bool:
    """Return whether it was applied by itself just now, so that who asks may not have seen it."""
    return runs.how is How.EDIT and abs(now - runs.at) < _JUST_NOW


def _changes(runs: RevisionApplied, zone: ZoneInfo) -> Iterator[str]:
    yield summary(runs.difference)
    yield from lines(runs, zone)


def _unchanged(outcome: Outcome, zone: ZoneInfo, now: datetime) -> str:
    if outcome.pid is None:
        return "nothing was changed: no thorsched runs by this file"
    if outcome.runs is None:
        return f"nothing was changed: what runs, runs on (process {outcome.pid})"
    what_runs = running(outcome.runs.revision, outcome.runs.at, now, zone)
    return f"nothing was changed: {what_runs} runs on (process {outcome.pid})"


def as_object(outcome: Outcome, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Return it for programs; always with the same keys, and `error` where it is one.

    What a revision has changed is told of the one that runs, whenever it was applied.
    """
    runs = outcome.runs
    difference = runs.difference if runs else Difference()
    told: dict[str, Any] = {
        "outcome": outcome.came.value,
        "file": str(outcome.file.absolute()),
        "asked": outcome.asked or None,
        "overtaken": outcome.is_overtaken,
        "process": outcome.pid,
        "revision": runs.revision if runs else None,
        "applied": format_utc(runs.at) if runs else None,
        "how": runs.how.value if runs else None,
        "was": (runs.was or None) if runs else None,
        "cameras": [change_dict(one) for one in difference.cameras],
        "stopped": [c.camera for c in difference.cameras if c.stops_inside_its_window],
        "other": list(difference.file),
    }
    if outcome.code is not ExitCode.DONE:
        mistakes = [asdict(one) for one in outcome.mistakes]
        told["error"] = {"message": words(outcome, zone, now), "mistakes": mistakes}
    return told
