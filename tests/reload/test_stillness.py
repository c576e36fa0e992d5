"""When a content has come to rest and may be judged, on a clock of its own."""

import math
import re
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reload.played import ABSENT, EMPTY, WRONG, Played, Save
from thorsched.reload.watching.stillness import BY_POLLING, WITH_EVENTS

# What is promised of a save, until it is judged.
LOCAL_S, POLLED_S = 1.0, 5.0
HALF = "valid, with fewer cameras"


def test_a_save_is_judged_soon_and_once() -> None:
    played = Played([Save(0.0, "good")]).until(30)
    assert played.contents == ["good"]
    assert played.judged[0][0] == pytest.approx(0.25, abs=0.01)


def test_the_manual_says_how_long_each_content_has_to_be_still() -> None:
    manual = Path(__file__).parents[2] / "README.md"
    section = manual.read_text().partition("### When a save counts")[2].partition("###")[0]
    told = [
        float(s)
        for s in re.findall(r"^\| .* \| (?:not before .* after )?([\d.]+) s", section, re.MULTILINE)
    ]
    patience = WITH_EVENTS
    assert told == [
        *(patience.still_s, patience.doubt_s, patience.held_s, patience.nothing_s),
        patience.restless_s,
    ]
    assert f"looked at every {patience.poll_s} s" in section


def test_a_file_at_rest_is_looked_at_now_and_then() -> None:
    assert Played([]).until(90).looks <= 100 / WITH_EVENTS.poll_s + 2
    assert Played([], BY_POLLING).until(90).looks <= 100 / BY_POLLING.poll_s + 2


@pytest.mark.parametrize(
    "save", [Save(0.01, one, is_open) for one in (WRONG, "good") for is_open in (False, None)]
)
def test_a_save_is_judged_within_the_promise_whatever_it_says(save: Save) -> None:
    played = Played([save]).until(30)
    assert played.contents == [save.content]
    assert played.judged[0][0] <= LOCAL_S
    polled = Played([save], BY_POLLING, has_events=False).until(30)
    assert polled.contents == [save.content]
    assert polled.judged[0][0] <= POLLED_S


def test_a_save_that_no_event_tells_of_is_judged_within_the_promise_too() -> None:
    played = Played([Save(0.01, "good")], has_events=False).until(30)
    assert played.judged[0][0] <= 0.01 + LOCAL_S


@pytest.mark.fault(54)
@pytest.mark.parametrize("nothing", [ABSENT, EMPTY])
def test_what_is_truncated_or_gone_for_two_seconds_is_not_worth_a_word(nothing: str) -> None:
    played = Played([Save(0.0, nothing), Save(2.0, "good")]).until(30)
    assert played.contents == ["good"]
    assert played.judged[0][0] == pytest.approx(2.25, abs=0.01)


@pytest.mark.fault(54)
def test_what_is_gone_for_five_seconds_is_told_and_taken_when_it_is_back() -> None:
    played = Played([Save(0.0, ABSENT), Save(5.0, "good")]).until(30)
    assert played.contents == [ABSENT, "good"]
    assert played.judged[1][0] <= 5 + LOCAL_S


@pytest.mark.fault(54)
def test_half_a_file_that_is_valid_waits_for_the_other_half_while_it_is_open() -> None:
    script = [Save(0.0, HALF, is_open=True), Save(2.0, "good", is_open=True), Save(2.1, "good")]
    played = Played(script).until(30)
    assert played.contents == ["good"]
    assert played.judged[0][0] == pytest.approx(2.35, abs=0.3)
    assert played.held == []


@pytest.mark.fault(54)
def test_half_a_remote_file_that_is_valid_waits_for_the_other_half_two_seconds() -> None:
    script = [Save(0.0, HALF, is_open=None), Save(2.0, "good", is_open=None)]
    assert Played(script, BY_POLLING, has_events=False).until(30).contents == ["good"]


def test_who_never_closes_what_was_written_is_overruled() -> None:
    played = Played([Save(0.0, "good", is_open=True)]).until(30)
    assert played.contents == ["good"] == played.held
    assert played.judged[0][0] <= POLLED_S + 0.25


@pytest.mark.fault(54)
def test_a_storm_of_writes_ends_with_exactly_the_final_content() -> None:
    for is_open in (False, None):
        storm = [Save(n / 1000, f"content {n}", is_open) for n in range(3001)]
        played = Played(storm).until(30)
        assert played.contents == ["content 3000"]
        assert played.judged[0][0] <= 3 + LOCAL_S
        assert played.looks < 200, "looked at with every write"


