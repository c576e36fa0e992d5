"""The machine's clocks: wall time is aware and UTC, monotonic time never goes back."""

from datetime import UTC, timedelta

from thorsched.base.clock import Clock, SystemClock


def test_the_wall_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_monotonic_time_never_goes_back() -> None:
    clock: Clock = SystemClock()
    seen_s = [clock.monotonic_s() for _ in range(1000)]
    assert seen_s == sorted(seen_s)
