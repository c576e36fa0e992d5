"""What the rules take from a disk while recordings go on. Pure.

For `course.py`, which tells it what is written. As `catalogue/keeping/retention.py` has it, but of
bytes, not of files: the oldest go first, as much as is asked for. Times are seconds from now.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from thorsched.base.units import epoch_us, in_us
from thorsched.catalogue.keeping.going import total_bytes
from thorsched.catalogue.keeping.inventory import Bools, Inventory
from thorsched.catalogue.keeping.passage import Int64s, Passage
from thorsched.catalogue.keeping.retention import Rules, aged, may_ever_go, pool_of, room_wanted

# Windows as short as such a part of a file's time are not told apart.
_GRAIN = 0.25


_Kind = tuple[str, timedelta | None, bool]
"""Files that go alike: their pool, their age, and whether they go when they are copied."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Whether copies elsewhere are made, and how much has room there."""

    are_made: bool = False
    room_bytes: float = math.inf


@dataclass(slots=True)
class _Piece:
    """What may go; that of one camera and time."""

    end_s: float
    size_bytes: float
    goes_s: float


@dataclass(slots=True)
class _Open:
    """What was written of a camera, and is in no closed file as yet."""

    camera: str
    start_s: float
    end_s: float
    size_bytes: float


@dataclass(slots=True)
class _Pool:
    """Files that have a size together."""

    limit_bytes: float
    size_bytes: float = 0.0
    """Of what stays, too."""
    pieces: deque[_Piece] = field(default_factory=deque)
    """The oldest first."""

    def oldest_s(self) -> float:
        while self.pieces and not self.pieces[0].size_bytes:
            self.pieces.popleft()
        return self.pieces[0].end_s if self.pieces else math.inf

    def take(self, piece: _Piece, most_bytes: float = math.inf) -> float:
        """Take that much of a piece, or all of it; return how much that was."""
        taken = min(piece.size_bytes, most_bytes)
        piece.size_bytes -= taken
        self.size_bytes -= taken
        return taken


