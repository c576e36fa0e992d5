"""The segments that a journal knows, a column a property. Pure.

Made by `holdings.py`, for `retention.py` and `foresight/disk/turnover.py`: the rows of years are
too many for a value each.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from thorsched.base.units import epoch_us, from_epoch_us
from thorsched.catalogue.keeping.passage import Int64s
from thorsched.recording.naming import INTERNAL

Bools = npt.NDArray[np.bool_]

ENDING = ".mkv"
_NO_NAME = f"/{ENDING}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A segment that the journal knows; `path` is as it stands there."""

    path: PurePosixPath
    camera: str
    end: datetime
    """Of its frames, by the wall clock."""
    size_bytes: int
    is_closed: bool
    """Whether it has its duration and index: what has not may be repaired as yet."""
    is_audited: bool
    is_copied: bool
    """Whether the copy that the file asks for is known to be the same."""
    is_removed: bool = False
    is_quarantined: bool = False
    """Whether it is, or is to be, set apart as what does not count as recorded."""
    audited: datetime | None = None
    """When its audit was made; what was written to later is not what that is of."""


@dataclass(frozen=True, slots=True, eq=False)
class Inventory:
    """Segments in the journal's order. As of `Kept`, but for what is said."""

    paths: Sequence[str]
    names: Sequence[str]
    """Of the cameras, each once."""
    camera: Int64s
    """Which of the names that is."""
    end_us: Int64s
    """Since the epoch."""
    size_bytes: Int64s
    is_closed: Bools
    is_audited: Bools
    is_copied: Bools
    is_removed: Bools
    is_quarantined: Bools
    is_inside: Bools
    """Whether the path is one of a segment below the root, by its form."""
    audited: Sequence[datetime | None]

    @classmethod
    def of(cls, known: Iterable[Kept]) -> "Inventory":
        rows = list(known)
        names, camera = numbered([one.camera for one in rows])
        paths = [one.path.as_posix() for one in rows]
        return cls(
            paths=paths,
            names=names,
            camera=camera,
            end_us=np.array([epoch_us(one.end) for one in rows], np.int64),
            size_bytes=np.array([one.size_bytes for one in rows], np.int64),
            is_closed=np.array([one.is_closed for one in rows], np.bool_),
            is_audited=np.array([one.is_audited for one in rows], np.bool_),
            is_copied=np.array([one.is_copied for one in rows], np.bool_),
            is_removed=np.array([one.is_removed for one in rows], np.bool_),
            is_quarantined=np.array([one.is_quarantined for one in rows], np.bool_),
            is_inside=are_inside(paths),
            audited=[one.audited for one in rows],
        )

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> Kept:
        return Kept(
            path=PurePosixPath(self.paths[row]),
            camera=self.names[self.camera[row]],
            end=from_epoch_us(int(self.end_us[row])),
            size_bytes=int(self.size_bytes[row]),
            is_closed=bool(self.is_closed[row]),
            is_audited=bool(self.is_audited[row]),
            is_copied=bool(self.is_copied[row]),
            is_removed=bool(self.is_removed[row]),
            is_quarantined=bool(self.is_quarantined[row]),
            audited=self.audited[row],
        )

    def __iter__(self) -> Iterator[Kept]:
        return (self[row] for row in range(len(self)))

    def are_among(self, paths: AbstractSet[PurePosixPath]) -> Bools:
        """Return which have one of those paths."""
        if not paths:
            return np.zeros(len(self), np.bool_)
        wanted = {path.as_posix() for path in paths}
        return np.fromiter(map(wanted.__contains__, self.paths), np.bool_, len(self))

    def all_audited(self) -> "Inventory":
        return replace(self, is_audited=np.ones_like(self.is_audited))

    def all_copied(self) -> "Inventory":
        return replace(self, is_copied=np.ones_like(self.is_copied))

    def removed(self, paths: AbstractSet[PurePosixPath]) -> "Inventory":
        """Return it as it is when those are gone."""
        return replace(self, is_removed=self.is_removed | self.are_among(paths))


def numbered(cameras: Sequence[str]) -> tuple[Sequence[str], Int64s]:
    """Return the cameras, each once, and which of them each is."""
    names = list(dict.fromkeys(cameras))
    number_of = {name: number for number, name in enumerate(names)}
    return names, np.fromiter(map(number_of.__getitem__, cameras), np.int64, len(cameras))


def joined(parts: Iterable[Inventory]) -> Inventory:
    """Return them as one, end to end."""
    found = list(parts)
    if not found:
        return EMPTY
    names, numbers = numbered([name for part in found for name in part.names])
    first = np.cumsum([0, *(len(part.names) for part in found)])
    cameras = [numbers[start + part.camera] for start, part in zip(first, found, strict=False)]
    told = {
        field.name: np.concatenate([getattr(part, field.name) for part in found])
        for field in fields(Inventory)
        if field.type in (Int64s, Bools)
    }
    told["camera"] = np.concatenate(cameras)
    paths = [path for part in found for path in part.paths]
    audited = [at for part in found for at in part.audited]
    return Inventory(paths=paths, names=names, audited=audited, **told)


def are_inside(paths: Sequence[str]) -> Bools:
    """Return `is_inside` of each."""
    return np.fromiter(map(is_inside, paths), np.bool_, len(paths))


def is_inside(path: str) -> bool:
    """Return whether a path of the journal is one of a segment below the root, by its form."""
    if not path.endswith(ENDING) or path == ENDING or path.endswith(_NO_NAME) or "\0" in path:
        return False
    is_odd = path.startswith("/") or ".." in path or INTERNAL in path
    return not is_odd or not {"", "..", INTERNAL} & {*path.split("/")}


EMPTY = Inventory.of(())
