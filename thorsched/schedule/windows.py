"""The windows of schedules, and what a camera wants at one moment.

Called by `engine/desired.py` on every pass, and by whoever shows or sums up wanted time. Pure: a
time comes in as an argument, and the caches only remember what would be computed again.

Windows come with their true ends, wherever the question ends: a merged window is followed in both
directions until it stops. One that still goes on after at least 400 days (a daily 00:00-24:00) is
taken to have no beginning or end there, as `always` has none. Nothing is lost by that: the real end
shows 400 days before it comes.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from thorsched.config.rules import Mode, Rule, Zeitgeber
from thorsched.config.times import Dates
from thorsched.schedule.intervals import ALWAYS, Window, holding, meeting, subtract, union
from thorsched.schedule.localtime import first_instant, midnight
from thorsched.schedule.occurrences import longest, start_dates, windows_of

Settings = tuple[tuple[str, Hashable], ...]
"""What a schedule says of more than time: keys, each once, with a value each."""

_DAY = timedelta(days=1)
# How far a merged window is followed, piece after piece: more than a year, so that a night of
# 25 hours that breaks it is seen.
_FOLLOW = (timedelta(hours=1), *(n * _DAY for n in (1, 4, 16, 64, 400)))
# So many windows are followed one by one; all there are, beyond that.
_HOPS = 500
# Remembered as a whole: short, as there may be a window a minute, and each takes its time.
_PIECE_H = 6
# How far a next start is looked for: beyond every leap day that falls on one weekday.
_SEARCH = 60 * 366 * _DAY
# Calendar and zone arithmetic stays clear of datetime's own ends.
_ALL_TIME = Window(datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Timetable:
    """What a schedule says about time, `zone` and all; `name` is the schedule's.

    `exceptions` are ranges of local dates, both ends included, and `only` those that are left, all
    if there are none. Mode `clip` takes away the time of the other dates, from 00:00 to 24:00;
    `skip_starts` drops the windows that start on them, whole, and no others (`Always` starts before
    all dates, so that no exception drops it). Which `settings` hold where several want the same
    time, `priority` decides: see `parts.py`.
    """

    name: str
    rule: Rule
    zone: ZoneInfo
    exceptions: Dates = ()
    mode: Mode = "clip"
    only: Dates = ()
    priority: int = 0
    settings: Settings = ()


@dataclass(frozen=True, slots=True)
class State:
    """What a camera wants at one moment.

    `active` is the merged window that holds the moment; `next_edge` is when it ends, or the next
    window starts.
    """

    active: Window | None
    next_edge: datetime | None


def wanted(timetables: Sequence[Timetable], *, between: Window) -> tuple[Window, ...]:
    """Return the union of their windows that share time with `between`: sorted, disjoint, uncut.

    A question of two days or less is cheap to repeat. Of a longer one, the work grows with its
    length and with the number of windows in it.
    """
    sources = tuple(timetables)
    if between.length > 2 * _DAY:
        return _followed(sources, between)
    found: list[Window] = []
    piece = _piece(between.start)
    while piece.start < between.end:
        found += meeting(_wanted_in(sources, piece), between)
        piece = _piece(piece.end)
    return union(found)


def state(timetables: Sequence[Timetable], *, at: datetime) -> State:
    """Return what the union of `timetables` wants at `at`, which is aware UTC."""
    if at.tzinfo is not UTC:
        raise ValueError(f"a moment is asked for in UTC, not {at!r}")
    sources = tuple(timetables)
    piece = _piece(at)
    near = _wanted_in(sources, piece)
    active = holding(near, at)
    if active:
        return State(active, active.bounds[1])
    later = bisect_left(near, at, key=lambda window: window.start)
    return State(None, near[later].start if later < len(near) else _next_start(sources, piece.end))


@lru_cache(maxsize=32)
def attribution(timetables: tuple[Timetable, ...], window: Window) -> tuple[str, ...]:
    """Return the names of those of `timetables` that want some of the time of `window`."""
    return tuple(
        timetable.name
        for timetable in timetables
        if len(timetables) == 1
        or any(own.meets(window) for own in _pieces(timetable, window.start, window.end))
    )


@lru_cache(maxsize=256)
def _wanted_in(timetables: tuple[Timetable, ...], piece: Window) -> tuple[Window, ...]:
    return _followed(timetables, piece)


def _followed(timetables: tuple[Timetable, ...], between: Window) -> tuple[Window, ...]:
    found = list(meeting(_survey(timetables, between.start, between.end), between))
    if found and found[0].start <= between.start:
        found[0] = Window(_true_start(timetables, found[0].start), found[0].end)
    if found and found[-1].end >= between.end:
        found[-1] = Window(found[-1].start, _true_end(timetables, found[-1].end))
    return tuple(found)


@lru_cache(maxsize=256)
def _next_start(timetables: tuple[Timetable, ...], after: datetime) -> datetime | None:
    """Return the first start from `after` on, when nothing is wanted; None if there is none."""
    last = _moved(after, _SEARCH)
    firsts = [
        next((w.start for w in _pieces(timetable, after, last) if w.start >= after), last)
        for timetable in timetables
    ]
    found = _survey(timetables, after, min(firsts, default=last))
    return next((window.start for window in found if after <= window.start < last), None)


def _true_start(timetables: Sequence[Timetable], start: datetime) -> datetime:
    for step in _FOLLOW:
        if start <= _ALL_TIME.start:
            break
        earliest = _moved(start, -step)
        start, is_true = _hopped_back(timetables, start, earliest)
        if is_true:
            return start
        if start <= earliest:
            continue
        for window in _survey(timetables, earliest, start):
            if window.start < start <= window.end:
                start = window.start
        if start > earliest:
            return start
    return ALWAYS.start


def _true_end(timetables: Sequence[Timetable], end: datetime) -> datetime:
    for step in _FOLLOW:
        if end >= _ALL_TIME.end:
            break
        latest = _moved(end, step)
        end, is_true = _hopped(timetables, end, latest)
        if is_true:
            return end
        if end >= latest:
            continue
        for window in _survey(timetables, end, latest):
            if window.start <= end < window.end:
                end = window.end
        if end < latest:
            return end
    return ALWAYS.end


def _hopped(
    timetables: Sequence[Timetable], end: datetime, latest: datetime
) -> tuple[datetime, bool]:
    """Return where a merged window that goes on until `end` does, and whether it ends there.

    From window to window, the longest first: a day of windows a minute within it is one hop.
    """
    for _ in range(_HOPS):
        if end >= latest:
            return end, False
        near = (w for timetable in timetables for w in _pieces(timetable, end, end))
        further = max((w.end for w in near if w.start <= end), default=end)
        if further <= end:
            return end, True
        end = further
    return end, False


def _hopped_back(
    timetables: Sequence[Timetable], start: datetime, earliest: datetime
) -> tuple[datetime, bool]:
    """Return since when a merged window goes on that does at `start`, and whether it began then."""
    for _ in range(_HOPS):
        if start <= earliest:
            return start, False
        near = (w for timetable in timetables for w in _pieces(timetable, start, start))
        before = min((w.start for w in near if w.end >= start), default=start)
        if before >= start:
            return start, True
        start = before
    return start, False


def _survey(
    timetables: Sequence[Timetable], earliest: datetime, latest: datetime
) -> tuple[Window, ...]:
    """Return the union, true from `earliest` to `latest`; beyond, windows may be missing."""
    return union(
        piece for timetable in timetables for piece in _pieces(timetable, earliest, latest)
    )


def _pieces(timetable: Timetable, earliest: datetime, latest: datetime) -> Iterator[Window]:
    """Yield, one start date after the other, all windows that hold or touch a moment between."""
    rule, zone = timetable.rule, timetable.zone
    reach = longest(rule, zone)
    # A day more on either side: clocks set back across midnight show a date again, and lights may
    # have dates of their own.
    margin = 2 * _DAY if isinstance(rule, Zeitgeber) else _DAY
    first = _moved(earliest, -reach).astimezone(zone).date() - margin
    last = _moved(latest, timedelta(0)).astimezone(zone).date() + margin
    if timetable.only:
        first = max(first, min(timetable.only)[0] - reach - margin)
        last = min(last, max(end for _, end in timetable.only) + margin)
    near = Window(earliest, _moved(latest, timedelta.resolution))
    holes = _holes(timetable) if timetable.mode == "clip" else ()
    for day in start_dates(rule, zone=zone, first=first, last=last):
        if _is_dropped(timetable, day, reach):
            continue
        found = windows_of(rule, day, zone=zone, near=near)
        yield from subtract(found, holes) if _is_cut(found, holes) else found


def _is_cut(found: Sequence[Window], holes: Sequence[Window]) -> bool:
    if not found or not holes:
        return False
    return bool(meeting(holes, Window(found[0].start, max(window.end for window in found))))


def _is_dropped(timetable: Timetable, day: date, reach: timedelta) -> bool:
    """Return whether dates take away whatever starts on `day`, without looking at it."""
    exceptions, only = timetable.exceptions, timetable.only
    if timetable.mode == "skip_starts":
        is_left = not only or any(first <= day <= last for first, last in only)
        return not is_left or any(first <= day <= last for first, last in exceptions)
    return any(first < day and reach < last - day - _DAY for first, last in exceptions)


@lru_cache(maxsize=256)
def _holes(timetable: Timetable) -> tuple[Window, ...]:
    """Return the time of the dates that are taken away."""
    zone = timetable.zone
    left = _time_of(timetable.only, zone)
    outside = subtract((ALWAYS,), left) if timetable.only else ()
    return union((*_time_of(timetable.exceptions, zone), *outside))


def _time_of(dates: Dates, zone: ZoneInfo) -> tuple[Window, ...]:
    """Return the time of the dates; from the first 00:00 of each where clocks show it twice."""
    ends = [
        (first_instant(midnight(first), zone), first_instant(midnight(last + _DAY), zone))
        for first, last in dates
    ]
    return union(Window(start, end) for start, end in ends if start < end)


def _piece(at: datetime) -> Window:
    """Return the piece of time around `at` that is remembered whole."""
    start = at.replace(hour=at.hour - at.hour % _PIECE_H, minute=0, second=0, microsecond=0)
    return Window(start, start + _PIECE_H * timedelta(hours=1))


def _moved(moment: datetime, by: timedelta) -> datetime:
    """Return `moment + by`, kept within `_ALL_TIME`."""
    try:
        moved = moment + by
    except OverflowError:
        moved = ALWAYS.start if by < timedelta(0) else ALWAYS.end
    return min(max(moved, _ALL_TIME.start), _ALL_TIME.end)
