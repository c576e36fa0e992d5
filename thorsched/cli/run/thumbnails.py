"""What the cameras see, in coloured half blocks of a terminal, read from the files that grow."""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from rich.color import Color
from rich.console import Group, RenderableType
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from thorsched.base.host import plain_file_opener
from thorsched.cli.console import harmless
from thorsched.engine.status import CameraStatus, Status

WIDTH = 36
_NARROWEST = 10
_GAP = 2
_TAIL_BYTES = 4_000_000
# No camera's pictures are larger or narrower; a damaged header may say anything.
_MOST_PIXELS = 50_000_000
_LONGEST_SHAPE = 8
_START = b"\xff\xd8\xff"
_END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class _Grid:
    """How pictures stand: `across` in a row, each in a box of `width` columns and `lines`."""

    across: int
    width: int
    lines: int


def thumbnails(status: Status, *, columns: int, rows: int) -> RenderableType:
    """Return the newest picture of each camera that records, in `columns` and `rows` at most.

    Where they do not all fit, those of the first cameras, and how many more there are.
    """
    grid = _grid(len(status.cameras), columns, rows)
    if grid is not None:
        return _drawn(status.cameras, grid)
    for count in range(len(status.cameras) - 1, 0, -1):
        if grid := _grid(count, columns, rows - 1):
            more = f"{len(status.cameras) - count} more: enlarge the terminal"
            return Group(_drawn(status.cameras[:count], grid), Text(more, style="dim"))
    return Text("pictures: enlarge the terminal", style="dim") if rows > 0 else Group()


def _grid(count: int, columns: int, rows: int) -> _Grid | None:
    """Return the grid of the largest pictures; None if not even the smallest fit."""
    grids = _grids(count, columns, rows)
    return max(grids, key=lambda grid: (grid.width, grid.across), default=None)


def _grids(count: int, columns: int, rows: int) -> Iterator[_Grid]:
    for across in range(1, count + 1):
        lines = rows // -(-count // across) - 1  # one for the name
        room = (columns - _GAP * (across - 1)) // across
        width = min(WIDTH, room, lines * 2 * 16 // 9)  # most pictures are 16:9
        if width >= _NARROWEST:
            yield _Grid(across, width, lines)


def _drawn(cameras: tuple[CameraStatus, ...], grid: _Grid) -> Table:
    table = Table.grid(padding=(0, _GAP, 0, 0))
    for _ in range(grid.across):
        table.add_column(width=grid.width)
    for first in range(0, len(cameras), grid.across):
        row = cameras[first : first + grid.across]
        table.add_row(*(_captioned(camera, grid) for camera in row))
    return table


def _captioned(camera: CameraStatus, grid: _Grid) -> RenderableType:
    name = harmless(camera.name, style="bold")
    name.no_wrap, name.overflow = True, "ellipsis"
    picture = (
        newest_picture(camera.open_segment, width=grid.width, lines=grid.lines)
        if camera.open_segment
        else None
    )
    shown: RenderableType = HalfBlocks(picture) if picture else Text("no picture", style="dim")
    return Group(name, shown)


def newest_picture(segment: Path, *, width: int, lines: int) -> Image.Image | None:
    """Return the last whole JPEG of a file that is being written; None if there is none.

    It has its shape, `width` pixels or less, and two pixels a line: `2 * lines` or less.
    """
    try:
        with open(segment, "rb", opener=plain_file_opener) as file:
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
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            picture = Image.open(io.BytesIO(tail[start : end + len(_END)]))
        return _small(picture, width, lines)
    # Pillow's words for a damaged picture, and for one that would fill the memory
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return None


def _small(picture: Image.Image, width: int, lines: int) -> Image.Image | None:
    long, short = max(picture.size), min(picture.size)
    if long * short > _MOST_PIXELS or long > short * _LONGEST_SHAPE:
        return None
    scale = min(width / picture.width, 2 * lines / picture.height)
    columns = max(round(picture.width * scale), 1)
    rows = min(max(round(picture.height * scale / 2), 1), lines) * 2
    picture.draft("RGB", (columns * 2, rows * 2))
    return picture.convert("RGB").resize((columns, rows))


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
