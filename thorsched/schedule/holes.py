"""When what a camera wants next changes, where holes are cut into its windows. Pure.

Called by `engine/desired.py`: a pause is such a hole.
"""

from collections.abc import Sequence
from datetime import datetime

from thorsched.schedule.intervals import Window, holding
from thorsched.schedule.windows import Timetable, state


def next_edge(
    timetables: Sequence[Timetable], holes: Sequence[Window], *, at: datetime
) -> datetime | None:
    """Return when the wanted time outside of `holes` next begins or ends after `at`, aware UTC.

    `holes` are as `union` returns them. None if it never does.
    """
    later = [hole for hole in holes if hole.end > at]
    moments = [moment for hole in later for moment in (hole.start, hole.end) if moment > at]
    found = [moment for moment in moments if state(timetables, at=moment).active]
    edge = state(timetables, at=at).next_edge
    while edge is not None and (hole := holding(later, edge)) and hole.start < edge:
        edge = state(timetables, at=hole.end).next_edge
    return min([*found, *([] if edge is None else [edge])], default=None)
