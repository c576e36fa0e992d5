"""Why a camera recorded nothing, as all that was found tells of it: each outage once. Pure.

Called by `reconstruct.py`. What a journal says of a time comes before what is only reckoned, and a
cause that is known before one that is not. What is left beside a gap that is told is its edge: a
journal dates a gap by what was seen, the files by their frames.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter

from thorsched.catalogue.ledger import EDGE
from thorsched.recording.segments import SEAM
from thorsched.recording.trouble import Cause, Trouble
from thorsched.schedule.intervals import Window, subtract, union

RECKONED = Trouble(Cause.UNKNOWN, "the journal was lost: neither recorded, nor known why not")
# What has begun a gap is noticed so long after its last frame; a recorder's end, after its end.
_NOTICED_WITHIN = timedelta(seconds=5)
_TOLD_LATE = timedelta(seconds=2)

Moment = tuple[datetime, Trouble]


@dataclass(slots=True)
class Outages:
    """What is known of one camera so far."""

    told: list[Window] = field(default_factory=list)
    """Gaps of which a journal tells."""
    undescribed: list[Window] = field(default_factory=list)
    """When it may have recorded what is not described as yet."""
    suspected: list[Window] = field(default_factory=list)
    """Gaps that an earlier rebuild has reckoned: what is sure of them is that it was wanted."""
    began: list[Moment] = field(default_factory=list)
    """When the gaps of which a journal tells have begun, and by what."""
    broke: list[Moment] = field(default_factory=list)
    """When recorders have ended, and by what."""

    def suffered(self, span: Window, trouble: Trouble) -> None:
        """Take a gap of which a journal tells."""
        self.told.append(span)
        self.began.append((span.start, trouble))

    def reckoned(
        self, missing: Sequence[Window], absences: Sequence[Moment]
    ) -> Iterator[tuple[Window, Trouble]]:
        """Yield what is missing, but in no gap that is told, with what may have begun it.

        `missing` is sorted and disjoint; `absences` are when runs were last at work.
        """
        timely = sorted([*self.began, *absences], key=_moment_of)
        late = sorted(self.broke, key=_moment_of)
        for left in rests(missing, union([*self.told, *self.undescribed])):
            found = [*_met(timely, left, left.end), *_met(late, left, left.end + _TOLD_LATE)]
            yield left, min(found, key=_moment_of, default=(left.start, RECKONED))[1]


def rests(windows: Sequence[Window], told: Sequence[Window]) -> Iterator[Window]:
    """Yield the time of `windows` that is in none of `told`, but for seams, and edges of these.

    Both are sorted and disjoint.
    """
    starts, ends = {one.start for one in told}, {one.end for one in told}
    for left in subtract(windows, told):
        is_edge = left.start in ends or left.end in starts
        if left.length > (EDGE if is_edge else SEAM):
            yield left


def _met(moments: Sequence[Moment], gap: Window, until: datetime) -> Sequence[Moment]:
    """Return the first of the sorted `moments` that may have begun a gap, if any."""
    first = bisect_left(moments, gap.start - SEAM, key=_moment_of)
    found = moments[first : first + 1]
    return [one for one in found if one[0] <= min(until, gap.start + _NOTICED_WITHIN)]


_moment_of = itemgetter(0)
