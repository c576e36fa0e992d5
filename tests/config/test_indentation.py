"""Lines that stand too far left are explained once, and what is not about them is still said."""

import pytest

from tests.config.files import RIGHT, complaints

NO_VALUE = (
    "has no value; write one or delete the key; "
    "lines that belong to it are indented two spaces more than it"
)


def test_cameras_and_schedules_at_the_very_left_are_sent_below_their_key() -> None:
    text = RIGHT.replace("\n  ", "\n")
    assert complaints(text) == [
        f"2:9: cameras: {NO_VALUE}",
        (
            "3:1: side: is a camera, but stands outside of `cameras:`; "
            "indent it and all that belongs to it two spaces below `cameras:`"
        ),
        f"6:11: schedules: {NO_VALUE}",
        (
            "7:1: ever: is a schedule, but stands outside of `schedules:`; "
            "indent it and all that belongs to it two spaces below `schedules:`"
        ),
    ]


def test_keys_of_a_camera_beside_its_name_are_sent_below_it() -> None:
    text = RIGHT.replace("\n    ", "\n  ")
    assert complaints(text) == [
        f"3:8: cameras.side: {NO_VALUE}",
        (
            "4:3: cameras.device: `device` stands where a name should; "
            "indent it two spaces more than the name above it"
        ),
        (
            "5:3: cameras.capability: `capability` stands where a name should; "
            "indent it two spaces more than the name above it"
        ),
    ]


def test_keys_of_a_schedule_beside_its_name_are_sent_below_it() -> None:
    text = RIGHT + "  nights:\n  cameras: all\n  daily: 20:00-08:00\n"
    assert [mistake.split(";")[0] for mistake in complaints(text)] == [
        "8:10: schedules.nights: has no value",
        "9:3: schedules.cameras: `cameras` stands where a name should",
        "10:3: schedules.daily: `daily` stands where a name should",
    ]


def test_keys_of_a_camera_at_the_very_left_are_sent_below_its_name() -> None:
    text = RIGHT.replace("    capability", "capability")
    assert complaints(text)[1:] == [
        (
            "5:1: capability: belongs to a camera; "
            "indent it and all that belongs to it two spaces more than that camera's name"
        ),
    ]


def test_what_else_is_wrong_is_said_beside() -> None:
    text = RIGHT.replace("{id: 0}", "{id: x}").replace(
        "schedules:", "  device: {id: 1}\nschedules:"
    )
    assert [mistake.split(": ")[1] for mistake in complaints(text)] == [
        "cameras.side.device.id",
        "cameras.device",
    ]


@pytest.mark.parametrize("name", ["device", "segment", "server"])
def test_a_camera_may_have_the_name_of_a_key(name: str) -> None:
    text = RIGHT.replace(
        "schedules:", f"  {name}: {{device: {{id: 1}}, capability: jpeg}}\nschedules:"
    )
    assert complaints(text) == []


def test_a_lone_tilde_is_explained() -> None:
    assert complaints(RIGHT + "storage: {root: ~}\n") == [
        "8:17: storage.root: a lone ~ is no value in YAML; put it in quotes: '~'"
    ]
