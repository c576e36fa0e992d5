"""The two texts of a rate: one that is read back, one for people."""

from fractions import Fraction

import pytest

from thorsched.cameras.bounds import rate_for_people, rate_text


@pytest.mark.parametrize(
    ("rate_fps", "exactly", "for_people"),
    [
        (Fraction(30), "30", "30"),
        (Fraction(15, 2), "7.5", "7.5"),
        (Fraction(30000, 1001), "30000/1001", "29.97"),
        (Fraction(60000, 1001), "60000/1001", "59.94"),
        (Fraction(1, 3), "1/3", "0.33333"),
        (Fraction(1_000_000), "1000000", "1000000"),
    ],
)
def test_a_rate_has_an_exact_text_and_one_for_people(
    rate_fps: Fraction, exactly: str, for_people: str
) -> None:
    assert rate_text(rate_fps) == exactly
    assert rate_for_people(rate_fps) == for_people
