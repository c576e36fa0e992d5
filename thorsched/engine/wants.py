"""When a camera was wanted, as the journal keeps it: stretches without a break. Pure.

`chronicle.py` follows each camera in every pass. A stretch is told with its planned end as it
begins, and again only when that changes: an hour of passes writes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from thorsched.catalogue.entries import Stretch
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon, schedules_in
from thorsched.schedule.intervals import Window, union


@dataclass(frozen=True, slots=True)
class Wants:
    """One camera: until when its wants are `known`, and its newest stretch, if it has had one."""

    known: datetime
    newest: Stretch | None = None

    def follow(
        self, passed: Iterable[Window], planned: Window | None, *, now: datetime, fresh: Stretch
    ) -> tuple["Wants", tuple[Stretch, ...]]:
        """Return the wants as of `now`, and each stretch that is new, or ends otherwise than told.

        `passed` was wanted since `known`; `planned` is what is wanted at `now`, with its planned
        end. A stretch that begins is like `fresh` but for its times. One that was told and taken
        back before any of it had passed is told once more, empty.
        """
        goes_on = [] if planned is None else [Window(now, planned.end)]
        windows = union([*passed, *goes_on])
        told: list[Stretch] = []
        before = self.newest
        if before is not None and (before.end is None or before.end >= self.known):
            is_going_on = bool(windows) and windows[0].start <= self.known
            end = _end(windows[0]) if is_going_on else max(before.start, self.known)
            windows = windows[1:] if is_going_on else windows
            told = [replace(before, end=end)] if end != before.end else []
        told += [replace(fresh, start=window.start, end=_end(window)) for window in windows]
        return Wants(now, told[-1] if told else before), tuple(told)

    def is_still(self, planned: Window | None) -> bool:
        """Return whether there is nothing to tell for as long as `planned` is what is wanted."""
        newest = self.newest
        if planned is not None or newest is None:
            return True
        return newest.end is not None and newest.end < self.known


def named(stretches: Sequence[Stretch], config: Config, horizon: Horizon) -> tuple[Stretch, ...]:
    """Return the stretches with the names of the schedules that they are by."""
    return tuple(
        one
        if one.schedules or one.is_empty
        else replace(one, schedules=schedules_in(config, one.camera, one.span, horizon))
        for one in stretches
    )


def _end(window: Window) -> datetime | None:
    return window.bounds[1]
