"""Recordings: list, fetch, hear, delete. The sound is a tone as long as the speech was, made when asked for."""

from __future__ import annotations

import io
import math
import struct
import wave

from aiohttp import web

from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.ledger import Recording
from gateway.carriers.simulator.rest.errors import not_found
from gateway.carriers.simulator.rest.requests import is_within
from gateway.carriers.simulator.rest.shapes import page_json, recording_json

SAMPLES_PER_SECOND = 8000
TONE_HERTZ = 400


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
    return web.Response(body=make_sound(_find(exchange, request).seconds), content_type="audio/x-wav")


def _find(exchange: Exchange, request: web.Request) -> Recording:
    recording = exchange.ledger.recordings.get(request.match_info["sid"])
    if recording is None:
        raise not_found(request.path)
    return recording


def make_sound(seconds: int) -> bytes:
    """A soft tone of `seconds`: WAV, 8 kHz, 16 bits, one channel, as carriers give recordings."""
    wavelength = SAMPLES_PER_SECOND // TONE_HERTZ
    period = b"".join(struct.pack("<h", int(4000 * math.sin(2 * math.pi * i / wavelength))) for i in range(wavelength))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLES_PER_SECOND)
        sound.writeframes(period * (TONE_HERTZ * seconds))
    return file.getvalue()
