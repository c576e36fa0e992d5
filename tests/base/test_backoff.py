"""How long to wait after failures: doubling, bounded, apart from others, the same each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.base.backoff import FIRST_BACKOFF_S, LONGEST_BACKOFF_S, backoff_s


@pytest.mark.fault(22)
@given(st.text(max_size=40), st.integers(0, 10**6))
def test_each_backoff_lies_within_a_fifth_below_its_doubling(name: str, failures: int) -> None:
    whole_s = min(FIRST_BACKOFF_S * 2 ** min(failures, 64), LONGEST_BACKOFF_S)
    assert 0.8 * whole_s <= backoff_s(name, failures) <= whole_s
    assert backoff_s(name, failures) == backoff_s(name, failures)


def test_those_that_failed_together_do_not_come_back_together() -> None:
    waits_s = {backoff_s(f"cam{number}", 5) for number in range(60)}
    assert len(waits_s) == 60
    assert max(waits_s) - min(waits_s) > 1.5
