"""Holding JSON answers against Twilio's OpenAPI document: as much of JSON Schema as that document uses."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_TYPES = {"string": str, "integer": int, "object": dict, "array": list, "boolean": bool}


@cache
def document(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def problems(api: dict[str, Any], method: str, url: str, status: int, body: object) -> list[str]:
    """What is wrong with an answer: undocumented status, fields missing or too many, wrong types and values."""
    path = urlsplit(url).path
    documented = next(
        (v for p, v in api["paths"].items() if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", p), path)), None
    )
    if documented is None or method not in documented:
        return [f"{method} {path} is not documented"]
    responses = documented[method]["responses"]
    if str(status) not in responses:
        return [f"{method} {path}: {status} is not documented"]
    content = responses[str(status)].get("content", {})
    if not content:
        return [] if body in ("", None) else ["a body where none is documented"]
    return _check(api, content["application/json"]["schema"], body, path)


def _check(api: dict[str, Any], schema: dict[str, Any], value: object, where: str) -> list[str]:
    if "$ref" in schema:
        schema = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if value is None:
        return [] if schema.get("nullable") or where.endswith("_page_uri") else [f"{where} is null"]
    kind = schema.get("type")
    if kind and not isinstance(value, _TYPES[kind]):
        return [f"{where} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value} is not one of the documented values"]
    if "pattern" in schema and not re.search(schema["pattern"], str(value)):
        return [f"{where}: {value} does not match"]
    if schema.get("format") == "date-time-rfc-2822" and not re.fullmatch(
        r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", str(value)
    ):
        return [f"{where}: {value} is no RFC 2822 date"]
    if isinstance(value, list):
        return [p for i, item in enumerate(value) for p in _check(api, schema["items"], item, f"{where}[{i}]")]
    if isinstance(value, dict) and "properties" in schema:
        names = set(schema["properties"])
        wrong = [f"{where}: {name}" for name in names ^ set(value)]
        return wrong + [
            p
            for name in names & set(value)
            for p in _check(api, schema["properties"][name], value[name], f"{where}.{name}")
        ]
    return []
