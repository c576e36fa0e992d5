"""A sidecar made from what is left: the file itself, its attempt's other sidecars, the journal.

Called by `mending.py` for a segment that has none. What cannot be known is null, and the sidecar
says from what it was restored.
"""

import contextlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from thorsched.base.units import parse_utc
from thorsched.cameras.capability import Capability
from thorsched.cameras.selector import Encoding
from thorsched.catalogue import sidecars
from thorsched.catalogue.entries import AttemptRow
from thorsched.catalogue.told import NotTold, Told
from thorsched.recording.describing import describe
from thorsched.recording.naming import INTERNAL, Naming
from thorsched.recording.segments import Described, Repaired, Segment, attempt_of
from thorsched.recording.sidecars import sidecar
from thorsched.recording.spec import Output, Recording, Source
from thorsched.schedule.intervals import ALWAYS, Window
from thorsched.video import matroska, picture

# What SRT holds back before it is recorded; most leave it as it is.
_USUAL_LATENCY = timedelta(milliseconds=500)
_START = re.compile(r"(?P<camera>.+)_(?P<start>\d{8}T\d{6}Z)(\.\d+)?")
_KEPT = (
    "server",
    "device",
    "capability",
    "encoding",
    "schedules",
    "requested",
    "revision",
    "about",
)
_TOLD = ("camera", "windows", *_KEPT)


@dataclass(frozen=True, slots=True)
class Restored:
    """A sidecar's content, and the segment as it describes it."""

    told: dict[str, Any]
    described: Described


def restored(
    path: Path, root: Path, *, attempt: AttemptRow | None, repaired: Repaired | None
) -> Restored:
    """Return a sidecar for the segment at `path`; `attempt` is what the journal says of its.

    Raises `OSError`, `NotMatroska`, and `ValueError` where nothing tells whose it is.
    """
    sibling = _sibling(path, root)
    known = _known_of(sibling, attempt)
    segment = Segment(
        path, _recording(path, root, known, sibling), _zero(path, sibling, attempt), ()
    )
    described = replace(describe(segment), repaired=repaired)
    unknown = [name for name in _KEPT if name not in known]
    sources = ["the file"]
    sources += ["a sidecar of its attempt"] if sibling else []
    sources += ["the journal"] if attempt else []
    told = sidecar(described) | {name: known.get(name) for name in _KEPT}
    if "windows" not in known:
        told |= {"windows": [], "surplus_s": {"before": 0.0, "between": 0.0, "after": 0.0}}
    told["restored"] = {"from": sources, "unknown": unknown}
    return Restored(told, described)


def _sibling(path: Path, root: Path) -> Told | None:
    """Return what the sidecar of another segment of the attempt says."""
    attempt = attempt_of(path)
    for beside in sorted(path.parent.glob("*.json")):
        other = beside.with_suffix(path.suffix)
        if other != path and attempt_of(other) == attempt:
            try:
                return sidecars.read(other, root)
            except (OSError, NotTold):
                continue
    return None


def _known_of(sibling: Told | None, attempt: AttemptRow | None) -> dict[str, Any]:
    if sibling is not None:
        said = sibling.everything
        return {name: said[name] for name in _TOLD if name in said and _is_right(name, said[name])}
    if attempt is None:
        return {}
    return {
        "camera": attempt.camera,
        "server": attempt.server,
        "device": {"id": attempt.device_id, "name": attempt.device_name},
        "capability": attempt.capability,
        "encoding": attempt.encoding,
        "windows": (attempt.window_start, attempt.window_end),
    }


def _is_right(name: str, said: object) -> bool:
    """Return whether that can stand in a sidecar under this name: it may be anybody's."""
    match name, said:
        case "device", {"id": int(), "name": str()}:
            return True
        case "encoding", str():
            return said in {one.value for one in Encoding}
        case ("windows" | "schedules", list()) | ("about", dict()):
            return True
        case "camera" | "server" | "capability" | "requested" | "revision", str():
            return True
    return False


def _recording(path: Path, root: Path, known: dict[str, Any], sibling: Told | None) -> Recording:
    window = ALWAYS
    if sibling is None and "windows" in known:
        start, end = known["windows"]
        window = Window(start or ALWAYS.start, end or ALWAYS.end)
    elif sibling is not None:
        window = _hull(sibling)
    device = known.get("device") or {"id": 0, "name": ""}
    source = Source(
        server=known.get("server") or "",
        device_id=int(device["id"]),
        device_name=str(device["name"]),
        capability=_capability(path, known.get("capability")),
        encoding=Encoding(known.get("encoding") or "jpeg"),
    )
    naming = Naming("{camera}/{date}/{camera}_{start}", logs=root / INTERNAL / "logs")
    return Recording(
        camera=known.get("camera") or _camera_of(path),
        source=source,
        output=Output(root, naming, timedelta(0), 0, 0),
        window=window,
        latency=_USUAL_LATENCY,
        ports=range(0),
    )


def _hull(sibling: Told) -> Window:
    """Return the time in which all windows lie that a sidecar names."""
    windows = sibling.everything.get("windows")
    try:
        starts = [one["start"] and parse_utc(one["start"]) for one in windows or ()]
        ends = [one["end"] and parse_utc(one["end"]) for one in windows or ()]
        return Window(
            min(starts) if starts and all(starts) else ALWAYS.start,
            max(ends) if ends and all(ends) else ALWAYS.end,
        )
    except (TypeError, KeyError, ValueError, OverflowError):
        return ALWAYS


def _capability(path: Path, said: str | None) -> Capability:
    """Return the capability that is known, or what the file's own pictures say."""
    if said:
        with contextlib.suppress(ValueError):
            return Capability.parse(said)
    frames = matroska.frames(path)
    rate = 30.0
    if frames.last_pts_s > frames.first_pts_s:
        rate = (frames.count - 1) / (frames.last_pts_s - frames.first_pts_s)
    size, _ = picture.first_and_last(path)
    rate_fps = Fraction(rate).limit_denominator(1001)
    width, height = (size.width, size.height) if size else (1, 1)
    return Capability.parse(
        f"image/jpeg,width={width},height={height},"
        f"framerate={rate_fps.numerator}/{rate_fps.denominator}"
    )


def _camera_of(path: Path) -> str:
    named = _START.fullmatch(attempt_of(path).name)
    if named is None:
        raise ValueError("nothing tells which camera it is of")
    return named["camera"]


def _zero(path: Path, sibling: Told | None, attempt: AttemptRow | None) -> datetime:
    """Return when a frame arrived whose PTS is 0: exactly, or within a second or two."""
    if sibling is not None:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return parse_utc(sibling.everything["clock"]["zero"])
        other = path.with_name(sibling.row.path.name)
        with contextlib.suppress(OSError, matroska.NotMatroska, OverflowError):
            first_s = matroska.frames(other).first_pts_s
            return sibling.row.first_frame - timedelta(seconds=first_s)
    if attempt is not None:
        return attempt.began - _USUAL_LATENCY
    named = _START.fullmatch(attempt_of(path).name)
    if named is None:
        raise ValueError("nothing tells when it was recorded")
    return datetime.strptime(named["start"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) - _USUAL_LATENCY
