from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from thorsched.simulator.timing import SAMPLES_PER_S, Timing

RATES = st.sampled_from([Fraction(30), Fraction(120), Fraction(30000, 1001), Fraction(15, 2)])
TWO_WEEKS_S = 14 * 86_400


@given(RATES, st.floats(0, TWO_WEEKS_S))
def test_the_newest_frame_is_due_and_the_next_one_is_not(rate: Fraction, elapsed_s: float) -> None:
    timing = Timing(rate)
    newest = timing.newest(elapsed_s)
    assert timing.due_s(newest) <= elapsed_s + 1e-6
    assert timing.due_s(newest + 1) >= elapsed_s - 1e-6


@given(RATES, st.integers(0, 2**32 - 1), st.integers(0, 10**8))
def test_the_sample_index_follows_the_time_and_wraps(
    rate: Fraction, first_sample: int, number: int
) -> None:
    timing = Timing(rate, first_sample)
    samples = int(number * SAMPLES_PER_S / rate)
    assert timing.sample_index(number) == (first_sample + samples) % 2**32
    assert timing.metadata(number).sample_index == timing.sample_index(number)


def test_frames_that_are_due_together_carry_the_same_sample_index() -> None:
    slow, fast = Timing(Fraction(30)), Timing(Fraction(120))
    assert all(slow.sample_index(n) == fast.sample_index(4 * n) for n in range(1000))


def test_thirty_frames_a_second_are_a_thousand_samples_apart() -> None:
    timing = Timing(Fraction(30), 2**32 - 3000)
    indices = [timing.sample_index(number) for number in range(10)]
    assert {(after - before) % 2**32 for before, after in pairwise(indices)} == {1000}
    assert indices[3] == 0


def test_the_lines_toggle_as_documented() -> None:
    timing = Timing(Fraction(30))
    at = {second: timing.metadata(round(second * 30)) for second in (0, 0.6, 1, 2, 10)}
    assert [at[second].ttl_in & 1 for second in (0, 1, 2)] == [0, 1, 0]
    assert [at[second].ttl_in >> 1 & 1 for second in (0, 0.6, 1, 10)] == [1, 0, 0, 1]
    assert [timing.metadata(number).ttl_in >> 2 & 1 for number in range(4)] == [0, 1, 0, 1]
    assert [at[second].ttl_out for second in (0, 0.6, 1)] == [1, 0, 1]
