"""The pictures of the live view: the newest whole one of a file that grows, or none."""

import io
import os
import struct
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from tests.support.values import NOON
from thorsched.cli.run.thumbnails import WIDTH, HalfBlocks, newest_picture, thumbnails
from thorsched.engine.status import CameraStatus, Status
from thorsched.engine.tally import Tally
from thorsched.recording.lifecycle import Phase

RED, GREEN, BLUE = (254, 0, 0), (0, 255, 1), (0, 0, 254)


def jpeg(colour: tuple[int, int, int], size: tuple[int, int] = (1280, 720)) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", size, colour).save(held, "JPEG", quality=100)
    return held.getvalue()


def is_about(picture: Image.Image | None, colour: tuple[int, int, int]) -> bool:
    """Return whether the whole picture has that colour, as near as JPEG keeps it."""
    assert picture is not None
    corners = [(0, 0), (picture.width - 1, picture.height - 1)]
    seen = [picture.getpixel(corner) for corner in corners]
    return all(
        isinstance(pixel, tuple)
        and all(abs(a - b) < 16 for a, b in zip(pixel, colour, strict=True))
        for pixel in seen
    )


def newest(segment: Path) -> Image.Image | None:
    return newest_picture(segment, width=WIDTH, lines=WIDTH // 2)


def is_a_link(segment: Path) -> None:
    segment.symlink_to(segment.with_name("elsewhere"))
    segment.with_name("elsewhere").write_bytes(jpeg(RED))


@pytest.mark.parametrize("stands", [os.mkfifo, is_a_link])
def test_what_is_no_plain_file_is_neither_waited_for_nor_followed(
    tmp_path: Path, stands: Callable[[Path], None]
) -> None:
    stands(tmp_path / "side.mkv")
    assert newest(tmp_path / "side.mkv") is None


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    return tmp_path / "side-00000.mkv"


def test_the_newest_picture_is_the_last_one_that_is_there_whole(segment: Path) -> None:
    half = jpeg(BLUE)[:-100]
    segment.write_bytes(b"\x1a\x45\xdf\xa3" + jpeg(RED) + b"\xa3" + jpeg(GREEN) + b"\xa3" + half)
    assert is_about(newest(segment), GREEN)
    with segment.open("ab") as file:
        file.write(jpeg(BLUE)[-100:])
    assert is_about(newest(segment), BLUE)


def test_a_picture_is_found_at_the_end_of_a_file_of_any_size(segment: Path) -> None:
    with segment.open("wb") as file:
        file.write(jpeg(RED))
        file.truncate(3_000_000_000)
        file.seek(0, io.SEEK_END)
        file.write(jpeg(GREEN))
    assert is_about(newest(segment), GREEN)


@pytest.mark.parametrize(
    ("size", "rows"), [((1280, 720), 20), ((640, 480), 28), ((4000, 500), 4), ((16, 16), 36)]
)
def test_a_picture_keeps_its_shape_in_pairs_of_rows(
    segment: Path, size: tuple[int, int], rows: int
) -> None:
    segment.write_bytes(jpeg(RED, size))
    picture = newest(segment)
    assert picture is not None
    assert picture.size == (WIDTH, rows)


def test_a_picture_is_no_taller_than_its_box(segment: Path) -> None:
    segment.write_bytes(jpeg(RED, (640, 480)))
    picture = newest_picture(segment, width=WIDTH, lines=5)
    assert picture is not None
    assert picture.size == (13, 10)


@pytest.mark.parametrize("size", [(65500, 65500), (13000, 13000), (8000, 8000), (1, 65500)])
def test_a_header_that_says_a_monstrous_size_has_no_picture(
    segment: Path, size: tuple[int, int]
) -> None:
    content = bytearray(jpeg(RED))
    place = content.index(b"\xff\xc0") + 5  # of the height and the width in the frame header
    content[place : place + 4] = struct.pack(">HH", size[1], size[0])
    segment.write_bytes(content)
    assert newest(segment) is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00\x00\x00\x01" * 1000, id="H.265"),
        pytest.param(jpeg(RED)[:-2], id="the beginning of the first picture"),
        pytest.param(jpeg(RED)[3:], id="the end of one"),
        pytest.param(b"\xff\xd8\xff" + b"no picture" * 99 + b"\xff\xd9", id="no picture"),
        pytest.param(jpeg(RED)[:300] + b"\xff\xd9", id="a damaged header"),
    ],
)
def test_a_file_without_a_whole_picture_has_none(segment: Path, content: bytes) -> None:
    segment.write_bytes(content)
    assert newest(segment) is None


