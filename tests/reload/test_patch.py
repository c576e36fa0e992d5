"""A diff of two texts that anybody may have written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thorsched.reload.past.patch import patch


def diff(old: str, new: str) -> list[str]:
    return list(patch(old, new, was="old", becomes="new"))


def test_it_is_a_unified_diff() -> None:
    assert diff("a\nb\nc\n", "a\nB\nc\n") == [
        "--- old", "+++ new", "@@ -1,3 +1,3 @@", " a", "-b", "+B", " c",
    ]  # fmt: skip
    assert diff("same", "same") == []


def test_a_missing_end_of_a_line_is_marked() -> None:
    assert diff("a\n", "a")[3:] == ["-a", "+a", "\\ No newline at end of file"]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", r"+\x1b[2J\x1b]0;owned\x07"),
        ("note: a\rb", r"+note: a\rb"),
        ("\u202ereversed", r"+\u202ereversed"),
        ("\u2028--- forged", r"+\u2028--- forged"),
        ("\ud800", r"+\ud800"),
        ("x\r\n", r"+x\r"),
    ],
)
def test_control_characters_are_shown_as_escapes(hostile: str, shown: str) -> None:
    assert shown in diff("", hostile)


def test_what_is_no_file_of_ours_is_not_compared() -> None:
    assert diff("", "a\n" * 200_000) == ["\\ not compared: more than 256 kB"]


@settings(max_examples=15)
@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_applied_to_the_one_text_it_makes_the_other(old: list[str], new: list[str]) -> None:
    texts = ["".join(f"{line}\n" for line in lines) for lines in (old, new)]
    assert _patched(texts[0], diff(*texts)) == texts[1]


def _patched(text: str, lines: list[str]) -> str:
    """Return what a unified diff makes of a text."""
    left, made = text.splitlines(keepends=True), ""
    at = 0
    for line in lines[2:]:
        if line.startswith("@@"):
            first, _, count = line.split()[1].lstrip("-").partition(",")
            start = int(first) - (count != "0")
            made += "".join(left[at:start])
            at = start
        elif line.startswith("+"):
            made += line[1:] + "\n"
        else:
            assert left[at] == line[1:] + "\n"
            made += left[at] if line.startswith(" ") else ""
            at += 1
    return made + "".join(left[at:])
