"""The choice: it satisfies, it is the best there is, and the order of the list decides nothing."""

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.cameras.oracle import best, satisfies
from tests.cameras.strategies import (
    capabilities,
    capability_lists,
    device,
    selectors,
    thorough,
)
from thorsched.base.text import printable
from thorsched.cameras.capability import JPEG, MEDIA_TYPES, RAW, Capability
from thorsched.cameras.choice import Choice, NoMatch, choose, data_rate_bytes_s
from thorsched.cameras.selector import Codec, Encoding, Selector

selector_lists = st.lists(selectors(), min_size=1, max_size=3)


@thorough
@given(selector_lists, capability_lists)
def test_what_is_chosen_is_the_best_that_the_first_selector_with_any_match_allows(
    wanted: list[Selector], offered: list[Capability]
) -> None:
    outcome = choose(wanted, device(*offered))

    allowed = [best(offered, selector) for selector in wanted]
    ranks = [rank for rank, capabilities in enumerate(allowed) if capabilities]
    if isinstance(outcome, Choice):
        assert outcome.rank == ranks[0]
        assert outcome.selector == wanted[outcome.rank]
        assert outcome.capability in allowed[outcome.rank]
        assert satisfies(outcome.capability, outcome.selector)
    else:
        assert ranks == []
        assert outcome.selectors == tuple(wanted)


@thorough
@given(selector_lists, capability_lists, st.randoms(use_true_random=False))
def test_the_order_of_a_servers_list_and_its_repetitions_decide_nothing(
    wanted: list[Selector], offered: list[Capability], chance: random.Random
) -> None:
    again = offered + chance.choices(offered, k=3) if offered else []
    chance.shuffle(again)

    assert choose(wanted, device(*again)) == choose(wanted, device(*offered))


@thorough
@given(selectors(), capability_lists, capabilities())
def test_a_capability_that_does_not_match_changes_no_choice(
    selector: Selector, offered: list[Capability], other: Capability
) -> None:
    assume(not satisfies(other, selector))
    before = choose([selector], device(*offered))
    after = choose([selector], device(other, *offered))

    assert isinstance(after, NoMatch) if isinstance(before, NoMatch) else after == before


@thorough
@given(capabilities(), capability_lists)
def test_a_capability_as_it_is_printed_is_a_selector_that_chooses_it(
    wanted: Capability, others: list[Capability]
) -> None:
    assume(wanted.media_type in MEDIA_TYPES)
    assume(wanted.format or wanted.media_type == JPEG)

    outcome = choose([Selector.parse(str(wanted))], device(*others, wanted))

    assert isinstance(outcome, Choice)
    assert str(outcome.capability) == str(wanted)


@thorough
@given(selector_lists, capability_lists)
def test_a_refusal_names_what_is_near_and_what_speaks_against_each_in_one_line(
    wanted: list[Selector], offered: list[Capability]
) -> None:
    outcome = choose(wanted, device(*offered))
    assume(isinstance(outcome, NoMatch))
    assert isinstance(outcome, NoMatch)

    usable = [capability for capability in offered if capability.media_type in MEDIA_TYPES]
    assert {near.selector for near in outcome.nearest} == (set(wanted) if usable else set())
    for near in outcome.nearest:
        assert near.capability in usable
        assert near.reasons
        assert str(near) in outcome.explain()
    said = outcome.explain()
    assert printable(said, longest=len(said)) == said
    assert all(str(selector) in said for selector in wanted)


@thorough
@given(st.sampled_from(Codec))
def test_only_h265_asks_the_server_for_h265(codec: Codec) -> None:
    offered = device(Capability(JPEG, 640, 480, 30, 1), Capability(RAW, 640, 480, 30, 1, "YUY2"))

    outcome = choose([Selector(codec=codec)], offered)

    assert isinstance(outcome, Choice)
    assert (outcome.encoding is Encoding.H265) == (codec is Codec.H265)


def test_without_a_selector_nothing_is_chosen() -> None:
    outcome = choose([], device(Capability(JPEG, 640, 480, 30, 1)))

    assert outcome == NoMatch((), ())
    assert isinstance(outcome, NoMatch)
    assert outcome.explain() == "no selector is given"


def test_a_device_full_of_modes_nobody_knows_offers_nothing() -> None:
    outcome = choose([Selector()], device(Capability("video/x-h264", 640, 480, 30, 1)))

    assert isinstance(outcome, NoMatch)
    assert outcome.explain() == "no capability matches any (the device offers nothing usable)"


def test_a_format_from_a_hostile_server_is_escaped_where_it_is_told() -> None:
    hostile = Capability(RAW, 640, 480, 30, 1, "\x1b[2J\nYUY2")

    outcome = choose([Selector.parse("raw format=NV12")], device(hostile))

    assert isinstance(outcome, NoMatch)
    assert outcome.explain().isprintable()


def test_the_data_rate_of_jpeg_is_what_was_measured_and_raw_goes_by_its_format() -> None:
    rate = {
        form: data_rate_bytes_s(Capability(RAW, 640, 480, 30, 1, form))
        for form in ("GRAY8", "NV12", "YUY2", None, "RGB", "BGRx")
    }

    assert data_rate_bytes_s(Capability(JPEG, 1920, 1080, 30, 1)) * 8 / 1e6 == 54.743040
    assert rate["GRAY8"] == 640 * 480 * 30
    assert rate["GRAY8"] < rate["NV12"] < rate["YUY2"] == rate[None] < rate["RGB"] < rate["BGRx"]


def test_what_is_equal_in_size_and_rate_goes_to_the_lower_data_rate_then_to_one_order() -> None:
    modes = [Capability(RAW, 640, 480, 30, 1, form) for form in ("BGR", "YUY2", "UYVY", "NV12")]

    taken = [choose([Selector()], device(*modes[:count])) for count in (1, 2, 3, 4)]

    formats = [outcome.capability.format for outcome in taken if isinstance(outcome, Choice)]
    assert formats == ["BGR", "YUY2", "UYVY", "NV12"]


@pytest.mark.parametrize(
    ("selector", "rate", "matches"),
    [
        ("@>=30", (29970, 1000), True),
        ("@>=30", (2996999, 100000), False),
        ("@<=29.97", (30, 1), True),
        ("@<=29.97", (30001, 1000), False),
        ("@30", (2997, 100), True),
        ("@30", (29969, 1000), False),
    ],
)
def test_a_rate_is_the_same_up_to_a_thousandth_and_no_further(
    selector: str, rate: tuple[int, int], *, matches: bool
) -> None:
    outcome = choose([Selector.parse(selector)], device(Capability(JPEG, 640, 480, *rate)))

    assert isinstance(outcome, Choice) is matches


def test_no_more_than_three_near_capabilities_are_told_for_a_selector() -> None:
    modes = [Capability(RAW, 640, 480, 30, 1, form) for form in ("BGR", "YUY2", "UYVY", "NV12")]

    outcome = choose([Selector.parse("raw format=I420"), Selector.parse("raw 4k")], device(*modes))

    assert isinstance(outcome, NoMatch)
    assert [str(near.selector) for near in outcome.nearest] == [
        *["raw format=I420"] * 3,
        "raw 3840x2160",
    ]


def test_a_selector_that_is_listed_twice_is_explained_once() -> None:
    twice = [Selector.parse("jpeg 4k"), Selector.parse("jpeg 2160p")]

    outcome = choose(twice, device(Capability(JPEG, 640, 480, 30, 1)))

    assert isinstance(outcome, NoMatch)
    assert len(outcome.nearest) == 1
    assert outcome.explain().count("nearest") == 1
