"""The schema of sidecars says what stands in them, and what each key means."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.recording.stored import ZERO, segment
from tests.support.films import Film
from tests.support.values import output
from thorsched.cameras.selector import Encoding
from thorsched.recording.describing import describe
from thorsched.recording.segments import Described, Quarantined, Relabelled, Repaired
from thorsched.recording.sidecars import extend_sidecar, read_sidecar, write_sidecar
from thorsched.recording.spec import Recording
from thorsched.schedule.intervals import ALWAYS, Window, window_dict

pytestmark = pytest.mark.real

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/segment.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
AUDIT = {
    "sha256": "ab" * 32,
    "audit": {
        "at": "2026-03-01T12:00:00.000Z",
        "size_bytes": 1000,
        "frames": 300,
        "first_timestamp": None,
        "last_timestamp": 3000,
        "dropped": 2,
        "duplicates": 0,
        "backward": 0,
        "unreadable": 0,
        "damaged": 0,
        "black": 0,
        "frozen_s": 0.5,
        "verdict": "dropped frames",
        "detail": "2 frames missing by the XDAQ's counter",
    },
}


REMOVED = {"removed": {"at": "2026-03-31T12:00:00.000Z", "why": "keep.age 30d"}}


def complaints(told: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(told)]


def kinds(described: Described, wanted: Recording) -> Iterator[Described]:
    """Yield what a segment may be, each in another way."""
    own = described.segment
    yield described
    endless = replace(wanted, window=ALWAYS)
    yield replace(described, segment=replace(own, recording=endless, overlaps=("side_x",)))
    later = replace(wanted, window=Window(wanted.window.end, ALWAYS.end))
    label = Relabelled(ZERO + timedelta(milliseconds=250), later)
    yield replace(described, segment=replace(own, relabelled=(label,), clock_offset_s=1e9))
    override = {"by": {"capability": "bursts"}, **window_dict(wanted.window)}
    tried = {"requested": "jpeg @30fps", "selectors": ["jpeg @120fps", "jpeg @30fps"]}
    labels = {
        **wanted.provenance,
        **tried,
        "override": override,
        "unmatched": "no capability matches",
    }
    burst = replace(wanted, provenance=labels)
    yield replace(described, segment=replace(own, recording=burst))
    label = Relabelled(ZERO + timedelta(milliseconds=250), burst)
    yield replace(described, segment=replace(own, relabelled=(label,)))
    yield replace(described, finalised=False, unrepaired="a frame behind damage would be lost")
    yield replace(described, finalised=False)
    yield replace(described, repaired=Repaired(1000, "ab" * 32, 0))
    moved = replace(own, recording=replace(wanted, output=output(own.path.parent)))
    set_apart = Quarantined("whose frames?", own.path)
    yield replace(described, segment=moved, quarantined=set_apart)
    yield replace(described, segment=replace(own, doubt="whose?"), unquarantined="no room")
    yield replace(described, pictures=(None, None), pauses=(described.span,))
    h265 = replace(wanted.source, encoding=Encoding.H265)
    yield replace(described, segment=replace(own, recording=replace(wanted, source=h265)))


def test_every_kind_of_sidecar_is_right_by_the_schema(
    film: Film, tmp_path: Path, wanted: Recording
) -> None:
    seen: set[str] = set()
    for one in kinds(describe(segment(film, tmp_path, wanted)), wanted):
        write_sidecar(one)
        assert complaints(read_sidecar(one.segment.path)) == []
        extend_sidecar(one.segment.path, AUDIT)
        extend_sidecar(one.segment.path, REMOVED)
        told = read_sidecar(one.segment.path)
        assert complaints(told) == []
        seen |= told.keys()
    assert seen | {"restored"} == SCHEMA["properties"].keys(), "it has keys that nobody writes"


def test_it_is_a_schema_of_the_dialect_that_it_names() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def _properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, described in schema.get("properties", {}).items():
        yield key, described
        yield from _properties(described)
        yield from _properties(described.get("items", {}))


def test_every_key_is_described() -> None:
    keys = dict(_properties(SCHEMA))
    assert len(keys) > 50
    for key, described in keys.items():
        assert described.get("description") or described.get("$ref") == "#/$defs/size", key


def test_what_is_no_sidecar_is_wrong_by_it(film: Film, tmp_path: Path, wanted: Recording) -> None:
    path = write_sidecar(describe(segment(film, tmp_path, wanted)))
    right = json.loads(path.read_text("utf-8"))
    wrongs: list[dict[str, object]] = [
        {"version": 2},
        {"frames": 0},
        {"frames": "60"},
        {"first_frame": "2026-03-01 12:00:00"},
        {"clock": {"trusted": True}},
        {"surprise": 1},
        {"sha256": "ab" * 32},
        {**AUDIT, "sha256": "abc"},
        {"file": "../other.mkv"},
        {"windows": []},
        {"server": None},
        {"revision": None},
    ]
    for wrong in wrongs:
        assert complaints(right | wrong), wrong
    for key in SCHEMA["required"]:
        assert complaints({k: v for k, v in right.items() if k != key}), key
