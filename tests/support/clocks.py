"""A clock that a test sets."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Wall and monotonic time move together by `advance`; `step_wall` moves only the first."""

    def __init__(self, now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic_s = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds

    def step_wall(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
