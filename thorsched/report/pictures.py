"""A contact sheet: the first pictures of some segments, small, for a page that stands alone.

A file that is gone, no film or no picture is told as such: a report never fails for one. Anybody
may have written the journal that names the files: none is read that is not below the root itself.
"""

import base64
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TypeVar

from PIL import Image

from thorsched.base import host
from thorsched.base.errors import FileError
from thorsched.catalogue.keeping.inventory import is_inside
from thorsched.catalogue.reader import JournalReader
from thorsched.schedule.intervals import Window
from thorsched.video.matroska import VideoFile

MOST_PICTURES = 24
"""Of each camera."""
_BOX = (192, 144)
_QUALITY = 60
_MOST_BYTES = 16_000_000
_MOST_PIXELS = 50_000_000

Each = TypeVar("Each")


@dataclass(frozen=True, slots=True)
class Picture:
    """When a segment begins, its name, and a JPEG in base64, or why there is none."""

    at: datetime
    name: str
    jpeg: str
    why_not: str


def contact_sheet(
    journal: JournalReader, root: Path, camera: str, between: Window
) -> tuple[Picture, ...]:
    """Return pictures of segments, spread evenly over `between`, `MOST_PICTURES` at most."""
    files = journal.files_of(camera, between)
    return tuple(
        _picture(root, PurePosixPath(path.as_posix()), at, why)
        for at, path, why in spread(files, MOST_PICTURES)
    )


def spread(things: Sequence[Each], most: int) -> list[Each]:
    """Return `most` of the things at most, the first and the last among them."""
    if len(things) <= most:
        return list(things)
    return [things[round(place * (len(things) - 1) / (most - 1))] for place in range(most)]


def _picture(root: Path, path: PurePosixPath, at: datetime, removed_why: str) -> Picture:
    if not is_inside(path.as_posix()):
        return Picture(at, path.name, "", "not below the storage root")
    try:
        return Picture(at, path.name, base64.b64encode(_small(root, path)).decode("ascii"), "")
    except FileNotFoundError:
        why = f"removed: {removed_why}" if removed_why else "the file is gone"
    except FileError:
        why = "no recording"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning):
        why = "no picture"
    return Picture(at, path.name, "", why)


def _small(root: Path, path: PurePosixPath) -> bytes:
    """Return a segment's first picture, small. Raises `FileError`, and what Pillow raises."""
    with VideoFile(root / path, opener=host.opener_within(root, path)) as file:
        frame = file.first_frame(_MOST_BYTES) if file.is_jpeg else b""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Image.open(io.BytesIO(frame), formats=["JPEG"]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise ValueError("no camera's pictures are that large")
            picture.draft("RGB", _BOX)
            small = picture.convert("RGB")
    small.thumbnail(_BOX)
    page = io.BytesIO()
    small.save(page, "JPEG", quality=_QUALITY)
    return page.getvalue()
