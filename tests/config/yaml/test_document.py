"""The YAML text layer: plain values, their places, and what it refuses."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.support.effort import within_cpu_s
from thorsched.config.yaml.document import parse
from thorsched.config.yaml.reading import MAX_DEPTH, MAX_MISTAKES, MAX_VALUES, Hole
from thorsched.config.yaml.source import MAX_BYTES, Position


def said(text: str) -> list[str]:
    return [
        f"{m.position.line}:{m.position.column} {'.'.join(map(str, m.path))} {m.message}"
        for m in parse(text).mistakes
    ]


def test_block_and_flow_style_say_the_same() -> None:
    flow = parse("a: {b: [1, x], c: true}")
    block = parse("a:\n  b:\n    - 1\n    - x\n  c: true")
    assert flow.data == block.data == {"a": {"b": [1, "x"], "c": True}}
    assert flow.mistakes == block.mistakes == ()


def test_keys_are_text_whatever_they_look_like() -> None:
    assert parse("1: a\ntrue: b\nno: c\n10:30: d\n'': e").data == {
        "1": "a",
        "true": "b",
        "no": "c",
        "10:30": "d",
        "": "e",
    }


def test_quotes_and_block_scalars_make_text_of_anything() -> None:
    assert parse("a: '1'\nb: \"true\"\nc: |\n  1\nd: >-\n  x\n  y").data == {
        "a": "1",
        "b": "true",
        "c": "1\n",
        "d": "x y",
    }


def test_every_key_and_value_has_its_line_and_column() -> None:
    document = parse("a:\n  b: {c: 1, d: [x, 'yz']}\n\n  # comment\n  é: 2\n")
    places = {
        ("a",): ((1, 1), (2, 3)),
        ("a", "b"): ((2, 3), (2, 6)),
        ("a", "b", "c"): ((2, 7), (2, 10)),
        ("a", "b", "d"): ((2, 13), (2, 16)),
        ("a", "b", "d", 1): ((2, 20), (2, 20)),
        ("a", "é"): ((5, 3), (5, 6)),
    }
    for path, (key, value) in places.items():
        assert document.position(path, at_key=True) == Position(*key)
        assert document.position(path) == Position(*value)


def test_columns_are_characters_and_not_bytes() -> None:
    assert parse("ü: {é: 🐁, x: 1}").position(("ü", "x"), at_key=True) == Position(1, 11)


def test_what_is_not_there_is_found_at_the_key_of_what_is() -> None:
    document = parse("a:\n  b:\n    c: 1\n")
    assert document.position(("a", "b", "absent", 3)) == Position(2, 3)
    assert document.position(("absent",)) == Position(1, 1)


def test_a_character_of_a_value_is_found_behind_quotes_escapes_and_folds() -> None:
    document = parse("a: jpeg x\nb: 'it''s x'\nc: \"\\x41 x\"\nd: one\n  two x\n")
    assert document.position(("a",), offset=5) == Position(1, 9)
    assert document.position(("b",), offset=5) == Position(2, 11)
    assert document.position(("c",), offset=2) == Position(3, 10)
    assert document.position(("d",), offset=8) == Position(5, 7)


@pytest.mark.fault(51)
def test_both_lines_of_a_key_that_stands_twice_are_named_and_the_first_counts() -> None:
    document = parse("a: 1\nb: {c: 2, c: 3}\na: 4\n")
    assert document.data == {"a": 1, "b": {"c": 2}}
    assert said("a: 1\nb: {c: 2, c: 3}\na: 4\n") == [
        "2:11 b.c stands here twice, first in line 2; delete one of the two",
        "3:1 a stands here twice, first in line 1; delete one of the two",
    ]


@pytest.mark.fault(51)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file says nothing; it needs cameras and schedules"),
        ("# only a comment\n", "the file says nothing; it needs cameras and schedules"),
        ("---\n...\n", "the file says nothing; it needs cameras and schedules"),
    ],
)
def test_an_empty_file_says_so(text: str, message: str) -> None:
    document = parse(text)
    assert not document.complete
    assert [m.message for m in document.mistakes] == [message]


@pytest.mark.fault(51)
def test_a_second_document_is_refused_where_it_begins() -> None:
    document = parse("a: 1\n---\nb: 2\n")
    assert document.data == {"a": 1}
    assert said("a: 1\n---\nb: 2\n") == [
        "2:1  a second document begins here; one file holds one, without '---'"
    ]


def test_one_document_may_begin_and_end_by_its_marks() -> None:
    assert parse("---\na: 1\n...\n").mistakes == ()


def test_a_key_without_value_is_pointed_out_with_the_comment_that_swallowed_it() -> None:
    assert said("a:\nb: #1 camera\nc: null\n") == [
        (
            "1:3 a has no value; write one or delete the key; "
            "lines that belong to it are indented two spaces more than it"
        ),
        "2:3 b has no value; write one or delete the key; what follows a '#' is a comment",
        "3:4 c has no value; write one or delete the key",
    ]


def test_a_colon_without_a_space_is_pointed_out_and_its_key_is_known() -> None:
    document = parse("a: {id:0}")
    assert isinstance(document.data, dict)
    assert document.data["a"].keys() == {"id"}
    assert document.in_hole(("a", "id"))
    assert said("a: {id:0}") == ["1:5 a.id a colon needs a space behind it: id: 0"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x {b: 1}\nc: *x", "a YAML alias is not supported; write the settings out"),
        ("a: &x [1]", "a YAML anchor is not supported; write the settings out"),
        ("a: {<<: {b: 1}}", "the merge key '<<' is not supported; write the settings out"),
        ("a: !!python/name:os.system x", "a YAML tag is not supported; write the settings out"),
        ("a: !!set {x}", "a YAML tag is not supported; write the settings out"),
        ("? [a]\n: 1", "a key is one word; one that begins with [ { or * needs quotes"),
    ],
)
def test_what_only_yaml_can_do_is_refused(text: str, message: str) -> None:
    assert message in [mistake.message for mistake in parse(text).mistakes]


def test_a_hole_stands_where_the_text_layer_has_complained() -> None:
    document = parse("a: {b: *x, c: 1}")
    assert isinstance(document.data, dict)
    assert isinstance(document.data["a"]["b"], Hole)
    assert document.data["a"]["c"] == 1
    assert document.in_hole(("a", "b"))
    assert document.in_hole(("a", "b", "deeper", 0))
    assert not document.in_hole(("a", "c"))


@pytest.mark.fault(52)
def test_an_alias_bomb_is_no_bomb() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    document = parse("\n".join(lines))
    assert len(document.mistakes) >= 80
    assert len(json.dumps(document.data, default=repr)) < 5000


@pytest.mark.fault(52)
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "{", "[{"])
def test_a_depth_of_a_hundred_thousand_is_a_sentence_and_no_recursion(opening: str) -> None:
    with within_cpu_s(20):
        document = parse(opening * (200_000 // len(opening)))
    assert not document.complete
    assert any("nested more than 32 levels deep" in m.message for m in document.mistakes)


def test_the_depth_that_is_allowed_is_read() -> None:
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH).complete


def test_more_values_than_any_rig_has_are_refused() -> None:
    document = parse("a: [" + "1," * MAX_VALUES + "]")
    assert [m.message for m in document.mistakes] == [
        f"more than {MAX_VALUES} values; is this the right file?"
    ]


def test_a_file_of_nothing_but_mistakes_ends_somewhere() -> None:
    document = parse("".join(f"k{n}:\n" for n in range(5000)))
    assert len(document.mistakes) == MAX_MISTAKES + 1
    assert any("the rest is not read" in m.message for m in document.mistakes)


_KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
_LEAVES = (
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12)
    | st.integers(-(10**9), 10**9)
    | st.booleans()
)
_TREES = st.dictionaries(
    _KEYS,
    st.recursive(
        _LEAVES, lambda t: st.lists(t, max_size=3) | st.dictionaries(_KEYS, t, max_size=3)
    ),
    min_size=1,
    max_size=4,
)


_FLOW = {"block": False, "flow": True, "mixed": None}


@given(_TREES, st.sampled_from(list(_FLOW)))
def test_what_a_yaml_writer_wrote_is_read_back(tree: dict[str, object], style: str) -> None:
    text = yaml.safe_dump(
        tree, default_style='"', allow_unicode=True, default_flow_style=_FLOW[style]
    )
    # In that style every scalar is quoted, and numbers and truths have tags.
    plain = json.loads(json.dumps(tree), parse_int=str)
    document = parse(_untagged(text))
    assert document.mistakes == ()
    assert document.data == _as_text(plain)


def _untagged(text: str) -> str:
    return text.replace("!!int ", "").replace("!!bool ", "")


def _as_text(value: object) -> object:
    match value:
        case dict():
            return {key: _as_text(one) for key, one in value.items()}
        case list():
            return [_as_text(one) for one in value]
        case bool():
            return "true" if value else "false"
    return value


@given(st.text(st.sampled_from("ab:-?#,[]{}&*!|>'\"%@` \n\t\\0~<=."), max_size=60))
def test_no_text_is_too_odd_to_be_parsed(text: str) -> None:
    document = parse(text)
    lines = text.split("\n")
    for mistake in document.mistakes:
        assert 1 <= mistake.position.line <= len(lines)
        assert 1 <= mistake.position.column <= len(lines[mistake.position.line - 1]) + 1
        assert mistake.message.isprintable()
    assert document.complete or document.mistakes


@pytest.mark.parametrize(
    "piece",
    ["a: >=1\n", "- x\n", "# x\n", "\n", "a:1\n", "*a ", "a: &x\n", "x: y: z\n", "'", "%a\n"],
)
def test_the_largest_text_takes_seconds_at_most_whatever_it_repeats(piece: str) -> None:
    with within_cpu_s(10):
        parse(piece * (MAX_BYTES // len(piece)))
