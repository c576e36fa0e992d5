"""Bindings: the one device a camera is, or a refusal that says what would decide."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cameras.strategies import thorough
from thorsched.base.text import printable
from thorsched.cameras.binding import Ambiguous, Binding, Bound, DeviceRule, Missing, bind
from thorsched.cameras.capability import JPEG, Capability, Device

MODE = Capability(JPEG, 640, 480, 30, 1)


def camera(number: int, name: str) -> Device:
    return Device(number, name, (MODE,))


def bound(rule: DeviceRule, *devices: Device) -> Binding:
    return bind({"overhead": rule}, devices)["overhead"]


def reason(binding: Binding) -> str:
    assert isinstance(binding, Missing | Ambiguous)
    return binding.reason


HD_0, HD_1, SIDE_2 = camera(0, "HD USB Camera"), camera(1, "HD USB Camera"), camera(2, "Side")


@pytest.mark.parametrize(
    ("rule", "device"),
    [
        (DeviceRule(name="Side"), SIDE_2),
        (DeviceRule(name="S*"), SIDE_2),
        (DeviceRule(name="*id*"), SIDE_2),
        (DeviceRule(name="?ide"), SIDE_2),
        (DeviceRule(id=1), HD_1),
        (DeviceRule(name="HD USB Camera*", id=0), HD_0),
        (DeviceRule(name="*", id=2), SIDE_2),
    ],
)
def test_a_glob_an_id_or_both_bind_a_camera_to_its_device(rule: DeviceRule, device: Device) -> None:
    assert bound(rule, HD_0, HD_1, SIDE_2) == Bound(device)


@pytest.mark.parametrize(
    ("glob", "name", "fits"),
    [
        ("Cam [1]", "Cam [1]", True),
        ("Cam [1]", "Cam 1", False),
        ("Cam [*]", "Cam [23]", True),
        ("Cam [!a]", "Cam b", False),
        ("cam", "Cam", False),
        ("Cam", "Cam 2", False),
        ("Cam.", "Camx", False),
        ("Cam*", "Cam\nera", True),
        ("Caf\u00e9", "Cafe\u0301", True),
        ("*" * 60 + "b", "a" * 5000, False),
        ("", "", True),
        ("", "Cam", False),
    ],
)
def test_only_star_and_question_mark_are_special_in_a_glob(
    glob: str, name: str, *, fits: bool
) -> None:
    assert DeviceRule(name=glob).fits(camera(0, name)) is fits


def test_a_rule_that_asks_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a name, an id or both"):
        DeviceRule()


@pytest.mark.fault(14)
def test_two_devices_of_one_name_are_told_apart_by_their_ids_only() -> None:
    binding = bound(DeviceRule(name="HD USB*"), HD_1, SIDE_2, HD_0)

    assert isinstance(binding, Ambiguous)
    assert binding.reason == (
        "name 'HD USB*' fits 2 devices: 0 'HD USB Camera', 1 'HD USB Camera'; "
        "say which with id: 0 or id: 1"
    )


def test_a_missing_device_is_answered_with_what_there_is_and_what_was_meant() -> None:
    assert reason(bound(DeviceRule(name="hd usb camra"), HD_0, SIDE_2)) == (
        "no device fits name 'hd usb camra'; the server offers 0 'HD USB Camera', 2 'Side'; "
        "did you mean 'HD USB Camera'?"
    )
    assert reason(bound(DeviceRule(name="Sdie*"), HD_0, SIDE_2)).endswith("did you mean 'Side'?")
    assert reason(bound(DeviceRule(id=7), SIDE_2)) == (
        "no device fits id 7; the server offers 2 'Side'"
    )


@pytest.mark.fault(14)
def test_a_device_whose_id_alone_changed_is_pointed_out_and_not_guessed() -> None:
    assert reason(bound(DeviceRule(name="Side", id=5), HD_0, SIDE_2)) == (
        "no device fits name 'Side' and id 5; the server offers 0 'HD USB Camera', 2 'Side'; "
        "the name alone fits 2 'Side': has the id changed?"
    )


def test_a_server_without_devices_offers_none() -> None:
    assert reason(bound(DeviceRule(id=0))) == "no device fits id 0: the server offers none"


def test_a_long_list_is_told_in_part() -> None:
    crowd = [camera(number, f"Cam {number}") for number in range(20)]

    assert reason(bound(DeviceRule(id=64), *crowd)).endswith("7 'Cam 7' and 12 more")


def test_two_cameras_on_one_device_are_both_refused_each_with_the_others_name() -> None:
    rules = {"side": DeviceRule(id=2), "low": DeviceRule(name="Si*"), "top": DeviceRule(id=0)}

    bindings = bind(rules, [HD_0, HD_1, SIDE_2])

    assert bindings["top"] == Bound(HD_0)
    assert bindings["side"] == Ambiguous(
        "device 2 'Side' is claimed by low, too; give each camera a device of its own",
    )
    assert reason(bindings["low"]).startswith("device 2 'Side' is claimed by side, too")


def test_a_device_that_a_neighbour_takes_is_not_ruled_out_by_guessing() -> None:
    rules = {"side": DeviceRule(id=1), "overhead": DeviceRule(name="HD USB*")}

    bindings = bind(rules, [HD_0, HD_1])

    assert bindings["side"] == Bound(HD_1)
    assert isinstance(bindings["overhead"], Ambiguous)


def test_one_id_for_two_devices_cannot_be_decided_by_name() -> None:
    twin = camera(2, "Other")

    for rule in (DeviceRule(name="Side"), DeviceRule(id=2), DeviceRule(name="Side", id=2)):
        binding = bound(rule, SIDE_2, twin)
        assert isinstance(binding, Ambiguous)
        assert binding.reason == (
            "the server gives id 2 to several: 2 'Other', 2 'Side'; restart the server"
        )


def test_a_device_that_is_listed_twice_alike_is_one() -> None:
    assert bound(DeviceRule(name="Side"), SIDE_2, SIDE_2) == Bound(SIDE_2)


_NAMES = st.sampled_from(["HD", "HD USB", "Side", "[1]", "a*?"]) | st.text(max_size=8)
_DEVICES = st.lists(st.builds(camera, st.integers(0, 4), _NAMES), max_size=6)
_GLOBS = st.sampled_from(["*", "HD*", "?ide", "[1]"]) | _NAMES
_NUMBERS = st.integers(0, 4)
_RULES = st.dictionaries(
    st.sampled_from(["overhead", "side", "low", "top"]),
    st.builds(DeviceRule, _GLOBS)
    | st.builds(DeviceRule, id=_NUMBERS)
    | st.builds(DeviceRule, _GLOBS, _NUMBERS),
)


@thorough
@given(_RULES, _DEVICES)
def test_a_bound_device_is_the_only_one_that_fits_and_has_one_camera(
    rules: dict[str, DeviceRule], devices: list[Device]
) -> None:
    bindings = bind(rules, devices)

    taken = [binding.device for binding in bindings.values() if isinstance(binding, Bound)]
    assert bindings.keys() == rules.keys()
    assert len(taken) == len({device.id for device in taken})
    for name, binding in bindings.items():
        fitting = {device for device in devices if rules[name].fits(device)}
        assert isinstance(binding, Missing) == (not fitting)
        if isinstance(binding, Bound):
            assert fitting == {binding.device}


@thorough
@given(_RULES, _DEVICES, st.randoms(use_true_random=False))
def test_the_order_of_devices_and_cameras_decides_no_binding(
    rules: dict[str, DeviceRule], devices: list[Device], chance: random.Random
) -> None:
    shuffled = chance.sample(devices, k=len(devices))
    turned = dict(reversed(rules.items()))

    before, after = bind(rules, devices), bind(turned, shuffled)

    assert {c: b for c, b in after.items() if not _is_shared(b)} == {
        c: b for c, b in before.items() if not _is_shared(b)
    }
    assert {c for c in after if _is_shared(after[c])} == {
        c for c in before if _is_shared(before[c])
    }


def _is_shared(binding: Binding) -> bool:
    return isinstance(binding, Ambiguous) and "claimed by" in binding.reason


@thorough
@given(_RULES, _DEVICES)
def test_every_reason_is_one_printable_line_whatever_the_names_are(
    rules: dict[str, DeviceRule], devices: list[Device]
) -> None:
    for binding in bind(rules, devices).values():
        if not isinstance(binding, Bound):
            assert printable(binding.reason, longest=10_000) == binding.reason


def test_a_name_that_writes_to_the_terminal_is_escaped() -> None:
    hostile = camera(0, "\x1b[2J\u202eevil\nfake log line")

    said = reason(bound(DeviceRule(name="Side"), hostile))

    assert said.isprintable()
    assert r"\x1b[2J\u202eevil\nfake log line" in said


@thorough
@given(st.text(max_size=20), _NUMBERS)
def test_a_devices_own_name_is_a_glob_that_fits_it(name: str, number: int) -> None:
    assert DeviceRule(name=name, id=number).fits(camera(number, name))
