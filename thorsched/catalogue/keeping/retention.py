"""Which files may be deleted by the file's own rules, and when. Pure.

Called by `housekeeper.py`, which carries it out, and by `foresight/disk/departures.py`, which
tells. Only what is closed, audited and below the root ever goes, the oldest first, and no more than
the rules ask for. The wall clock may be wrong: a camera's files count in the order in which the
journal came to know them, ages as `passage.py` says, and what lies ahead of the clock, or before
any recording, stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from thorsched.base.units import format_duration, format_size_exactly
from thorsched.catalogue.keeping.passage import Passage
from thorsched.config.models import Config
from thorsched.recording.naming import INTERNAL
from thorsched.recording.segments import NEVER_BEFORE

ENDING = ".mkv"
MOST_AHEAD_BYTES = 10**9
"""Room is made while there is this much more than `min_free`, or as much again if that is less."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A segment that the journal knows; `path` is as it stands there."""

    path: PurePosixPath
    camera: str
    start: datetime
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


@dataclass(frozen=True, slots=True)
class Rule:
    """What the file says of one camera; no `age` and no `size_bytes` is for ever."""

    age: timedelta | None = None
    size_bytes: int | None = None
    has_own_size: bool = False
    """Whether the size is of its own files, not of all those without."""
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What the file says; `of_camera` where a camera is in it, `shared` where it is not."""

    of_camera: Mapping[str, Rule]
    shared: Rule
    min_free_bytes: int
    awaits_copy: bool = False
    leaves_when_copied: bool = False

    def of(self, camera: str) -> Rule:
        return self.of_camera.get(camera, self.shared)

    @property
    def ever_delete(self) -> bool:
        rules = (*self.of_camera.values(), self.shared)
        return self.leaves_when_copied or any(r.age or r.size_bytes for r in rules)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A file that may go, and by which rule."""

    kept: Kept
    why: str
    age: timedelta | None = None
    """As old as that the file itself must be, too: it may have been changed since."""
    is_for_room: bool = False
    """Whether it goes for the room that it takes on the root's own disk."""


@dataclass(frozen=True, slots=True)
class Aged:
    """A file and since when it is surely there."""

    kept: Kept
    since: datetime


def rules_of(config: Config) -> Rules:
    """Return what the file says of deleting.

    The files of a camera that it does not name stay: whoever renames a block, or takes it out for a
    while, has not asked for its recordings to go, nor for its `hold` to end.
    """
    return Rules(
        of_camera={camera: _rule(config, camera) for camera in config.cameras},
        shared=replace(_rule(config, ""), is_held=True),
        min_free_bytes=config.storage.min_free,
        awaits_copy=config.storage.offload is not None,
        leaves_when_copied=bool(config.storage.offload and config.storage.offload.then == "delete"),
    )


def _rule(config: Config, camera: str) -> Rule:
    keep, block = config.keep_of(camera), config.cameras.get(camera)
    return Rule(
        age=keep.age,
        size_bytes=keep.size,
        has_own_size=bool(block and block.keep and block.keep.size),
        is_held=bool(block and block.hold),
    )


