"""The machine's clocks and the tests' own: wall time is aware and UTC, the other never falls."""

from collections.abc import Callable
from datetime import UTC, timedelta

import pytest

from tests.support.clocks import FakeClock
from thorsched.base.clock import Clock, SystemClock

both = pytest.mark.parametrize("make", [SystemClock, FakeClock])


@both
def test_the_wall_clock_is_aware_and_in_utc(make: Callable[[], Clock]) -> None:
    assert make().now().tzinfo is UTC
    assert make().now().utcoffset() == timedelta(0)


@both
def test_monotonic_time_never_goes_back(make: Callable[[], Clock]) -> None:
    clock = make()
    seen_s = [clock.monotonic_s() for _ in range(1000)]
    assert seen_s == sorted(seen_s)


def test_a_fake_clocks_times_move_together_unless_the_wall_clock_is_set() -> None:
    clock = FakeClock()
    began, began_s = clock.now(), clock.monotonic_s()
    clock.advance(2.5)
    assert clock.monotonic_s() == began_s + 2.5
    assert clock.now() == began + timedelta(seconds=2.5)
    clock.step_wall(-3600.0)
    assert clock.monotonic_s() == began_s + 2.5
    assert clock.now() == began + timedelta(seconds=2.5 - 3600.0)
