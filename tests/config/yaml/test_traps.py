"""YAML's traps, each with the words that a person gets to read."""

import pytest

from thorsched.config.yaml.document import parse
from thorsched.config.yaml.traps import quoted


def said(text: str) -> str:
    [mistake] = parse(text).mistakes
    where = f"{mistake.position.line}:{mistake.position.column}"
    return f"{where} {'.'.join(map(str, mistake.path))}: {mistake.message}"


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("capability: >=1920x1080", 'capability: ">=1920x1080"'),
        ("capability: >=1920x1080 @30fps  # main", 'capability: ">=1920x1080 @30fps"'),
        ("capability: @>=60fps jpeg", 'capability: "@>=60fps jpeg"'),
        ("cron: */5 * * * *", 'cron: "*/5 * * * *"'),
        ("cron: * * * * *", 'cron: "* * * * *"'),
        ("name: *USB*", 'name: "*USB*"'),
        ("name: *Camera", 'name: "*Camera"'),
        ("name: %n", 'name: "%n"'),
        ("name: `x`", 'name: "`x`"'),
        ("name: &x", 'name: "&x"'),
        ("name: !x y", 'name: "!x y"'),
        ("name: |x", 'name: "|x"'),
        ("name: *USB Camera*", 'name: "*USB Camera*"'),
        ("name: &USB Camera", 'name: "&USB Camera"'),
        ('name: *"x"', "name: '*\"x\"'"),
        ("template: {camera}/{start}", 'template: "{camera}/{start}"'),
        ("name: [Cam] 1", 'name: "[Cam] 1"'),
    ],
)
def test_a_value_that_begins_with_a_reserved_character_is_shown_in_quotes(
    line: str, right: str
) -> None:
    key, value = line.split(": ", 1)
    column = len(key) + 3
    assert said(f"side:\n  {line}\n") == (
        f"2:{column + 2} side.{key}: an unquoted value cannot begin with '{value[0]}'; "
        f"write it in quotes: {right}"
    )
    repaired = parse(right)
    assert repaired.mistakes == ()


def test_in_a_list_and_in_flow_style_the_item_alone_is_quoted() -> None:
    assert said("a: [jpeg, >=640x480 @30fps]").endswith('quotes: ">=640x480 @30fps"')
    assert said("a:\n  - >=640x480\n").endswith('quotes: - ">=640x480"')
    assert said("a: {b: {id: 1}, c: @30fps}").endswith('quotes: c: "@30fps"')
    assert said("a: {name: *USB Camera*}").endswith('quotes: name: "*USB Camera*"')
    assert said("a: [x, *USB Camera*]").endswith('quotes: "*USB Camera*"')


def test_reading_goes_on_behind_forgotten_quotes_with_the_columns_of_the_file() -> None:
    text = "a: {b: >=1, c: @30fps, d: `x, d: 1}\ne: >=2\ne: 3\n"
    document = parse(text)
    assert document.complete
    assert document.data == {"a": {"b": ">=1", "c": "@30fps", "d": "`x"}, "e": ">=2"}
    places = [(m.position.line, m.position.column) for m in document.mistakes]
    assert places == [(1, 8), (1, 16), (1, 27), (1, 31), (2, 4), (3, 1)]
    assert document.position(("a", "c"), offset=3).column == 19


@pytest.mark.fault(51)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\ta: 1", "1:1 a: a tab stands here; YAML wants spaces, two for each level"),
        ("a:\n\tb: 1", "2:1 a.b: a tab stands here; YAML wants spaces, two for each level"),
        ("a: 'x\nb: 1", "1:4 a: the quote that opens here is not closed"),
        (
            "a: [1, 2\nb: 3",
            "2:2 a: the '[' of line 1 is not closed before here: a ']' or a ',' is",
        ),
        (
            "a: {b: 1\nc: 2",
            "2:2 a: the '{' of line 1 is not closed before here: a '}' or a ',' is",
        ),
        ("a: {b: 1}}", "1:10 a: this '}' closes nothing; delete it"),
        ("a: ]", "1:4 a: a value is missing before ']'"),
        ("a: [1,,2]", "1:7 a: a value is missing before ','"),
        ("a: x: y", "1:4 a: a value with ': ' in it needs quotes: a: \"x: y\""),
        ("a:\n  b: 1\n    c: 2", "3:5 a.c: this line stands deeper than the one above"),
        ("a:\n    b: 1\n  c: 2", "3:3 a.c: this line fits no level above; begin it in the same"),
        ("a:1\nb: 2", "1:1 : a key needs a colon and a space behind it: 'key: value'"),
        ("cameras\n  b: 2", "1:1 : a key needs a colon and a space behind it: 'key: value'"),
        ("a: 1\nside\nb: 2", "2:1 side: 'side' has no ': ' behind it; a line is 'key: value'"),
        ("a: 1\n- b", "2:1 b: '- ' items and 'key: value' lines are mixed on one level"),
        ("a: - 1", "1:4 a: a list in one line is written [one, two]"),
        (
            'a: "x" y',
            '1:8 a: text goes on behind the closing quote; put all of it inside: a: "x y"',
        ),
        (
            'a: "HD"*',
            '1:8 a: text goes on behind the closing quote; put all of it inside: a: "HD*"',
        ),
        (
            'a: "D:\\x"',
            "1:9 a: in double quotes a backslash begins an escape; use single quotes: 'D:\\x'",
        ),
        (
            'a: "\\q"',
            "1:6 a: in double quotes a backslash begins an escape; use single quotes: '\\q'",
        ),
        ('a: "\\UFFFFFFFF"', "1:7 a: this escape is no character; in single quotes a backslash is"),
        (
            'a: "C:\\recordings"',
            "1:4 a: holds the character \\r, which no setting can have; in double quotes a backsl",
        ),
        (
            "a: {b: don't: x, c: 1}",
            "1:8 a.b: a value with ': ' in it needs quotes: b: \"don't: x\"",
        ),
        ("a: {b: 1: 2}", "1:8 a.b: a value with ': ' in it needs quotes: b: \"1: 2\""),
        ("a: 1\n...\nb: 2", "3:1 a: text goes on where the file should end"),
        ("%YAML 2.0\n---\na: 1", "1:1 : this is not YAML: found incompatible YAML document"),
    ],
)
def test_a_stumble_over_yaml_is_explained_where_it_happens(text: str, message: str) -> None:
    assert said(text).startswith(message)


@pytest.mark.parametrize("value", ["plain", 'say "x"', "it's", "C:\\x", 'it\'s "both"', "'\\'"])
def test_quoted_text_is_read_back_as_it_was(value: str) -> None:
    document = parse(f"a: {quoted(value)}")
    assert document.mistakes == ()
    assert document.data == {"a": value}
