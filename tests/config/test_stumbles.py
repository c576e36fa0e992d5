"""A stumble over YAML hides nothing that stands behind it, and is told at its own line."""

import pytest

from tests.config.files import complaints

FILE = """\
server: http://127.0.0.1:8000
storage: {root: ./rec}
cameras:
  side:
    device: {id: 0}
    capability: jpeg 1280x720 @30fps
  top:
    device: {id: x}
    capability: jepg 720p
schedules:
  ever: {cameras: [sied], always: yes}
"""
BEHIND = [
    "8:18: cameras.top.device.id: 'x' is not a device's id; write a whole number such as 0",
    "9:17: cameras.top.capability: 'jepg' is not a term of a selector; did you mean 'jpeg'?",
    "11:20: schedules.ever.cameras[0]: there is no camera 'sied'; did you mean 'side'?",
    "11:35: schedules.ever.always: 'yes' is neither true nor false; write true",
]
DEEPER = (
    "this line stands deeper than the one above, which has its value already; "
    "begin both in the same column"
)
NO_LEVEL = "this line fits no level above; begin it in the same column as the lines it belongs to"
OPEN = "is not closed before here: a '}' or a ',' is missing"


@pytest.mark.parametrize(
    ("right", "wrong", "mistake"),
    [
        ("{root: ./rec}", "root: ./rec", ('2:10: storage: a value with \': \' in it needs quotes: '
         'storage: "root: ./rec"')),
        ("./rec}", '"./rec}', "2:17: storage: the quote that opens here is not closed"),
        ("{root: ./rec}", "'./rec", "2:10: storage: the quote that opens here is not closed"),
        ("{id: 0}", "{id: 0", f"6:15: cameras.side.device: the '{{' of line 5 {OPEN}"),
        ("./rec}", '"./rec" x}', f"2:25: storage: the '{{' of line 2 {OPEN}"),
        ("./rec}", "./rec}}", "2:23: storage: this '}' closes nothing; delete it"),
        ("storage: {root: ./rec}", "storage", ("2:1: storage: 'storage' has no ': ' behind it; "
         "a line is 'key: value'")),
        ("device: {id: 0}", "device {id: 0}", ("5:5: cameras.side.device: "
         "a colon is missing behind 'device'; a line is 'key: value'")),
        ("    device: {id: 0}", "\tdevice: {id: 0}", ("5:1: cameras.side.device: "
         "a tab stands here; YAML wants spaces, two for each level")),
        ("    capability: jpeg 1", "      capability: jpeg 1",
         f"6:7: cameras.side.capability: {DEEPER}"),
        ("    capability: jpeg 1", "   capability: jpeg 1",
         f"6:4: cameras.side.capability: {NO_LEVEL}"),
        ("    capability: jpeg 1", "    - capability: jpeg 1", ("6:5: cameras.side.capability: "
         "'- ' items and 'key: value' lines are mixed on one level; use one of them")),
        ("  top:", "   top:", f"7:4: cameras.top: {NO_LEVEL}"),
        ("schedules:", " schedules:", f"10:2: schedules: {NO_LEVEL}"),
        ("  side:\n", "  side\n", ("4:3: cameras: a key needs a colon and a space behind it: "
         "'key: value'")),
    ],
)  # fmt: skip
def test_a_stumble_is_told_at_its_line_and_what_stands_behind_it_too(
    right: str, wrong: str, mistake: str
) -> None:
    assert FILE.count(right) == 1
    found = complaints(FILE.replace(right, wrong))
    assert mistake in found
    assert sorted(found) == sorted([mistake, *BEHIND])


def test_a_quote_that_a_later_one_closes_is_told_where_it_opens() -> None:
    text = FILE.replace("storage: {root: ./rec}", 'timezone: "Europe/Berlin')
    text = text.replace("jepg 720p", '"jepg 720p"')
    assert complaints(text) == [
        "2:11: timezone: the quote that opens here is not closed in its line",
        *BEHIND,
    ]


def test_several_stumbles_are_each_told() -> None:
    text = FILE.replace("{id: 0}", "{id: 0").replace("./rec}", "'./rec}")
    text = text.replace("  top:", "   top:")
    assert [mistake.split(": ")[0] for mistake in complaints(text)][:4] == [
        "2:17",
        "6:15",
        "7:4",
        "8:18",
    ]


def test_where_reading_cannot_go_on_it_is_said_that_the_rest_is_not_read() -> None:
    assert complaints("{server: http://h:1, cameras: {a: 1]}\n" + FILE) == [
        (
            "1:36: cameras.a: the '{' of line 1 is not closed before here: a '}' or a ',' is missing; "
            "the rest of the file is not read until this is mended"
        )
    ]


def test_columns_are_those_of_the_file_behind_what_was_moved() -> None:
    text = FILE.replace("    device: {id: x}", "       device: {id: x}")
    text = text.replace("    capability: jepg", "       capability: jepg")
    assert "8:21: cameras.top.device.id: 'x' is not a device's id" in complaints(text)[0]
    tabs = FILE.replace("    capability: jepg", "\tcapability: jepg")
    assert complaints(tabs)[2].startswith("9:14: cameras.top.capability: 'jepg' is not a term")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("version: 1\rcameras: {a: ]\r", id="line ends of an old Mac"),
        pytest.param("a: 1 # \u2028\u2028\u2028\nb: ]\n", id="line breaks of a word processor"),
    ],
)
def test_a_mistake_among_line_ends_of_another_kind_is_told(text: str) -> None:
    assert any("a value is missing before ']'" in told for told in complaints(text))
