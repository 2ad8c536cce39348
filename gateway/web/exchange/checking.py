"""Values of an address against what the table says of them: read, or refused with the name of the wrong one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.kernel.errors import InputError, NotFound
from gateway.web.exchange.routing import Parameter, Route

_WHOLE = re.compile(r"[0-9]{1,12}")


def read_values(route: Route, path: Mapping[str, str], query: Mapping[str, str]) -> dict[str, Any]:
    """All values of a route; NotFound("address_unknown") for a path that cannot be, InputError("parameter_wrong")."""
    found: dict[str, Any] = {}
    for parameter in route.parameters:
        given = path.get(parameter.name) if parameter.in_path else query.get(parameter.name)
        if given is None:
            found[parameter.name] = parameter.default
            continue
        read, fits = _read(given, parameter)
        if not fits:
            raise (
                NotFound("address_unknown") if parameter.in_path else InputError("parameter_wrong", name=parameter.name)
            )
        found[parameter.name] = read
    return found


def _read(text: str, parameter: Parameter) -> tuple[Any, bool]:
    schema = parameter.schema
    if schema["type"] == "integer":
        if not _WHOLE.fullmatch(text):
            return None, False
        return int(text), schema["minimum"] <= int(text) <= schema["maximum"]
    if "enum" in schema:
        return text, text in schema["enum"]
    return text, re.fullmatch(schema["pattern"].strip("^$"), text) is not None
