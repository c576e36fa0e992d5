"""Which recorded files are not there for an export: removed by a rule, or missing.

Called by `session.py`. A removed file's sidecar stays, and says why; without one the numbers of an
attempt tell that a file between two others is missing.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from thorsched.base.text import counted, printable
from thorsched.base.units import parse_utc
from thorsched.export.apart import Bounds
from thorsched.export.told import Segment
from thorsched.recording.naming import INTERNAL, name_and_number
from thorsched.recording.sidecars import NoSidecar, json_beside

_MISSING = "missing"


def absent(paths: Iterable[Path], segments: Sequence[Segment], bounds: Bounds) -> tuple[str, ...]:
    """Return a line for each run of such files, below those `paths` and between the `segments`."""
    gone = {path: _why(path, bounds) for directory in paths for path in _lone(directory)}
    gone |= {path: _why(path, bounds) or _MISSING for path in _skipped(segments)}
    told = [(name_and_number(path)[0], why, path) for path, why in sorted(gone.items()) if why]
    runs = groupby(told, key=lambda one: (one[2].parent, *one[:2]))
    return tuple(_line([path for *_, path in run], why) for (_, _, why), run in runs)


def _line(paths: Sequence[Path], why: str) -> str:
    first, last = paths[0], paths[-1]
    to = "" if first == last else f" to {last.name}"
    return f"{counted(len(paths), 'file')} not there: {first}{to}: {why}"


def _lone(directory: Path) -> Iterator[Path]:
    """Yield the segments below a directory of which there is but a sidecar."""
    for here, directories, names in os.walk(directory):
        directories[:] = [name for name in directories if name != INTERNAL]
        there = set(names)
        for name in names:
            path = Path(here, name).with_suffix(".mkv")
            if name.endswith(".json") and path.name not in there and name_and_number(path)[0]:
                yield path


def _skipped(segments: Iterable[Segment]) -> Iterator[Path]:
    """Yield the files between those of an attempt that are not there."""
    attempts: dict[Path, list[str]] = {}
    for segment in segments:
        digits = name_and_number(segment.path)[1]
        if digits.isdecimal():
            attempts.setdefault(segment.attempt, []).append(digits)
    for attempt, numbers in attempts.items():
        first, last = min(numbers, key=int), max(numbers, key=int)
        ours = set(map(int, numbers))
        for number in range(int(first), int(last)):
            path = attempt.with_name(f"{attempt.name}-{number:0{len(first)}d}.mkv")
            if number not in ours and not path.exists():
                yield path


def _why(path: Path, bounds: Bounds) -> str:
    """Return why there is no such file; '' if that is no file of ours, or not asked for."""
    try:
        told = json_beside(path)
        begins = parse_utc(told["first_frame"])
    except (OSError, NoSidecar, KeyError, TypeError, ValueError):
        return ""
    if told.get("file") != path.name or not bounds.hold(begins):
        return ""
    removed = told.get("removed")
    why = removed.get("why") if isinstance(removed, dict) else None
    return f"removed: {printable(str(why))}" if why else _MISSING
