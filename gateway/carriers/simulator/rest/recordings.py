"""Recordings: list, fetch, hear, delete. What nobody really spoke is heard as a tone of that length."""

from __future__ import annotations

from aiohttp import web

from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.ledger import Recording
from gateway.carriers.simulator.rest.errors import not_found
from gateway.carriers.simulator.rest.requests import is_within
from gateway.carriers.simulator.rest.shapes import page_json, recording_json
from gateway.carriers.simulator.speech import make_tone


async def list_all(exchange: Exchange, request: web.Request) -> web.Response:
    """The recordings that pass the filters, newest first."""
    query = dict(request.query)
    call_sid = request.match_info.get("call_sid", query.get("CallSid"))
    found = [
        recording_json(recording, exchange.account.account_sid, exchange.url)
        for recording in exchange.ledger.recordings.newest_first()
        if call_sid in {None, recording.call_sid} and is_within(query, "DateCreated", recording.at)
    ]
    return web.json_response(page_json("recordings", found, request.path, query))


async def fetch(exchange: Exchange, request: web.Request) -> web.Response:
    """What is known of one recording."""
    recording = _find(exchange, request)
    return web.json_response(recording_json(recording, exchange.account.account_sid, exchange.url))


async def delete(exchange: Exchange, request: web.Request) -> web.Response:
    """Forget a recording."""
    exchange.ledger.recordings.remove(_find(exchange, request).sid)
    return web.Response(status=204)


async def media(exchange: Exchange, request: web.Request) -> web.Response:
    """The sound, as WAV."""
    recording = _find(exchange, request)
    return web.Response(body=recording.sound or make_tone(recording.seconds), content_type="audio/x-wav")


def _find(exchange: Exchange, request: web.Request) -> Recording:
    recording = exchange.ledger.recordings.get(request.match_info["sid"])
    if recording is None:
        raise not_found(request.path)
    return recording
