"""Mistakes in what is kept for how long, and copied where."""

import pytest

from tests.config.files import RIGHT, complaints, loaded, with_camera
from thorsched.config.blocks_storage import Offload


def of(offload: str, *, more: str = "") -> list[str]:
    """Return what is said of an `offload`, which stands on line 8 from column 20 on."""
    return complaints(RIGHT + f"storage: {{offload: {offload}{more}}}\n")


@pytest.mark.parametrize(
    ("offload", "mistake"),
    [
        ("{}", "8:20: storage.offload: says not where to; write {to: /mnt/nas/exp3}, or a command"),
        (
            "/mnt/nas",
            "8:20: storage.offload: '/mnt/nas' stands here instead of keys; write {to: /m",
        ),
        (
            "{to: /mnt, command: [cp, '{file}', x]}",
            "8:31: storage.offload.command: beside `to`: one of the two copies; delete the other",
        ),
        (
            "{to: /mnt, check: [sha256sum, '{file}']}",
            "8:31: storage.offload.check: beside `to`, which is read back anyway; delete it",
        ),
        (
            "{command: [cp, '{file}', x], then: delete}",
            "8:55: storage.offload.then: needs a `check:` beside `command`: no file goes before",
        ),
        (
            "{command: 'cp {file} x'}",
            "8:30: storage.offload.command: 'cp {file} x' is a line of a shell, and none is used; wr",
        ),
        ("{command: []}", "8:30: storage.offload.command: a list is no command; write [PROG"),
        (
            "{command: [cp, a, b]}",
            '8:30: storage.offload.command: names no file; write "{file}" or "{relative}"',
        ),
        (
            "{command: [cp, '{fil}', b]}",
            "8:35: storage.offload.command[1]: '{fil}' is not known; did you mean 'file'?",
        ),
        (
            "{to: /mnt, verify: md5}",
            "8:39: storage.offload.verify: 'md5' cannot stand here; write sha256",
        ),
        (
            "{to: /mnt, then: move}",
            "8:37: storage.offload.then: 'move' cannot stand here; write keep or delete",
        ),
        (
            "{to: /mnt, then: deleted}",
            "8:37: storage.offload.then: 'deleted' cannot stand here; write keep or delete; did",
        ),
        (
            "{to: /mnt, then: [keep, delete]}",
            "8:37: storage.offload.then: a list cannot stand here; write keep or delete",
        ),
        (
            "{to: 'nas:exp3/'}",
            "8:25: storage.offload.to: names a place that is no directory here; mount it, or have",
        ),
        ("{to: 5}", "8:25: storage.offload.to: 5 is not read as text; put it in quotes: '5'"),
        ("{to: ''}", "8:25: storage.offload.to: '' is not a directory; write for instance ./rec"),
        ("''", "8:20: storage.offload: '' stands here instead of keys; write {to: /mnt/nas/exp3}"),
        (
            "{to: ./recordings/copies}",
            "8:25: storage.offload.to: is in the root, or the root in it",
        ),
        (
            "{to: /mnt, than: keep}",
            "8:31: storage.offload.than: there is no such key here; did you",
        ),
    ],
)
def test_a_wrong_offload_says_what_would_be_right(offload: str, mistake: str) -> None:
    [only] = of(offload)
    assert only.startswith(mistake), only


def test_a_place_elsewhere_is_told_the_command_that_copies_there() -> None:
    [only] = of("{to: 'nas:exp3/'}")
    assert only.endswith('command: [rclone, copyto, "{file}", "nas:exp3/{relative}"]')


@pytest.mark.parametrize(
    ("keep", "mistake"),
    [
        ("30d", "8:17: storage.keep: '30d' stands here instead of keys; write {age: 30d}"),
        ("4TB", "8:17: storage.keep: '4TB' stands here instead of keys; write {size: 4TB}"),
        ("30", "8:17: storage.keep: 30 stands here instead of keys; write {age: 30d, size: 4TB}"),
        ("ever", "8:17: storage.keep: 'ever' stands here instead of keys; write {age: 30d, size:"),
        ("{age: 30}", "8:23: storage.keep.age: 30 has no unit; write 30h or 30d"),
        ("{age: [30d]}", "8:23: storage.keep.age: a list stands here instead of a single value"),
        ("{size: 4}", "8:24: storage.keep.size: 4 has no unit; write 4MB, 4GB or 4TB"),
        ("{days: 30}", "8:18: storage.keep.days: there is no such key here; write age: 30d"),
    ],
)
def test_a_wrong_rule_of_what_is_kept_says_what_would_be_right(keep: str, mistake: str) -> None:
    [only] = complaints(RIGHT + f"storage: {{keep: {keep}}}\n")
    assert only.startswith(mistake), only


@pytest.mark.parametrize("key", ["to", "command", "check", "verify", "then", "age", "size"])
@pytest.mark.parametrize("value", ["5", "1.5", "true", "[]", "[[]]", "{a: 1}", "x", "''", "-1"])
def test_no_mistake_of_storage_is_told_in_the_words_of_a_library(key: str, value: str) -> None:
    block = "keep: {" if key in {"age", "size"} else "offload: {to: /mnt, "
    block = "offload: {" if key == "to" else block
    told = complaints(RIGHT + f"storage: {{{block}{key}: {value}}}}}\n")
    assert told or (key, value) == ("to", "x")
    assert not [one for one in told if "nput should" in one or "valid" in one]


def test_files_cannot_go_that_nobody_proves_to_be_copied() -> None:
    [only] = of("{command: [cp, '{file}', x]}", more=", keep: {age: 30d}")
    assert only.startswith("8:21: storage.offload.command: needs a `check:` beside `keep`"), only


def test_a_camera_that_is_held_is_so_by_true_or_false() -> None:
    lines = "    device: {id: 1}\n    capability: jpeg\n    hold: yes\n    keep: {}\n"
    assert complaints(with_camera(lines)) == [
        "9:11: cameras.top.hold: 'yes' is neither true nor false; write true",
        "10:11: cameras.top.keep: is empty; write {age: 30d, size: 4TB}, or one of both",
    ]


def test_right_ones_are_read_and_have_defaults() -> None:
    text = RIGHT + "storage: {offload: {to: /mnt/nas}}\n"
    offload = loaded(text).config.storage.offload
    assert offload is not None
    assert (offload.verify, offload.then, offload.destination) == ("sha256", "keep", "/mnt/nas")
    command = Offload.model_validate({"command": ["cp", "{file}", "a b", 5]})
    assert command.destination == "cp '{file}' 'a b' 5"
