"""What was recorded while each revision was in force. Pure.

Called by `history.py`. A recording may go on through an edit: then its files count for each
revision that was in force over their time, and their hours are divided among them.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from thorsched.base.units import epoch_us, from_epoch_us
from thorsched.catalogue.applied import Kept
from thorsched.schedule.intervals import ALWAYS

_MS = timedelta(milliseconds=1)
_MS_US = 1000
_LATEST_MS = epoch_us(ALWAYS.end) // _MS_US
_NONE = object()
Key = Hashable
Span = tuple[str, int, int]
"""A file's camera, and its first and last moment in ms since 1970."""


@dataclass(frozen=True, slots=True)
class Share:
    """What was recorded of one camera under a revision."""

    camera: str
    files: int
    """Those that have a part of their time in its."""
    recorded: timedelta
    """Of that time alone."""
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Extent:
    """What was recorded under a revision."""

    shares: tuple[Share, ...] = ()
    """One a camera, by their names."""

    @property
    def files(self) -> int:
        return sum(one.files for one in self.shares)

    @property
    def recorded(self) -> timedelta:
        return sum((one.recorded for one in self.shares), timedelta())

    def and_also(self, other: "Extent") -> "Extent":
        """Return what was recorded under either."""
        both: dict[str, Share] = {}
        for one in (*self.shares, *other.shares):
            both[one.camera] = _sum(both[one.camera], one) if one.camera in both else one
        return Extent(tuple(both[camera] for camera in sorted(both)))


def _sum(one: Share, other: Share) -> Share:
    return Share(
        one.camera,
        one.files + other.files,
        one.recorded + other.recorded,
        min(one.start, other.start),
        max(one.end, other.end),
    )


def extents(
    revisions: Sequence[Kept], keys: Sequence[Key], spans: Iterable[Span]
) -> dict[Key, Extent]:
    """Return what was recorded under the revisions of a journal, by their keys.

    `revisions` are all of that journal, newest first: each is in force until the next one. Those
    that are told as one have one key of `keys`, and a file counts for it once.
    """
    applied = [epoch_us(one.applied.at) // _MS_US for one in revisions]
    order = sorted(range(len(applied)), key=lambda place: (applied[place], -place))
    starts, keyed = [applied[place] for place in order], [keys[place] for place in order]
    ends = [*starts[1:], _LATEST_MS]
    found: dict[Key, dict[str, list[int]]] = {key: {} for key in keys}
    for camera, first, last in spans:
        place, counted = max(bisect_right(starts, first) - 1, 0), _NONE
        while place < len(starts) and starts[place] < last:
            start, end, key = max(starts[place], first), min(ends[place], last), keyed[place]
            if start < end:
                _add(found[key], camera, start, end, is_new=key != counted)
                counted = key
            place += 1
    return {key: _extent(by_camera) for key, by_camera in found.items()}


def _add(found: dict[str, list[int]], camera: str, start: int, end: int, *, is_new: bool) -> None:
    """Count a file's part: how many, how long, from when, until when."""
    sums = found.setdefault(camera, [0, 0, start, end])
    sums[0] += is_new
    sums[1] += end - start
    sums[2] = min(sums[2], start)
    sums[3] = max(sums[3], end)


def _extent(found: dict[str, list[int]]) -> Extent:
    return Extent(
        tuple(
            Share(camera, files, length * _MS, _moment(start), _moment(end))
            for camera, (files, length, start, end) in sorted(found.items())
        )
    )


def _moment(at_ms: int) -> datetime:
    return from_epoch_us(at_ms * _MS_US)
