"""What must fit together in a file, found although other things are wrong."""

import unicodedata

import pytest

from tests.config.files import RIGHT, complaints, with_camera, with_schedule

TWO_SERVERS = RIGHT.replace(
    "server: http://127.0.0.1:8000", "servers: {a: http://10.0.0.1:8000, b: http://10.0.0.2:8000}"
)

WORDS = ("al", "sied", "top", "[al]")


def test_a_schedule_of_an_unknown_camera_says_which_was_meant() -> None:
    assert complaints(with_schedule("{cameras: [side, sied], always: true}")) == [
        "8:28: schedules.nights.cameras[1]: there is no camera 'sied'; did you mean 'side'?"
    ]
    assert complaints(with_schedule("{cameras: [tail], always: true}")) == [
        "8:22: schedules.nights.cameras[0]: there is no camera 'tail'; the cameras are side"
    ]


def test_one_camera_without_brackets_and_a_misspelt_all_are_mended() -> None:
    assert [complaints(with_schedule(f"{{cameras: {word}, always: true}}")) for word in WORDS] == [
        ["8:21: schedules.nights.cameras: 'al' is not a list of cameras; write all"],
        ["8:21: schedules.nights.cameras: 'sied' is not a list of cameras; write [side] or all"],
        ["8:21: schedules.nights.cameras: 'top' is not a list of cameras; write [top] or all"],
        [
            (
                "8:22: schedules.nights.cameras[0]: there is no camera 'al'; "
                "for every camera write cameras: all"
            )
        ],
    ]


def test_a_reference_is_checked_although_what_it_names_is_wrong() -> None:
    text = with_schedule("{cameras: [side, top], always: maybe}").replace("{id: 0}", "{id: x}")
    assert [mistake.split(": ")[1] for mistake in complaints(text)] == [
        "cameras.side.device.id",
        "schedules.nights.cameras[1]",
        "schedules.nights.always",
    ]


def test_with_several_servers_a_camera_names_its_own() -> None:
    [mistake] = complaints(TWO_SERVERS)
    assert mistake == (
        "3:3: cameras.side.server: is missing, as there are several servers; "
        "write server: a or server: b"
    )
    assert complaints(TWO_SERVERS.replace("device:", "server: b\n    device:")) == []


def test_an_unknown_server_says_which_there_are() -> None:
    text = TWO_SERVERS.replace("device:", "server: rig\n    device:")
    assert complaints(text) == [
        "4:13: cameras.side.server: there is no server 'rig'; write server: a or server: b"
    ]


@pytest.mark.parametrize(
    ("servers", "right"),
    [
        ("server: http://h:1", "the file has one, which needs no name: delete this line"),
        (
            "servers: {rig-a: http://h:1}",
            "the file has one, rig-a: write server: rig-a or delete this line",
        ),
        (
            "about: {a: b}",
            "the file names none: write servers: {rig-a: http://192.168.177.100:8000}",
        ),
        ("servers: {rig: http://h:1, lab: http://i:1}", "did you mean 'rig'?"),
    ],
)
def test_a_misspelt_server_is_told_which_there_are_and_whether_it_is_needed(
    servers: str, right: str
) -> None:
    text = RIGHT.replace("server: http://127.0.0.1:8000", servers)
    text = text.replace("device:", "server: rgi\n    device:")
    assert complaints(text) == [f"4:13: cameras.side.server: there is no server 'rgi'; {right}"]


def test_a_servers_name_that_is_a_number_is_sent_into_quotes() -> None:
    text = RIGHT.replace("device:", "server: 1\n    device:")
    assert complaints(text) == [
        "4:13: cameras.side.server: 1 is not read as text; put it in quotes: '1'"
    ]


@pytest.mark.parametrize("block", ["cameras: {}", "cameras: []", "cameras: 5"])
def test_a_file_without_cameras_shows_how_one_is_written(block: str) -> None:
    [mistake] = complaints(f"{block}\nschedules: {{ever: {{cameras: all, always: true}}}}\n")
    assert mistake.startswith("1:10: cameras: ")
    assert mistake.endswith("write overhead: {device: {id: 0}, capability: jpeg 1280x720 @30fps}")


def test_a_file_without_schedules_shows_how_one_is_written() -> None:
    text = RIGHT[: RIGHT.index("schedules")]
    [mistake] = complaints(text)
    assert mistake == (
        "1:1: schedules: is missing; write for instance "
        "schedules: {nights: {cameras: all, daily: 20:00-08:00}}"
    )
    assert complaints(text + "schedules: {}\n") == [
        "6:12: schedules: is empty; write nights: {cameras: all, daily: 20:00-08:00}"
    ]


@pytest.mark.fault(58)
def test_names_that_differ_by_case_only_are_refused_as_one_directory_on_many_disks() -> None:
    text = with_camera("    device: {id: 1}\n    capability: jpeg\n").replace("top", "SIDE")
    assert complaints(text) == [
        "6:3: cameras.SIDE: differs from 'side' by upper and lower case only; rename one"
    ]


