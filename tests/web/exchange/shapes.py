"""Holds an answer against the JSON Schema that the OpenAPI document promises; as much of the language as it uses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

KINDS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


def problems(value: Any, schema: dict[str, Any], parts: dict[str, Any], where: str = "$") -> list[str]:
    """What does not fit, with its place."""
    if "$ref" in schema:
        return problems(value, parts[schema["$ref"].rpartition("/")[2]], parts, where)
    if "anyOf" in schema:
        return [] if any(not problems(value, one, parts) for one in schema["anyOf"]) else [f"{where}: none of anyOf"]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, KINDS[kind]) and (kind != "integer" or not isinstance(value, bool)) for kind in kinds):
        return [f"{where}: {value!r} is no {kinds}"]
    found = [] if value in schema.get("enum", [value]) else [f"{where}: {value!r} is not allowed"]
    if schema.get("format") == "date-time" and value is not None:
        datetime.fromisoformat(value)
    if isinstance(value, list):
        return found + [
            p
            for i, one in enumerate(value)
            for p in problems(one, schema.get("items", {"type": ANY}), parts, f"{where}[{i}]")
        ]
    return found + (_of_object(value, schema, parts, where) if isinstance(value, dict) else [])


ANY = list(KINDS)


def _of_object(value: dict[str, Any], schema: dict[str, Any], parts: dict[str, Any], where: str) -> list[str]:
    named, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    found = [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
    for name, one in value.items():
        if name in named:
            found += problems(one, named[name], parts, f"{where}.{name}")
        elif more is False:
            found.append(f"{where}.{name} is not promised")
        elif isinstance(more, dict):
            found += problems(one, more, parts, f"{where}.{name}")
    return found
