"""APScheduler as the clock of the loop: one job, due at the next edge, brought forward by events.

Called by `app.py`. The job itself says when it is due next; everything that happens (a file
changed, a device plugged, a recorder exited) only calls `poke`. Pokes that come while a pass runs
are kept for one more pass, never lost.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from thorsched.base.clock import Clock

log = logging.getLogger(__name__)

_JOB = "reconcile"

# What happens together, as eight recorders that start at one edge, is seen by one pass.
_GATHERED = timedelta(milliseconds=50)

# A pass that is later than this is not about to run: the clock was set, and APScheduler sleeps on.
_LATE = timedelta(seconds=1)


class Wakeups:
    """Runs passes one at a time, each when the one before said or earlier."""

    def __init__(
        self,
        run_pass: Callable[[], datetime],
        *,
        clock: Clock,
        resync_s: float,
    ) -> None:
        """`run_pass` returns when it wants to run next, aware UTC.

        After a pass that raised, the next one comes `resync_s` later: what was wrong may have
        been one reading of the world. The heartbeat sees passes that go on failing.
        """
        self._run_pass = run_pass
        self._clock = clock
        self._resync = timedelta(seconds=resync_s)
        self._lock = threading.Lock()
        self._started = False
        self._running = False
        self._poked = False
        self._due = self._planned = self._ended = clock.now()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._finished, EVENT_JOB_EXECUTED)

    def start(self) -> None:
        """Run the first pass now, then go on in a thread of APScheduler's."""
        with self._lock:
            self._scheduler.start()
            self._scheduler.add_job(
                self._job,
                _Planned(lambda: self._planned, resync=self._resync),
                id=_JOB,
                next_run_time=self._clock.now(),
            )
            self._started = True

    def poke(self) -> None:
        """Bring the next pass forward to now, or to 50 ms after the last one ended.

        From any thread; cheap; never blocks on a pass.
        """
        with self._lock:
            self._poked = True
            soon = min(self._soon(), self._due)
            if not self._running and not soon - _LATE < self._planned <= soon:
                self._due_at(soon)

    def close(self) -> None:
        """Wait for a pass that runs, then run no more; a second call does nothing."""
        with self._lock:
            started, self._started = self._started, False
        if started:
            self._scheduler.shutdown(wait=True)

    def _job(self) -> None:
        with self._lock:
            self._running, self._poked = True, False
            self._planned = self._clock.now() + self._resync
        try:
            due = self._run_pass()
        except Exception:
            log.exception("a pass failed")
            due = self._clock.now() + self._resync
        self._due = due

    def _finished(self, _event: object) -> None:
        """Set the next pass. Only now: to APScheduler a job that still runs would be skipped."""
        with self._lock:
            self._running = False
            self._ended = self._clock.now()
            self._due_at(min(self._soon(), self._due) if self._poked else self._due)

    def _soon(self) -> datetime:
        now = self._clock.now()
        rested = self._ended + _GATHERED
        return rested if now < rested <= now + _GATHERED else now  # else: the clock was set

    def _due_at(self, moment: datetime) -> None:
        if self._started:
            self._planned = moment
            self._scheduler.modify_job(_JOB, next_run_time=moment)


class _Planned(BaseTrigger):  # type: ignore[misc] # APScheduler has no types
    """Fires when it is planned; if that is not known yet, because the pass still runs, later.

    APScheduler sets a job's next time itself once it has submitted it. A pass that is faster than
    the submission has said by then when it is due next, and must not be overruled.
    """

    def __init__(self, planned: Callable[[], datetime], *, resync: timedelta) -> None:
        self._planned = planned
        self._resync = resync

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        planned = self._planned()
        return planned if previous is None or planned > previous else now + self._resync
