"""The only place that reads clocks; everything else takes the time as an argument.

`cli/` makes the `Clock` of a run, which `app.py` hands down to the engine, the recorders and the
listeners for events. The simulator makes its own, and so do HTTP calls and deadlines in
`thorvision/`, which hold for real sockets. Wall time is for windows, monotonic time for ages: the
first may jump, the second never does.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC."""

    def monotonic_s(self) -> float:
        """Return seconds since an arbitrary origin; never steps, not even with the wall clock."""


def offset_s(clock: Clock) -> float:
    """Return the wall clock less the monotonic one, in seconds: it moves when the first is set."""
    return clock.now().timestamp() - clock.monotonic_s()


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


class SleeplessClock(SystemClock):
    """The machine's own clocks; what it was suspended for counts as an age, too."""

    def monotonic_s(self) -> float:
        # Windows' and macOS' own one counts it, or nothing there does.
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if boot is None else time.clock_gettime(boot)
