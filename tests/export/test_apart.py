"""What shares no clock goes into files of its own, in as few as can be."""

from datetime import datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.export.filmed import at, segment
from thorsched.export.apart import Bounds, Break, BrokenClock
from thorsched.export.told import Segment

BOUNDS = Bounds(at(-1000), at(100_000))
SPANS = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(1, 500)).map(lambda pair: (pair[0], sum(pair))),
    min_size=1,
    max_size=8,
)


def begun(number: int) -> Segment:
    return segment(f"side_{number}.mkv", range(number, number + 1))


def first(segment: Segment) -> datetime:
    return segment.told.first_frame


def breaks(*spans: tuple[int, int]) -> list[Break]:
    """Return breaks between segments that begin with those frames."""
    return [Break(begun(before), begun(behind), "so") for before, behind in spans]


@given(SPANS)
def test_no_part_holds_both_sides_of_a_break_and_together_they_are_all(
    spans: list[tuple[int, int]],
) -> None:
    made = breaks(*spans)
    parts = BrokenClock(made, BOUNDS).parts
    assert (parts[0].start, parts[-1].end) == (BOUNDS.start, BOUNDS.end)
    assert all(a.end == b.start for a, b in pairwise(parts))
    for one in made:
        assert not any(
            part.hold(first(one.before)) and part.hold(first(one.behind)) for part in parts
        )
        assert sum(part.hold(first(one.behind)) for part in parts) == 1


def test_cameras_that_lost_their_clock_together_are_cut_once() -> None:
    broken = BrokenClock(breaks((0, 330), (30, 300), (600, 900)), BOUNDS)
    assert [part.start for part in broken.parts] == [BOUNDS.start, at(300), at(900)]
    assert str(broken) == "so (and so in 2 other places)"


def test_a_segment_is_of_the_part_in_which_its_first_frame_arrived() -> None:
    begins = at(30)
    assert Bounds().hold(begins)
    assert Bounds(at(30), at(31)).hold(begins)
    assert not Bounds(at(31)).hold(begins)
    assert not Bounds(end=at(30)).hold(begins)
