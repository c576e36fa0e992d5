"""What was recorded while each revision was in force."""

from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.values import NOON
from thorsched.base.units import epoch_us
from thorsched.catalogue.applied import Kept, RevisionApplied
from thorsched.reload.past.extent import Extent, Share, Span, extents

NOON_MS = epoch_us(NOON) // 1000


def applied(*minutes: int) -> list[Kept]:
    """Return revisions that were applied so long after noon, newest first."""
    made = []
    for number, after in enumerate(minutes):
        at = NOON + timedelta(minutes=after)
        told = RevisionApplied(at, f"{number}" * 64, Path("/rig.yaml"), "")
        made.append(Kept(number, 1, 42, told, is_compared=True))
    return made[::-1]


def span(camera: str, start: float, end: float) -> Span:
    return camera, NOON_MS + round(start * 60_000), NOON_MS + round(end * 60_000)


def share(camera: str, files: int, minutes: float, start: float, end: float) -> Share:
    recorded = timedelta(minutes=minutes)
    first, last = (NOON + timedelta(minutes=one) for one in (start, end))
    return Share(camera, files, recorded, first, last)


def test_a_file_that_goes_on_through_an_edit_is_divided() -> None:
    spans = [span("side", 5, 15), span("side", 15, 16), span("top", 0, 1)]
    found = extents(applied(0, 10), [1, 0], spans)
    assert found[0] == Extent((share("side", 1, 5, 5, 10), share("top", 1, 1, 0, 1)))
    assert found[1] == Extent((share("side", 2, 6, 10, 16),))
    assert (found[1].files, found[1].recorded) == (2, timedelta(minutes=6))


def test_what_was_recorded_before_the_first_counts_for_none() -> None:
    assert extents(applied(10), ["a"], [span("side", 0, 9)]) == {"a": Extent()}
    assert extents(applied(10), ["a"], [span("side", 0, 11)])["a"].recorded == timedelta(minutes=1)
    assert extents([], [], [span("side", 0, 9)]) == {}


def test_those_that_are_told_as_one_count_a_file_once() -> None:
    found = extents(applied(0, 10, 20), ["b", "a", "a"], [span("side", 5, 25)])
    assert found["a"] == Extent((share("side", 1, 15, 5, 20),))
    assert found["b"] == Extent((share("side", 1, 5, 20, 25),))


def test_of_two_at_one_moment_the_later_one_is_in_force() -> None:
    found = extents(applied(0, 0), ["later", "sooner"], [span("side", 0, 1)])
    assert (found["later"].files, found["sooner"].files) == (1, 0)


def test_what_two_journals_tell_is_added() -> None:
    one, other = Extent((share("side", 1, 5, 0, 5),)), Extent((share("side", 2, 9, 7, 20),))
    assert one.and_also(other) == Extent((share("side", 3, 14, 0, 20),))
    assert one.and_also(Extent()) == one


_TIMES = st.integers(0, 100)
_SPANS = st.lists(
    st.tuples(st.sampled_from(["side", "top"]), _TIMES, st.integers(1, 50)).map(
        lambda told: span(told[0], told[1], told[1] + told[2])
    ),
    max_size=20,
)


@settings(max_examples=50)
@given(st.lists(_TIMES, max_size=8), _SPANS)
def test_all_that_was_recorded_since_the_first_is_divided_among_all(
    minutes: list[int], spans: list[Span]
) -> None:
    revisions = applied(0, *minutes)  # a clock may have been set back
    found = extents(revisions, range(len(revisions)), spans)
    recorded = sum((one.recorded for one in found.values()), timedelta())
    assert recorded == timedelta(milliseconds=sum(end - start for _, start, end in spans))
