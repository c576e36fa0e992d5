"""The horizon of each pass: when all must end, and which cameras are paused, by both clocks.

Made by `app.py`, asked by `loop.py`. Decides nothing about recorders.
"""

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from thorsched.catalogue.entries import Ending, Pause
from thorsched.config.models import Config
from thorsched.engine.desired import Horizon
from thorsched.engine.pauses import CLOCKS_APART


class Asked(Protocol):
    """Whoever knows which pauses are asked for; never blocks."""

    @property
    def asked(self) -> Iterable[Pause]: ...
    def over(self, pauses: Iterable[Pause]) -> None:
        """Have it known to the next run that these are over, whatever its clock says."""


class Horizons:
    """Remembers the last horizon, so that what has not changed is the same. Any thread may ask."""

    def __init__(self, zone: ZoneInfo, pauses: Asked) -> None:
        self._pauses = pauses
        self._lock = threading.Lock()
        self._ends_at_s: float | None = None
        self.latest = Horizon(zone)

    def end_within(self, time_left: timedelta, *, now: datetime, now_s: float) -> None:
        """Let no window go on beyond `time_left` from now, whatever becomes of the wall clock."""
        with self._lock:
            self._ends_at_s = now_s + time_left.total_seconds()
            self.latest = replace(self.latest, until=self._until(now, now_s))

    def at(self, config: Config, *, now: datetime, now_s: float) -> Horizon:
        """Return the horizon after a look at both clocks: the wall's may have been set."""
        with self._lock:
            before, asked = self.latest.pauses, self._pauses.asked
            pauses = before.look(asked, now=now, now_s=now_s, lead=config.lead)
            self.latest = replace(self.latest, until=self._until(now, now_s), pauses=pauses)
        over = [one for one in pauses.news(before) if one.how is Ending.OVER]
        if over:
            self._pauses.over(over)
        return self.latest

    def _until(self, now: datetime, now_s: float) -> datetime | None:
        if self._ends_at_s is None:
            return None
        was, until = self.latest.until, now + timedelta(seconds=self._ends_at_s - now_s)
        is_same = was is not None and abs(until - was) < CLOCKS_APART
        return was if is_same else until
