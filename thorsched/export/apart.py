"""Where files must be exported apart, because a clock began anew between them. Pure.

Called by `session.py`. All cameras of a server lose their clock in the same moment: a cut there is
one of all of them, and what begins before and what begins behind are a file each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from thorsched.base.errors import FileError
from thorsched.base.text import counted
from thorsched.export.told import Segment


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which segments are asked for: those whose first frame arrived in `[start, end)`, aware."""

    start: datetime | None = None
    end: datetime | None = None

    def hold(self, begins: datetime) -> bool:
        """Return whether a segment is asked for whose first frame arrived then."""
        is_early = self.start is not None and begins < self.start
        return not is_early and (self.end is None or begins < self.end)

    def cut(self, cuts: Iterable[datetime]) -> tuple["Bounds", ...]:
        """Return the parts between the cuts, which are in order and within."""
        return tuple(Bounds(*pair) for pair in pairwise([self.start, *cuts, self.end]))


@dataclass(frozen=True, slots=True)
class Break:
    """Two segments of one film, one behind the other, that share no clock."""

    before: Segment
    behind: Segment
    why: str
    """As a sentence that names both."""


class BrokenClock(FileError):
    """An NWB file has one clock; `parts` can have one each."""

    def __init__(self, breaks: Iterable[Break], bounds: Bounds) -> None:
        first, *more = sorted(breaks, key=lambda one: one.behind.told.first_frame)
        others = f" (and so in {counted(len(more), 'other place')})" if more else ""
        super().__init__(f"{first.why}{others}")
        self.parts = bounds.cut(_cuts([first, *more]))


def _cuts(breaks: Iterable[Break]) -> list[datetime]:
    """Return the fewest moments that part all of them; `breaks` are by when `behind` begins."""
    cuts: list[datetime] = []
    for one in breaks:
        if not cuts or cuts[-1] <= one.before.told.first_frame:
            cuts.append(one.behind.told.first_frame)
    return cuts
