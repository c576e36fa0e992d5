"""From a path to text: what is refused, how fast, and in which words."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.files import RIGHT, complaints
from tests.support.privileges import without_privileges
from thorsched.base.errors import ConfigError
from thorsched.config.load import load
from thorsched.config.yaml.source import MAX_BYTES, NotText, Position, decode, position_at


@contextmanager
def within_a_second() -> Iterator[None]:
    """Kill what takes longer, even if it is blocked in a system call."""
    old = signal.signal(signal.SIGALRM, _too_slow)
    old_timer = signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *old_timer)
        signal.signal(signal.SIGALRM, old)


def _too_slow(number: int, frame: object) -> None:
    raise TimeoutError(number, frame)


def refusal(path: Path) -> str:
    with within_a_second(), pytest.raises(ConfigError) as refused:
        load(path)
    return str(refused.value)


@pytest.mark.fault(52)
def test_a_fifo_is_refused_at_once_and_not_waited_for(tmp_path: Path) -> None:
    fifo = tmp_path / "recordings.yaml"
    os.mkfifo(fifo)
    assert refusal(fifo) == f"{fifo}: is a named pipe; name a YAML file"


@pytest.mark.fault(52)
def test_a_device_without_end_is_refused_at_once() -> None:
    assert refusal(Path("/dev/zero")) == "/dev/zero: is a device; name a YAML file"


def test_a_directory_is_refused_by_name(tmp_path: Path) -> None:
    assert refusal(tmp_path) == (
        f"{tmp_path}: is a directory; name a YAML file (there is no YAML file in {tmp_path})"
    )
    for name in ("b.yml", "a.yaml", "notes.txt"):
        (tmp_path / name).touch()
    assert refusal(tmp_path).endswith(
        f"(the YAML files there are {tmp_path / 'a.yaml'}, {tmp_path / 'b.yml'})"
    )


def test_a_socket_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))
        assert str(path) in refusal(path)


@pytest.mark.fault(52)
def test_a_file_of_100_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    assert refusal(path) == f"{path}: is larger than 256 kB; is it the right file?"


def test_a_missing_file_suggests_the_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "recordings.yaml").write_text(RIGHT)
    for wrong in ("recording.yaml", "recordings.yml", "recordings"):
        path = tmp_path / wrong
        assert refusal(path) == (
            f"{path}: there is no such file; did you mean '{tmp_path / 'recordings.yaml'}'?"
        )


def test_a_missing_file_that_resembles_none_lists_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "nothing.yaml"
    assert refusal(path).endswith(f"there is no such file; there is no YAML file in {tmp_path}")
    for number in range(7):
        (tmp_path / f"{number}.yaml").touch()
    assert refusal(path).endswith(f"{tmp_path / '4.yaml'} and 2 more")
    assert f"the YAML files there are {tmp_path / '0.yaml'}, " in refusal(path)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    assert "the directory" in refusal(tmp_path / "absent" / "recordings.yaml")


def test_a_path_through_a_file_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(RIGHT)
    assert "a part of the path before it is no directory" in refusal(
        tmp_path / "file" / "recordings.yaml"
    )


def test_links_that_lead_in_a_circle_and_names_that_are_no_path_are_no_crash(
    tmp_path: Path,
) -> None:
    circle = tmp_path / "circle.yaml"
    circle.symlink_to(circle)
    assert "cannot be read" in refusal(circle)
    assert "is no path to a file" in refusal(Path("a\0b"))
    assert "cannot be read: File name too long" in refusal(tmp_path / ("x" * 5000))


def test_a_file_that_this_user_may_not_read_says_what_to_change(tmp_path: Path) -> None:
    path = tmp_path / "recordings.yaml"
    path.write_text(RIGHT)
    path.chmod(0)
    with without_privileges():
        said = refusal(path)
    assert said == f"{path}: may not be read by this user; change its permissions (chmod +r)"


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text(RIGHT)
    link = tmp_path / "recordings.yaml"
    link.symlink_to("real.yaml")
    assert load(link).config.cameras.keys() == {"side"}


def test_the_largest_file_is_still_read() -> None:
    padded = RIGHT.encode() + b"#" * (MAX_BYTES - len(RIGHT))
    assert complaints(padded) == []


@pytest.mark.fault(51)
def test_a_byte_order_mark_is_no_mistake_and_moves_no_column() -> None:
    wrong = RIGHT.replace("server:", "sever:")
    assert complaints(b"\xef\xbb\xbf" + RIGHT.encode()) == []
    assert complaints(b"\xef\xbb\xbf" + wrong.encode()) == complaints(wrong)


@pytest.mark.fault(51)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_named_with_the_way_out(encoding: str) -> None:
    [said] = complaints(RIGHT.encode(encoding))
    assert said.endswith("save it as UTF-8 (Notepad: Save as, Encoding: UTF-8)")
    assert encoding[:6].upper() in said


def test_a_latin_1_character_is_found_in_its_line_and_column() -> None:
    content = RIGHT.encode() + b"# K\xe4fig\n"
    assert complaints(content) == ["8:4: the byte 0xE4 is not UTF-8; save the file as UTF-8"]


@pytest.mark.fault(51)
@pytest.mark.parametrize(
    ("stray", "named"), [("\0", "a NUL byte"), ("\x07", r"\x07"), ("\x1b", r"\x1b")]
)
def test_an_invisible_character_is_found_and_not_printed(stray: str, named: str) -> None:
    [said] = complaints(RIGHT.replace("always", f"al{stray}ways"))
    assert said.startswith("7:26: ")
    assert named in said
    assert stray not in said


@given(st.binary(max_size=200))
def test_decoding_returns_text_or_says_where_it_is_none(content: bytes) -> None:
    try:
        text = decode(content)
    except NotText as refused:
        where = refused.position
    else:
        where = Position(1, 1)
        assert text.encode() == content.removeprefix(b"\xef\xbb\xbf")
    assert where >= Position(1, 1)


@given(st.lists(st.text("ab", max_size=3)), st.sampled_from(["\n", "\r\n", "\r", "\x85", "\u2028"]))
def test_positions_count_lines_however_they_end(lines: list[str], end: str) -> None:
    text = end.join([*lines, "here"])
    assert position_at(text, len(text) - 2) == Position(len(lines) + 1, 3)
