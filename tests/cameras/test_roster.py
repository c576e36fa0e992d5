"""The roster: flaps drop no device, what is gone goes, and nothing is invented."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cameras.strategies import thorough
from thorsched.cameras.capability import JPEG, RAW, Capability, Device
from thorsched.cameras.roster import DROP_AFTER_S, Roster

MODES = (Capability(JPEG, 640, 480, 30, 1), Capability(RAW, 640, 480, 30, 1, "YUY2"))
OVERHEAD, SIDE = Device(0, "HD USB Camera", MODES), Device(1, "HD USB Camera", MODES)


POORER = Device(SIDE.id, SIDE.name, MODES[:1])


@dataclass(frozen=True)
class Answer:
    at_s: float
    devices: tuple[Device, ...]


def folded(*answers: tuple[float, Sequence[Device]]) -> Roster:
    roster = Roster.unknown()
    for at_s, devices in answers:
        roster = roster.fold(devices, now_s=at_s)
    return roster


def test_before_the_first_answer_nothing_is_known_and_after_it_even_none_is_knowledge() -> None:
    assert not Roster.unknown().known
    assert Roster.unknown().devices == ()
    assert folded((0.0, [])).known
    assert folded((0.0, [])).devices == ()


def test_a_device_that_is_added_shows_at_once() -> None:
    assert folded((0.0, [SIDE]), (0.1, [SIDE, OVERHEAD])).devices == (OVERHEAD, SIDE)


@pytest.mark.fault(12)
def test_one_odd_answer_drops_nothing_however_long_ago_the_last_one_was() -> None:
    assert folded((0.0, [OVERHEAD]), (600.0, [])).devices == (OVERHEAD,)


@pytest.mark.fault(12)
def test_many_empty_answers_within_four_seconds_drop_nothing() -> None:
    roster = folded((9.0, [OVERHEAD]))

    for tenth in range(40):
        roster = roster.fold([], now_s=10.0 + tenth / 10)
        assert roster.devices == (OVERHEAD,)


def test_a_device_absent_from_every_answer_for_four_seconds_goes() -> None:
    assert folded((9.0, [OVERHEAD, SIDE]), (10.0, [SIDE]), (14.0, [SIDE])).devices == (SIDE,)


def test_a_device_is_listed_since_the_first_answer_that_had_it_after_one_that_had_not() -> None:
    roster = folded((0.0, [OVERHEAD, SIDE]), (1.0, [SIDE]), (2.0, [SIDE]))
    assert roster.listed_since_s == {SIDE.id: 0.0}
    roster = roster.fold([OVERHEAD, SIDE], now_s=3.0).fold([OVERHEAD, SIDE], now_s=4.0)
    assert roster.listed_since_s == {OVERHEAD.id: 3.0, SIDE.id: 0.0}


def test_a_device_that_shows_up_in_between_begins_its_absence_anew() -> None:
    roster = folded((0.0, [SIDE]), (1.0, []), (4.9, [SIDE]), (5.0, []), (8.9, []))

    assert roster.devices == (SIDE,)
    assert roster.absent_since_s == {1: 5.0}
    assert roster.fold([], now_s=9.0).devices == ()


def test_a_dropped_device_shows_again_as_soon_as_it_is_back() -> None:
    gone = folded((0.0, [SIDE]), (1.0, []), (5.0, []))

    assert gone.devices == ()
    assert gone.fold([SIDE], now_s=5.1) == folded((5.1, [SIDE]))


def test_one_odd_answer_takes_no_capability_away_however_long_ago_the_last_one_was() -> None:
    roster = folded((0.0, [SIDE]), (600.0, [POORER]))

    assert roster.devices == (SIDE,)
    assert not roster.is_settled
    assert roster.fold([SIDE], now_s=602.0) == folded((602.0, [SIDE]))
    assert folded((602.0, [SIDE])).is_settled


def test_a_capability_missing_from_every_answer_for_four_seconds_goes() -> None:
    roster = folded((0.0, [SIDE]), (1.0, [POORER]), (4.9, [POORER]))

    assert roster.devices == (SIDE,)
    assert roster.fold([POORER], now_s=5.0) == folded((5.0, [POORER]))


def test_a_capability_that_is_added_shows_at_once_also_beside_one_that_is_held() -> None:
    added = Capability(JPEG, 1280, 720, 30, 1)
    changed = Device(SIDE.id, SIDE.name, (MODES[0], added))

    assert folded((0.0, [POORER]), (0.1, [SIDE])).devices == (SIDE,)
    assert folded((0.0, [SIDE]), (0.1, [changed])).devices == (
        Device(SIDE.id, SIDE.name, (*MODES, added)),
    )


def test_nothing_of_a_replaced_device_is_held_for_the_other() -> None:
    other = Device(SIDE.id, "Another", MODES[:1])

    assert folded((0.0, [SIDE]), (0.1, [other])) == folded((0.1, [other]))


def test_another_device_under_the_same_id_replaces_the_first_at_once() -> None:
    other = Device(SIDE.id, "Another", MODES)

    assert folded((0.0, [SIDE]), (0.1, [other])).devices == (other,)


def test_a_device_replugged_under_a_new_id_stands_beside_its_old_self_for_a_while() -> None:
    moved = Device(7, SIDE.name, SIDE.capabilities)
    roster = folded((0.0, [SIDE]), (1.0, [moved]))

    assert roster.devices == (SIDE, moved)
    assert roster.fold([moved], now_s=1.0 + DROP_AFTER_S).devices == (moved,)


def test_an_answer_without_news_is_the_same_roster() -> None:
    roster = folded((0.0, [SIDE, OVERHEAD]))

    assert roster.fold([OVERHEAD, SIDE, SIDE], now_s=100.0) == roster


_DEVICES = st.builds(
    Device,
    st.integers(0, 3),
    st.sampled_from(["HD", "Side"]),
    st.sampled_from([MODES, MODES[:1], MODES[1:], ()]),
)
_READINGS = st.lists(_DEVICES, max_size=4, unique_by=lambda device: device.id).map(tuple)
_PAUSES_S = st.sampled_from([0.0, 0.5, 1.0, 1.5, 3.5, 4.0, 60.0]) | st.floats(0, 10)


@st.composite
def _histories(draw: st.DrawFn) -> list[Answer]:
    at_s, answers = draw(st.floats(0, 1e6)), []
    for pause_s, devices in draw(
        st.lists(st.tuples(_PAUSES_S, _READINGS), min_size=1, max_size=12)
    ):
        at_s += pause_s
        answers.append(Answer(at_s, devices))
    return answers


def _rosters(history: Sequence[Answer]) -> list[Roster]:
    rosters, roster = [], Roster.unknown()
    for answer in history:
        roster = roster.fold(answer.devices, now_s=answer.at_s)
        rosters.append(roster)
    return rosters


@thorough
@given(_histories())
def test_a_device_shows_unless_every_answer_of_the_last_four_seconds_lacked_it(
    history: list[Answer],
) -> None:
    for now, roster in enumerate(_rosters(history)):
        shown = {device.id for device in roster.devices}
        for number in range(4):
            seen = [k for k in range(now + 1) if number in {d.id for d in history[k].devices}]
            lacked_since = seen[-1] + 1 if seen else now + 1
            lacked = history[lacked_since : now + 1]
            is_gone = bool(lacked) and lacked[-1].at_s - lacked[0].at_s >= DROP_AFTER_S
            assert (number in shown) == (bool(seen) and not is_gone)


@thorough
@given(_histories())
def test_no_device_is_invented_and_each_is_as_it_was_listed_last(history: list[Answer]) -> None:
    for now, roster in enumerate(_rosters(history)):
        last = {d.id: d for answer in history[: now + 1] for d in answer.devices}
        assert all(last[device.id].name == device.name for device in roster.devices)
        shown = {device.id: set(device.capabilities) for device in roster.devices}
        assert all(shown[d.id] >= set(d.capabilities) for d in history[now].devices)
        assert len(roster.devices) == len({device.id for device in roster.devices})
        assert all(len(set(d.capabilities)) == len(d.capabilities) for d in roster.devices)


@thorough
@given(_histories())
def test_a_capability_shows_unless_every_answer_of_the_last_four_seconds_lacked_it(
    history: list[Answer],
) -> None:
    for now, roster in enumerate(_rosters(history)):
        shown = {device.id: device.capabilities for device in roster.devices}
        for device in history[now].devices:
            since = [
                k for k in range(now + 1) if _name(history[k], device.id) not in (device.name, None)
            ]
            same = range(since[-1] + 1 if since else 0, now + 1)
            for mode in MODES:
                seen = [k for k in same if mode in _modes(history[k], device.id)]
                lacked = history[seen[-1] + 1 : now + 1] if seen else []
                is_gone = bool(lacked) and lacked[-1].at_s - lacked[0].at_s >= DROP_AFTER_S
                assert (mode in shown[device.id]) == (bool(seen) and not is_gone)


def _name(answer: Answer, number: int) -> str | None:
    return next((d.name for d in answer.devices if d.id == number), None)


def _modes(answer: Answer, number: int) -> tuple[Capability, ...]:
    return next((d.capabilities for d in answer.devices if d.id == number), ())


@thorough
@given(_histories(), st.data())
def test_flaps_shorter_than_four_seconds_never_drop_a_device(
    history: list[Answer], data: st.DataObject
) -> None:
    start_s, roster = history[-1].at_s, _rosters(history)[-1].fold([SIDE], now_s=history[-1].at_s)
    pauses_s = data.draw(st.lists(st.floats(0, 1), max_size=3))
    for pause_s in pauses_s:
        start_s += pause_s
        roster = roster.fold([], now_s=start_s)
        assert SIDE in roster.devices


@thorough
@given(_histories(), st.floats(DROP_AFTER_S, 1e3))
def test_what_is_truly_gone_is_gone_after_two_answers(
    history: list[Answer], later_s: float
) -> None:
    end_s = history[-1].at_s
    roster = _rosters(history)[-1].fold([], now_s=end_s).fold([], now_s=end_s + later_s + 0.001)

    assert roster.devices == ()
    assert roster.absent_since_s == {}


def test_a_server_that_gives_one_id_twice_is_shown_as_it_is() -> None:
    twin = Device(SIDE.id, "Twin", MODES)

    assert folded((0.0, [SIDE, twin])).devices == (SIDE, twin)
