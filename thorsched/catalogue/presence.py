"""Until when the program was at work, as far as the journal's runs can be believed. Pure.

Called by `report/gathering.py`. A clock that was ahead leaves a last pass that has not come, or
lies behind the next run's beginning: when that run ended in truth nobody knows.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from thorsched.catalogue.entries import Run
from thorsched.catalogue.pieces import AHEAD
from thorsched.schedule.intervals import ALWAYS, Window, union

_LONGEST = timedelta(days=366)
"""As far back a run may have begun of which not even that is known."""


def unsure(runs: Sequence[Run], *, now: datetime) -> tuple[Window, ...]:
    """Return when nobody knows whether the program was at work; `runs` are in their order.

    The windows are sorted and disjoint, and end by `now`, aware UTC.
    """
    return union(_unsure(runs, now))


def _unsure(runs: Sequence[Run], now: datetime) -> Iterator[Window]:
    sure: datetime | None = None
    for place, run in enumerate(runs, 1):
        until = min(runs[place].began, now) if place < len(runs) else now
        if max(run.began, run.last_pass) <= until + AHEAD:
            sure = run.last_pass
            continue
        start = run.began if run.began < now else sure or _before(now)
        later = (one.began for one in runs[place:])
        until = next((began for began in later if start <= began <= now), now)
        if start < until:
            yield Window(start, until)
            sure = until


def _before(moment: datetime) -> datetime:
    return moment - min(_LONGEST, moment - ALWAYS.start)
