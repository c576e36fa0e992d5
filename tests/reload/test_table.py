"""Every key of the file, edited: the table is `table.txt`, and the loop does what it says."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.reload.table import THERE, Row, config_of, edited, read, told
from tests.reload.world import World, became
from thorsched.config.models import Config
from thorsched.config.schema import json_schema

_, BEFORE, ROWS = read()
# There is no other version, and `server` is the short form of one of `servers`.
NO_EDIT = {"version", "server.url", "server.ports", "server.latency"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_an_edit_is_said_to_do_what_the_table_says(row: Row) -> None:
    assert told(edited(BEFORE, row)) == row.said


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_loop_does_it(row: Row) -> None:
    world = World(THERE.now, THERE.views)
    world.holds_to(config_of(BEFORE), "old")
    before = world.recording()
    world.holds_to(config_of(row.after(BEFORE)), "new")
    after = world.recording()
    assert before.keys() == {"side", "top", "door"}
    for one in edited(BEFORE, row).cameras:
        if one.is_now and "what is chosen there is known" not in " ".join(one.reasons):
            assert one.effect in became(before.get(one.camera), after.get(one.camera)), one
        elif not one.is_now:
            assert one.camera not in after, one


def paths(config: Config) -> Iterator[tuple[str, object]]:
    """Yield what a file says, by its keys with dots."""
    yield from _flat(config.model_dump(mode="json", by_alias=True), ())


def _flat(block: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    for key, value in block.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*above, key))
        elif value is not None:
            yield ".".join((*above, key)), value


def anonymous(path: str) -> str:
    """Return a path without the names that a person has given."""
    first, *rest = path.partition(".about.")[0].removeprefix("about.").split(".")
    if path.startswith("about."):
        return "about"
    named = first in {"servers", "cameras", "schedules"}
    about = [*rest, "about"] if ".about." in path else rest
    return ".".join([first, "*", *about[1:]] if named else [first, *about])


def keys_of_the_file() -> set[str]:
    """Return the paths of all keys that a file may have, by its schema."""
    schema = json_schema()
    return set(_keys(schema, schema["$defs"], ()))


def _keys(
    node: Mapping[str, Any], defs: Mapping[str, Any], above: tuple[str, ...]
) -> Iterator[str]:
    node = defs[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    either = [one for kind in ("anyOf", "oneOf") for one in node.get(kind, ())]
    below = [pair for one in (node, *either) for pair in one.get("properties", {}).items()]
    below += [("*", one) for one in node.get("patternProperties", {}).values()]
    for key, one in below:
        yield from _keys(one, defs, (*above, key))
    if not below:
        yield ".".join(above)


def test_every_key_of_the_file_stands_in_the_table() -> None:
    before = dict(paths(config_of(BEFORE)))
    changed = set()
    for row in ROWS:
        after = dict(paths(config_of(row.after(BEFORE))))
        keys = before.keys() | after.keys()
        changed |= {anonymous(key) for key in keys if before.get(key) != after.get(key)}
    assert keys_of_the_file() - NO_EDIT <= changed