def test_a_file_that_is_gone_has_none(segment: Path) -> None:
    assert newest(segment) is None
    assert newest(segment.parent) is None


def rendered(renderable: object) -> str:
    screen = Console(
        file=io.StringIO(), width=100, force_terminal=True, color_system="truecolor", record=True
    )
    screen.print(renderable)
    return screen.export_text(styles=True)


def test_a_character_shows_two_pixels_one_above_the_other() -> None:
    picture = Image.new("RGB", (2, 2))
    for place, colour in {(0, 0): RED, (1, 0): GREEN, (0, 1): GREEN, (1, 1): BLUE}.items():
        picture.putpixel(place, colour)
    assert rendered(HalfBlocks(picture)) == (
        "\x1b[38;2;254;0;0;48;2;0;255;1m▀\x1b[0m\x1b[38;2;0;255;1;48;2;0;0;254m▀\x1b[0m\n"
    )


def camera(name: str, open_segment: Path | None) -> CameraStatus:
    return CameraStatus(
        name=name,
        phase=Phase.RECORDING if open_segment else Phase.IDLE,
        chosen=None,
        window=None,
        trouble=None,
        kept_bytes=0,
        missed_s=0.0,
        open_segment=open_segment,
        tally=Tally(),
        retry_in_s=None,
    )


def status(*cameras: CameraStatus) -> Status:
    return Status(
        at=NOON,
        revision="0123456789",
        applied=NOON,
        root=Path("recordings"),
        wrong=None,
        next_edge=None,
        lead=timedelta(seconds=3),
        cameras=cameras,
        until=None,
    )


def test_cameras_stand_side_by_side_with_their_pictures_or_without(segment: Path) -> None:
    segment.write_bytes(jpeg(RED))
    both = status(camera("side", segment), camera("top", None))
    shown = rendered(thumbnails(both, columns=100, rows=30))
    names, *rest = shown.splitlines()
    assert names.index("side") < names.index("top")
    assert shown.count("▀") == WIDTH * 10
    assert "no picture" in rest[0]


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(4, 80, 13), (4, 80, 6), (8, 80, 9), (3, 40, 20), (1, 20, 8)]
)
def test_pictures_are_as_small_as_it_takes_to_show_them_all(
    segment: Path, count: int, columns: int, rows: int
) -> None:
    segment.write_bytes(jpeg(RED))
    cameras = [camera(f"cam{number}", segment) for number in range(count)]
    screen = Console(file=io.StringIO(), width=columns, record=True)
    screen.print(thumbnails(status(*cameras), columns=columns, rows=rows))
    text = screen.export_text()
    assert text.count("cam") == count
    assert "more" not in text
    assert len(text.splitlines()) <= rows


def test_where_pictures_find_no_room_it_is_said_how_many_there_are_more(segment: Path) -> None:
    segment.write_bytes(jpeg(RED))
    cameras = status(*(camera(f"cam{number}", segment) for number in range(4)))
    lines = rendered(thumbnails(cameras, columns=24, rows=6)).splitlines()
    assert len(lines) <= 6
    assert "2 more: enlarge the terminal" in lines[-1]
    assert "cam1" in lines[0]
    (only,) = rendered(thumbnails(cameras, columns=24, rows=2)).splitlines()
    assert "pictures: enlarge the terminal" in only
    assert not rendered(thumbnails(cameras, columns=24, rows=0)).strip()
