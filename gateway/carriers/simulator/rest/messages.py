"""Messages: create, list, fetch, redact, delete."""

from __future__ import annotations

from aiohttp import web

from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.ledger import Text
from gateway.carriers.simulator.phones import Behaviour
from gateway.carriers.simulator.rest.checks import TEXT_FIELDS, check_text
from gateway.carriers.simulator.rest.errors import RefusedError, not_found
from gateway.carriers.simulator.rest.requests import accepted, is_within, note_unknown, read_form
from gateway.carriers.simulator.rest.shapes import page_json, text_json
from gateway.carriers.simulator.texts import accept_text


async def create(exchange: Exchange, request: web.Request) -> web.Response:
    """Take a text and begin to deliver it."""
    form = await read_form(request)
    note_unknown(exchange, request, form, TEXT_FIELDS)
    to, sender = check_text(form)
    if exchange.phones.phone(to).is_a(Behaviour.OPTED_OUT):
        raise RefusedError(21610, "Attempt to send to unsubscribed recipient")
    text = accept_text(exchange, sender=sender, to=to, body=form["Body"], status_url=form.get("StatusCallback", ""))
    return accepted(exchange, request, text_json(text, exchange.account.account_sid))


async def list_all(exchange: Exchange, request: web.Request) -> web.Response:
    """The texts that pass the filters, newest first."""
    query = dict(request.query)
    found = [
        text_json(text, exchange.account.account_sid)
        for text in exchange.ledger.texts.newest_first()
        if query.get("To", text.to) == text.to
        and query.get("From", text.sender) == text.sender
        and is_within(query, "DateSent", text.sent or text.created)
    ]
    return web.json_response(page_json("messages", found, request.path, query))


async def fetch(exchange: Exchange, request: web.Request) -> web.Response:
    """One text."""
    return web.json_response(text_json(_find(exchange, request), exchange.account.account_sid))


async def update(exchange: Exchange, request: web.Request) -> web.Response:
    """Empty a text's body: the only change there is to one that was sent at once."""
    text, form = _find(exchange, request), await read_form(request)
    if form.get("Body", "?") != "":
        raise RefusedError(20001, "Body can only be updated to be empty")
    _refuse_under_way(text, "update")
    text.body, text.updated = "", exchange.now()
    return web.json_response(text_json(text, exchange.account.account_sid))


async def delete(exchange: Exchange, request: web.Request) -> web.Response:
    """Forget a text."""
    text = _find(exchange, request)
    _refuse_under_way(text, "delete")
    exchange.ledger.texts.remove(text.sid)
    return web.Response(status=204)


def _find(exchange: Exchange, request: web.Request) -> Text:
    text = exchange.ledger.texts.get(request.match_info["sid"])
    if text is None:
        raise not_found(request.path)
    return text


def _refuse_under_way(text: Text, what: str) -> None:
    if not text.is_final:
        raise RefusedError(20009, f"Cannot {what} message in state {text.status.upper()}", 409)
