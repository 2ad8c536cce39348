"""What every handler of the REST interface needs: the fields of a request, and answers that may get lost."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any, NoReturn

from aiohttp import web

from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.rest.errors import RefusedError


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a form; of a repeated one the values are joined with spaces."""
    form: dict[str, str] = {}
    for name, value in (await request.post()).items():
        given = value if isinstance(value, str) else ""
        form[name] = f"{form[name]} {given}" if name in form else given
    return form


def note_unknown(exchange: Exchange, request: web.Request, form: dict[str, str], known: AbstractSet[str]) -> None:
    """Complain of fields that the carrier does not know; it ignores them (20001)."""
    for name in sorted(set(form) - known):
        exchange.complain(20001, request.path, f"unknown parameter {name}")


def break_off(request: web.Request) -> NoReturn:
    """Break the connection without an answer."""
    if request.transport:
        request.transport.abort()
    raise ConnectionResetError


def accepted(exchange: Exchange, request: web.Request, body: dict[str, Any]) -> web.Response:
    """The answer to an acceptance, unless it gets lost on the way."""
    if exchange.weather.loses_answer():
        break_off(request)
    return web.json_response(body, status=201)


def is_within(query: dict[str, str], name: str, at: datetime) -> bool:
    """Whether `at` passes the filters `name` (that day), `name<` (on or before) and `name>` (on or after)."""
    day, before, after = query.get(name), query.get(f"{name}<"), query.get(f"{name}>")
    return (
        (day is None or at.date() == _moment(day).date())
        and (before is None or at <= _moment(before))
        and (after is None or at.replace(microsecond=0) >= _moment(after).replace(microsecond=0))
    )


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(20001, "a date cannot be read") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
