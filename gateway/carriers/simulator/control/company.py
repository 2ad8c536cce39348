"""What one asks of the company as a whole: its conditions, what it accepted, what it frowned at, what is new."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from gateway.carriers.simulator.conditions import Conditions
from gateway.carriers.simulator.control.requests import read_body, seconds_of
from gateway.carriers.simulator.control.shapes import phone_json
from gateway.carriers.simulator.exchange import Exchange


async def phones(exchange: Exchange, _request: web.Request) -> Any:
    """All telephones that were set up."""
    return [phone_json(exchange, phone) for phone in exchange.phones if phone.listed]


async def events(exchange: Exchange, request: web.Request) -> Any:
    """The telephones held by hand that changed after version `since`; waits `seconds` for one that does."""
    since = int(request.query.get("since", "0"))

    def changed() -> bool:
        # Whoever knows of a later version than there is saw another run of the simulator and must begin anew.
        is_stale = since > exchange.watch.version
        return is_stale or any(phone.by_hand and phone.version > since for phone in exchange.phones)

    if seconds := seconds_of(request):
        await exchange.watch.wait_until(changed, seconds)
    found = [phone for phone in exchange.phones if phone.by_hand and phone.version > since]
    return {"version": exchange.watch.version, "phones": [phone_json(exchange, phone) for phone in found]}


async def conditions(exchange: Exchange, _request: web.Request) -> Any:
    """The conditions in force."""
    return asdict(exchange.weather.conditions)


async def set_conditions(exchange: Exchange, request: web.Request) -> Any:
    """Put conditions in force; those not named are at their best."""
    exchange.weather.change(Conditions(**await read_body(request)))
    return asdict(exchange.weather.conditions)


async def accepted(exchange: Exchange, _request: web.Request) -> Any:
    """Everything the company took to send, oldest first."""
    return [{**asdict(item), "at": item.at.isoformat()} for item in exchange.ledger.accepted]


async def duplicates(exchange: Exchange, _request: web.Request) -> Any:
    """What was taken more than once: to, content, times."""
    return [{"to": to, "content": content, "times": times} for to, content, times in exchange.ledger.duplicates()]


async def warnings(exchange: Exchange, _request: web.Request) -> Any:
    """What a real carrier would have warned of."""
    return [asdict(complaint) for complaint in exchange.ledger.complaints]


async def forget_warnings(exchange: Exchange, _request: web.Request) -> Any:
    """Begin a new list of warnings."""
    exchange.ledger.complaints.clear()
    return {}


async def idle(exchange: Exchange, request: web.Request) -> Any:
    """Whether nothing is under way; waits `seconds` for that."""
    return {"idle": await exchange.watch.wait_until(exchange.is_idle, seconds_of(request))}
