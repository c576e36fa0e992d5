"""Where the files of an attempt lie, as text. Pure.

Made by `engine/desired.py` and `client/arguments.py` for an `Output`, whose `naming` is asked by
`attempt.py`, `trail.py`, `pipeline.py` and `keeper.py`. Names sort by time. They hold nothing but
the camera's checked name and digits, because a name becomes a printf format inside gst-launch's
grammar: `%` or a quote in it would be obeyed.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from thorsched.base.names import is_cut_short, is_device, too_long

INTERNAL = ".thorsched"

_SAFE = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_UNSAFE_CHARACTER = re.compile(r"[^A-Za-z0-9]")
_LONGEST_SLUG = 64
_LONGEST_SUFFIX = ".json.part"


@dataclass(frozen=True, slots=True)
class Naming:
    """How the files of an attempt are called, below the root."""

    attempt: str
    """A template of `{camera}`, `{date}` and `{start}` (UTC), `{local}` (the machine's time)."""
    logs: Path
    """The directory of the recorder's words."""
    log: str = "{camera}.log"
    """A template of `{camera}` and `{attempt}`, the attempt's own name."""
    digits: int = 5
    """Of a segment's number."""

    @property
    def segment_format(self) -> str:
        """What follows the attempt's name in gst-launch's `location`."""
        return f"-%0{self.digits}d.mkv"

    def segment_name(self, prefix: str, index: int) -> str:
        """Return the file name of segment `index` (from 0) of the attempt with that prefix."""
        return prefix + self.segment_format % index

    def log_path(self, *, camera: str, prefix: str) -> Path:
        return self.logs / self.log.format(camera=camera, attempt=prefix)


def name_and_number(segment: Path) -> tuple[str, str]:
    """Return the attempt's name and the digits of the number; no name if there is no number."""
    name, _, number = segment.stem.rpartition("-")
    return name, number


def slug(name: str) -> str:
    """Return hostile text as a part of a file name: ASCII letters and digits, others as `_`."""
    return _UNSAFE_CHARACTER.sub("_", name[:_LONGEST_SLUG])


def attempt_path(
    template: str, *, camera: str, started: datetime, number: int = 1
) -> PurePosixPath:
    """Return an attempt's path below the root, without the segment's number and ending.

    `started` is aware UTC. The default template gives
    `overhead/2026-03-01/overhead_20260301T090000Z`; `number` tells apart attempts that would
    have the same path: from the second on it is appended, `....2`, with a dot, because a camera's
    name holds none.

    Raises `ValueError` if the result could leave the root, or mean something to gst-launch, or not
    be what Windows makes of it.
    """
    path = template.format(
        camera=camera,
        date=f"{started:%Y-%m-%d}",
        start=f"{started:%Y%m%dT%H%M%SZ}",
        local=f"{started.astimezone():%Y%m%d_%H%M%S}",
    )
    if number > 1:
        path += f".{number}"
    parts = path.split("/")
    if not _SAFE.fullmatch(path) or any(map(is_cut_short, parts)) or any(map(is_device, parts)):
        raise ValueError(f"unsafe path for a recording: {path!r}")
    return PurePosixPath(path)


def too_long_below(root: Path, attempt: PurePosixPath, naming: Naming, *, platform: str) -> str:
    """Return why the attempt's files would have paths that are too long, '' if they would not."""
    prefix = root / attempt
    longest = prefix.with_name(naming.segment_name(prefix.name, 0)).with_suffix(_LONGEST_SUFFIX)
    return too_long(str(prefix.parent), str(longest), platform)
