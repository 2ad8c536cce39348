"""Calls: create, list, fetch, turn or end, delete."""

from __future__ import annotations

from aiohttp import web

from gateway.carriers.simulator import progress
from gateway.carriers.simulator.calls import place_call
from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.ledger import Call
from gateway.carriers.simulator.line import HungUp, TakenOver
from gateway.carriers.simulator.rest.checks import CALL_EVENTS, CALL_FIELDS, check_call, check_instructions
from gateway.carriers.simulator.rest.errors import RefusedError, not_found
from gateway.carriers.simulator.rest.requests import accepted, is_within, note_unknown, read_form
from gateway.carriers.simulator.rest.shapes import call_json, page_json


async def create(exchange: Exchange, request: web.Request) -> web.Response:
    """Take a call and begin to ring."""
    form = await read_form(request)
    note_unknown(exchange, request, form, CALL_FIELDS)
    to, sender = check_call(form)
    by_hand = exchange.phones.phone(to).by_hand
    call = progress.new_call(exchange, to, sender, direction="outbound-api", status="queued", by_hand=by_hand)
    call.url, call.status_url = form.get("Url", ""), form.get("StatusCallback", "")
    events = set(form.get("StatusCallbackEvent", "").split())
    if events - CALL_EVENTS:
        exchange.complain(21626, request.path, "unknown status callback event")
    call.status_events = frozenset(events & CALL_EVENTS)
    call.machine_url = form.get("AsyncAmdStatusCallback", "") if form.get("MachineDetection") else ""
    place_call(exchange, call, ring_seconds=int(form.get("Timeout", "60")), document=form.get("Twiml", ""))
    return accepted(exchange, request, call_json(call, exchange.account.account_sid))


async def list_all(exchange: Exchange, request: web.Request) -> web.Response:
    """The calls that pass the filters, newest first."""
    query = dict(request.query)
    found = [
        call_json(call, exchange.account.account_sid)
        for call in exchange.ledger.calls.newest_first()
        if query.get("To", call.to) == call.to
        and query.get("From", call.sender) == call.sender
        and query.get("Status", call.status) == call.status
        and is_within(query, "StartTime", call.started or call.created)
    ]
    return web.json_response(page_json("calls", found, request.path, query))


async def fetch(exchange: Exchange, request: web.Request) -> web.Response:
    """One call."""
    return web.json_response(call_json(_find(exchange, request), exchange.account.account_sid))


async def update(exchange: Exchange, request: web.Request) -> web.Response:
    """End a call, or give a running one new instructions."""
    call, form = _find(exchange, request), await read_form(request)
    match form.get("Status", ""):
        case "completed" if not call.is_over:
            call.wires.cut(HungUp("gateway"))
        case "canceled" if call.status in {"queued", "ringing"}:
            call.wires.cut(HungUp("gateway"))
        case "" if call.status == "in-progress":
            check_instructions(form)
            call.wires.cut(TakenOver(url=form.get("Url", ""), document=form.get("Twiml", "")))
        case _:
            raise RefusedError(21220, "Call is not in-progress. Cannot redirect.")
    return web.json_response(call_json(call, exchange.account.account_sid))


async def delete(exchange: Exchange, request: web.Request) -> web.Response:
    """Forget a call that is over."""
    call = _find(exchange, request)
    if not call.is_over:
        raise RefusedError(20009, "Cannot delete call in progress", 409)
    exchange.ledger.calls.remove(call.sid)
    return web.Response(status=204)


def _find(exchange: Exchange, request: web.Request) -> Call:
    call = exchange.ledger.calls.get(request.match_info["sid"])
    if call is None:
        raise not_found(request.path)
    return call
