"""Reading requests of the control interface: only from this machine, only JSON, wrong ones refused with a reason."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from gateway.carriers.simulator.exchange import Exchange, read_number
from gateway.carriers.simulator.phones import Phone

Handler = Callable[[Exchange, web.Request], Awaitable[Any]]
MAX_WAIT_SECONDS = 600.0


class AskedWrongError(Exception):
    """A request that cannot be carried out; `reason` goes back to who asked."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def guarded(exchange: Exchange, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Serve `handler`'s value as JSON to this machine alone."""

    async def serve(request: web.Request) -> web.Response:
        try:
            _refuse_strangers(request)
            return web.json_response(await handler(exchange, request))
        except AskedWrongError as wrong:
            return web.json_response({"error": wrong.reason}, status=wrong.status)
        except (ValueError, KeyError, TypeError) as error:
            return web.json_response({"error": f"cannot be read: {error}"}, status=400)

    return serve


def _refuse_strangers(request: web.Request) -> None:
    host = urlsplit(f"//{request.host}").hostname or ""
    if not (is_loopback(request.remote or "") and (host == "localhost" or is_loopback(host))):
        raise AskedWrongError("only from this machine", 403)
    # A page of another site can send a form here, but not JSON.
    if request.method != "GET" and request.content_type != "application/json":
        raise AskedWrongError("only application/json", 415)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


async def read_body(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request."""
    body = json.loads(await request.text() or "{}")
    if not isinstance(body, dict):
        raise AskedWrongError("a JSON object is needed")
    return body


def phone_of(exchange: Exchange, request: web.Request) -> Phone:
    """The telephone that the address names."""
    return exchange.phones.phone(number_of(request.match_info["number"]))


def number_of(text: str) -> str:
    """A number in E.164 form."""
    number = read_number(text)
    if number is None:
        raise AskedWrongError("not a telephone number")
    return number


def seconds_of(request: web.Request) -> float:
    """How long the caller is ready to wait."""
    return min(float(request.query.get("seconds", "0")), MAX_WAIT_SECONDS)
