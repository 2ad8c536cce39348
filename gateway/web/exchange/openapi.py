"""The OpenAPI 3.1 document, made of the table of routes: the description cannot say anything but what is so."""

from __future__ import annotations

from typing import Any

from gateway.web.exchange.limiting import REQUESTS_PER_MINUTE
from gateway.web.exchange.routing import Parameter, Route
from gateway.web.exchange.schemas import COMPONENTS, ref
from gateway.web.exchange.table import ROUTES

_REFUSALS = {
    "400": "A value after the question mark is wrong.",
    "401": "No token, or one that is unknown, expired or revoked.",
    "403": "The token does not allow this.",
    "404": "Nothing there, or nothing that this token opens.",
}


# Told with when to come again.
_LATER = {
    "429": f"This token asked more than {REQUESTS_PER_MINUTE} times a minute.",
    "503": "Ballots go first just now.",
}


def document(base: str) -> dict[str, Any]:
    """The document for an installation whose interface lies at `base`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Xiangyin",
            "version": "1",
            "summary": "What a community raised, decided and did. Never a person.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "paths": {route.path: {"get": _operation(route)} for route in ROUTES},
        "components": {
            "schemas": COMPONENTS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {code: _refusal(text) for code, text in _REFUSALS.items()}
            | {code: _later(text) for code, text in _LATER.items()},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    good = {"description": route.summary, "content": {route.media: {"schema": route.schema}}}
    refused = {code: {"$ref": f"#/components/responses/{code}"} for code in (*_REFUSALS, *_LATER)}
    return {
        "operationId": route.name,
        "summary": route.summary,
        "description": f"Needs a token with `{route.scope}`.",
        "parameters": [_parameter(one) for one in route.parameters],
        "responses": {"200": good, **refused},
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    schema = one.schema if one.default is None else {**one.schema, "default": one.default}
    place = "path" if one.in_path else "query"
    return {"name": one.name, "in": place, "required": one.in_path, "description": one.text, "schema": schema}


def _later(text: str) -> dict[str, Any]:
    seconds = {"description": "Seconds until it is worth asking again.", "schema": {"type": "integer", "minimum": 1}}
    body = {"application/json": {"schema": ref("Error")}, "text/plain": {"schema": {"type": "string"}}}
    return {"description": text, "headers": {"Retry-After": seconds}, "content": body}


def _refusal(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": ref("Error")}}}
