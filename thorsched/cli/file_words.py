"""What runs of a file and what is wrong with it, in the words of tables and commands.

Called by `cli/run/live.py` and `cli/reload/words.py`. Times of the live table are the machine's, as
a clock on the wall shows them; those of commands are the file's. Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from thorsched.base.text import printable, short_hash, typed_path
from thorsched.catalogue.applied import Change, Effect, RevisionApplied
from thorsched.engine.filenews import Looked, Verdict
from thorsched.engine.wrong import Kind, Wrong
from thorsched.reload.edits.words import losses, summary, undo

_MOST_NAMED = 4
_LOSSES = (Effect.STOPPED, Effect.REPLACED)
_STATE: Mapping[Kind, str] = {
    Kind.MISTAKES: "is wrong {} and not applied",
    Kind.MACHINE: "asks {} for what cannot be had here",
    Kind.GONE: "is gone {}",
    Kind.UNREADABLE: "cannot be read {}",
    Kind.RESTLESS: "is written without an end {}",
}


def local(
    moment: datetime, now: datetime, zone: tzinfo | None = None, *, is_exact: bool = True
) -> str:
    """Return e.g. `14:02:11`, with its date unless that is today's; to the minute if told so.

    By the clocks of `zone`, or else of the machine.
    """
    there, today = moment.astimezone(zone), now.astimezone(zone).date()
    clock = f"{there:%H:%M:%S}" if is_exact else f"{there:%H:%M}"
    return clock if there.date() == today else f"{there:%a %d %b} {clock}"


def running(revision: str, applied: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Return e.g. `revision 3f2a91ab of 09:12`."""
    return f"revision {short_hash(revision)} of {local(applied, now, zone, is_exact=False)}"


def headline(wrong: Wrong, what_runs: str, now: datetime) -> str:
    """Return in one line that the file is not applied, and what runs on."""
    return f"{state(wrong, now)}; {what_runs} runs on:"


def state(wrong: Wrong, now: datetime) -> str:
    """Return e.g. `recordings.yaml is wrong since 14:02:11 and not applied`."""
    said = _STATE[wrong.kind].format(f"since {local(wrong.since, now)}")
    return f"{printable(wrong.file.name)} {said}"


def taking_back(file: Path) -> str:
    """Return the command that puts what runs in the place of a file that is not applied."""
    return f"to undo: thorsched history {typed_path(file)} --restore current"


def looked_words(looked: Looked, now: datetime) -> str:
    """Return in one line what a look by hand has come to."""
    when = f"file looked at {local(looked.at, now)}"
    applied = looked.applied
    match looked.verdict:
        case Verdict.APPLIED:
            return f"{when}: applied revision {short_hash(applied.revision)}"
        case Verdict.NOTHING_NEW:
            since = local(applied.at, now, is_exact=False)
            return (
                f"{when}: nothing new, revision {short_hash(applied.revision)} runs since {since}"
            )
        case Verdict.NOT_APPLIED:
            return f"{when}: not applied, as said above"


def edit_words(applied: RevisionApplied, now: datetime) -> str:
    """Return what an edit has done: what it cuts short, and in a line of its own how to undo it."""
    head = f"revision {short_hash(applied.revision)} of {local(applied.at, now)}"
    lost = losses(applied.difference)
    if not lost:
        return f"{head}: {summary(applied.difference)}"
    said = [_lost(effect, [one for one in lost if one.effect is effect], now) for effect in _LOSSES]
    return f"{head} {'; '.join(filter(None, said))}\nto undo: {undo(applied)}"


def _lost(effect: Effect, lost: Sequence[Change], now: datetime) -> str:
    """Return which cameras meet with a loss, since when they recorded, and why, if all alike."""
    if not lost:
        return ""
    named = [one.camera for one in lost[:_MOST_NAMED]]
    more = len(lost) - len(named)
    names = f"{', '.join(named)}{f' and {more} more' if more else ''}"
    since = min((one.since for one in lost if one.since), default=None)
    recorded = f", recorded since {local(since, now)}" if since else ""
    reasons = {one.reasons for one in lost}
    why = f": {'; '.join(lost[0].reasons)}" if len(reasons) == 1 and lost[0].reasons else ""
    return f"{effect.value.upper()} {names}{recorded}{why}"
