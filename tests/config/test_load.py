"""From a file to a config, or to every mistake in it at once."""

import hashlib
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.config.files import FILE, RIGHT, complaints, loaded
from tests.support.effort import within_cpu_s
from thorsched.base.errors import ConfigError
from thorsched.config.load import ConfigErrors, Mistake, load, load_bytes
from thorsched.config.wording import path_text

EVERYTHING_WRONG = """\
version: 1
timezone: America/New_Yrok
servers:
  rig-a: http://192.168.177.100
  rig-b: {url: "http://192.168.177.101:8000", port: 9001-9099, latency: 500}
storage:
  root: "C:\\recordings"
  min_fre: 20GB
segment: {time: 10, size: 2 gigs}
cameras:
  overhead:
    server: rig-c
    device: {name: HD USB Camera*, id: "0"}
    capability: >=1920x1080p @30fps
  Overhead:
    server: rig-a
    device: 1
    capability: [jpeg 1280x720 @60fps, "jpeg >=640x48 0 @>=30fps"]
  con: *overhead
schedules:
  nights: {cameras: [overhead, sied], daily: 20:00-20:00, days: mon-fry, except: [2026-13-01]}
  bursts: {cameras: all, cron: "0 * * *", for: 10 minutes}
  pilot: {cameras: all, from: 2026-11-24T09:00, daily: 08:00-09:00}
  nights: {}
"""


def test_every_mistake_comes_at_once_sorted_by_place() -> None:
    assert [": ".join(mistake.split(": ")[:2]) for mistake in complaints(EVERYTHING_WRONG)] == [
        "2:11: timezone",
        "4:10: servers.rig-a",
        "5:47: servers.rig-b.port",
        "5:73: servers.rig-b.latency",
        "7:9: storage.root",
        "8:3: storage.min_fre",
        "9:17: segment.time",
        "9:27: segment.size",
        "12:13: cameras.overhead.server",
        "13:40: cameras.overhead.device.id",
        "14:17: cameras.overhead.capability",
        "14:19: cameras.overhead.capability",
        "15:3: cameras.Overhead",
        "17:13: cameras.Overhead.device",
        "18:55: cameras.Overhead.capability[1]",
        "19:3: cameras.con",
        "19:8: cameras.con",
        "21:32: schedules.nights.cameras[1]",
        "21:46: schedules.nights.daily",
        "21:65: schedules.nights.days",
        "21:83: schedules.nights.except[0]",
        "22:32: schedules.bursts.cron",
        "22:48: schedules.bursts.for",
        "23:3: schedules.pilot.to",
        "23:49: schedules.pilot.daily",
        "24:3: schedules.nights",
    ]


def test_a_mistake_is_one_line_of_file_line_column_path_and_what_would_be_right() -> None:
    with pytest.raises(ConfigErrors) as refused:
        load_bytes(RIGHT.replace("{id: 0}", "{id: 00}").encode(), FILE)
    [mistake] = refused.value.mistakes
    assert mistake == Mistake(
        "recordings.yaml",
        4,
        18,
        "cameras.side.device.id",
        "'00' is not a device's id; write a whole number such as 0",
    )
    assert str(refused.value) == str(mistake)
    assert str(mistake) == (
        "recordings.yaml:4:18: cameras.side.device.id: "
        "'00' is not a device's id; write a whole number such as 0"
    )


def test_an_empty_file_and_a_list_and_a_word_say_what_belongs_there() -> None:
    assert complaints("") == ["1:1: the file says nothing; it needs cameras and schedules"]
    assert complaints("- a\n") == [
        "1:1: a list stands here instead of keys; write cameras: and schedules:"
    ]
    assert complaints("hello\n") == [
        "1:1: 'hello' stands here instead of keys; write cameras: and schedules:"
    ]


def test_what_the_text_layer_has_said_is_not_said_again() -> None:
    assert complaints(RIGHT.replace("device: {id: 0}", "device:")) == [
        (
            "4:12: cameras.side.device: has no value; write one or delete the key; "
            "lines that belong to it are indented two spaces more than it"
        )
    ]
    [mistake] = complaints(RIGHT.replace("all,", "*all,"))
    assert mistake.startswith("7:19: schedules.ever.cameras: an unquoted value cannot begin with")


