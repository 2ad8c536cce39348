"""What one does with a telephone: text, call, press keys, answer, hang up, read."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from gateway.carriers.simulator.calls import dial
from gateway.carriers.simulator.control.requests import (
    MAX_WAIT_SECONDS,
    AskedWrongError,
    number_of,
    phone_of,
    read_body,
    seconds_of,
)
from gateway.carriers.simulator.control.shapes import call_json, messages_json, phone_json
from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.ledger import Call
from gateway.carriers.simulator.line import HungUp
from gateway.carriers.simulator.people import read_script
from gateway.carriers.simulator.phones import Card, PhoneSpec
from gateway.carriers.simulator.speech import read_speech
from gateway.carriers.simulator.texts import send_from_phone


async def set_up(exchange: Exchange, request: web.Request) -> Any:
    """Set up a telephone or change it."""
    body = await read_body(request)
    cards = tuple(Card(**card) for card in body.get("cards", ()))
    spec = PhoneSpec(**{**body, "number": number_of(str(body["number"])), "cards": cards})
    return phone_json(exchange, exchange.phones.set_up(spec))


async def show(exchange: Exchange, request: web.Request) -> Any:
    """One telephone."""
    return phone_json(exchange, phone_of(exchange, request))


async def messages(exchange: Exchange, request: web.Request) -> Any:
    """The texts on a telephone; waits `seconds` for one that was received and contains `containing`."""
    phone, wanted = phone_of(exchange, request), request.query.get("containing", "")

    def has_come() -> bool:
        return any(wanted in m["body"] for m in messages_json(exchange, phone) if not m["mine"])

    if seconds := seconds_of(request):
        await exchange.watch.wait_until(has_come, seconds)
    return messages_json(exchange, phone)


async def text(exchange: Exchange, request: web.Request) -> Any:
    """Send a text to the gateway; the answer holds what it replied at once."""
    phone, body = phone_of(exchange, request), await read_body(request)
    return {"replies": await send_from_phone(exchange, phone, number_of(body["to"]), str(body["body"]))}


async def call(exchange: Exchange, request: web.Request) -> Any:
    """Call the gateway: with `keys` (a script) to the end, returning the transcript; else by hand."""
    phone, body = phone_of(exchange, request), await read_body(request)
    line = number_of(body["to"])
    script = read_script(body["keys"]) if body.get("keys") is not None else None
    if script is None and phone.current_call:
        raise AskedWrongError("in a call already", 409)
    # Somebody else of the house may be on the telephone.
    if not await exchange.watch.wait_until(lambda: not phone.current_call, MAX_WAIT_SECONDS):
        raise AskedWrongError("in a call already", 409)
    begun, task = dial(exchange, phone, line, script=script)
    if script is not None:
        await asyncio.shield(task)
    return call_json(begun)


async def press(exchange: Exchange, request: web.Request) -> Any:
    """Press keys during a call."""
    current, body = _current_call(exchange, request), await read_body(request)
    keys = str(body["keys"])
    if not keys or set(keys) - set("0123456789*#"):
        raise AskedWrongError("keys are 0-9, * and #")
    current.wires.press(keys)
    return call_json(current)


async def speak(exchange: Exchange, request: web.Request) -> Any:
    """Speak into a recording that is under way: `sound` is WAV in base64; a key ends it as ever."""
    current, body = _current_call(exchange, request), await read_body(request)
    if current.waiting_for != "recording":
        raise AskedWrongError("nothing is being recorded", 409)
    current.speech = read_speech(str(body["sound"]))
    return call_json(current)


async def pick_up(exchange: Exchange, request: web.Request) -> Any:
    """Answer a ringing telephone."""
    current = _current_call(exchange, request)
    if current.status == "ringing" and not current.is_inbound:
        current.wires.press("#")
    return call_json(current)


async def hang_up(exchange: Exchange, request: web.Request) -> Any:
    """End the call, or refuse a ringing one."""
    current = _current_call(exchange, request)
    current.wires.cut(HungUp("caller"))
    return call_json(current)


async def read(exchange: Exchange, request: web.Request) -> Any:
    """All texts on the telephone have been looked at."""
    phone = phone_of(exchange, request)
    phone.unread = 0
    exchange.phones.touch(phone)
    return {}


async def set_answers(exchange: Exchange, request: web.Request) -> Any:
    """How incoming calls are answered from now on: by a script."""
    phone, body = phone_of(exchange, request), await read_body(request)
    phone.answers, phone.by_hand = read_script(body["keys"]), False
    exchange.phones.touch(phone)
    return phone_json(exchange, phone)


async def transcripts(exchange: Exchange, request: web.Request) -> Any:
    """All calls of a telephone that are over, oldest first; waits `seconds` until there are `count`."""
    phone, count = phone_of(exchange, request), int(request.query.get("count", "0"))

    def over() -> list[Call]:
        calls = (exchange.ledger.calls.get(sid) for sid in phone.calls)
        return [c for c in calls if c is not None and c.is_over]

    if seconds := seconds_of(request):
        await exchange.watch.wait_until(lambda: len(over()) >= count, seconds)
    return [call_json(c) for c in over()]


async def current(exchange: Exchange, request: web.Request) -> Any:
    """The telephone's latest call, with its moments from number `since` on; null when there was none."""
    phone = phone_of(exchange, request)
    latest = exchange.ledger.calls.get(phone.calls[-1]) if phone.calls else None
    return call_json(latest, int(request.query.get("since", "0"))) if latest else None


def _current_call(exchange: Exchange, request: web.Request) -> Call:
    found = exchange.ledger.calls.get(phone_of(exchange, request).current_call)
    if found is None:
        raise AskedWrongError("not in a call", 409)
    return found
