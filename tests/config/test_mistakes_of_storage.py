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
        ("{to: /mnt, verify: md5}", "8:39: storage.offload.verify: Input should be 'sha256'"),
        (
            "{to: /mnt, then: move}",
            "8:37: storage.offload.then: Input should be 'keep' or 'delete'",
        ),
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