def test_crooked_quotes_tabs_and_folds_do_not_move_what_is_wrong() -> None:
    wrapped = RIGHT.replace("jpeg 1280x720 @30fps", "'jpeg\n      1280x720 @fast'")
    [mistake] = complaints(wrapped)
    assert mistake.startswith("6:17: cameras.side.capability: ")


def test_line_ends_of_windows_and_a_missing_last_one_change_nothing() -> None:
    assert loaded(RIGHT.replace("\n", "\r\n")).config == loaded(RIGHT).config
    assert loaded(RIGHT.rstrip()).config == loaded(RIGHT).config
    wrong = RIGHT.replace("always", "alway")
    assert complaints(wrong.replace("\n", "\r\n")) == complaints(wrong)


def test_the_revision_is_the_hash_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "recordings.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + RIGHT.encode())
    found = load(path)
    assert found.revision == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.path == path
    assert found.config == load_bytes(RIGHT.encode(), path).config


def test_a_relative_root_is_below_the_file_wherever_the_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = tmp_path / "rig"
    rig.mkdir()
    (rig / "recordings.yaml").write_text(RIGHT)
    (rig / "up.yaml").write_text(RIGHT + "storage: {root: ../data}\n")
    (rig / "home.yaml").write_text(RIGHT + "storage: {root: ~/data}\n")
    (rig / "whole.yaml").write_text(RIGHT + "storage: {root: /data}\n")
    monkeypatch.setenv("HOME", "/home/okafor")
    monkeypatch.chdir(tmp_path)
    roots = {
        name: load(Path("rig") / f"{name}.yaml").config.storage.root
        for name in ("recordings", "up", "home", "whole")
    }
    assert roots == {
        "recordings": rig / "recordings",
        "up": tmp_path / "data",
        "home": Path("/home/okafor/data"),
        "whole": Path("/data"),
    }


def test_a_flood_of_mistakes_is_cut_in_print_and_whole_as_values() -> None:
    cameras = ", ".join("sied" + "x" * n for n in range(150))
    with pytest.raises(ConfigErrors) as refused:
        load_bytes(RIGHT.replace("cameras: all", f"cameras: [{cameras}]").encode(), FILE)
    assert len(refused.value.mistakes) == 150
    assert str(refused.value).splitlines()[-1] == "... and 50 more mistakes"


def test_names_from_the_file_reach_a_terminal_only_as_printable_text() -> None:
    hostile = '"\\u202e\\u2028x"'
    for text in (
        RIGHT.replace("  side:", f"  {hostile}:"),
        RIGHT.replace("always", hostile),
        RIGHT.replace("all,", f"[{hostile}],"),
        RIGHT.replace("jpeg 1280x720 @30fps", hostile),
        RIGHT.replace("{id: 0}", hostile),
        f"{hostile}: 1\n{RIGHT}",
    ):
        found = complaints(text)
        assert found
        assert all(mistake.isprintable() for mistake in found)


def test_a_file_name_that_could_forge_a_line_cannot(tmp_path: Path) -> None:
    path = tmp_path / "a\nb.yaml"
    path.write_text("")
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert str(refused.value).isprintable()


def test_paths_are_readable_and_bounded() -> None:
    assert path_text(("cameras", "side", "capability", 1)) == "cameras.side.capability[1]"
    assert path_text(()) == ""
    assert path_text((0,)) == "[0]"
    assert len(path_text(("x" * 500,) * 30)) <= 120


_WORDS = st.sampled_from(
    [
        *["version", "timezone", "server", "servers", "storage", "segment", "about", "lead"],
        *[
            "defaults",
            "cameras",
            "schedules",
            "side",
            "device",
            "id",
            "name",
            "capability",
            "all",
            "always",
        ],
        *["from", "to", "daily", "days", "cron", "for", "except", "mode", "enabled", "keep", "url"],
        *["true", "no", "null", "10min", "2GB", "20:00-08:00", "2026-11-24T09:00", "9001-9099"],
        *[
            "jpeg 1280x720 @30fps",
            ">=720p",
            "http://h:1",
            "1",
            "-1",
            "1e999",
            ".nan",
            "0x1F",
            "010",
        ],
        *[
            "*a",
            "&a",
            "!a",
            "<<",
            "'",
            '"',
            "\\",
            "|",
            ">",
            "%",
            "@",
            "`",
            "#",
            "~",
            "\u2028",
            "\0",
        ],
    ]
)
_LINES = st.builds(
    lambda indent, words: "  " * indent + "".join(words),
    st.integers(0, 3),
    st.lists(
        _WORDS | st.sampled_from([": ", ":", "- ", "[", "]", "{", "}", ", ", " "]), max_size=8
    ),
)
_VALUES = st.recursive(
    _WORDS | st.integers() | st.floats() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=20,
)


