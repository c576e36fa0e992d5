"""Real JPEG frames at the price of a `join`: nothing is encoded while a stream runs.

A view is encoded once with a restart marker after every cell of a grid. Between two such markers
a piece of JPEG stands on its own, so that a frame is the view's pieces with a few exchanged:
the digits of its number, the sweeping spot, the mouse. Called by `footage.py`; pure but for a
cache.
"""

import functools
import io
import re
from dataclasses import dataclass

from PIL import Image

from thorsched.simulator import captions, scenes
from thorsched.simulator.scenes import Scene
from thorsched.thorvision.metadata import SOI

DIGITS = 8
LAP_S = 8.0
"""How long the mouse takes for its way round."""

_MCU_PX = 16
_QUALITY = 75
_POSES = 160
_DIM_ZERO = 10
_SWEEP_ROWS = 1
_EOI = b"\xff\xd9"
_SOS = 0xDA
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_CACHED_VIEWS = 32


@dataclass(frozen=True, slots=True)
class Grid:
    """A picture's cells: one row of MCUs (16x16 pixels) high, `cell_mcus` of them wide."""

    columns: int
    rows: int
    cell_mcus: int

    @classmethod
    def of(cls, width: int, height: int) -> "Grid":
        """Return the grid of a picture in pixels; a cell is about a 32nd of its width."""
        mcus = -(-width // _MCU_PX)
        wanted = max(1.0, mcus / 32)
        divisors = [n for n in range(1, mcus + 1) if mcus % n == 0]
        cell_mcus = min(divisors, key=lambda n: max(n / wanted, wanted / n))
        return cls(mcus // cell_mcus, -(-height // _MCU_PX), cell_mcus)

    @property
    def cell_width(self) -> int:
        return self.cell_mcus * _MCU_PX

    @property
    def digit_rows(self) -> int:
        """How many rows the caption bar has; a digit is one cell wide and as high as the bar."""
        return max(2, round(1.5 * self.cell_mcus))

    @property
    def digits(self) -> int:
        return min(DIGITS, self.columns)

    @property
    def first_digit_column(self) -> int:
        return max(0, self.columns - self.digits - 1)

    @property
    def bar_height(self) -> int:
        return self.digit_rows * _MCU_PX

    def index(self, row: int, column: int) -> int:
        return row * self.columns + column

    def cells_of(self, box: scenes.Box) -> tuple[range, range]:
        """Return the rows and columns of the cells that a box in pixels touches."""
        left, top, right, bottom = box
        rows = range(max(0, top // _MCU_PX), min(self.rows, -(-bottom // _MCU_PX)))
        width = self.cell_width
        columns = range(max(0, left // width), min(self.columns, -(-right // width)))
        return rows, columns


def _encode(image: Image.Image, grid: Grid) -> tuple[bytes, list[bytes]]:
    """Return a JPEG's header (all between SOI and the data) and its data, cut into cells."""
    out = io.BytesIO()
    image.save(
        out, "JPEG", quality=_QUALITY, subsampling="4:2:0", restart_marker_blocks=grid.cell_mcus
    )
    jpeg = out.getvalue()
    at = len(SOI)
    marker = None
    while marker != _SOS:
        marker = jpeg[at + 1]
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return jpeg[len(SOI) : at], _RESTART.split(jpeg[at : -len(_EOI)])


class Pictures:
    """All frames of one view at one size in pixels."""

    def __init__(self, scene: Scene, title: str, detail: str, width: int, height: int) -> None:
        self._scene, self._width, self._height = scene, width, height
        self._grid = grid = Grid.of(width, height)
        self._top_px = (grid.digit_rows + _SWEEP_ROWS) * _MCU_PX
        self._view = scenes.background(scene, width, height, self._top_px)
        self._view.paste(captions.bar(width, grid.bar_height, title, detail), (0, 0))
        self._header, cells = _encode(self._view, grid)
        self._starts = [0]
        for cell in cells:
            self._starts.append(self._starts[-1] + len(cell) + 2)
        self._still = memoryview(self._marked(0, cells))
        self._gaps = self._cut_gaps()
        self._glyphs = self._cut_glyphs()
        self._sweeps = self._cut_sweeps()
        self._poses: dict[int, list[bytes | memoryview]] = {}

    def frame(self, number: int, elapsed_s: float, segments: bytes) -> bytes:
        """Return frame `number` as JPEG, with `segments` right after its SOI marker.

        `elapsed_s` says where the spot and the mouse are.
        """
        digits = self._grid.digits
        shown = f"{number % 10**digits:0{digits}d}"
        zeros = min(len(shown) - len(shown.lstrip("0")), digits - 1)
        glyphs = [_DIM_ZERO] * zeros + [int(digit) for digit in shown[zeros:]]
        pieces: list[bytes | memoryview] = [SOI, segments, self._header]
        for row, places in enumerate(self._glyphs):
            pieces.append(self._gaps[row])
            pieces += [place[glyph] for place, glyph in zip(places, glyphs, strict=True)]
        pieces.append(self._gaps[-1])
        pieces.append(self._sweeps[int(elapsed_s % 1 * len(self._sweeps))])
        pieces += self._below(int(elapsed_s / LAP_S * _POSES) % _POSES)
        pieces.append(_EOI)
        return b"".join(pieces)

    def _marked(self, first: int, cells: list[bytes]) -> bytes:
        """Return cells with the restart markers that stand after them from cell `first` on."""
        last = self._grid.columns * self._grid.rows - 1
        return b"".join(
            cell + (bytes((0xFF, 0xD0 + index % 8)) if index < last else b"")
            for index, cell in enumerate(cells, start=first)
        )

    def _between(self, first: int, end: int) -> memoryview:
        """Return the still pieces of the cells from `first` to before `end`."""
        return self._still[self._starts[first] : self._starts[end]]

    def _cut_gaps(self) -> list[memoryview]:
        """Return the still pieces before each row of digits, and those before the sweep."""
        grid = self._grid
        gaps, at = [], 0
        for row in range(grid.digit_rows):
            first = grid.index(row, grid.first_digit_column)
            gaps.append(self._between(at, first))
            at = first + grid.digits
        return [*gaps, self._between(at, grid.index(grid.digit_rows, 0))]

    def _cut_glyphs(self) -> list[list[list[bytes]]]:
        """Return the pieces of the digits, by row of the bar, place and glyph."""
        grid = self._grid
        strip = Image.new("RGB", ((_DIM_ZERO + 1) * grid.cell_width, grid.bar_height))
        for glyph in range(_DIM_ZERO + 1):
            drawn = captions.digit(
                glyph % _DIM_ZERO, grid.cell_width, grid.bar_height, lit=glyph != _DIM_ZERO
            )
            strip.paste(drawn, (glyph * grid.cell_width, 0))
        cells = _encode(strip, grid)[1]
        return [
            [
                [
                    self._marked(grid.index(row, grid.first_digit_column + place), [cell])
                    for cell in cells[row * (_DIM_ZERO + 1) : (row + 1) * (_DIM_ZERO + 1)]
                ]
                for place in range(grid.digits)
            ]
            for row in range(grid.digit_rows)
        ]

    def _cut_sweeps(self) -> list[bytes]:
        """Return the row under the bar with its bright spot in each of the columns."""
        grid = self._grid
        drawn = captions.sweep(grid.cell_width, _MCU_PX, self._scene.tint(0.5, 0.95))
        bright, dark = _encode(drawn, grid)[1]
        first = grid.index(grid.digit_rows, 0)
        return [
            self._marked(first, [bright if c == spot else dark for c in range(grid.columns)])
            for spot in range(grid.columns)
        ]

    def _below(self, pose: int) -> list[bytes | memoryview]:
        """Return the pieces below the sweep, the mouse among them; drawn when first asked for."""
        pieces = self._poses.get(pose)
        if pieces is None:
            pieces = self._poses[pose] = self._draw_below(pose / _POSES)
        return pieces

    def _draw_below(self, phase: float) -> list[bytes | memoryview]:
        grid = self._grid
        top_row = grid.digit_rows + _SWEEP_ROWS
        at, end = grid.index(top_row, 0), grid.columns * grid.rows
        mouse = scenes.pose(self._scene, phase, self._width, self._height, self._top_px)
        if mouse is None:
            return [self._between(at, end)]
        rows, columns = grid.cells_of(mouse.box)
        rows = range(max(rows.start, top_row), max(rows.stop, top_row + 1))
        cells = self._draw_mouse(mouse, rows, columns)
        pieces: list[bytes | memoryview] = []
        for nth, row in enumerate(rows):
            first = grid.index(row, columns.start)
            drawn = cells[nth * len(columns) : (nth + 1) * len(columns)]
            pieces += [self._between(at, first), self._marked(first, drawn)]
            at = first + len(columns)
        return [*pieces, self._between(at, end)]

    def _draw_mouse(self, mouse: scenes.Pose, rows: range, columns: range) -> list[bytes]:
        width = self._grid.cell_width
        left, top = columns.start * width, rows.start * _MCU_PX
        crop = self._view.crop((left, top, columns.stop * width, rows.stop * _MCU_PX))
        scenes.draw_mouse(crop, mouse, (left, top))
        return _encode(crop, self._grid)[1]


@functools.lru_cache(maxsize=_CACHED_VIEWS)
def pictures(scene: Scene, title: str, detail: str, width: int, height: int) -> Pictures:
    """Return the view's pictures, drawn the first time (50 ms at 720p on a small machine)."""
    return Pictures(scene, title, detail, width, height)