class Turnover:
    """What is on a disk and may go. What frees bytes returns how many."""

    def __init__(self, rules: Rules, *, copies: Copies, delay_s: float) -> None:
        """`delay_s` is how long it takes at most until what was written is in a closed file."""
        self._rules = rules
        self._copies = copies
        self._delay_s = delay_s
        self._pools: dict[str, _Pool] = {}
        self._open: deque[_Open] = deque()
        self._last: dict[str, _Open] = {}
        self._due: dict[timedelta | None, deque[tuple[_Pool, _Piece]]] = {}

    def stocked(self, known: Inventory, passage: Passage) -> float:
        """Take in what is there; what goes alike and is of one file's time goes together."""
        for number, name in enumerate(known.names):
            own_bytes = total_bytes(known.size_bytes[known.camera == number])
            self._pool_of(name).size_bytes += own_bytes
        pieces = sorted(self._pieces(known, passage), key=lambda one: one[1].end_s)
        for (name, age, is_left), piece in pieces:
            self._add(self._pools[name], piece, age, is_left=is_left)
        return sum(self._down_to_size(pool) for pool in self._pools.values())

    def _pieces(self, known: Inventory, passage: Passage) -> Iterator[tuple[_Kind, _Piece]]:
        """Yield what may go, and how it goes."""
        since = aged(known, passage)
        is_copied = known.is_copied | self._copied(known, since.rows)
        may_go = may_ever_go(known, self._rules) & (is_copied | (not self._rules.awaits_copy))
        is_left = is_copied & self._rules.leaves_when_copied
        kinds = [(pool_of(name, self._rules), self._rules.of(name).age) for name in known.names]
        for pool, age in dict.fromkeys(kinds):
            is_alike = np.array([one == (pool, age) for one in kinds], np.bool_)[known.camera]
            for left in (False, True):
                own = since.rows[(is_alike & may_go & (is_left == left))[since.rows]]
                for piece in self._together(since.us[own], known.size_bytes[own], passage, age):
                    yield (pool, age, left), piece

    def _together(
        self, since_us: Int64s, sizes_bytes: Int64s, passage: Passage, age: timedelta | None
    ) -> Iterator[_Piece]:
        """Yield files that go alike, sorted by time, those of one file's time as one."""
        if not len(since_us):
            return
        times = since_us // in_us(timedelta(seconds=self._delay_s))
        first = np.flatnonzero(np.diff(times, prepend=times[0] - 1))
        now_us = epoch_us(passage.latest)
        ends_s = (np.maximum.reduceat(since_us, first) - now_us) / 1e6
        sums_bytes = np.add.reduceat(sizes_bytes.astype(np.float64), first)
        goes_s = np.full(len(first), math.inf)
        if age:
            come_us = passage.come_of_age_us(since_us, age)
            goes_s = (np.maximum.reduceat(come_us, first) - now_us) / 1e6
        yield from map(_Piece, ends_s.tolist(), sums_bytes.tolist(), goes_s.tolist())

    def _copied(self, known: Inventory, rows: Int64s) -> Bools:
        """Return which of those rows are to be copied: the oldest first, while there is room."""
        found = np.zeros(len(known), np.bool_)
        if self._rules.awaits_copy and self._copies.are_made:
            own = rows[~known.is_copied[rows]]
            sizes_bytes = known.size_bytes[own].tolist()
            found[own] = np.fromiter(map(self._copy, sizes_bytes), np.bool_, len(own))
        return found

    def written(self, camera: str, start_s: float, end_s: float, size_bytes: float) -> None:
        """Take in what a camera has written in a time; it is in no closed file as yet."""
        last = self._last.get(camera)
        if last and end_s - last.start_s <= self._delay_s * _GRAIN:
            last.end_s = end_s
            last.size_bytes += size_bytes
        else:
            self._last[camera] = one = _Open(camera, start_s, end_s, size_bytes)
            self._open.append(one)

    def passed(self, now_s: float) -> float:
        """Let go what is of age by now, or copied, or too much."""
        freed = 0.0
        while self._open and self._open[0].end_s + self._delay_s <= now_s:
            freed += self._closed(self._open.popleft())
        for due in self._due.values():
            while due and due[0][1].goes_s <= now_s:
                pool, piece = due.popleft()
                freed += pool.take(piece)
        return freed

    def _closed(self, one: _Open) -> float:
        pool, rule = self._pool_of(one.camera), self._rules.of(one.camera)
        pool.size_bytes += one.size_bytes
        is_copied = self._copy(one.size_bytes)
        if not rule.is_held and (is_copied or not self._rules.awaits_copy):
            age_s = rule.age.total_seconds() if rule.age else math.inf
            piece = _Piece(one.end_s, one.size_bytes, one.end_s + self._delay_s + age_s)
            is_left = is_copied and self._rules.leaves_when_copied
            self._add(pool, piece, rule.age, is_left=is_left)
        return self._down_to_size(pool)

    def _add(self, pool: _Pool, piece: _Piece, age: timedelta | None, *, is_left: bool) -> None:
        pool.pieces.append(piece)
        if is_left:
            piece.goes_s, age = max(piece.end_s, 0.0) + self._delay_s, None
        if piece.goes_s < math.inf:
            self._due.setdefault(age, deque()).append((pool, piece))

    def _pool_of(self, camera: str) -> _Pool:
        name = pool_of(camera, self._rules)
        if name not in self._pools:
            limit_bytes = self._rules.of(name).size_bytes
            self._pools[name] = _Pool(math.inf if limit_bytes is None else limit_bytes)
        return self._pools[name]

    def _copy(self, size_bytes: float) -> bool:
        """Return whether a copy is made, if any is asked for."""
        if not self._rules.awaits_copy or not self._copies.are_made:
            return False
        if size_bytes > self._copies.room_bytes:
            return False
        self._copies = replace(self._copies, room_bytes=self._copies.room_bytes - size_bytes)
        return True

    def room_made(self, *, free_bytes: float) -> float:
        """Let go what has a size for the room that the next recordings need."""
        needed = room_wanted(self._rules.min_free_bytes) - free_bytes
        sized = [pool for pool in self._pools.values() if pool.limit_bytes < math.inf]
        return _taken(sized, needed)

    def _down_to_size(self, pool: _Pool) -> float:
        return _taken([pool], pool.size_bytes - pool.limit_bytes)


def _taken(pools: Iterable[_Pool], needed_bytes: float) -> float:
    """Take that much of the oldest of `pools`, or what they have."""
    freed = 0.0
    while freed < needed_bytes:
        pool = min(pools, key=_Pool.oldest_s, default=None)
        if pool is None or pool.oldest_s() == math.inf:
            break
        freed += pool.take(pool.pieces[0], needed_bytes - freed)
    return freed
