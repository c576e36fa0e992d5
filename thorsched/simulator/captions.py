"""The caption over a simulated picture: who the camera is, which frame this is, a sweeping spot.

Called by `pictures.py`. Pure drawing, in the font that comes with Pillow, so that every machine
draws the same.
"""

import functools

from PIL import Image, ImageDraw, ImageFont

from thorsched.base.text import printable
from thorsched.simulator.scenes import Colour

_GROUND: Colour = (17, 20, 26)
_INK: Colour = (236, 240, 244)
_GREY: Colour = (140, 150, 164)
_DIM: Colour = (74, 82, 94)


def bar(width: int, height: int, title: str, detail: str) -> Image.Image:
    """Return the caption bar: `title` bright, `detail` after it, the rest free for the number.

    A title may be any name: of several lines none could be drawn.
    """
    title = printable(title)
    image = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(0.42 * height)
    margin = 0.35 * height
    draw.text((margin, height / 2), title, fill=_INK, font=font, anchor="lm")
    detail_x = margin + draw.textlength(title, font=font) + 0.5 * height
    draw.text((detail_x, height / 2), detail, fill=_GREY, font=font, anchor="lm")
    return image


@functools.cache
def digit(value: int, width: int, height: int, *, lit: bool) -> Image.Image:
    """Return one digit of the frame number on the bar's ground; leading zeros are not `lit`."""
    image = Image.new("RGB", (width, height), _GROUND)
    font = ImageFont.load_default(min(1.35 * width, 0.8 * height))
    ImageDraw.Draw(image).text(
        (width / 2, height / 2), str(value), fill=_INK if lit else _DIM, font=font, anchor="mm"
    )
    return image


def sweep(cell_width: int, height: int, colour: Colour) -> Image.Image:
    """Return two cells of the line under the bar: first its bright spot, then its dark rest."""
    image = Image.new("RGB", (2 * cell_width, height), _GROUND)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height // 2, cell_width - 1, height), fill=colour)
    dimmed = tuple(channel // 3 for channel in colour)
    draw.rectangle((cell_width, height // 2, 2 * cell_width, height), fill=dimmed)
    return image
