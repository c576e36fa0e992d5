"""Which files may be deleted by the file's own rules, and when. Pure.

Called by `housekeeper.py`, which carries it out, and by `foresight/disk/departures.py`, which
tells. Only what is closed, audited and below the root ever goes, the oldest first, and no more than
the rules ask for. The wall clock may be wrong: a camera's files count in the order in which the
journal came to know them, ages as `passage.py` says, and what lies ahead of the clock, or before
any recording, stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import numpy as np

from thorsched.base.units import (
    epoch_us,
    format_duration,
    format_size_exactly,
    from_epoch_us,
    in_us,
)
from thorsched.catalogue.keeping.going import Choice, Going, Reason, total_bytes
from thorsched.catalogue.keeping.inventory import Bools, Inventory, Kept
from thorsched.catalogue.keeping.passage import Int64s, Passage
from thorsched.config.models import Config
from thorsched.recording.segments import NEVER_BEFORE

MOST_AHEAD_BYTES = 10**9
"""Room is made while there is this much more than `min_free`, or as much again if that is less."""


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
class Aged:
    """Rows that may have an age, oldest first; since when each of all is surely there."""

    rows: Int64s
    us: Int64s


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
        has_own_size=bool(config.own_keep_of(camera).size),
        is_held=bool(block and block.hold),
    )


def leaving(
    known: Inventory,
    rules: Rules,
    *,
    passage: Passage,
    free_bytes: int,
    barred: AbstractSet[PurePosixPath] = frozenset(),
    is_calm: bool = True,
) -> Going:
    """Return what may go now, the oldest first.

    `barred` stay whatever the rules say. Unless `is_calm`, as it is not soon after a start or a
    jump of the clock, only a disk without room is a reason.
    """
    since = aged(known, passage)
    may_go = _may_go(known, rules) & ~known.are_among(barred)
    choice = Choice(known, since.rows[may_go[since.rows]])
    if is_calm:
        if rules.leaves_when_copied:
            _by_copy(choice, known)
        _by_age(choice, known, rules, passage=passage, since=since)
        _by_size(choice, known, rules)
    _for_room(choice, known, rules, free_bytes)
    return choice.made()


@dataclass(frozen=True, slots=True)
class Forecast:
    """What goes until a moment, if nothing else is recorded."""

    until: datetime
    going: Going
    unaudited: int
    """Files that would go, too, if they were audited."""
    uncopied: int
    """Files that would go besides, if they were audited and had the copy that they wait for."""
    oldest: Mapping[str, tuple[Kept, datetime]]
    """By camera: the first that goes for its age, and when."""
    begins: datetime
    goes_us: Int64s
    """When each of those that go does: what is there for another rule than its age, at once."""


def forecast(
    known: Inventory, rules: Rules, *, passage: Passage, free_bytes: int, until: datetime
) -> Forecast:
    """Return what the rules come to. `passage` is as of now; all arguments as of `leaving`."""
    later = Passage(until, passage.leaps)
    going = leaving(known, rules, passage=later, free_bytes=free_bytes)
    audited = known.all_audited()
    all_going = leaving(audited, rules, passage=later, free_bytes=free_bytes)
    last_going = all_going
    if rules.awaits_copy:
        last_going = leaving(audited.all_copied(), rules, passage=later, free_bytes=free_bytes)
    since = aged(known, passage)
    of_age_us = _come_of_age_us(known, rules, passage=passage, since=since)
    begins_us = epoch_us(passage.latest)
    has_age = np.array([by.age is not None for by in going.reasons], np.bool_)[going.reason]
    return Forecast(
        until=until,
        going=going,
        unaudited=max(0, len(all_going) - len(going)),
        uncopied=max(0, len(last_going) - len(all_going)),
        oldest=_oldest_by_camera(audited, rules, since.rows, of_age_us),
        begins=passage.latest,
        goes_us=np.where(has_age, np.maximum(of_age_us[going.rows], begins_us), begins_us),
    )


def _come_of_age_us(known: Inventory, rules: Rules, *, passage: Passage, since: Aged) -> Int64s:
    """Return when each of those that are known comes of the age at which it goes."""
    found = np.full(len(known), epoch_us(passage.latest), np.int64)
    for age, of_age in _by_ages(known, rules, since.rows):
        found[of_age] = passage.come_of_age_us(since.us[of_age], age)
    return found


def _oldest_by_camera(
    known: Inventory, rules: Rules, rows: Int64s, of_age_us: Int64s
) -> dict[str, tuple[Kept, datetime]]:
    """Return of each camera the first of those rows that goes for its age, and when."""
    may_go = rows[_may_go(known, rules)[rows]]
    found = {}
    for _, of_age in _by_ages(known, rules, may_go):
        for row in of_age[np.unique(known.camera[of_age], return_index=True)[1]].tolist():
            found[known.names[known.camera[row]]] = known[row], from_epoch_us(int(of_age_us[row]))
    return found


def room_wanted(min_free_bytes: int) -> int:
    """Return how much is to be free, so that no recorder ever comes upon less than `min_free`."""
    return min_free_bytes + min(min_free_bytes, MOST_AHEAD_BYTES)


def newest(known: Inventory, now: datetime) -> datetime | None:
    """Return the end of the newest that does not lie ahead."""
    ends_us = known.end_us[known.end_us <= epoch_us(now)]
    return from_epoch_us(int(ends_us.max())) if len(ends_us) else None


def oldest(known: Inventory, now: datetime) -> datetime | None:
    """Return the end of the oldest that can be of a recording, and does not lie ahead."""
    ends_us = known.end_us[_can_be(known, now)]
    return from_epoch_us(int(ends_us.min())) if len(ends_us) else None


def _can_be(known: Inventory, now: datetime) -> Bools:
    """Return which ends can be of a recording, and do not lie ahead."""
    return (known.end_us >= epoch_us(NEVER_BEFORE)) & (known.end_us <= epoch_us(now))


def aged(known: Inventory, passage: Passage) -> Aged:
    """Return what may have an age.

    No file is older than one of its camera that was before it in the journal. A journal that was
    made anew has one camera's files after another's.
    """
    since_us = known.end_us.copy()
    can_be = np.flatnonzero(_can_be(known, passage.latest))
    by_camera = can_be[np.argsort(known.camera[can_be], kind="stable")]
    begins = np.flatnonzero(np.diff(known.camera[by_camera])) + 1
    for own in np.split(by_camera, begins):
        since_us[own] = np.maximum.accumulate(known.end_us[own])
    return Aged(can_be[np.argsort(since_us[can_be], kind="stable")], since_us)


def may_ever_go(known: Inventory, rules: Rules) -> Bools:
    """Return what goes in time, once it is audited and has the copy that it waits for."""
    is_held = _of_camera(known, [rules.of(name).is_held for name in known.names])
    return known.is_closed & ~known.is_removed & ~known.is_quarantined & ~is_held


def _may_go(known: Inventory, rules: Rules) -> Bools:
    may_go = may_ever_go(known, rules) & known.is_audited & known.is_inside
    return may_go & known.is_copied if rules.awaits_copy else may_go


def _of_camera(known: Inventory, told: Sequence[bool]) -> Bools:
    """Return for each what is told of its camera; `told` is by the cameras' names."""
    return np.array(told, np.bool_)[known.camera]


