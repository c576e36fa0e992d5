"""What is said about a camera that is written wrongly: its name, its device, its selectors."""

import pytest

from tests.config.files import RIGHT, complaints


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("device: 1", "4:13: cameras.side.device: 1 stands here instead of keys; write {id: 1}"),
        (
            "device: HD USB*",
            "4:13: cameras.side.device: 'HD USB*' stands here instead of keys; write {name: \"HD USB*\"}",
        ),
        (
            "device: {}",
            '4:13: cameras.side.device: is empty; write {id: 0} or {name: "HD USB Camera*"} or both keys',
        ),
        (
            "device: {id: -1}",
            "4:18: cameras.side.device.id: -1 is not a device's id; write a whole number such as 0",
        ),
        (
            "device: {id: 010}",
            "4:18: cameras.side.device.id: '010' is not a device's id; write a whole number such as 0",
        ),
        (
            "device: {name: 1234}",
            "4:20: cameras.side.device.name: 1234 is not read as text; put it in quotes: '1234'",
        ),
        (
            "device: {name: ' '}",
            '4:20: cameras.side.device.name: an empty name fits no device; write for instance "HD USB Camera*"',
        ),
        (
            "device: {nam: x}",
            "4:14: cameras.side.device.nam: there is no such key here; did you mean 'name'?",
        ),
    ],
)
def test_a_wrong_device_says_what_would_be_right(line: str, mistake: str) -> None:
    assert complaints(RIGHT.replace("device: {id: 0}", line)) == [mistake]


@pytest.mark.parametrize(
    ("value", "mistake"),
    [
        (
            "jpeg 1920x1080p",
            "5:22: cameras.side.capability: '1920x1080p' is not",
        ),
        ("[jpeg 720p, jpeg 19 @30fps]", "5:34: cameras.side.capability[1]: '19' is not"),
        ("[jpeg 720p, 'raw \"x']", "5:34: cameras.side.capability[1]: '\"x' is not"),
        ("[]", "5:17: cameras.side.capability: an empty list; write for instance"),
        ("{codec: jpeg}", "5:17: cameras.side.capability: a block of keys stands here; write jpeg"),
        (
            "720",
            "5:17: cameras.side.capability: '720' is not a term of a selector; did you mean '720p'?",
        ),
        ('"jpeg \\x31 @30"', "5:23: cameras.side.capability: '1' is not"),
    ],
)
def test_a_wrong_selector_is_shown_at_its_very_character(value: str, mistake: str) -> None:
    [only] = complaints(RIGHT.replace("jpeg 1280x720 @30fps", value))
    assert only.startswith(mistake)


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "my cam",
            "'my cam' cannot be a name; a name becomes a directory: up to 64 letters, digits, - and _, such as 'my-cam'",
        ),
        (
            "../x",
            "'../x' cannot be a name; a name becomes a directory: up to 64 letters, digits, - and _, such as 'x'",
        ),
        ("'%n'", "'%n' cannot be a name; "),
        (
            "'\"'",
            "'\"' cannot be a name; a name becomes a directory: up to 64 letters, digits, - and _",
        ),
        ("'x\" filesrc'", "cannot be a name; "),
        ("x" * 300, "cannot be a name; "),
        ("\u05d0\u05d1", "cannot be a name; "),
        ("a\u202eb", "cannot be a name; "),
        ("CON", "'CON' is a device on Windows; write another name"),
        ("lpt1", "'lpt1' is a device on Windows; write another name"),
        ("All", "'all' means every camera in a schedule; write another name"),
    ],
)
def test_a_name_that_could_not_be_a_directory_everywhere_is_refused(
    name: str, message: str
) -> None:
    [mistake] = complaints(RIGHT.replace("  side:", f"  {name}:"))
    assert mistake.startswith("3:3: cameras.")
    assert message in mistake
    assert mistake.isprintable()


def test_no_name_holds_a_newline() -> None:
    [mistake] = complaints(RIGHT.replace("  side:", '  "a\\nb":'))
    assert "cannot be a name" in mistake
    assert "\n" not in mistake


@pytest.mark.parametrize(
    ("selector", "mistakes"),
    [
        (
            "jepg 1280by720 @fast maxx",
            [
                "5:17: cameras.side.capability: 'jepg' is not a term of a selector; did you mean",
                "5:22: cameras.side.capability: '1280by720' is not a term of a selector; write '1280x720'",
                "5:33: cameras.side.capability: 'fast' is not a rate; one is 30",
                "5:38: cameras.side.capability: 'maxx' is not a term of a selector; did you mean",
            ],
        ),
        (
            "mjpeg 1280x720 30fps",
            [
                "5:17: cameras.side.capability: 'mjpeg' is not a term of a selector; write 'jpeg'",
                "5:32: cameras.side.capability: '30fps' is not a term of a selector; write '@30fps'",
            ],
        ),
        (
            "1280 x 720 @30fps",
            ["5:17: cameras.side.capability: '1280 x 720' is not a term of a selector; write"],
        ),
        ("jpeg 720p @ fast fps", ["5:29: cameras.side.capability: 'fast' is not a rate"]),
        ("jpeg jpeg 720p", ["5:22: cameras.side.capability: a second codec"]),
        (
            "[jpeg 720q, raww @3o]",
            [
                "5:23: cameras.side.capability[0]: '720q' is not a term of a selector",
                "5:29: cameras.side.capability[1]: 'raww' is not a term of a selector",
                "5:35: cameras.side.capability[1]: '3o' is not a rate",
            ],
        ),
    ],
)
def test_every_word_of_a_selector_that_is_wrong_by_itself_is_pointed_at(
    selector: str, mistakes: list[str]
) -> None:
    found = complaints(RIGHT.replace("jpeg 1280x720 @30fps", selector))
    assert len(found) == len(mistakes)
    for mistake, wanted in zip(found, mistakes, strict=True):
        assert mistake.startswith(wanted)


@pytest.mark.parametrize(
    ("capability", "mended"),
    [
        ("mjpeg 1280*720 @30hz", ["write 'jpeg'", "write '1280x720'", "write '@30fps'"]),
        ("mjpeg 1280*720", ["write 'jpeg'", "write '1280x720'"]),
        ("1280x720p30", ["write '1280x720 @30fps'"]),
        ("120p", ["write '@120fps'"]),
    ],
)
def test_each_word_of_a_selector_is_mended(capability: str, mended: list[str]) -> None:
    found = complaints(RIGHT.replace("jpeg 1280x720 @30fps", capability))
    assert [mistake.rpartition("; ")[2] for mistake in found] == mended
