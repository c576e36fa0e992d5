"""Where the journal of a file may be that is wrong, or gone."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.files import RIGHT
from thorsched.config.load import load_bytes
from thorsched.config.roots import possible_roots

FILE = Path("/lab/rig/recordings.yaml")
DEFAULT = Path("/lab/rig/recordings")


@pytest.mark.parametrize(
    ("text", "root"),
    [
        (RIGHT + "storage: {root: ../data}\n", "/lab/data"),
        (RIGHT + "storage:\n  root: /data\n  min_free: never\n", "/data"),
        ('storage: {root: "/data/a b"}\ncameras: [\n', "/data/a b"),
        ("cameras: [\nstorage:\n  root: '/data'   # the big disk\n", "/data"),
        ("cameras: {\nstorage: {min_free: 20GB, root: /data, keep: {age: 3d}}\n", "/data"),
        ("cameras: [\n# root: /old\n", "/old"),
        ('cameras: [\n{"root": "/data"}\n', "/data"),
        ("cameras: [\r\n  root:\t/data \r\n", "/data"),
    ],
)
def test_the_root_is_found_in_a_file_with_mistakes(text: str, root: str) -> None:
    assert possible_roots(text.encode(), FILE) == (Path(root), DEFAULT)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\0", b"cameras: 3", b"x" * 10**7])
def test_without_a_word_of_it_the_default_is_left(content: bytes | None) -> None:
    assert possible_roots(content, FILE) == (DEFAULT,)


def test_a_text_that_is_no_text_is_read_as_far_as_it_goes() -> None:
    assert possible_roots(b"\xff\nroot: /data\n", FILE) == (Path("/data"), DEFAULT)


@pytest.mark.parametrize(
    "line", ["root: [7]", "root: {a: b}", "root:", "root: '\x07'", "uproot: /x", "root-a: /x"]
)
def test_what_is_no_directory_is_left_out(line: str) -> None:
    assert possible_roots(f"storage:\n  {line}\n".encode(), FILE) == (DEFAULT,)


def test_a_right_file_names_its_own_first() -> None:
    text = RIGHT + "storage: {root: ~/rec}  # root: /old\n"
    loaded = load_bytes(text.encode(), FILE)
    assert possible_roots(text.encode(), FILE)[0] == loaded.config.storage.root


def test_there_are_never_many() -> None:
    lines = "".join(f"root: /{number}\n" for number in range(1000))
    roots = possible_roots(lines.encode(), FILE)
    assert roots == (*(Path(f"/{number}") for number in range(4)), DEFAULT)


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_whatever_the_file_holds_there_is_an_answer(content: bytes) -> None:
    roots = possible_roots(b"storage: {root: " + content, FILE)
    assert DEFAULT in roots
    assert all(root.is_absolute() for root in roots)
