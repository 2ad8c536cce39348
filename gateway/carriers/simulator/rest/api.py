"""The routes: who may ask, how well the carrier works today, and what it does."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.rest import calls, errors, messages, recordings
from gateway.carriers.simulator.rest.errors import RefusedError
from gateway.carriers.simulator.rest.requests import break_off

Handler = Callable[[Exchange, web.Request], Awaitable[web.StreamResponse]]
PREFIX = "/2010-04-01/Accounts/{account}"
_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/Messages.json", messages.create),
    ("GET", "/Messages.json", messages.list_all),
    ("GET", "/Messages/{sid}.json", messages.fetch),
    ("POST", "/Messages/{sid}.json", messages.update),
    ("DELETE", "/Messages/{sid}.json", messages.delete),
    ("POST", "/Calls.json", calls.create),
    ("GET", "/Calls.json", calls.list_all),
    ("GET", "/Calls/{sid}.json", calls.fetch),
    ("POST", "/Calls/{sid}.json", calls.update),
    ("DELETE", "/Calls/{sid}.json", calls.delete),
    ("GET", "/Recordings.json", recordings.list_all),
    ("GET", "/Calls/{call_sid}/Recordings.json", recordings.list_all),
    ("GET", "/Recordings/{sid}.json", recordings.fetch),
    ("DELETE", "/Recordings/{sid}.json", recordings.delete),
    ("GET", r"/Recordings/{sid:RE[0-9a-f]{32}}{kind:(\.wav)?}", recordings.media),
)


def add_routes(app: web.Application, exchange: Exchange) -> None:
    """Serve the REST interface of `exchange`."""
    for method, path, handler in _ROUTES:
        app.router.add_route(method, PREFIX + path, _guarded(exchange, handler))


def _guarded(exchange: Exchange, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            _authorize(exchange, request)
            await _suffer(exchange, request)
            return await handler(exchange, request)
        except RefusedError as refused:
            return refused.response()

    return serve


def _authorize(exchange: Exchange, request: web.Request) -> None:
    account = exchange.account
    expected = base64.b64encode(f"{account.account_sid}:{account.auth_token}".encode()).decode()
    given = request.headers.get("Authorization", "")
    is_ours = hmac.compare_digest(given.encode(), f"Basic {expected}".encode())
    if not is_ours or request.match_info["account"] != account.account_sid:
        raise errors.unauthorized()


async def _suffer(exchange: Exchange, request: web.Request) -> None:
    """Whatever today's conditions do to a request before it is processed."""
    weather = exchange.weather
    if weather.throttles():
        raise errors.throttled()
    # Real seconds, whatever the pace: the gateway's time-outs are real as well.
    await asyncio.sleep(weather.conditions.latency_seconds)
    match weather.next_request():
        case "fail":
            raise errors.broken()
        case "reset":
            break_off(request)