@pytest.mark.fault(58)
@pytest.mark.parametrize(
    "names", [("caf\u00e9", "cafe\u0301"), ("K", "\u212a"), ("side", "\uff53ide")]
)
def test_names_of_one_look_in_other_unicode_forms_are_refused(names: tuple[str, str]) -> None:
    first, second = names
    assert unicodedata.normalize("NFKC", first) == unicodedata.normalize("NFKC", second)
    text = with_camera("    device: {id: 1}\n    capability: jpeg\n")
    mistakes = complaints(text.replace("side:", f"{first}:").replace("top", second))
    assert [one for one in mistakes if one.startswith("6:3: cameras.")], mistakes


@pytest.mark.parametrize("device", ["{id: 0}", '{id: 0, name: "HD*"}'])
def test_two_cameras_cannot_be_one_device(device: str) -> None:
    text = with_camera(f"    device: {device}\n    capability: jpeg\n")
    [mistake] = complaints(text)
    assert mistake.startswith("7:13: cameras.top.device: is the device of 'side', too; each camera")


def test_devices_of_two_servers_may_have_one_id() -> None:
    text = TWO_SERVERS.replace("device:", "server: a\n    device:").replace(
        "schedules:", "  top: {server: b, device: {id: 0}, capability: jpeg}\nschedules:"
    )
    assert complaints(text) == []


def test_two_servers_cannot_have_one_address() -> None:
    text = TWO_SERVERS.replace("10.0.0.2", "10.0.0.1").replace("device:", "server: a\n    device:")
    assert complaints(text) == [
        "1:39: servers.b: is the address of 'a', too; one server has one name"
    ]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "[::1]", "127.0.0.1", "0.0.0.0"])
def test_this_machine_is_one_server_whatever_it_is_called(host: str) -> None:
    text = TWO_SERVERS.replace("10.0.0.1", "127.0.0.1").replace(
        "http://10.0.0.2:8000", f'"http://{host}:8000"'
    )
    [mistake] = complaints(text.replace("device:", "server: a\n    device:"))
    assert mistake.endswith("servers.b: is the address of 'a', too; one server has one name")


def test_a_server_needs_a_port_for_each_of_its_cameras() -> None:
    text = with_camera("    device: {id: 1}\n    capability: jpeg\n").replace(
        "server: http://127.0.0.1:8000", "server: {url: http://h:1, ports: 9001}"
    )
    assert complaints(text) == [
        "1:34: server.ports: 1 ports for 2 cameras; write at least 9001-9002"
    ]


def test_a_server_is_written_in_one_way_only() -> None:
    text = TWO_SERVERS.replace("device:", "server: a\n    device:") + "server: http://h:1\n"
    assert complaints(text) == [
        "9:1: server: `server` beside `servers`; write all of them below `servers`"
    ]


@pytest.mark.parametrize(
    ("keys", "mistakes"),
    [
        ("", ["8:3: schedules.nights: says no time; write for instance always: true, daily: 20"]),
        (
            "always: false",
            ["8:34: schedules.nights.always: false says no time; write always: true"],
        ),
        (
            "from: 2026-11-24T09:00",
            ["8:3: schedules.nights.to: is missing beside `from`; write to: 20"],
        ),
        (
            "to: 2026-11-24T09:00",
            ["8:3: schedules.nights.from: is missing beside `to`; write from: 20"],
        ),
        (
            'cron: "0 * * * *"',
            ["8:3: schedules.nights.for: is missing beside `cron`; write for: 10min"],
        ),
        (
            "for: 10min",
            ['8:3: schedules.nights.cron: is missing beside `for`; write cron: "0 * * * *'],
        ),
        (
            "days: mon",
            ["8:3: schedules.nights.daily: is missing beside `days`; write daily: 20:00-08"],
        ),
        (
            "daily: 20:00-08:00, always: true",
            [
                "8:46: schedules.nights.always: `always` beside `daily`: a schedule has one rule; make"
            ],
        ),
        (
            "from: 2026-11-24T09:00, to: 2026-11-24T08:00",
            ["8:54: schedules.nights.to: `to` (2026-11-24T08:00) comes before `from`"],
        ),
        (
            "from: 2026-11-24T09:00, to: 2026-11-24T09:00",
            ["8:54: schedules.nights.to: `from` and `to` are the same moment"],
        ),
        (
            'daily: 20:00-08:00, cron: "0 * * * *", for: 1min',
            [
                "8:46: schedules.nights.cron: `cron` beside `daily`: a schedule has one rule; make two"
            ],
        ),
    ],
)
def test_a_schedule_says_its_time_in_one_way(keys: str, mistakes: list[str]) -> None:
    found = complaints(with_schedule(f"{{cameras: all, {keys}}}".replace(", }", "}")))
    assert len(found) == len(mistakes)
    for mistake, wanted in zip(found, mistakes, strict=True):
        assert mistake.startswith(wanted)
