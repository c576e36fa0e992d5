"""By which revision of the file each recording was made. Pure.

Called by `gathering.py`. The journal says by which one a recording began, and when each was
applied: one that went on through an edit was made by both.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from thorsched.catalogue.entries import Stretch
from thorsched.report.values import InForce, RecordingReport
from thorsched.schedule.intervals import ALWAYS, Window, clip


def in_force(applied: Iterable[tuple[datetime, str]], period: Window) -> tuple[InForce, ...]:
    """Return the revisions that were in force in `period`, and when; `applied` are by time.

    Each is until the next one is applied. The same text applied again goes on.
    """
    changes: list[tuple[datetime, str]] = []
    for at, revision in sorted(applied, key=lambda one: one[0]):
        if changes and changes[-1][0] == at:
            changes.pop()
        if not changes or changes[-1][1] != revision:
            changes.append((at, revision))
    ends = [*(at for at, _ in changes), ALWAYS.end][1:]
    spans = [
        InForce(revision, Window(at, end))
        for (at, revision), end in zip(changes, ends, strict=True)
        if at < end
    ]
    return tuple(InForce(one.revision, part) for one in spans for part in clip([one.span], period))


def recordings(
    stretches: Iterable[Stretch], revisions: Sequence[InForce], told: Sequence[Window]
) -> tuple[RecordingReport, ...]:
    """Return each recording, as far as it lies in the time `told` of, with its revisions."""
    starts = [one.span.start for one in revisions]
    found = []
    for stretch in stretches:
        for part in () if stretch.is_empty else clip(told, stretch.span):
            first = max(bisect_right(starts, part.start) - 1, 0)
            last = bisect_left(starts, part.end)
            met = [one.revision for one in revisions[first:last] if one.span.meets(part)]
            began = [stretch.revision] if stretch.start == part.start else []
            by = tuple(dict.fromkeys([*began, *met]))
            found.append(RecordingReport(part, by, stretch.schedules))
    return tuple(found)
