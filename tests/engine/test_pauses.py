"""Pauses by both clocks: each ends, and none lasts longer than it was to."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clocks import FakeClock
from tests.support.pauses import asked
from tests.support.values import NOON
from thorsched.catalogue.entries import Ending, Pause
from thorsched.engine.pauses import Pauses
from thorsched.schedule.intervals import Window

LEAD = timedelta(seconds=3)
HOUR_S = 3600.0


class Passes:
    """A loop's passes, as far as pauses go."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOON)
        self.pauses = Pauses()

    def look(self, *there: Pause, after_s: float = 0) -> Pauses:
        self.clock.advance(after_s)
        now, now_s = self.clock.now(), self.clock.monotonic_s()
        self.pauses = self.pauses.look(there, now=now, now_s=now_s, lead=LEAD)
        return self.pauses

    def is_paused(self, camera: str = "side") -> bool:
        return camera in self.pauses.at(self.clock.now())

    def is_wanted(self, camera: str = "side") -> bool:
        holes = self.pauses.holes.get(camera, ())
        return not any(hole.holds(self.clock.now()) for hole in holes)


def test_it_begins_when_it_is_heard_of_and_ends_when_it_was_to() -> None:
    passes, pause = Passes(), asked(at_s=10, for_s=60)
    passes.look()
    passes.look(pause, after_s=10.6)
    assert passes.is_paused()
    (hole,) = passes.pauses.holes["side"]
    assert hole == Window(NOON + timedelta(seconds=10.6), pause.planned)
    assert not passes.is_paused("top")
    passes.look(pause, after_s=60)
    assert not passes.is_paused()
    (known,) = passes.pauses.known.values()
    assert (known.end, known.how) == (pause.planned, Ending.OVER)


def test_one_given_while_no_scheduler_ran_began_when_it_was_asked_for() -> None:
    passes, pause = Passes(), asked(at_s=-600)
    passes.look(pause)
    assert passes.pauses.holes["side"] == (Window(pause.asked, pause.planned),)
    over = asked("top", at_s=-7200, for_s=60)
    later = Passes()
    later.look(over)
    assert not later.is_paused("top")
    assert later.pauses.holes["top"] == (Window(over.asked, over.planned),), "it was not wanted"


def test_one_that_is_resumed_is_wanted_when_its_frames_may_be_expected() -> None:
    passes, pause = Passes(), asked()
    passes.look()
    passes.look(pause)
    passes.clock.advance(20)
    resumed = replace(pause, end=passes.clock.now(), how=Ending.RESUMED)
    passes.look(resumed)
    (known,) = passes.pauses.known.values()
    assert known.end == passes.clock.now() + LEAD
    assert not passes.is_paused()
    passes.look(resumed, after_s=3)
    assert passes.is_wanted()


def test_one_that_another_takes_the_place_of_leaves_no_moment_between() -> None:
    passes, first = Passes(), asked(for_s=60)
    passes.look()
    passes.look(first)
    second = asked(at_s=30, for_s=600)
    first = replace(first, end=second.asked, how=Ending.REPLACED)
    passes.look(first, second, after_s=31)
    assert passes.pauses.holes["side"] == (Window(NOON, second.planned),)


def test_one_that_was_over_before_anybody_heard_of_it_takes_nothing_away() -> None:
    passes = Passes()
    passes.look()
    gone = replace(asked(at_s=1), end=NOON + timedelta(seconds=2), how=Ending.RESUMED)
    passes.look(gone, after_s=3)
    assert passes.pauses.holes.get("side", ()) == ()


@pytest.mark.parametrize("step_s", [-HOUR_S, -1e8, -60, 60])
def test_a_clock_that_is_set_makes_it_last_no_longer(step_s: float) -> None:
    passes, pause = Passes(), asked(for_s=1800)
    passes.look()
    passes.look(pause)
    passes.look(pause, after_s=600)
    passes.clock.step_wall(step_s)
    passes.look(pause, after_s=1)
    assert passes.is_paused()
    assert not passes.is_wanted()
    passes.look(pause, after_s=1198 - max(step_s, 0))
    assert not passes.is_wanted()
    passes.look(pause, after_s=2)
    assert passes.is_wanted()
    passes.clock.step_wall(-step_s)
    passes.look(pause, after_s=1)
    assert not passes.is_paused(), "what is over is over"


def test_after_a_start_in_1970_it_holds_until_the_clock_is_right() -> None:
    passes, pause = Passes(), asked(at_s=-600)
    passes.clock.step_wall(-NOON.timestamp())
    passes.look(pause)
    assert not passes.is_wanted()
    passes.clock.step_wall(NOON.timestamp())
    passes.look(pause, after_s=5)
    assert not passes.is_wanted()
    passes.look(pause, after_s=1200)
    assert passes.is_wanted()


@given(
    st.lists(
        st.tuples(st.floats(0.1, 100), st.sampled_from([0.0, 0.0, -1e7, -500.0, 50.0, 1e7])),
        max_size=30,
    )
)
def test_whatever_becomes_of_the_clock_it_is_over_in_time(
    steps: Iterable[tuple[float, float]],
) -> None:
    passes, pause = Passes(), asked(for_s=300)
    passes.look()
    passes.look(pause)
    began_s = passes.clock.monotonic_s()
    for after_s, step_s in steps:
        passes.clock.step_wall(step_s)
        passes.look(pause, after_s=after_s)
        for known in passes.pauses.known.values():
            assert known.start <= known.until
        if passes.clock.monotonic_s() - began_s > 300:
            assert not passes.is_paused()


def test_what_has_not_changed_is_the_same_and_no_news() -> None:
    passes, pause = Passes(), asked()
    first = passes.look(pause)
    assert passes.look(pause, after_s=5) is first
    assert passes.pauses.news(Pauses()) == (pause,)
    assert passes.pauses.news(first) == ()
