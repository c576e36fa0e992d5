"""Files that may go, and by which rule each: what `retention.py` decides. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from thorsched.catalogue.keeping.inventory import Bools, Inventory, Kept
from thorsched.catalogue.keeping.passage import Int64s

_STAYS = -1


@dataclass(frozen=True, slots=True)
class Reason:
    """By which rule a file may go."""

    why: str
    age: timedelta | None = None
    """As old as that the file itself must be, too: it may have been changed since."""
    is_for_room: bool = False
    """Whether it goes for the room that it takes on the root's own disk."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A file that may go, and by which rule."""

    kept: Kept
    why: str
    age: timedelta | None = None
    is_for_room: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Going:
    """Such files, the oldest first; a value is made of each that is looked at."""

    known: Inventory
    rows: Int64s
    """Which of those that are known."""
    reasons: Sequence[Reason]
    reason: Int64s
    """Which of the reasons it is, of each that goes."""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Leaving]:
        for row, number in zip(self.rows.tolist(), self.reason.tolist(), strict=True):
            by = self.reasons[number]
            yield Leaving(self.known[row], by.why, by.age, by.is_for_room)

    def sums(self) -> dict[str, tuple[int, int]]:
        """Return how many go by each rule, and their bytes."""
        found: dict[str, tuple[int, int]] = {}
        sizes_bytes = self.known.size_bytes[self.rows]
        for number in dict.fromkeys(self.reason.tolist()):
            own, why = sizes_bytes[self.reason == number], self.reasons[number].why
            files, size_bytes = found.get(why, (0, 0))
            found[why] = files + len(own), size_bytes + sum(own.tolist())
        return found


class Choice:
    """Which of some candidates go, as the rules are asked one after another."""

    def __init__(self, known: Inventory, candidates: Int64s) -> None:
        """`candidates` are rows of what is known, the oldest first."""
        self._known = known
        self._candidates = candidates
        self._reasons: list[Reason] = []
        self._reason = np.full(len(known), _STAYS, np.int64)

    @property
    def stays(self) -> Bools:
        return np.equal(self._reason, _STAYS)

    @property
    def staying(self) -> Int64s:
        """Those of the candidates that do not go as yet, the oldest first."""
        return self._candidates[self.stays[self._candidates]]

    @property
    def going_bytes(self) -> int:
        return total_bytes(self._known.size_bytes[~self.stays])

    def goes(self, rows: Int64s, by: Reason) -> None:
        if len(rows):
            self._reason[rows] = len(self._reasons)
            self._reasons.append(by)

    def oldest_go(self, rows: Int64s, needed_bytes: int, by: Reason) -> None:
        """Let as many of the first of those rows go as are needed, and none more."""
        if needed_bytes > 0:
            until_bytes = np.cumsum(self._known.size_bytes[rows], dtype=np.float64)
            self.goes(rows[: int(np.searchsorted(until_bytes, needed_bytes)) + 1], by)

    def made(self) -> Going:
        rows = self._candidates[~self.stays[self._candidates]]
        return Going(self._known, rows, tuple(self._reasons), self._reason[rows])


def total_bytes(sizes_bytes: Int64s) -> int:
    """Return the sum, which may be more than 64 bits hold."""
    return sum(sizes_bytes.tolist())
