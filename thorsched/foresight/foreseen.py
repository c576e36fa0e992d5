"""What a file would do if it ran from now on: what changes, and what comes. Pure.

Made by `cli/plan/command.py` from what it has asked and read; a value, for people and for programs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from thorsched.catalogue.applied import Difference
from thorsched.catalogue.entries import Pause
from thorsched.config.load import Loaded
from thorsched.engine.desired import Horizon
from thorsched.engine.pauses import Pauses
from thorsched.engine.sources import View
from thorsched.foresight.calendar import Calendar, calendar
from thorsched.foresight.rates import RateOf
from thorsched.recording.trouble import Trouble
from thorsched.reload.edits.difference import Situation, difference
from thorsched.schedule.intervals import Window


@dataclass(frozen=True, slots=True)
class Running:
    """The newest revision that was applied; `pid` is the scheduler's that runs, or ''."""

    loaded: Loaded
    applied: datetime
    pid: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a root's journal tells of it: a revision, or why there is none to compare with."""

    running: Running | None
    why_not: str = ""
    pauses: Pauses = field(default_factory=Pauses)
    """What is asked for there, whichever file runs."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """What becomes of the world with a file, as seen at `now`."""

    loaded: Loaded
    found: Found
    """What it would replace."""
    now: datetime
    difference: Difference
    calendar: Calendar
    unasked: Mapping[str, Trouble]
    """Servers by URL that did not say what they offer, and why."""

    @property
    def paused(self) -> Mapping[str, Pause]:
        """Which cameras are not wanted now, as somebody asked for it."""
        return self.found.pauses.at(self.now)

    @property
    def changes(self) -> bool:
        """Whether anything does, if it replaces what runs, or ran last."""
        return not self.difference.is_empty


def foresee(
    loaded: Loaded,
    found: Found,
    views: Mapping[str, View],
    *,
    now: datetime,
    zone: ZoneInfo,
    between: Window,
    rate_of: RateOf,
) -> Foresight:
    """Return what would be; `now` is aware UTC, `zone` the machine's, `between` the calendar's."""
    horizon = Horizon(zone, pauses=found.pauses)
    config, running = loaded.config, found.running
    old = running.loaded.config if running else None
    is_running = bool(running and running.pid)
    return Foresight(
        loaded=loaded,
        found=found,
        now=now,
        difference=difference(old, config, Situation(views, now, horizon, is_running=is_running)),
        calendar=calendar(config, views, between=between, horizon=horizon, rate_of=rate_of),
        unasked={url: view.problem for url, view in views.items() if view.problem},
    )
