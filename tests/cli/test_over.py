"""When a run leaves: its end has come, and all is at rest or will not be any more."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.cli.run.command import is_over

LONGEST_END_S = 13.7


@pytest.mark.parametrize(
    ("at_rest", "left_s", "asked", "leaves"),
    [
        (True, math.inf, 0, False),  # between windows, without --for
        (True, 0.1, 0, False),
        (True, 0.0, 0, True),
        (True, 0.0, 1, True),
        (False, 0.0, 0, False),
        (False, 0.0, 1, False),
        (False, -0.1, 2, True),
        (False, -LONGEST_END_S, 0, False),
        (False, -LONGEST_END_S, 1, False),
        (False, -LONGEST_END_S - 0.1, 0, True),
        (False, -LONGEST_END_S - 0.1, 1, True),
    ],
)
def test_a_run_leaves_at_rest_or_late_or_told_twice(
    *, at_rest: bool, left_s: float, asked: int, leaves: bool
) -> None:
    over = is_over(at_rest=at_rest, left_s=left_s, longest_end_s=LONGEST_END_S, asked=asked)
    assert over is leaves


@given(st.booleans(), st.floats(0.0, 100.0), st.integers(0, 3))
def test_no_recorder_keeps_a_run_from_ending_for_ever(
    at_rest: bool,  # noqa: FBT001 - hypothesis gives it by position
    longest_end_s: float,
    asked: int,
) -> None:
    late_s = longest_end_s + 0.1
    assert is_over(at_rest=at_rest, left_s=-late_s, longest_end_s=longest_end_s, asked=asked)
