"""The JSON schema says what the models say, and what is committed is what they say today."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.config.files import RIGHT, with_schedule
from thorsched.config.schema import DIALECT, json_schema, schema_text
from thorsched.config.yaml.document import parse

SCHEMA = json_schema()
COMMITTED = Path(__file__).parents[2] / "schemas" / "recordings.schema.json"


def complaints(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return [error.message for error in validator.iter_errors(parse(text).data)]


def test_the_committed_schema_is_not_stale() -> None:
    assert COMMITTED.read_text("utf-8") == schema_text(), "run: make schema"


def test_it_is_a_schema_of_the_dialect_that_it_names() -> None:
    assert SCHEMA["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_same_models_give_the_same_text() -> None:
    assert schema_text() == schema_text()


def _properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    blocks = [schema, *schema["$defs"].values()]
    blocks += [choice for block in blocks for choice in block.get("anyOf", [])]
    return [pair for block in blocks for pair in block.get("properties", {}).items()]


def test_every_key_is_described_for_the_one_who_types_it() -> None:
    for key, described in _properties(SCHEMA):
        block = SCHEMA["$defs"].get(described.get("$ref", "").rpartition("/")[2], {})
        assert described.get("description") or block.get("description"), key


def test_defaults_stand_there_as_they_are_written_in_a_file() -> None:
    defaults = {key: one["default"] for key, one in _properties(SCHEMA) if "default" in one}
    assert defaults["lead"] == "3s"
    assert defaults["ports"] == "9001-9099"
    assert defaults["latency"] == "500ms"
    assert defaults["min_free"] == "5GB"
    assert None not in defaults.values()


def test_every_example_of_a_key_is_right_by_its_own_schema() -> None:
    for key, described in _properties(SCHEMA):
        for sample in described.get("examples", []):
            validator = jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], **described})
            assert validator.is_valid(sample), key


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        RIGHT.replace("server: http://127.0.0.1:8000", "servers: {a: http://h:1}"),
        RIGHT.replace("server: http://127.0.0.1:8000", "server: {url: http://h:1, ports: 9001}"),
        RIGHT.replace("jpeg 1280x720 @30fps", "[jpeg 720p, raw]"),
        with_schedule("{cameras: [side], daily: 20:00-08:00, days: [mon], except: 2026-12-24}"),
        with_schedule('{cameras: all, cron: "0 * * * *", for: 1h 30min, timezone: UTC}'),
        with_schedule("{cameras: all, from: 2026-11-24T09:00, to: 2026-11-24 17:30Z}"),
        with_schedule("{cameras: all, from: 2026-11-24T09:00, for: 8h}"),
        with_schedule("{cameras: all, daily: [6:00-07:00, 20:00-24:00], only: 2026-11-24}"),
        with_schedule("{cameras: all, every: 2h, for: 10min, days: [day 1-3, day 8]}"),
        with_schedule("{cameras: all, every: 2h, for: 10min, from: 2026-11-24T09:00}"),
        with_schedule("{cameras: all, zt: [12-14, ZT23.5-ZT1], lights_on: 07:00-05:00}"),
        RIGHT + "experiment: {start: 2026-11-24, days: 14, lights_on: 07:00, lights: fixed}\n",
    ],
)
def test_right_files_are_right_in_an_editor(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cameras: {}\nschedules: {}\n",
        RIGHT + "shedules: {}\n",
        RIGHT + "version: 2\n",
        RIGHT + "servers: {a: http://h:1}\n",
        RIGHT + "lead: 3\n",
        RIGHT + "segment: {size: 2 gigs}\n",
        RIGHT + "storage: {keep: {}}\n",
        RIGHT.replace("http://127.0.0.1:8000", "127.0.0.1:8000"),
        RIGHT.replace("{id: 0}", "{}"),
        RIGHT.replace("{id: 0}", "{id: zero}"),
        RIGHT.replace("  side:", "  my cam:"),
        RIGHT.replace("always: true", "always: false"),
        RIGHT.replace("always: true", "always: yes"),
        with_schedule("{cameras: all}"),
        with_schedule("{cameras: [], always: true}"),
        with_schedule("{cameras: all, daily: 20-08}"),
        with_schedule("{cameras: all, always: true, daily: 20:00-08:00}"),
        with_schedule("{cameras: all, from: 2026-11-24T09:00}"),
        with_schedule("{cameras: all, daily: 20:00-08:00, for: 5min}"),
        with_schedule("{cameras: all, daily: []}"),
        with_schedule("{cameras: all, daily: 20:00-08:00, only: []}"),
        with_schedule("{cameras: all, daily: 20:00-08:00, lights_on: 07:00}"),
        with_schedule("{cameras: all, from: 2026-11-24T09:00, to: 2026-11-25T09:00, for: 8h}"),
        with_schedule("{cameras: all, from: 2026-11-24T09:00, for: 8h, days: mon}"),
        with_schedule('{cameras: all, every: 2h, cron: "0 * * * *", for: 8min}'),
        with_schedule('{cameras: all, from: 2026-11-24T09:00, cron: "0 * * * *", for: 8min}'),
        with_schedule("{cameras: all, every: 2h}"),
        with_schedule("{cameras: all, zt: 12:00-14:00, lights_on: 07:00}"),
        RIGHT + "experiment: {days: 14}\n",
        RIGHT + "experiment: {start: 2026-11-24, days: 0}\n",
        RIGHT + "experiment: {start: 2026-11-24, lights: dim}\n",
        with_schedule("{cameras: all, always: true, mode: clp}"),
    ],
)
def test_most_mistakes_are_seen_while_typing(text: str) -> None:
    assert complaints(text)
