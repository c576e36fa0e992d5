"""Sees time pass on a storage root, and keeps that there: `passage.py` thinks about it.

Made by `housekeeper.py` for its root; `foresight/disk/departures.py` reads what it left.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from thorsched.base import host
from thorsched.base.clock import Clock
from thorsched.base.units import parse_utc
from thorsched.catalogue.keeping.inventory import Inventory
from thorsched.catalogue.keeping.passage import Leap, Passage, begun
from thorsched.catalogue.keeping.retention import newest, oldest
from thorsched.recording.naming import INTERNAL
from thorsched.recording.segments import NEVER_BEFORE
from thorsched.schedule.intervals import ALWAYS

log = logging.getLogger(__name__)

CALM_AFTER_S = 3600.0
"""After a start, and after the clock was set, files do not go for their age before that."""
_KEPT_EVERY = timedelta(hours=1)
_LONGEST_LEAP = ALWAYS.length
_LONGEST_CHARS = 100_000


def path_below(root: Path) -> Path:
    """Return the file in which it is kept."""
    return root / INTERNAL / "passage.json"


class Unreadable(Exception):
    """Something was kept, and cannot be read."""


def first_look(root: Path, *, now: datetime, known: Callable[[], Inventory]) -> Passage:
    """Return what is known at the first look of a program; `known` are the root's segments.

    Where that was kept and is lost nobody knows whose age is a clock's that was set: no file is
    older than a day then. Raises what `known` does.
    """
    try:
        kept = read(root)
    except Unreadable as error:
        where = {"file": path_below(root), "why": error}
        log.warning("the time that has passed is not known: no file is old as yet", extra=where)
        return begun(now, last=oldest(known(), now) or NEVER_BEFORE)
    return kept.after_absence(now=now) if kept else begun(now, last=newest(known(), now))


def read(root: Path) -> Passage | None:
    """Return what was kept on a root; None if nothing was. Raises `Unreadable`."""
    try:
        with host.open_regular(path_below(root), "r") as file:
            told = json.loads(file.read(_LONGEST_CHARS))
        leaps = [_leap(one) for one in told["leaps"]]
        return Passage(parse_utc(told["latest"]), tuple(leaps))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def _leap(told: Mapping[str, Any]) -> Leap:
    length = timedelta(seconds=told["s"])
    if length < timedelta(0):
        raise ValueError("a leap back would make files older than they are")
    if length > _LONGEST_LEAP:
        raise ValueError("no clock can be set ahead that far")
    return Leap(parse_utc(told["at"]), length)


def write(root: Path, passage: Passage) -> None:
    """Keep it on the root. Raises `OSError`."""
    leaps = [
        {"at": leap.at.isoformat(), "s": leap.length.total_seconds()} for leap in passage.leaps
    ]
    told = {"latest": passage.latest.isoformat(), "leaps": leaps}
    host.write_durably(path_below(root), json.dumps(told) + "\n")


class Witness:
    """Looks at both clocks, again and again, for as long as a program runs on a root."""

    def __init__(self, root: Path, *, clock: Clock, known: Callable[[], Inventory]) -> None:
        """`known` returns the segments that the root knows."""
        self.root = root
        self._clock = clock
        self._known = known
        self._passage: Passage | None = None
        self._kept: Passage | None = None
        self._seen_s = self._calm_from_s = clock.monotonic_s()

    @property
    def is_calm(self) -> bool:
        """Whether the clock runs evenly, and has for a while."""
        return self._clock.monotonic_s() >= self._calm_from_s

    def look(self) -> Passage:
        """Return what is known now, and keep it now and then. Raises what `known` does."""
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        before = self._passage
        if before is None:
            passage = first_look(self.root, now=now, known=self._known)
            self._calm_from_s = now_s + CALM_AFTER_S
        else:
            elapsed = timedelta(seconds=now_s - self._seen_s)
            passage = before.after(elapsed, now=now)
            if passage.has_jumped_since(before, elapsed):
                self._calm_from_s = now_s + CALM_AFTER_S
                log.warning("the clock was set: no file is deleted for its age within an hour")
        self._passage, self._seen_s = passage, now_s
        if now < NEVER_BEFORE:
            self._calm_from_s = now_s + CALM_AFTER_S
        self._keep(passage)
        return passage

    def _keep(self, passage: Passage) -> None:
        kept = self._kept
        is_same = kept is not None and kept.leaps == passage.leaps
        if is_same and kept and abs(passage.latest - kept.latest) < _KEPT_EVERY:
            return
        try:
            write(self.root, passage)
        except OSError as error:
            log.debug("the time that has passed is not kept", extra={"why": error})
        else:
            self._kept = passage