def _by_ages(known: Inventory, rules: Rules, rows: Int64s) -> Iterator[tuple[timedelta, Int64s]]:
    """Yield the ages that there are, and which of those rows go at each."""
    ages = [rules.of(name).age for name in known.names]
    for age in dict.fromkeys(ages):
        if age is not None:
            yield age, rows[_of_camera(known, [one == age for one in ages])[rows]]


def _by_copy(choice: Choice, known: Inventory) -> None:
    staying = choice.staying
    choice.goes(staying[known.is_copied[staying]], Reason("offload.then delete"))


def _by_age(
    choice: Choice, known: Inventory, rules: Rules, *, passage: Passage, since: Aged
) -> None:
    for age, rows in _by_ages(known, rules, choice.staying):
        is_old = passage.ages_us(since.us[rows]) > in_us(age)
        choice.goes(rows[is_old], Reason(f"keep.age {format_duration(age)}", age))


def _by_size(choice: Choice, known: Inventory, rules: Rules) -> None:
    """Let go the oldest of files that have a size together, until they are within it."""
    pools = [pool_of(name, rules) for name in known.names]
    for pool in dict.fromkeys(pools):
        limit_bytes = rules.of(pool).size_bytes
        if limit_bytes is not None:
            is_in = _of_camera(known, [one == pool for one in pools])
            there = known.size_bytes[is_in & choice.stays & ~known.is_removed]
            own = choice.staying
            reason = Reason(f"keep.size {format_size_exactly(limit_bytes)}")
            choice.oldest_go(own[is_in[own]], total_bytes(there) - limit_bytes, reason)


def _for_room(choice: Choice, known: Inventory, rules: Rules, free_bytes: int) -> None:
    """Let go the oldest of what has a size, until there is the room that recorders need."""
    is_sized = _of_camera(known, [bool(rules.of(name).size_bytes) for name in known.names])
    needed_bytes = room_wanted(rules.min_free_bytes) - free_bytes - choice.going_bytes
    why = f"min_free {format_size_exactly(rules.min_free_bytes)}"
    rows = choice.staying
    choice.oldest_go(rows[is_sized[rows]], needed_bytes, Reason(why, is_for_room=True))


def pool_of(camera: str, rules: Rules) -> str:
    """Return the camera if it has a size of its own, '' for all others: no camera's name."""
    return camera if rules.of(camera).has_own_size else ""