def leaving(
    known: Sequence[Kept],
    rules: Rules,
    *,
    passage: Passage,
    free_bytes: int,
    barred: AbstractSet[PurePosixPath] = frozenset(),
    is_calm: bool = True,
) -> tuple[Leaving, ...]:
    """Return what may go now, the oldest first.

    `known` are in the journal's order; `barred` stay whatever the rules say. Unless `is_calm`, as
    it is not soon after a start or a jump of the clock, only a disk without room is a reason.
    """
    candidates = [one for one in aged(known, passage) if _may_go(one.kept, rules, barred)]
    going: dict[PurePosixPath, Leaving] = {}
    if is_calm:
        going |= _by_copy(candidates, rules)
        going |= _by_age(_left(candidates, going), rules, passage)
        for pool, limit_bytes in _pools(known, rules):
            names = {kept.path for kept in pool}
            own = [one for one in _left(candidates, going) if one.kept.path in names]
            excess_bytes = sum(k.size_bytes for k in pool if k.path not in going) - limit_bytes
            going |= _oldest(own, excess_bytes, f"keep.size {format_size_exactly(limit_bytes)}")
    going_bytes = sum(one.kept.size_bytes for one in going.values())
    needed_bytes = room_wanted(rules.min_free_bytes) - free_bytes - going_bytes
    sized = [c for c in _left(candidates, going) if rules.of(c.kept.camera).size_bytes]
    why = f"min_free {format_size_exactly(rules.min_free_bytes)}"
    for_room = _oldest(sized, needed_bytes, why)
    going |= {path: replace(one, is_for_room=True) for path, one in for_room.items()}
    return tuple(going[one.kept.path] for one in candidates if one.kept.path in going)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What goes until a moment, if nothing else is recorded."""

    until: datetime
    going: tuple[Leaving, ...]
    unaudited: int
    """Files that would go, too, if they were audited."""
    uncopied: int
    """Files that would go besides, if they were audited and had the copy that they wait for."""
    oldest: Mapping[str, tuple[Kept, datetime]]
    """By camera: the first that goes for its age, and when."""
    begins: datetime
    of_age: Mapping[PurePosixPath, datetime]
    """When each file comes of the age at which it goes."""

    def goes_at(self, one: Leaving) -> datetime:
        """Return when one of those goes: what is there for another rule than its age, at once."""
        of_age = self.of_age.get(one.kept.path, self.begins) if one.age else self.begins
        return max(of_age, self.begins)


def forecast(
    known: Sequence[Kept], rules: Rules, *, passage: Passage, free_bytes: int, until: datetime
) -> Forecast:
    """Return what the rules come to. `passage` is as of now; all arguments as of `leaving`."""
    later = Passage(until, passage.leaps)
    going = leaving(known, rules, passage=later, free_bytes=free_bytes)
    audited = [replace(kept, is_audited=True) for kept in known]
    all_going = leaving(audited, rules, passage=later, free_bytes=free_bytes)
    last_going = all_going
    if rules.awaits_copy:
        copied = [replace(kept, is_copied=True) for kept in audited]
        last_going = leaving(copied, rules, passage=later, free_bytes=free_bytes)
    oldest: dict[str, tuple[Kept, datetime]] = {}
    of_age: dict[PurePosixPath, datetime] = {}
    for one in aged(known, passage):
        age = rules.of(one.kept.camera).age
        if age is not None and _may_go(replace(one.kept, is_audited=True), rules):
            of_age[one.kept.path] = goes = passage.comes_of_age(one.since, age)
            oldest.setdefault(one.kept.camera, (one.kept, goes))
    return Forecast(
        until=until,
        going=going,
        unaudited=max(0, len(all_going) - len(going)),
        uncopied=max(0, len(last_going) - len(all_going)),
        oldest=oldest,
        begins=passage.latest,
        of_age=of_age,
    )


def _left(candidates: Iterable[Aged], going: Mapping[PurePosixPath, Leaving]) -> list[Aged]:
    return [one for one in candidates if one.kept.path not in going]


def room_wanted(min_free_bytes: int) -> int:
    """Return how much is to be free, so that no recorder ever comes upon less than `min_free`."""
    return min_free_bytes + min(min_free_bytes, MOST_AHEAD_BYTES)


def newest(known: Iterable[Kept], now: datetime) -> datetime | None:
    """Return the end of the newest that does not lie ahead."""
    return max((kept.end for kept in known if kept.end <= now), default=None)


def oldest(known: Iterable[Kept], now: datetime) -> datetime | None:
    """Return the end of the oldest that can be of a recording, and does not lie ahead."""
    return min((kept.end for kept in known if NEVER_BEFORE <= kept.end <= now), default=None)


def aged(known: Iterable[Kept], passage: Passage) -> list[Aged]:
    """Return what may have an age, oldest first.

    No file is older than one of its camera that was before it in the journal. A journal that was
    made anew has one camera's files after another's.
    """
    found: list[Aged] = []
    newest: dict[str, datetime] = {}
    for kept in known:
        if NEVER_BEFORE <= kept.end <= passage.latest:
            newest[kept.camera] = since = max(newest.get(kept.camera, kept.end), kept.end)
            found.append(Aged(kept, since))
    return sorted(found, key=lambda one: one.since)


def may_ever_go(kept: Kept, rules: Rules) -> bool:
    """Return whether it goes in time, once it is audited and has the copy that it waits for."""
    is_there = kept.is_closed and not kept.is_removed and not kept.is_quarantined
    return is_there and not rules.of(kept.camera).is_held


def _may_go(kept: Kept, rules: Rules, barred: AbstractSet[PurePosixPath] = frozenset()) -> bool:
    return (
        kept.is_audited
        and may_ever_go(kept, rules)
        and (kept.is_copied or not rules.awaits_copy)
        and kept.path not in barred
        and is_inside(kept.path)
    )


def is_inside(path: PurePosixPath) -> bool:
    """Return whether a path of the journal is one of a segment below the root, by its form."""
    is_below = not path.is_absolute() and not {"..", INTERNAL} & {*path.parts}
    return is_below and path.suffix == ENDING and "\0" not in str(path)


def _by_copy(candidates: Iterable[Aged], rules: Rules) -> dict[PurePosixPath, Leaving]:
    if not rules.leaves_when_copied:
        return {}
    why = "offload.then delete"
    return {one.kept.path: Leaving(one.kept, why) for one in candidates if one.kept.is_copied}


def _by_age(
    candidates: Iterable[Aged], rules: Rules, passage: Passage
) -> dict[PurePosixPath, Leaving]:
    found = {}
    for one in candidates:
        age = rules.of(one.kept.camera).age
        if age is not None and passage.age(one.since) > age:
            why = f"keep.age {format_duration(age)}"
            found[one.kept.path] = Leaving(one.kept, why, age)
    return found


def _pools(known: Iterable[Kept], rules: Rules) -> Iterator[tuple[list[Kept], int]]:
    """Yield files that have a size together, and how much that may be."""
    pools: dict[str, list[Kept]] = {}
    for kept in known:
        if not kept.is_removed:
            pools.setdefault(pool_of(kept.camera, rules), []).append(kept)
    for name, pool in pools.items():
        limit_bytes = rules.of(name).size_bytes
        if limit_bytes is not None:
            yield pool, limit_bytes


def pool_of(camera: str, rules: Rules) -> str:
    """Return the camera if it has a size of its own, '' for all others: no camera's name."""
    return camera if rules.of(camera).has_own_size else ""


def _oldest(
    candidates: Iterable[Aged], needed_bytes: int, why: str
) -> dict[PurePosixPath, Leaving]:
    """Return as many of the oldest as are needed, and none more."""
    found: dict[PurePosixPath, Leaving] = {}
    for one in candidates:
        if needed_bytes <= 0:
            break
        found[one.kept.path] = Leaving(one.kept, why)
        needed_bytes -= one.kept.size_bytes
    return found
