"""What an unquoted word is, and where a character of a value stands in the source."""

import math

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from thorsched.config.yaml.scalars import index_in_source, oddity, resolve

# YAML 1.1 makes numbers, truths and dates of these; here they are what was typed.
_TEXTS = [
    "10:30",
    "08:30",
    "20:00-08:00",
    "no",
    "yes",
    "on",
    "off",
    "y",
    "n",
    "No",
    "NO",
    "YES",
    "Off",
    "010",
    "-010",
    "007",
    "00",
    "08",
    "1_000",
    "0b11",
    "0o8",
    "0x",
    "2026-11-24",
    "2026-11-24T09:00",
    "2026-11-24T09:00:00Z",
    "2026-11-24..2026-11-26",
    "1.2.3",
    "1e",
    "1,5",
    "+-1",
    ".",
    "..",
    "-",
    "TRUE1",
    "tRue",
    "nULL",
    "nil",
    "none",
    "None",
    "9001-9099",
    "192.168.177.100",
    "mon-fri",
    "12:30:45.5",
    "inf",
    "nan",
    "=",
    "<<",
]


@pytest.mark.parametrize("word", _TEXTS)
def test_what_is_no_plain_number_stays_the_text_that_was_typed(word: str) -> None:
    assert resolve(word) == word


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *[("0", 0), ("-0", 0), ("+12", 12), ("-3", -3), ("0o17", 15), ("0x1F", 31)],
        *[
            ("1.5", 1.5),
            ("-.5", -0.5),
            ("1.", 1.0),
            ("1e3", 1000.0),
            ("0.10", 0.1),
            (".inf", math.inf),
        ],
        *[("-.INF", -math.inf), ("true", True), ("True", True), ("TRUE", True), ("false", False)],
        *[("FALSE", False), ("null", None), ("Null", None), ("~", None), ("", None)],
    ],
)
def test_numbers_truths_and_nothing_are_those_of_yaml_1_2(word: str, value: object) -> None:
    assert resolve(word) == value
    assert type(resolve(word)) is type(value)


def test_not_a_number_is_one() -> None:
    assert math.isnan(float(resolve(".nan") or 0))


@given(st.from_regex(r"[-+0-9.eoxEinfaN_]{1,500}", fullmatch=True) | st.text())
@example("9" * 5000)
@example("1" + "0" * 5000 + ".0")
@example("1e999999999")
@example("\u0661\u0662")
def test_no_word_is_too_odd_to_be_resolved(word: str) -> None:
    value = resolve(word)
    assert isinstance(value, str | int | float) or value is None
    if isinstance(value, str):
        assert value == word


@given(st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.booleans())
def test_what_yaml_1_2_writes_is_read_as_it_was(value: float) -> None:
    written = str(value).lower().replace("inf", ".inf")
    assert resolve(written) == value


_PIECES = st.sampled_from(
    ["a", "bc ", "é", '"', "'", "\\", "\t", "\n", "\n\n", ": ", " #", "x" * 30]
)
_VALUES = st.lists(_PIECES, min_size=1, max_size=12).map("".join)


@given(_VALUES, st.sampled_from(["'", '"', ""]), st.sampled_from([20, 80]))
@example("it's", "'", 80)
@example("a\\b", '"', 80)
@example('a"b', '"', 80)
@example("word " * 20 + "word", "", 20)
@example("word " * 20 + "word", '"', 20)
@example("one\n\ntwo\n\n\nthree", "'", 80)
def test_every_letter_of_a_value_is_found_in_the_source_as_pyyaml_wrote_it(
    value: str, style: str, width: int
) -> None:
    text = yaml.safe_dump(value, default_style=style or None, width=width, allow_unicode=True)
    [scalar] = [
        e for e in yaml.parse(text, Loader=yaml.SafeLoader) if isinstance(e, yaml.ScalarEvent)
    ]
    start, end = scalar.start_mark, scalar.end_mark
    assert start is not None
    assert end is not None
    source = text[start.index : end.index]
    for offset, char in enumerate(scalar.value):
        found = source[index_in_source(source, scalar.style or "", offset) :]
        if char.isalpha():
            assert found.startswith((char, "\\x"))


def test_an_offset_beyond_the_value_stays_inside_the_source() -> None:
    assert index_in_source('"ab"', '"', 99) == 3
    assert index_in_source("ab", "", 99) == 2
    assert index_in_source("|\n  ab", "|", 1) == 0


@pytest.mark.parametrize("value", ["\x1b[31m", "a\0b", "a\rb", "\ud800", "\x7f"])
def test_no_value_holds_what_could_move_a_cursor_or_break_an_encoding(value: str) -> None:
    said = oddity(value, is_plain=False)
    assert said is not None
    assert said.isprintable()


@pytest.mark.parametrize("value", ["\u201cHD USB\u201d", "\u00a0side", "\u200bside", "\u3000x"])
def test_what_a_web_page_leaves_at_the_beginning_is_pointed_out(value: str) -> None:
    assert oddity(value, is_plain=True) is not None
    assert oddity(value, is_plain=False) is None


def test_ordinary_text_is_not_odd() -> None:
    assert oddity("Käfig 3, «süd»: 20\u00a0°C\n\tfür m042", is_plain=True) is None
