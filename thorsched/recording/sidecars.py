"""The `.json` beside each segment: what the file holds, and why it was recorded.

Written by `archive.py`, extended by `catalogue/auditing/audit.py`; `trail.py` asks what is left to
be done of an attempt that is not its own.
"""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from thorsched.base import gstreamer, host
from thorsched.base.text import printable
from thorsched.base.units import format_utc
from thorsched.base.version import __version__
from thorsched.cameras.bounds import Size
from thorsched.recording.segments import (
    CLOCK_SET_S,
    NEVER_BEFORE,
    SIDECAR_VERSION,
    Described,
    Relabelled,
)
from thorsched.recording.spec import Recording
from thorsched.schedule.intervals import Window, subtract, window_dict

_LONGEST_BYTES = 1_000_000


class NoSidecar(Exception):
    """What has a sidecar's name is none of this segment's, and why: never written over."""


def write_sidecar(described: Described) -> Path:
    """Write `SEGMENT.json` beside the segment, whole or not at all. Raises `OSError`."""
    return put_sidecar(described.segment.path, sidecar(described))


def read_sidecar(segment: Path) -> dict[str, Any]:
    """Return what the sidecar of the segment at `segment` tells. Raises `OSError`, `NoSidecar`."""
    told = json_beside(segment)
    if told.get("file") != segment.name:
        raise NoSidecar("it is of no segment, or of another one")
    version = told.get("version")
    if version != SIDECAR_VERSION:
        known = f"version {printable(str(version))}, this one knows {SIDECAR_VERSION}"
        raise NoSidecar(f"another thorsched wrote it ({known})")
    return told


def json_beside(segment: Path) -> dict[str, Any]:
    """Return the JSON object beside a segment, whatever it says. Raises `OSError`, `NoSidecar`."""
    with open(segment.with_suffix(".json"), "rb", opener=host.plain_file_opener) as file:
        text = file.read(_LONGEST_BYTES)
    try:
        told = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NoSidecar(f"it is no JSON: {error}") from None
    if not isinstance(told, dict):
        raise NoSidecar("it is no JSON object")
    return told


def extend_sidecar(segment: Path, more: Mapping[str, object]) -> None:
    """Write `more` into the sidecar that is there, whole or not at all.

    Raises `OSError`, `NoSidecar`.
    """
    put_sidecar(segment, {**read_sidecar(segment), **more})


def reduce_sidecar(segment: Path, name: str) -> None:
    """Write the sidecar that is there without `name`. Raises `OSError`, `NoSidecar`."""
    put_sidecar(
        segment, {key: value for key, value in read_sidecar(segment).items() if key != name}
    )


def put_sidecar(segment: Path, told: Mapping[str, object]) -> Path:
    """Write a sidecar that says that, whole or not at all; return its path. Raises `OSError`."""
    path = segment.with_suffix(".json")
    host.write_durably(path, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    return path


def sidecar(described: Described) -> dict[str, object]:
    """Return the sidecar's content: what the file holds, and why it was recorded."""
    segment, recording = described.segment, described.segment.recording
    source = recording.source
    windows = [w for w in segment.windows if w.meets(described.span)] or segment.windows
    return {
        "version": SIDECAR_VERSION,
        "file": segment.path.name,
        "camera": recording.camera,
        "size_bytes": described.size_bytes,
        "frames": described.frames,
        "first_frame": format_utc(described.span.start),
        "last_frame_end": format_utc(described.span.end),
        "clock": _clock(described),
        "finalised": described.finalised,
        "pauses": [window_dict(pause) for pause in described.pauses],
        **_repair_of(described),
        **_quarantine_of(described),
        "windows": [window_dict(window) for window in windows],
        "surplus_s": _surplus_s(described.span, windows),
        "server": source.server,
        "device": {"id": source.device_id, "name": source.device_name},
        "capability": source.capability.caps,
        "encoding": source.encoding.value,
        "picture": {"first": _size(described.pictures[0]), "last": _size(described.pictures[1])},
        **recording.provenance,
        "relabelled": _relabelled(recording, segment.relabelled),
        "overlaps": list(segment.overlaps),
        "software": {
            "thorsched": __version__,
            "gstreamer": gstreamer.version(),
            "python": platform.python_version(),
            "platform": platform.platform(),
        },
    }


def _relabelled(opened_as: Recording, labels: Sequence[Relabelled]) -> list[dict[str, object]]:
    """Return what else is said of a segment, and since when; another window alone says nothing."""
    said = [opened_as.provenance, *(one.recording.provenance for one in labels)]
    return [
        {"at": format_utc(one.at), **one.recording.provenance}
        for one, before in zip(labels, said, strict=False)
        if one.recording.provenance != before
    ]


def _clock(described: Described) -> dict[str, object]:
    """Return what the times rest on, and whether they are to be trusted.

    They are counted from `zero` on, by a clock that nobody sets.
    """
    began_s, ended_s = described.segment.clock_offset_s, described.clock_offset_s
    stepped_s = 0.0 if began_s is None or ended_s is None else ended_s - began_s
    is_possible = described.span.start >= NEVER_BEFORE
    return {
        "trusted": is_possible and abs(stepped_s) <= CLOCK_SET_S,
        "zero": format_utc(described.segment.zero),
        "monotonic_offset_s": None if began_s is None else round(began_s, 6),
        "stepped_s": round(stepped_s, 3),
    }


def _repair_of(described: Described) -> dict[str, object]:
    if described.repaired is not None:
        return {"repaired": asdict(described.repaired)}
    if described.finalised or described.segment.doubt:
        return {}
    return {"repair": {"failed": described.unrepaired}}


def _quarantine_of(described: Described) -> dict[str, object]:
    """Return why the file counts for nothing, and where it lay; or why it is there still."""
    if (found := described.quarantined) is not None:
        root = described.segment.recording.output.root
        origin = found.origin.relative_to(root).as_posix()
        return {"quarantined": {"why": found.why, "from": origin}}
    if described.unquarantined is not None:
        why = described.segment.doubt or described.unrepaired
        return {"quarantine": {"why": why, "failed": described.unquarantined}}
    return {}


def _size(size: Size | None) -> dict[str, int] | None:
    return None if size is None else {"width": size.width, "height": size.height}


def _surplus_s(span: Window, windows: Sequence[Window]) -> dict[str, float]:
    """Return how much of `span` lies before, between and after the windows, in seconds."""
    parts = {"before": 0.0, "between": 0.0, "after": 0.0}
    for surplus in subtract((span,), windows):
        if surplus.end <= windows[0].start:
            where = "before"
        else:
            where = "after" if surplus.start >= windows[-1].end else "between"
        parts[where] += surplus.length.total_seconds()
    return {where: round(seconds, 3) for where, seconds in parts.items()}


def is_settled(segment: Path) -> bool:
    """Return whether a segment has a sidecar, and that tells of nothing that has failed."""
    try:
        return not json_beside(segment).keys() & {"repair", "quarantine"}
    except FileNotFoundError:
        return False
    except (OSError, NoSidecar):  # somebody else's: never written over
        return True
