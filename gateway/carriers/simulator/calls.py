"""Calls of the simulated carrier, from the first ring to the last callback. What is said in them is `walker`'s."""

from __future__ import annotations

import asyncio

from gateway.carriers.simulator import progress
from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.ledger import Call
from gateway.carriers.simulator.line import HungUp
from gateway.carriers.simulator.people import Machine, Person, PersonByHand, Script, ScriptedPerson
from gateway.carriers.simulator.phones import Behaviour, Phone
from gateway.carriers.simulator.walker import Step, Walk

# How long a telephone rings before somebody takes it, in seconds of the call.
ANSWER_SECONDS = 4.0
SETUP_SECONDS = 1.0


def dial(exchange: Exchange, phone: Phone, line: str, *, script: Script | None) -> tuple[Call, asyncio.Task[None]]:
    """A telephone calls the gateway's `line`; without a script, by hand. The task ends with the call."""
    by_hand = script is None
    call = progress.new_call(exchange, phone.number, line, direction="inbound", status="ringing", by_hand=by_hand)
    call.url = f"{exchange.public_url}/twilio/voice"
    exchange.ledger.calls.add(call.sid, call)
    progress.take_phone(exchange, phone, call)
    return call, exchange.begin(_carry_inbound(exchange, phone, call, script))


async def _carry_inbound(exchange: Exchange, phone: Phone, call: Call, script: Script | None) -> None:
    status = "failed"
    try:
        status = await Walk(exchange, call, phone, _person(phone, call, script)).run(Step(call.url))
    finally:
        progress.end(exchange, phone, call, status)


def place_call(exchange: Exchange, call: Call, *, ring_seconds: int, document: str) -> None:
    """Take a call from the gateway and begin to ring; `document` is TwiML to perform instead of asking its address."""
    exchange.ledger.calls.add(call.sid, call)
    exchange.accept("call", call.sid, call.phone, call.url or document)
    exchange.begin(_carry_outbound(exchange, exchange.phones.phone(call.phone), call, ring_seconds, document))


async def _carry_outbound(exchange: Exchange, phone: Phone, call: Call, ring_seconds: int, document: str) -> None:
    status = "failed"
    try:
        await progress.report(exchange, phone, call, "initiated")
        status = await _ring(exchange, phone, call, ring_seconds)
        if status == "in-progress":
            status = await _talk(exchange, phone, call, document)
    finally:
        progress.end(exchange, phone, call, status)
    await progress.report(exchange, phone, call, "completed")


async def _ring(exchange: Exchange, phone: Phone, call: Call, ring_seconds: int) -> str:
    """Ring until the telephone is answered or not; returns the status that follows."""
    try:
        await call.wires.pass_time(SETUP_SECONDS)
        if phone.is_a(Behaviour.BUSY) or phone.current_call:
            return "busy"
        call.status = "ringing"
        progress.take_phone(exchange, phone, call)
        await progress.report(exchange, phone, call, "ringing")
        return await _wait_for_answer(phone, call, ring_seconds)
    except HungUp as cut:
        call.ended_by = cut.by
        call.declined = cut.by != "gateway"
        return "canceled" if cut.by == "gateway" else "busy"


async def _wait_for_answer(phone: Phone, call: Call, ring_seconds: int) -> str:
    if phone.is_a(Behaviour.DECLINES):
        await call.wires.pass_time(SETUP_SECONDS)
        call.declined = True
        return "busy"
    silent = phone.is_a(Behaviour.NO_ANSWER) or phone.is_a(Behaviour.SWITCHED_OFF)
    if silent or not call.by_hand:
        await call.wires.pass_time(ring_seconds if silent else min(ANSWER_SECONDS, ring_seconds))
        return "no-answer" if silent else "in-progress"
    # The green key is a key like any other here: whoever presses one takes the call.
    await call.wires.pass_time(ring_seconds, until_key=True)
    answered = call.wires.has_keys()
    call.wires.forget_keys()
    return "in-progress" if answered else "no-answer"


async def _talk(exchange: Exchange, phone: Phone, call: Call, document: str) -> str:
    progress.answer(exchange, phone, call)
    reported = exchange.begin(progress.report(exchange, phone, call, "answered"))
    if call.machine_url:
        exchange.begin(progress.report_who_answered(exchange, phone, call))
    person = _person(phone, call, None if call.by_hand else phone.answers)
    status = await Walk(exchange, call, phone, person).run(Step(call.url, document=document))
    await reported
    return status


def _person(phone: Phone, call: Call, script: Script | None) -> Person:
    if phone.is_a(Behaviour.MACHINE):
        return Machine(call.wires)
    if script is None:
        return PersonByHand(call.wires)
    return ScriptedPerson(call.wires, script, is_slow=phone.is_a(Behaviour.SLOW_TYPIST))
