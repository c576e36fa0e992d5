"""The JSON schema of the file, for editors: completion, descriptions, most mistakes while typing.

Called by `thorsched schema`, whose output is committed as `schemas/recordings.schema.json`. Made
from the models; what JSON schema cannot say (names that must exist, cron's fields, selectors) is
left to `load.py`.
"""

import json
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from thorsched.config.keys_time import NEEDS
from thorsched.config.models import Config

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_RULES: Final = (
    {"required": ["always"], "properties": {"always": {"const": True}}},
    {
        "required": ["from"],
        "oneOf": [{"required": ["to"]}, {"required": ["for"]}],
        "not": {"required": ["every"]},
    },
    {"required": ["daily"]},
    {"required": ["zt"]},
    {"required": ["cron", "for"]},
    {"required": ["every", "for"]},
)
_CAPABILITY_BY_DEFAULT: Final = {
    "required": ["defaults"],
    "properties": {"defaults": {"required": ["capability"]}},
}


class _FileSchema(GenerateJsonSchema):
    """Describes what is written in a file: no nulls, defaults as text, no invented titles."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = self.generate_inner(schema["schema"])
        default = schema.get("default")
        if default is None or "$ref" in described:
            return described
        written: Any = schema["schema"].get("serialization", {})
        if written.get("type") == "function-plain":
            default = written["function"](default)
        return {**described, "default": default}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 - pydantic's own type
        del schema
        return False


def json_schema() -> dict[str, Any]:
    """Return the JSON schema, draft 2020-12, of the whole file with its short forms."""
    schema = Config.model_json_schema(schema_generator=_FileSchema)
    blocks, keys = schema["$defs"], schema["properties"]
    url = blocks["Server"]["properties"]["url"]
    blocks["Server"] = {"anyOf": [url, blocks["Server"]]}
    blocks["Schedule"] |= {"oneOf": list(_RULES), "dependentSchemas": _together()}
    for name in ("Device", "Keep"):
        blocks[name]["minProperties"] = 1
    for name in ("servers", "cameras", "schedules"):
        keys[name] |= {"additionalProperties": False, "minProperties": 1}
    blocks["Camera"]["required"].remove("capability")
    keys["server"] = {
        "$ref": "#/$defs/Server",
        "description": "The only ThorVision server: http://HOST:PORT, or a block.",
    }
    return {
        "$schema": DIALECT,
        **schema,
        "title": "recordings.yaml of thorsched",
        "not": {"required": ["server", "servers"]},
        "if": _CAPABILITY_BY_DEFAULT,
        "else": {"properties": {"cameras": {"additionalProperties": {"required": ["capability"]}}}},
    }


def schema_text() -> str:
    """Return the schema as it is committed; the same models give the same text."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _together() -> dict[str, Any]:
    return {key: {"anyOf": [{"required": [one]} for one in needed]} for key, needed in NEEDS}