def _is_loaded_or_explained(content: bytes) -> None:
    mistakes: tuple[Mistake, ...] = ()
    try:
        loaded_file = load_bytes(content, FILE)
    except ConfigErrors as errors:
        mistakes = errors.mistakes
    else:
        assert loaded_file.config.cameras
        return
    assert mistakes
    assert all(str(mistake).isprintable() for mistake in mistakes)
    assert not any("Hole()" in mistake.message for mistake in mistakes)


@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b'a: "\\uD800"')
def test_no_bytes_are_more_than_a_config_error(content: bytes) -> None:
    _is_loaded_or_explained(content)


@given(st.lists(_LINES, max_size=12).map("\n".join))
@settings(max_examples=150)
def test_no_text_of_our_own_words_is_more_than_a_config_error(text: str) -> None:
    _is_loaded_or_explained(text.encode("utf-8", "surrogatepass"))


@given(st.dictionaries(_WORDS, _VALUES, max_size=6))
def test_no_values_in_our_own_shape_are_more_than_a_config_error(tree: dict[str, object]) -> None:
    _is_loaded_or_explained(repr(tree).encode("utf-8", "surrogatepass"))


@given(st.data())
def test_a_right_file_with_one_piece_replaced_is_loaded_or_explained(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(RIGHT)))
    end = data.draw(st.integers(start, min(start + 12, len(RIGHT))))
    piece = data.draw(_WORDS | st.text(max_size=3))
    text = RIGHT[:start] + piece + RIGHT[end:]
    _is_loaded_or_explained(text.encode("utf-8", "surrogatepass"))


_CAMERAS = "".join(f"  c{n}: {{device: {{id: {n}}}, capability: jpeg}}\n" for n in range(256))


@pytest.mark.parametrize(
    "text",
    [
        RIGHT + "".join(f"k{n}: 1\n" for n in range(9000)),
        RIGHT + "".join(f"  s{n}: {{cameras: all, timezone: Brlin{n}}}\n" for n in range(256)),
        RIGHT.replace("all", f"[{', '.join(f'sied{n}' for n in range(9000))}]"),
        RIGHT.replace("  side:", _CAMERAS + "  side:"),
        RIGHT.replace("jpeg 1280x720 @30fps", f"[{'jpg, ' * 9000}]"),
        RIGHT.replace("true", "9" * 200_000),
        RIGHT + f"lead: '{'1h ' * 80_000}'\n",
        RIGHT + f"storage: {{template: '{'{camera}' * 30_000}'}}\n",
    ],
    ids=["keys", "zones", "names", "cameras", "selectors", "digits", "duration", "template"],
)
def test_a_file_that_is_wrong_ten_thousand_times_is_refused_in_a_breath(text: str) -> None:
    with within_cpu_s(15):
        found = complaints(text)
    assert found
    assert max(map(len, found)) < 700


def test_nine_thousand_windows_of_a_day_are_read_in_a_breath() -> None:
    clock = [f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}" for n in range(0, 9001 * 9, 9)]
    times = ", ".join(f"{start}-{end}" for start, end in pairwise(clock))
    began_s = time.process_time()
    read = loaded(RIGHT.replace("always: true", f"daily: [{times}]")).config.schedules["ever"]
    assert read.daily is not None
    assert len(read.daily) == 9000
    assert time.process_time() - began_s < 3.0


def test_reading_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "recordings.yaml"
    path.write_text(RIGHT)
    before = sorted(Path("/proc/self/fd").iterdir())
    for wrong in (path, tmp_path, tmp_path / "absent", Path("/dev/zero")):
        try:
            load(wrong)
        except ConfigError:
            continue
    assert sorted(Path("/proc/self/fd").iterdir()) == before