def test_two_contents_by_turns_are_no_rest_though_each_look_finds_the_same_one() -> None:
    # Looks are 0.05 s apart, and so are the saves of one of the two.
    storm = [Save(n / 40, ("this", "that")[n % 2]) for n in range(40)]
    played = Played(storm).until(30)
    assert played.contents == ["that"]


def test_a_content_that_is_saved_again_and_again_is_taken_all_the_same() -> None:
    played = Played([Save(n / 10, "good") for n in range(100)]).until(30)
    assert played.contents == ["good"]
    assert played.judged[0][0] <= 1.5


def test_a_file_that_does_not_come_to_rest_is_told_once_and_taken_when_it_does() -> None:
    storm = [Save(n / 20, f"content {n}") for n in range(401)]
    played = Played([*storm, Save(60.0, "later")]).until(90)
    assert played.complaints == [pytest.approx(WITH_EVENTS.restless_s, abs=0.5)]
    assert played.contents == ["content 400", "later"]


def test_a_disk_that_does_not_answer_for_long_makes_no_file_restless() -> None:
    script = [Save(0.0, "half"), Save(15.0, "good")]
    played = Played(script, blind=(0.1, 20.0)).until(60)
    assert played.complaints == []
    assert played.contents == ["good"]


def test_it_is_told_of_each_time_that_it_does_not_come_to_rest() -> None:
    storms = [Save(begin + n / 20, f"{begin} {n}") for begin in (0, 60) for n in range(201)]
    assert len(Played(storms).until(90).complaints) == 2


def test_who_asks_by_hand_does_not_wait() -> None:
    played = Played([Save(0.0, WRONG)], asked_s=0.1).until(30)
    assert played.judged == [(0.1, WRONG)]
    played = Played([], asked_s=0.5).until(30)
    assert played.judged == [(0.5, "before")], "whoever asks is not answered"
    played = Played([Save(0.0, ABSENT)], asked_s=0.1).until(30)
    assert played.judged == [(0.1, ABSENT)]


def test_who_asks_by_hand_waits_while_it_is_written_but_not_for_ever() -> None:
    script = [Save(0.0, HALF, is_open=True), Save(1.0, "good", is_open=True), Save(1.1, "good")]
    assert Played(script, asked_s=0.1).until(30).contents == ["good"]
    held = Played([Save(0.0, "good", is_open=True)], asked_s=0.1).until(30)
    assert held.contents == ["good"]
    assert held.judged[0][0] <= 3.5


def test_who_asks_by_hand_for_a_file_that_is_written_without_an_end_is_told_so() -> None:
    storm = [Save(n / 20, f"content {n}", is_open=True) for n in range(600)]
    played = Played(storm, asked_s=10.0).until(25)
    assert played.complaints == [pytest.approx(6, abs=1), pytest.approx(10, abs=0.5)]
    assert played.contents == []


@st.composite
def scripts(draw: st.DrawFn) -> list[Save]:
    """Draw up to ten saves, by those who close, who do not, and of whom nothing can be told."""
    pauses = st.floats(0.001, 6).map(lambda s: round(s, 3))
    contents = st.sampled_from(["a", "b", "c", WRONG, ABSENT, EMPTY])
    at_s, saves = 0.0, []
    for pause_s, content in draw(st.lists(st.tuples(pauses, contents), min_size=1, max_size=10)):
        at_s += pause_s
        saves.append(Save(at_s, content, draw(st.sampled_from([False, None, True]))))
    return saves


@settings(max_examples=100)
@given(scripts())
def test_whatever_is_saved_what_stays_is_judged_last_and_what_did_not_rest_is_not(
    script: list[Save],
) -> None:
    played = Played(script).until(script[-1].at_s + 30)
    contents = ["before", *played.contents]
    assert contents[-1] == script[-1].content
    assert all(one != other for one, other in pairwise(contents)), "judged twice"
    for at_s, content in played.judged:
        current = [save for save in script if save.at_s <= at_s][-1]
        assert current.content == content, "judged when it was there no longer"
    assert {content for _, content in played.judged} <= rested(script)


def rested(script: list[Save]) -> set[str]:
    """Return the contents that were there for as long as the shortest wait, however often saved."""
    begins = [next(saves) for _, saves in groupby(script, key=attrgetter("content"))]
    ends = [*(save.at_s for save in begins[1:]), math.inf]
    return {
        save.content
        for save, end_s in zip(begins, ends, strict=True)
        if end_s - save.at_s >= WITH_EVENTS.still_s
    }
