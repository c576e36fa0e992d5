"""What hooks are told, as values: JSON of the shape in `schemas/hooks.schema.json`. Pure.

Called by `hooks.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from thorsched.base.text import printable
from thorsched.base.units import format_utc
from thorsched.catalogue.applied import Change, Effect, change_dict
from thorsched.catalogue.entries import Entry, Gap
from thorsched.engine.filenews import FileNews, State
from thorsched.engine.wrong import Wrong
from thorsched.recording.history import AttemptEnded, AttemptRecords
from thorsched.recording.segments import Described
from thorsched.recording.trouble import Blame, Cause, blame_of

VERSION = 1
ON_SEGMENT, ON_GAP, ON_RECORDING = "on_segment", "on_gap", "on_recording"
ON_FILE = "on_file"
# A gap is put right when a segment is described; it is the same one for all that.
_APART = timedelta(seconds=2)
_MOST_TOLD = 1000
_MOST_LINES = 100
_LONGEST = 1000
Tiding = Mapping[str, object]


def of_entry(entry: Entry, *, root: Path) -> tuple[str, Tiding] | None:
    """Return which hook is to be told of an entry, and what; None if it is about no hook."""
    match entry:
        case Described():
            return ON_SEGMENT, _segment(entry)
        case AttemptRecords(at, attempt, camera):
            told = {"state": "began", "attempt": str(attempt), "cause": None, "detail": ""}
            return ON_RECORDING, _tiding("recording", at, camera, root, told)
        case AttemptEnded(at, attempt, camera, trouble):
            told = {
                "state": "ended",
                "attempt": str(attempt),
                "cause": trouble.cause.value if trouble else None,
                "detail": trouble.detail if trouble else entry.why,
            }
            return ON_RECORDING, _tiding("recording", at, camera, root, told)
        case _:
            return None


def of_gap(gap: Gap, *, at: datetime, root: Path) -> Tiding:
    """Return what is told of a gap that began, or ended."""
    told = {
        "state": "began" if gap.end is None else "ended",
        "start": format_utc(gap.start),
        "end": format_utc(gap.end),
        "cause": gap.trouble.cause.value,
        "detail": gap.trouble.detail,
    }
    return _tiding("gap", at, gap.camera, root, told)


def of_file(news: FileNews, *, root: Path) -> Tiding:
    """Return what is told of the file: what runs, what it changes, and what is wrong with it."""
    applied, wrong, is_new = news.applied, news.wrong, news.state is State.APPLIED
    changes = [one for one in applied.difference.cameras if one.effect is not Effect.UNTOUCHED]
    told = {
        "state": news.state.value,
        "file": str(applied.path),
        "revision": applied.revision,
        "applied": format_utc(applied.at),
        "how": applied.how.value,
        "was": (applied.was or None) if is_new else None,
        "cameras": [_change(one) for one in changes] if is_new else [],
        "stopped": [one.camera for one in changes if is_new and one.stops_inside_its_window],
        "other": [printable(one, longest=_LONGEST) for one in applied.difference.file if is_new],
        "wrong": None if wrong is None else _wrong(wrong),
    }
    return _tiding("file", news.at, None, root, told)


def _change(change: Change) -> Mapping[str, object]:
    reasons = [printable(one, longest=_LONGEST) for one in change.reasons]
    return {**change_dict(change), "reasons": reasons}


def _wrong(wrong: Wrong) -> Mapping[str, object]:
    return {
        "kind": wrong.kind.value,
        "since": format_utc(wrong.since),
        "content": wrong.content or None,
        "lines": wrong.lines[:_MOST_LINES],
        "more": max(len(wrong.lines) - _MOST_LINES, 0),
    }


def _segment(described: Described) -> Tiding:
    segment = described.segment
    told = {
        "file": str(segment.path),
        "sidecar": str(segment.path.with_suffix(".json")),
        "first_frame": format_utc(described.span.start),
        "last_frame_end": format_utc(described.span.end),
        "frames": described.frames,
        "size_bytes": described.size_bytes,
        "finalised": described.finalised,
        "repaired": described.repaired is not None,
    }
    recording = segment.recording
    return _tiding("segment", described.span.end, recording.camera, recording.output.root, told)


def _tiding(
    event: str, at: datetime, camera: str | None, root: Path, told: Mapping[str, object]
) -> Tiding:
    return {
        "version": VERSION,
        "event": event,
        "at": format_utc(at),
        "camera": camera,
        "root": str(root),
        event: told,
    }


def news(
    told: Sequence[Gap], now: Sequence[Gap], *, since: datetime
) -> tuple[tuple[Gap, ...], tuple[Gap, ...]]:
    """Return the gaps that hooks are to be told of, and all that they have been told then.

    `told` are a camera's gaps of before, `now` those that stand now. One that ended before `since`,
    when the program began, is no news; one that has only to do with a start is none until it ends,
    and one that is nobody's fault never.
    """
    fresh, known = [], list(told)
    for gap in now:
        if gap.end is not None and gap.end <= since:
            continue
        if gap.end is None and gap.trouble.cause is Cause.STARTING:
            continue
        if blame_of(gap.trouble.cause) is Blame.NOBODY:
            continue
        same = [one for one in known if _is_same(one, gap)]
        if not same or (gap.end is not None and any(one.end is None for one in same)):
            fresh.append(gap)
        known = [one for one in known if one not in same] + [gap]
    return tuple(fresh), tuple(known[-_MOST_TOLD:])


def _is_same(one: Gap, other: Gap) -> bool:
    starts_before_end = other.end is None or one.start <= other.end + _APART
    ends_after_start = one.end is None or one.end + _APART >= other.start
    return starts_before_end and ends_after_start
