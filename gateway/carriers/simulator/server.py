"""The simulated carrier as a process: one aiohttp server on loopback for REST, control and the handset page."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from aiohttp import web

from gateway.carriers.port import CarrierAccount
from gateway.carriers.simulator.control import api as control
from gateway.carriers.simulator.control.requests import is_loopback
from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.phones import PhoneSpec
from gateway.carriers.simulator.rest import api as rest
from gateway.carriers.simulator.webhooks import Webhooks
from gateway.kernel.clock import SystemClock
from gateway.kernel.randomness import SystemRandomness
from gateway.wording.catalogue import Wording

HOST = "127.0.0.1"
# Two and a half minutes of speech as a carrier gives them, in base64.
LARGEST_REQUEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Contact:
    """A number in the telephones' address book: a community's line."""

    name: str
    number: str


@dataclass(frozen=True)
class Handsets:
    """What the handset page needs: its folder, the wording, and how to look up whom the telephones can reach."""

    page: Path
    wording: Wording
    contacts: Callable[[], Sequence[Contact]]


def serve(
    account: CarrierAccount,
    *,
    public_url: str,
    port: int,
    pace: float = 1.0,
    handsets: Handsets | None = None,
    phones: Sequence[PhoneSpec] = (),
) -> None:
    """Run the simulated carrier until SIGTERM or SIGINT. `public_url` is the gateway's address for carriers."""
    asyncio.run(_serve(account, public_url=public_url, port=port, pace=pace, handsets=handsets, phones=phones))


async def _serve(
    account: CarrierAccount,
    *,
    public_url: str,
    port: int,
    pace: float,
    handsets: Handsets | None,
    phones: Sequence[PhoneSpec],
) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with run_simulator(account, public_url=public_url, port=port, pace=pace, handsets=handsets, phones=phones):
        await stopping.wait()


@asynccontextmanager
async def run_simulator(
    account: CarrierAccount,
    *,
    public_url: str,
    port: int = 0,
    pace: float = 1.0,
    handsets: Handsets | None = None,
    phones: Sequence[PhoneSpec] = (),
) -> AsyncIterator[Exchange]:
    """The simulated carrier on loopback while the context lasts; port 0 takes a free one (see the exchange's `url`).

    `pace` is how long a second of ringing, speaking or delivering takes in real seconds; 0 waits for nothing.
    """
    async with Webhooks(account.auth_token, pace) as webhooks:
        exchange = Exchange(account, public_url.rstrip("/"), pace, SystemClock(), SystemRandomness(), webhooks)
        for spec in phones:
            exchange.phones.set_up(spec)
        runner = web.AppRunner(make_app(exchange, handsets), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, port)
            await site.start()
            exchange.url = f"http://{HOST}:{runner.addresses[0][1]}"
            yield exchange
        finally:
            await exchange.close()
            await runner.cleanup()


def make_app(exchange: Exchange, handsets: Handsets | None) -> web.Application:
    """The application: REST, control and, when there is one, the page."""
    app = web.Application(middlewares=[_guard_page], client_max_size=LARGEST_REQUEST)
    rest.add_routes(app, exchange)
    control.add_routes(app, exchange)
    if handsets is None:
        app.router.add_get("/", _alive)
    else:
        _add_page(app, handsets)
    return app


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="simulated carrier\n")


def _add_page(app: web.Application, handsets: Handsets) -> None:
    async def index(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(handsets.page / "index.html")

    async def wording(request: web.Request) -> web.Response:
        language = handsets.wording.language_for(request.query.get("language", ""))
        sentences = handsets.wording.sentences[language]
        mine = {k.removeprefix("handset."): s for k, s in sentences.items() if k.startswith("handset.")}
        return web.json_response({"language": language, "languages": handsets.wording.written, "sentences": mine})

    async def contacts(_request: web.Request) -> web.Response:
        found = await asyncio.to_thread(handsets.contacts)
        return web.json_response([asdict(contact) for contact in found])

    app.router.add_get("/", index)
    app.router.add_get("/simulator/wording", wording)
    app.router.add_get("/simulator/contacts", contacts)
    app.router.add_static("/handset/", handsets.page / "static")


@web.middleware
async def _guard_page(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Nobody but this machine sees the page, which shows codes and PINs; nothing on it comes from elsewhere."""
    if not is_loopback(request.remote or ""):
        raise web.HTTPForbidden
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; media-src 'self' http: https:; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
    return response
