"""`thorsched plan FILE --picture plan.svg`: the calendar, drawn. Imported when it is asked for."""

from datetime import datetime
from pathlib import Path

from resvg_py import svg_to_bytes

from thorsched.base.text import short_hash
from thorsched.cli.written import write_whole
from thorsched.foresight.foreseen import Foresight
from thorsched.picture.nights import lights_of, nights_of
from thorsched.picture.pieces import wanted_alone
from thorsched.picture.rendering import png_of, svg_of
from thorsched.picture.timeline import About, drawing


def write_picture(seen: Foresight, full: datetime | None, path: Path) -> None:
    """Draw what is seen, and when the disk is full, as the file's ending says.

    Raises `MachineError`.
    """
    config, calendar = seen.loaded.config, seen.calendar
    about = About(
        title=seen.loaded.path.name,
        revision=short_hash(seen.loaded.revision),
        alone=wanted_alone(config, calendar),
        now=seen.now,
        nights=nights_of(calendar.between, calendar.zone, lights_of(config)),
        full=full,
        paused=seen.found.pauses.holes,
    )
    svg = svg_of(drawing(calendar, about))
    is_svg = path.suffix.lower() == ".svg"
    write_whole(path, svg.encode("utf-8", "replace") if is_svg else png_of(svg, svg_to_bytes))
