"""A drawing as text of an SVG, and as a PNG made of that: of the same drawing the same bytes."""

from pathlib import Path
from typing import Protocol

from thorsched.base.errors import MachineError
from thorsched.base.moments import format_moment
from thorsched.picture import palette
from thorsched.picture.templates import filled
from thorsched.picture.timeline import MARGIN, Drawing

_ZOOM = 2.0
"""Pixels to a unit: sharp in print and on fine screens."""
_FONTS = (
    "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', 'Liberation Sans', 'Noto Sans', "
    "sans-serif"
)
_SAMPLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
    '<text y="15" font-family="{fonts}">{word}</text></svg>'
)


class Rasteriser(Protocol):
    """What makes pixels of an SVG, in letters of this machine: `resvg_py.svg_to_bytes`."""

    def __call__(self, svg_string: str, *, zoom: float = 1.0) -> bytes: ...


def svg_of(drawn: Drawing) -> str:
    """Return the picture as SVG, with its words as text."""
    text = filled(
        Path(__file__).with_name("timeline.svg"),
        d=drawn,
        margin=MARGIN,
        fonts=_FONTS,
        c=palette.LIGHT,
        palette=palette,
        colour=palette.of_schedule,
        words_on=palette.on_schedule,
        again=palette.pattern_of,
        moment=lambda at: format_moment(at, drawn.zone),
    )
    return text.lstrip()


def png_of(svg: str, draw: Rasteriser) -> bytes:
    """Return an SVG as a PNG. Raises `MachineError` on a machine without letters to write with."""
    with_word, without = (draw(_SAMPLE.format(fonts=_FONTS, word=word)) for word in ("x", ""))
    if with_word == without:
        raise MachineError(
            "this machine has no font to write with; install one, such as the package "
            "fonts-dejavu-core, or ask for a name in .svg"
        )
    return draw(svg, zoom=_ZOOM)
