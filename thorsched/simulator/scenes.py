"""What a simulated camera sees: an arena from above with a mouse in it, under a caption bar.

Called by `pictures.py`, which cuts these drawings into pieces of JPEG. Pure drawing: the same
arguments give the same pixels, and nothing here knows about clocks, frames or devices.
"""

import colorsys
import contextlib
import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
from PIL import Image, ImageChops, ImageDraw

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

_WHITE: Colour = (236, 240, 244)
_FUR: Colour = (44, 40, 42)
_SKIN: Colour = (158, 108, 106)
# Strong enough that a frame costs about 0.6 bit per pixel, as a webcam's does.
_GRAIN = 2.6
_TILE_PX = 512
# Places along the mouse's tail and spine, from 0 to 1.
_TAIL = [step / 10 for step in range(11)]
_SPINE = [step / 14 for step in range(15)]
_SUPERSAMPLING = 2
# Beyond that, edges are smooth enough, and the drawing would take 100 MB.
_FINE_UP_TO_PX = 1920


class Arena(Enum):
    """What the mouse runs in."""

    FIELD = "open field"
    CAGE = "home cage"
    TRACK = "ring track"
    BARS = "test pattern"


@dataclass(frozen=True, slots=True)
class Scene:
    """One camera's view: its arena and its colour, `hue` in turns of the colour wheel."""

    arena: Arena
    hue: float

    @classmethod
    def of(cls, slot: int) -> "Scene":
        """Return the view of the camera in `slot`, 0 and up; below 0 it is a test pattern."""
        if slot < 0:
            return cls(Arena.BARS, 0.6)
        arenas = (Arena.CAGE, Arena.FIELD, Arena.TRACK)
        # The golden ratio keeps the colours of neighbours far apart, however many there are.
        return cls(arenas[slot % len(arenas)], (0.53 + slot * 0.381966) % 1.0)

    def tint(self, saturation: float, value: float) -> Colour:
        red, green, blue = colorsys.hsv_to_rgb(self.hue, saturation, value)
        return round(255 * red), round(255 * green), round(255 * blue)


def background(scene: Scene, width: int, height: int, bar_height: int) -> Image.Image:
    """Return the still part of the view in pixels, the arena centred below the caption bar."""
    fine = _SUPERSAMPLING if width <= _FINE_UP_TO_PX else 1
    drawn = Image.new("RGB", (width * fine, height * fine), scene.tint(0.45, 0.15))
    room = (0, bar_height * fine, drawn.width, drawn.height)
    _ARENAS[scene.arena](ImageDraw.Draw(drawn), scene, room)
    lit = ImageChops.multiply(drawn.reduce(fine), _light(width, height))
    return ImageChops.add(lit, _grain(width, height), 1, -128)


def _light(width: int, height: int) -> Image.Image:
    y, x = np.ogrid[-1:1:90j, -1:1:160j]
    falloff = np.clip(255 * (1.05 - 0.38 * (x * x + y * y)), 0, 255).astype(np.uint8)
    grey = Image.fromarray(falloff).resize((width, height), Image.Resampling.BILINEAR)
    return Image.merge("RGB", (grey,) * 3)


@functools.cache
def _grain_tile() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    noise = np.random.default_rng(1).normal(128, _GRAIN, (_TILE_PX, _TILE_PX))
    return np.clip(noise, 0, 255).astype(np.uint8)


