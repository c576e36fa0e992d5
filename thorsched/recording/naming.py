"""Where the files of an attempt lie, as text. Pure.

Called by `attempt.py`; `pipeline.py` and `root.py` use the names here. Names sort by time. They
hold nothing but the camera's checked name and digits, because a name becomes a printf format inside
gst-launch's grammar: `%` or a quote in it would be obeyed.
"""

import re
from datetime import datetime
from pathlib import PurePosixPath

INTERNAL = ".thorsched"
SEGMENT_FORMAT = "-%05d.mkv"

_SAFE = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")


def attempt_path(
    template: str, *, camera: str, started: datetime, number: int = 1
) -> PurePosixPath:
    """Return an attempt's path below the root, without the segment's number and ending.

    `started` is aware UTC. The default template gives
    `overhead/2026-03-01/overhead_20260301T090000Z`; `number` tells apart attempts that would
    have the same path: from the second on it is appended, `....2`, with a dot, because a camera's
    name holds none.

    Raises `ValueError` if the result could leave the root or mean something to gst-launch.
    """
    path = template.format(
        camera=camera, date=f"{started:%Y-%m-%d}", start=f"{started:%Y%m%dT%H%M%SZ}"
    )
    if number > 1:
        path += f".{number}"
    if not _SAFE.fullmatch(path) or ".." in path.split("/"):
        raise ValueError(f"unsafe path for a recording: {path!r}")
    return PurePosixPath(path)


def segment_name(prefix: str, index: int) -> str:
    """Return the file name of segment `index` (from 0) of the attempt with that prefix."""
    return prefix + SEGMENT_FORMAT % index
