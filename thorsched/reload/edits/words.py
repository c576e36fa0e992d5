"""What becomes of cameras by an edit, in words. Pure.

One way for all who say it: the log, the live table, and the commands `plan`, `reload` and
`history`. What ends a recording inside of its window is said first, and in capitals.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from thorsched.base.moments import format_minute, format_moment
from thorsched.base.text import printable, short_hash
from thorsched.catalogue.applied import Change, Difference, Effect, RevisionApplied, restoring
from thorsched.engine.cuts import CUT_SHORT, cut_words
from thorsched.recording.history import Happened
from thorsched.schedule.intervals import Window

MARKS: Mapping[Effect, str] = {
    Effect.STOPPED: "stop",
    Effect.REPLACED: "replace",
    Effect.FOLLOWED: "overlap",
    Effect.STARTED: "start",
    Effect.IN_PLACE: "change",
    Effect.UNTOUCHED: "untouched",
}
"""One word for each effect, in the order in which they are told: what is lost comes first."""
_LONGEST_REASON = 400
_WIDE = max(map(len, MARKS.values()))


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said of some cameras at once."""

    cameras: tuple[str, ...]
    change: Change
    """Of one of them; of the others the same is to be said."""
    words: str
    """What becomes of their recorders, and why; '' where nothing does."""


def losses(difference: Difference) -> tuple[Change, ...]:
    """Return what ends a recording inside of its window, whether or not another then begins."""
    return tuple(one for one in difference.cameras if one.is_loss)


def summary(difference: Difference) -> str:
    """Return how many cameras meet with what, e.g. `1 stopped, 3 untouched`."""
    if difference.is_empty:
        return "cameras and settings stay as they are"
    said = [f"{count} {effect.value}" for effect, count in counts(difference).items()]
    return ", ".join([*said, *(["and settings of the whole file"] if difference.file else [])])


def counts(difference: Difference) -> dict[Effect, int]:
    """Return how many cameras meet with what, the worst first, without what none meets with."""
    found = Counter(one.effect for one in difference.cameras)
    return {effect: found[effect] for effect in MARKS if found[effect]}


def told(
    difference: Difference, zone: ZoneInfo, *, at: datetime, is_applied: bool
) -> Iterator[Told]:
    """Yield what is to be said of each camera, alike ones together, the worst first.

    `zone` is by whose clocks moments are shown; the edit is, or would be, applied `at`, aware UTC.
    """
    for effect in MARKS:
        found: dict[tuple[bool, str], list[Change]] = {}
        for one in difference.cameras:
            if one.effect is effect:
                words = _said(one, zone, at=at, is_applied=is_applied)
                found.setdefault((one.is_now and bool(words), words), []).append(one)
        for (_, words), alike in found.items():
            yield Told(tuple(one.camera for one in alike), alike[0], words)


def _said(change: Change, zone: ZoneInfo, *, at: datetime, is_applied: bool) -> str:
    if change.effect is Effect.UNTOUCHED:
        return ""
    words = [what_becomes(change, zone, at=at, is_applied=is_applied), *change.reasons]
    return "; ".join(printable(one, longest=_LONGEST_REASON) for one in words)


def lines(applied: RevisionApplied, zone: ZoneInfo) -> tuple[str, ...]:
    """Return a line for what became of cameras, and of what is of no one camera; the undo last."""
    lost = losses(applied.difference)
    said = [
        _line(MARKS[one.change.effect], one, is_loud=one.change in lost)
        for one in told(applied.difference, zone, at=applied.at, is_applied=True)
    ]
    file = [f"{'file':<{_WIDE}}  {line}" for line in applied.difference.file]
    undone = [f"to undo: {undo(applied)}"] if lost and applied.was else []
    return (*said, *file, *undone)


def undo(applied: RevisionApplied) -> str:
    """Return the command that puts back the text of before."""
    return restoring(applied.path, applied.was)


def events(applied: RevisionApplied) -> tuple[Happened, ...]:
    """Return what the journal is told of recordings that were cut short, a camera each."""
    return tuple(
        Happened(applied.at, CUT_SHORT, _cut_short(applied, one), one.camera)
        for one in losses(applied.difference)
    )


def _cut_short(applied: RevisionApplied, change: Change) -> str:
    by = f"{change.effect.value} by revision {short_hash(applied.revision)}"
    end = change.window.bounds[1] if change.window else None
    why = f"{by}: {'; '.join(change.reasons)}"
    return cut_words(why, change.since, end, undo=undo(applied))


def what_becomes(change: Change, zone: ZoneInfo, *, at: datetime, is_applied: bool) -> str:
    """Return what becomes of the camera's recorder, and until or from when."""
    window = change.window
    until = _until(window, zone)
    match change.effect:
        case Effect.STOPPED | Effect.REPLACED if change.is_now:
            return _ends(change, zone, is_applied=is_applied)
        case Effect.REPLACED:
            return "its recorder, which is early, ends, and another begins"
        case Effect.FOLLOWED:
            return "another recorder begins before its own ends: no frame is lost"
        case Effect.STARTED if change.is_now:
            return f"at once, {until}"
        case Effect.IN_PLACE if change.is_now:
            return f"its recorder goes on, {until}"
        case _ if window is None:
            return "has no window to come"
        case Effect.STOPPED:
            return f"not recorded any more; next would have been {_begins(window, zone, at)}"
        case Effect.STARTED:
            return f"from {_begins(window, zone, at)} on"
        case _ if window.start <= at:
            return "from the next attempt on"
        case _:
            return f"from its next window on, {_begins(window, zone, at)}"


def _ends(change: Change, zone: ZoneInfo, *, is_applied: bool) -> str:
    since = f"recorded since {format_moment(change.since, zone)}; " if change.since else ""
    if change.effect is Effect.REPLACED:
        return f"{since}its recorder ends and another begins, with a gap of seconds"
    until = _until(change.window, zone)
    would = f"would have been recorded {until}" if is_applied else f"would be recorded {until}"
    return f"{since}{would}{'' if is_applied else ' as things are'}"


def _line(mark: str, one: Told, *, is_loud: bool) -> str:
    names = ", ".join(map(printable, one.cameras))
    shown = mark.upper() if is_loud else mark
    return f"{shown:<{_WIDE}}  {names}{': ' if one.words else ''}{one.words}"


def _begins(window: Window, zone: ZoneInfo, at: datetime) -> str:
    return "now" if window.start <= at else format_minute(window.start, zone)


def _until(window: Window | None, zone: ZoneInfo) -> str:
    end = window.bounds[1] if window else None
    return f"until {format_minute(end, zone)}" if end else "without end"