def _grain(width: int, height: int) -> Image.Image:
    tiles = (height // _TILE_PX + 1, width // _TILE_PX + 1)
    grey = Image.fromarray(np.tile(_grain_tile(), tiles)[:height, :width])
    return Image.merge("RGB", (grey,) * 3)


def _circle(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return (x - radius, y - radius, x + radius, y + radius)


def _middle(room: Box) -> tuple[float, float, float]:
    """Return the centre of `room` and the radius of what fits into it."""
    left, top, right, bottom = room
    return (left + right) / 2, (top + bottom) / 2, 0.44 * min(right - left, bottom - top)


def _draw_field(draw: ImageDraw.ImageDraw, scene: Scene, room: Box) -> None:
    x, y, radius = _middle(room)
    draw.ellipse(_circle(x, y, radius * 1.07), fill=scene.tint(0.5, 0.36))
    draw.ellipse(_circle(x, y, radius), fill=scene.tint(0.32, 0.68))
    pen = max(1, round(0.008 * radius))
    for share in (1 / 3, 2 / 3):
        ring = _circle(x, y, radius * share)
        draw.ellipse(ring, outline=scene.tint(0.36, 0.61), width=pen)
    for eighth in range(8):
        angle = eighth * math.pi / 4
        rim = (x + radius * math.cos(angle), y + radius * math.sin(angle))
        draw.line((x, y, *rim), fill=scene.tint(0.36, 0.61), width=pen)


def _draw_track(draw: ImageDraw.ImageDraw, scene: Scene, room: Box) -> None:
    x, y, radius = _middle(room)
    draw.ellipse(_circle(x, y, radius * 1.07), fill=scene.tint(0.5, 0.36))
    draw.ellipse(_circle(x, y, radius), fill=scene.tint(0.32, 0.68))
    draw.ellipse(_circle(x, y, radius * 0.52), fill=scene.tint(0.5, 0.36))
    draw.ellipse(_circle(x, y, radius * 0.46), fill=scene.tint(0.45, 0.2))
    for quarter in range(4):
        angle = (quarter + 0.5) * math.pi / 2
        port = (x + radius * 1.03 * math.cos(angle), y + radius * 1.03 * math.sin(angle))
        draw.ellipse(_circle(*port, radius * 0.035), fill=_WHITE)


def _draw_cage(draw: ImageDraw.ImageDraw, scene: Scene, room: Box) -> None:
    x, y, radius = _middle(room)
    half = radius * 1.5

    def block(left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        corners = (x + left * half, y + top * radius, x + right * half, y + bottom * radius)
        draw.rounded_rectangle(corners, radius * 0.1, fill=fill)

    block(-1.05, -1.07, 1.05, 1.07, scene.tint(0.5, 0.36))
    block(-1, -1, 1, 1, scene.tint(0.32, 0.68))
    block(-0.95, -0.92, -0.58, -0.2, scene.tint(0.45, 0.3))
    block(-0.92, -0.87, -0.61, -0.27, scene.tint(0.45, 0.36))
    block(0.9, -0.3, 1.02, -0.1, _WHITE)
    block(0.9, 0.1, 1.02, 0.3, _WHITE)


def _draw_bars(draw: ImageDraw.ImageDraw, scene: Scene, room: Box) -> None:
    del scene
    left, top, right, bottom = room
    colours = [(192, 192, 192), (192, 192, 0), (0, 192, 192), (0, 192, 0)]
    colours += [(192, 0, 192), (192, 0, 0), (0, 0, 192)]
    step = (right - left) / len(colours)
    for index, colour in enumerate(colours):
        draw.rectangle((left + index * step, top, left + (index + 1) * step, bottom), fill=colour)


_ARENAS = {
    Arena.FIELD: _draw_field,
    Arena.TRACK: _draw_track,
    Arena.CAGE: _draw_cage,
    Arena.BARS: _draw_bars,
}


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the mouse is: its centre in pixels, its heading in radians, its body's half length."""

    x: float
    y: float
    heading: float
    size: float

    @property
    def box(self) -> Box:
        """The pixels that it can touch."""
        reach = 2.4 * self.size
        return (
            math.floor(self.x - reach),
            math.floor(self.y - reach),
            math.ceil(self.x + reach),
            math.ceil(self.y + reach),
        )


def pose(scene: Scene, phase: float, width: int, height: int, bar_height: int) -> Pose | None:
    """Return the mouse at `phase`, from 0 to 1, of its way round; None where there is no mouse."""
    if scene.arena is Arena.BARS:
        return None
    room = (0, bar_height, width, height)
    x, y = _path(scene.arena, phase, room)
    ahead_x, ahead_y = _path(scene.arena, phase + 0.002, room)
    return Pose(x, y, math.atan2(ahead_y - y, ahead_x - x), 0.12 * _middle(room)[2])


def _path(arena: Arena, phase: float, room: Box) -> tuple[float, float]:
    x, y, radius = _middle(room)
    turn = 2 * math.pi * phase
    if arena is Arena.TRACK:
        return x + 0.75 * radius * math.cos(turn), y + 0.75 * radius * math.sin(turn)
    wide = 1.5 if arena is Arena.CAGE else 1.0
    along = 0.55 * math.cos(turn) + 0.12 * math.cos(3 * turn)
    across = 0.5 * math.sin(turn) + 0.16 * math.sin(2 * turn)
    return x + wide * radius * along, y + radius * across


def draw_mouse(onto: Image.Image, at: Pose, offset: tuple[int, int]) -> None:
    """Draw the mouse onto a crop of the background whose corner lies at `offset` pixels."""
    cos, sin = math.cos(at.heading), math.sin(at.heading)

    def spot(ahead: float, aside: float) -> tuple[float, float]:
        x = at.x - offset[0] + at.size * (ahead * cos - aside * sin)
        y = at.y - offset[1] + at.size * (ahead * sin + aside * cos)
        return x * _SUPERSAMPLING, y * _SUPERSAMPLING

    def blob(draw: ImageDraw.ImageDraw, ahead: float, aside: float, radius: float) -> None:
        draw.ellipse(_circle(*spot(ahead, aside), radius * at.size * _SUPERSAMPLING), fill=255)

    with _brush(onto, _SKIN) as draw:
        sway = 0.4 * math.sin(at.x / at.size)
        tail = [spot(-0.7 - 1.5 * along, sway * math.sin(4 * along)) for along in _TAIL]
        draw.line(tail, fill=255, width=max(1, round(0.12 * at.size * _SUPERSAMPLING)))
    with _brush(onto, _FUR) as draw:
        for along in _SPINE:
            blob(draw, 1.4 * along - 0.6, 0, 0.55 - 0.42 * along * along)
        for side in (-1, 1):
            blob(draw, 0.36, 0.36 * side, 0.24)
    with _brush(onto, _SKIN) as draw:
        for side in (-1, 1):
            blob(draw, 0.38, 0.38 * side, 0.13)


@contextlib.contextmanager
def _brush(onto: Image.Image, colour: Colour) -> Iterator[ImageDraw.ImageDraw]:
    """Draw in one colour with smooth edges: on a finer layer, where 255 is full colour."""
    layer = Image.new("L", (onto.width * _SUPERSAMPLING, onto.height * _SUPERSAMPLING))
    yield ImageDraw.Draw(layer)
    onto.paste(colour, mask=layer.reduce(_SUPERSAMPLING))
