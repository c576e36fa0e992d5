import io
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.support.frames import parse_frame, parse_identity
from thorsched.cameras.capability import JPEG, Capability
from thorsched.simulator import captions, scenes
from thorsched.simulator.devices import default_devices
from thorsched.simulator.footage import Footage
from thorsched.simulator.pictures import LAP_S, Grid, Pictures, pictures
from thorsched.simulator.scenes import Scene
from thorsched.simulator.timing import Timing

WIDTH, HEIGHT = 640, 480
SIZES = sorted({(c.width, c.height) for d in default_devices(8) for c in d.capabilities})
ODD_SIZES = [(160, 120), (424, 240), (854, 480), (1366, 768)]


def drawn(slot: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Pictures:
    return pictures(Scene.of(slot), f"Camera {slot}", "in a test", *size)


def opened(frame: bytes) -> Image.Image:
    with Image.open(io.BytesIO(frame)) as image:
        return image.convert("RGB")


def shown_number(image: Image.Image) -> int:
    """Read the number in a picture: the digit that looks most like what stands there, by place."""
    grid = Grid.of(*image.size)
    size = (grid.cell_width, grid.bar_height)
    glyphs = [np.asarray(captions.digit(value, *size, lit=True), float) for value in range(10)]
    glyphs.append(np.asarray(captions.digit(0, *size, lit=False), float))
    number = 0
    for place in range(grid.digits):
        left = (grid.first_digit_column + place) * grid.cell_width
        cell = np.asarray(image.crop((left, 0, left + size[0], size[1])), float)
        unlike = [float(np.abs(cell - glyph).mean()) for glyph in glyphs]
        number = number * 10 + unlike.index(min(unlike)) % 10
    return number


def is_sound(frame: bytes) -> bool:
    """Decode with FFmpeg, told to take offence at every error."""
    decoder = av.CodecContext.create("mjpeg", "r")
    decoder.options = {"err_detect": "explode+buffer+bitstream"}
    (picture,) = decoder.decode(av.Packet(frame))
    return not picture.is_corrupt


@given(st.integers(0, 10**9), st.floats(0, 1e6))
@settings(max_examples=50, deadline=None)
def test_every_frame_is_sound_and_shows_its_number(number: int, elapsed_s: float) -> None:
    frame = drawn().frame(number, elapsed_s, b"")
    assert is_sound(frame)
    assert shown_number(opened(frame)) == number % 10**8


@pytest.mark.parametrize("size", [*SIZES, *ODD_SIZES])
def test_every_size_is_drawn(size: tuple[int, int]) -> None:
    view = drawn(1, size)
    for number in (0, 90_012_345):
        frame = view.frame(number, number / 30, b"")
        assert is_sound(frame)
        image = opened(frame)
        assert image.size == size
        assert shown_number(image) == number


def drawn_at_once(view: Pictures, number: int, elapsed_s: float) -> Image.Image:
    """Return a frame made the slow way: drawn as a whole, then encoded as a whole."""
    image, grid = view._view.copy(), view._grid
    cell = (grid.cell_width, grid.bar_height)
    digits = f"{number:0{grid.digits}d}"
    for place, digit in enumerate(digits):
        lit = int(digits[: place + 1]) > 0 or place == grid.digits - 1
        glyph = captions.digit(int(digit), *cell, lit=lit)
        image.paste(glyph, ((grid.first_digit_column + place) * cell[0], 0))
    spot, dark = (
        captions.sweep(cell[0], 16, view._scene.tint(0.5, 0.95)).crop((x, 0, x + cell[0], 16))
        for x in (0, cell[0])
    )
    bright_column = int(elapsed_s % 1 * grid.columns)
    for column in range(grid.columns):
        here = spot if column == bright_column else dark
        image.paste(here, (column * cell[0], grid.bar_height))
    mouse = scenes.pose(view._scene, elapsed_s / LAP_S % 1, *image.size, grid.bar_height + 16)
    if mouse is not None:
        scenes.draw_mouse(image, mouse, (0, 0))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=75, subsampling="4:2:0")
    return opened(out.getvalue())


@pytest.mark.parametrize("slot", [-1, 0, 1, 2])
@pytest.mark.parametrize("pose", range(0, 160, 40))
def test_a_frame_of_pieces_is_the_picture_drawn_and_encoded_at_once(slot: int, pose: int) -> None:
    # A pose's own time, so that rounding does not place the mouse one step off.
    elapsed_s = (pose + 0.01) / 160 * LAP_S
    image = opened(drawn(slot).frame(4711, elapsed_s, b""))
    whole = drawn_at_once(drawn(slot), 4711, pose / 160 * LAP_S)
    difference = np.abs(np.asarray(image, int) - np.asarray(whole, int))
    assert difference.max() == 0


def test_a_damaged_frame_is_told_from_a_sound_one() -> None:
    frame = bytearray(drawn().frame(1, 0, b""))
    for spot in range(5_000, 20_000, 1_500):
        frame[spot : spot + 500] = b"\xff\x00" * 250
    with pytest.raises(av.FFmpegError):
        is_sound(bytes(frame))


def test_cameras_look_different() -> None:
    looks = [np.asarray(opened(drawn(slot).frame(5, 0.2, b"")), int) for slot in (-1, 0, 1, 2, 3)]
    for nth, look in enumerate(looks):
        for other in looks[nth + 1 :]:
            assert np.abs(look - other).mean() > 10


def test_a_camera_of_any_name_is_drawn() -> None:
    for name in ("a\nb", "", "\u202e" + "\u05d0" * 300):
        assert pictures(Scene.of(0), name, "in a test", 640, 480) is not None


def test_the_spot_goes_round_once_a_second() -> None:
    grid = Grid.of(WIDTH, HEIGHT)
    places = []
    for tenth in range(10):
        image = opened(drawn().frame(0, 3 + tenth / 10, b""))
        row = np.asarray(image, int)[grid.bar_height + 12].sum(axis=1)
        places.append(int(row.argmax()) / WIDTH)
    assert np.allclose(places, np.arange(10) / 10, atol=0.04)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1920, 1080), (3840, 2160)])
def test_frames_are_as_large_as_a_cameras(size: tuple[int, int]) -> None:
    frame = drawn(0, size).frame(1, 0.1, b"")
    assert 0.4 < 8 * len(frame) / (size[0] * size[1]) < 0.9


def test_a_frame_carries_its_metadata_and_says_whose_it_is() -> None:
    capability = Capability(JPEG, WIDTH, HEIGHT, 30000, 1001)
    footage = Footage(7, "Camera with a name", 3, capability)
    timing = Timing(Fraction(30000, 1001), 5)
    frame = footage.frame(footage.pictures(), timing, 4711)
    assert is_sound(frame)
    assert parse_frame(frame) == timing.metadata(4711)
    identity = parse_identity(frame)
    assert identity is not None
    assert (identity.device_id, identity.capability, identity.number) == (7, capability, 4711)


def test_a_picture_of_another_maker_has_no_identity() -> None:
    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, "JPEG")
    assert parse_identity(out.getvalue()) is None
