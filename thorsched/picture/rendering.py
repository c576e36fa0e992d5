"""A drawing as text of an SVG, and as a PNG made of that: of the same drawing the same bytes."""

from pathlib import Path

import resvg_py

from thorsched.picture import palette, words
from thorsched.picture.templates import filled
from thorsched.picture.timeline import MARGIN, Drawing

_ZOOM = 2.0
"""Pixels to a unit: sharp in print and on fine screens."""


def svg_of(drawn: Drawing) -> str:
    """Return the picture as SVG, with its words as text."""
    text = filled(
        Path(__file__).with_name("timeline.svg"),
        d=drawn,
        margin=MARGIN,
        c=palette.LIGHT,
        palette=palette,
        colour=palette.of_schedule,
        words_on=palette.on_schedule,
        again=palette.pattern_of,
        moment=lambda at: words.moment(at, drawn.zone),
        width_of=words.width_of,
    )
    return text.lstrip()


def png_of(svg: str) -> bytes:
    """Return an SVG as a PNG, in letters of this machine."""
    return resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM)
