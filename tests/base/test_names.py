"""What Windows makes of names and paths, known on every platform."""

import ntpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.base.names import (
    LONGEST_DIRECTORY,
    LONGEST_FILE,
    extended,
    is_cut_short,
    is_device,
    too_long,
)

LONG = "x" * 200


@pytest.mark.parametrize(
    "name", ["CON", "nul", "Aux", "prn", "COM1", "lpt9", "con.mkv", "NUL.tar.gz", "con .x", "COM²"]
)
def test_a_device_is_known_in_either_case_and_with_any_ending(name: str) -> None:
    assert is_device(name)


@pytest.mark.parametrize("name", ["console", "com", "com10", "0_con", "con_1", "", ".con", "lpt0"])
def test_what_only_looks_like_a_device_is_none(name: str) -> None:
    assert not is_device(name)


def test_dots_and_spaces_at_the_end_are_dropped() -> None:
    assert [is_cut_short(name) for name in ("a.", "a ", "..", "a.b", "")] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        (rf"D:\{LONG}\{LONG}", rf"\\?\D:\{LONG}\{LONG}"),
        (f"D:/{LONG}/../{LONG}/{LONG}", rf"\\?\D:\{LONG}\{LONG}"),
        (rf"\\nas\lab\{LONG}\{LONG}", rf"\\?\UNC\nas\lab\{LONG}\{LONG}"),
        (rf"\\?\D:\{LONG}\{LONG}", rf"\\?\D:\{LONG}\{LONG}"),
        (rf"{LONG}\{LONG}", rf"{LONG}\{LONG}"),
        (rf"D:{LONG}\{LONG}", rf"D:{LONG}\{LONG}"),
        (r"D:\short", r"D:\short"),
    ],
)
def test_a_long_path_is_opened_by_the_name_that_has_no_limit(path: str, opened: str) -> None:
    assert extended(path, "win32") == opened
    assert extended(path, "linux") == path
    assert extended(path, "darwin") == path


@given(st.text(st.sampled_from("ab./\\:?x"), min_size=240, max_size=270))
def test_what_is_extended_is_extended_once_and_leads_to_the_same(text: str) -> None:
    path = "D:\\" + text
    once = extended(path, "win32")
    assert extended(once, "win32") == once
    assert once in {path, "\\\\?\\" + ntpath.normpath(path)}


def test_a_path_is_too_long_from_the_character_that_windows_refuses() -> None:
    directory, file = "d" * LONGEST_DIRECTORY, "f" * LONGEST_FILE
    assert too_long(directory, file, "win32") == ""
    assert "a directory would have 248 characters" in too_long(f"{directory}d", file, "win32")
    assert "a file would have 260 characters" in too_long(directory, f"{file}f", "win32")
    assert too_long(f"{directory}d", f"{file}f", "linux") == ""
