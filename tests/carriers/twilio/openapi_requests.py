"""Holds requests against the carrier's OpenAPI description: path, method, names, types, values, what is required."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.carriers.twilio.api_server import Seen


def check_requests(seen: list[Seen], shared_data: Path) -> None:
    """Fails on anything that the description does not allow."""
    text = (shared_data / "twilio_api" / "twilio_api_v2010.trimmed.json").read_text(encoding="utf-8")
    description = json.loads(text)
    assert seen
    for request in seen:
        _check(request, description)


def _check(request: Seen, description: dict[str, Any]) -> None:
    operation = _operation(request, description)
    schema = (
        operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {}).get("schema")
    )
    if request.method == "POST":
        known, required = schema["properties"], set(schema.get("required", []))
    else:
        parameters = [p for p in operation.get("parameters", []) if p["in"] == "query"]
        known, required = (
            {p["name"]: p["schema"] for p in parameters},
            {p["name"] for p in parameters if p.get("required")},
        )
    assert required <= {name for name, _ in request.fields}
    for name, value in request.fields:
        assert name in known, f"{request.path} {name}"
        _check_value(name, value, known[name], description)


def _operation(request: Seen, description: dict[str, Any]) -> dict[str, Any]:
    for template, operations in description["paths"].items():
        pattern = re.sub(r"\{\w+\}", r"[^/]+", template)
        if re.fullmatch(pattern, request.path):
            return dict(operations[request.method.lower()])
    raise AssertionError(request.path)


def _check_value(name: str, value: str, schema: dict[str, Any], description: dict[str, Any]) -> None:
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    kind = schema.get("type")
    if kind == "array":
        _check_value(name, value, schema["items"], description)
        return
    assert kind != "integer" or re.fullmatch(r"-?\d+", value), name
    assert kind != "boolean" or value in ("true", "false"), name
    assert "enum" not in schema or value in schema["enum"], f"{name}={value}"
    assert "pattern" not in schema or re.search(schema["pattern"], value), name
    assert len(value) <= schema.get("maxLength", len(value)), name
    if schema.get("format") == "uri":
        assert re.match(r"https?://", value), name
    if schema.get("format") == "phone-number":
        assert re.fullmatch(r"\+\d{6,15}", value), name
    if schema.get("format") == "http-method":
        assert value in ("GET", "POST"), name
