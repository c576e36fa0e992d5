"""Text from outside cannot move a cursor or forge a line; a near miss is suggested."""

import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorsched.base.text import did_you_mean, nearest, printable, typed_path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HD USB Camera", "HD USB Camera"),
        ("Käfig 鼠", "Käfig 鼠"),
        ("a\nb", "a\\nb"),
        ("a\r\tb\x00", "a\\r\\tb\\x00"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("a\u2028b\u3000c", "a\\u2028b\\u3000c"),
        ("a\xa0b", "a b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_any_text_is_one_line_that_a_terminal_shows_as_it_is(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert not any(unicodedata.category(c).startswith("C") for c in shown)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1


def test_a_long_text_is_cut_with_a_mark() -> None:
    assert printable("x" * 200) == "x" * 200
    assert printable("x" * 201) == "x" * 199 + "…"
    assert printable("abcdef", longest=4) == "abc…"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("camers", "; did you mean 'cameras'?"),
        ("CAMERAS", "; did you mean 'cameras'?"),
        ("timezon", "; did you mean 'timeZone'?"),
        ("qqq", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_the_nearest_known_word_is_suggested(word: str, hint: str) -> None:
    assert did_you_mean(word, ["cameras", "schedules", "timeZone"]) == hint


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("sever", ["servers", "server"], "server"),
        ("al", ["all"], "all"),
        ("sied", ["side", "wide"], "side"),
        ("camera", ["cameras", "camel"], "cameras"),
        ("overhead1", ["overhead2x", "overhead"], "overhead"),
        ("x" * 300, ["x" * 299], "x" * 299),
    ],
)
def test_the_fewest_mistakes_in_typing_win(word: str, known: list[str], meant: str) -> None:
    for names in (known, known[::-1]):
        assert nearest(word, names) == meant


def test_nothing_known_suggests_nothing() -> None:
    assert did_you_mean("cameras", []) == ""


ODD_NAMES = (
    "/lab/plain.yaml",
    "/lab/my night's.yaml",
    "/lab/a\nb.yaml",
    "-p.yaml",
    "/lab/\x1b[2J 'x' \\n $(id) `id` \u202e.yaml",
    "/lab/a\xa0b\udcff1.yaml",
    f"/{'long/' * 200}x.yaml",
)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_path_is_typed_so_that_a_shell_names_that_very_file(name: str) -> None:
    typed = typed_path(Path(name))
    assert typed.isprintable()
    assert not typed.startswith("-")
    said = subprocess.run(["bash", "-c", f"printf %s {typed}"], capture_output=True, check=True)
    assert Path(said.stdout.decode("utf-8", "surrogateescape")) == Path(name)
