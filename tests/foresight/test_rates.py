"""How many bytes a camera makes in a second."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.values import FULL_HD, HD, NOON
from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding
from thorsched.catalogue.entries import Sample
from thorsched.foresight.rates import Rate, Samples, estimated, rate_of


def sample(
    mb_per_s: float, *, hours_ago: float = 0, minutes: float = 10, of: Capability = HD
) -> Sample:
    end = NOON - timedelta(hours=hours_ago)
    size_bytes = round(mb_per_s * 1e6 * minutes * 60)
    return Sample(of.caps, "jpeg", end, minutes * 60, size_bytes)


def rate(samples: Samples, of: Capability = HD) -> Rate:
    return rate_of("side", of, Encoding.JPEG, samples)


def test_a_camera_that_has_recorded_makes_what_it_made() -> None:
    known = {"side": [sample(3), sample(3, hours_ago=1), sample(9, of=FULL_HD)]}
    assert rate(known) == Rate(3e6, is_measured=True, why="measured from 2 segments")


def test_a_camera_that_has_not_makes_what_the_busiest_other_made_at_its_capability() -> None:
    known = {"top": [sample(3)], "front": [sample(4)], "back": [sample(9, of=FULL_HD)], "side": []}
    assert rate(known) == Rate(4e6, is_measured=True, why="measured from 1 segment of front")


def test_what_nobody_has_recorded_is_estimated_of_its_pixels() -> None:
    known = {"side": [sample(3)]}
    found = rate(known, FULL_HD)
    assert (found.is_measured, found.why) == (False, "estimated")
    assert found.bytes_per_s == pytest.approx(1920 * 1080 * 30 * 0.16)
    h265 = rate_of("side", HD, Encoding.H265, known)
    assert h265.bytes_per_s == pytest.approx(1280 * 720 * 30 * 0.02)


def test_days_and_nights_count_together_and_of_days_a_busy_one() -> None:
    def day(number: int, light: float, dark: float) -> list[Sample]:
        return [
            sample(light if hour < 12 else dark, hours_ago=24 * number + hour, minutes=60)
            for hour in range(24)
        ]

    even = [one for number in range(3) for one in day(number, 4, 2)]
    assert rate({"side": even}).bytes_per_s == pytest.approx(3e6)
    busier = [*day(0, 4, 2), *day(1, 5, 3), *day(2, 4, 2)]
    assert rate({"side": busier}).bytes_per_s == pytest.approx(4e6)


def test_what_is_older_than_a_week_of_recorded_days_is_past() -> None:
    known = [sample(3, hours_ago=48 * n) for n in range(7)] + [sample(6, hours_ago=24 * 30)]
    assert rate({"side": known}) == Rate(3e6, is_measured=True, why="measured from 7 segments")


def test_one_short_segment_of_another_day_does_not_count_for_all() -> None:
    known = [sample(3, hours_ago=n) for n in range(20)] + [sample(8, hours_ago=30, minutes=1)]
    assert rate({"side": known}).bytes_per_s == 3e6


def test_too_little_to_measure_is_estimated() -> None:
    assert not rate({"side": [sample(3, minutes=0.2)]}).is_measured


@pytest.mark.parametrize("forged", [sample(1e9), sample(0), sample(3, minutes=-10)])
def test_a_segment_that_cannot_be_does_not_count(forged: Sample) -> None:
    assert rate({"side": [forged]}) == rate({})
    assert rate({"side": [forged, sample(3)]}).bytes_per_s == 3e6


@given(st.lists(st.builds(sample, st.floats(0.1, 50), hours_ago=st.integers(0, 500))))
def test_a_rate_is_between_the_lowest_and_the_highest_that_was(known: list[Sample]) -> None:
    known.sort(key=lambda one: one.end, reverse=True)
    found = rate({"side": known})
    each = [one.size_bytes / one.recorded_s for one in known]
    if known:
        assert min(each) * 0.999 <= found.bytes_per_s <= max(each) * 1.001
    else:
        assert found.bytes_per_s == estimated(HD, Encoding.JPEG)
