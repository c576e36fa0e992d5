"""What the cameras see, in coloured half blocks of a terminal, read from the files that grow."""

import io
from pathlib import Path

from PIL import Image
from rich.color import Color
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from thorsched.cli.console import harmless
from thorsched.engine.status import CameraStatus, Status

WIDTH = 36
_TAIL_BYTES = 4_000_000
_START = b"\xff\xd8\xff"
_END = b"\xff\xd9"


def thumbnails(status: Status) -> RenderableType:
    """Return the newest picture of each camera that records, side by side."""
    return Columns([_captioned(camera) for camera in status.cameras], padding=(0, 2))


def _captioned(camera: CameraStatus) -> RenderableType:
    picture = newest_picture(camera.open_segment) if camera.open_segment else None
    shown: RenderableType = HalfBlocks(picture) if picture else Text("no picture", style="dim")
    return Group(harmless(camera.name, style="bold"), shown)


def newest_picture(segment: Path) -> Image.Image | None:
    """Return the last whole JPEG of a file that is being written, small; None if there is none."""
    try:
        with segment.open("rb") as file:
            size_bytes = file.seek(0, io.SEEK_END)
            file.seek(max(size_bytes - _TAIL_BYTES, 0))
            tail = file.read()
    except OSError:  # just closed, moved or not yet there: the next look finds another
        return None
    end = tail.rfind(_END)
    start = tail.rfind(_START, 0, end)
    if start < 0 or end < 0:
        return None
    try:
        picture = Image.open(io.BytesIO(tail[start : end + len(_END)]))
        picture.draft("RGB", (WIDTH * 2, WIDTH * 2))
        rows = max(round(WIDTH * picture.height / picture.width / 2), 1) * 2
        return picture.convert("RGB").resize((WIDTH, rows))
    except (OSError, ValueError, SyntaxError):  # Pillow's words for a damaged picture
        return None


class HalfBlocks:
    """A picture as text: each character shows two pixels, one above the other."""

    def __init__(self, picture: Image.Image) -> None:
        self._picture = picture

    def __rich_console__(self, *_: object) -> list[Segment]:
        pixels, (width, height) = self._picture.load(), self._picture.size
        if pixels is None:
            return []
        lines: list[Segment] = []
        for row in range(0, height - 1, 2):
            for column in range(width):
                style = Style(
                    color=_colour(pixels[column, row]), bgcolor=_colour(pixels[column, row + 1])
                )
                lines.append(Segment("▀", style))
            lines.append(Segment.line())
        return lines

    def __rich_measure__(self, *_: object) -> Measurement:
        return Measurement(self._picture.width, self._picture.width)


def _colour(pixel: object) -> Color:
    if not isinstance(pixel, tuple):
        raise TypeError(f"not an RGB pixel: {pixel!r}")
    red, green, blue = pixel
    return Color.from_rgb(red, green, blue)
