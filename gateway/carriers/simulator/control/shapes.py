"""Telephones, texts and calls as the JSON of the control interface."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gateway.carriers.simulator.exchange import Exchange
from gateway.carriers.simulator.ledger import Call
from gateway.carriers.simulator.phones import Phone
from gateway.carriers.simulator.progress import duration_of


def phone_json(exchange: Exchange, phone: Phone) -> dict[str, Any]:
    """A telephone with its texts and its latest call."""
    call = exchange.ledger.calls.get(phone.calls[-1]) if phone.calls else None
    return {
        "number": phone.number,
        "name": phone.name,
        "cards": [asdict(card) for card in phone.cards],
        "behaviour": ",".join(f"{b}:{v}" if v else str(b) for b, v in phone.behaviours.items()),
        "by_hand": phone.by_hand,
        "unread": phone.unread,
        "version": phone.version,
        "messages": messages_json(exchange, phone),
        "call": call_json(call) if call else None,
    }


def messages_json(exchange: Exchange, phone: Phone) -> list[dict[str, Any]]:
    """The texts on a telephone, oldest first."""
    texts = (exchange.ledger.texts.get(sid) for sid in phone.messages)
    return [
        {
            "sid": text.sid,
            "mine": text.direction == "inbound",
            "with": text.to if text.direction == "inbound" else text.sender,
            "body": text.body,
            "at": text.created.isoformat(),
        }
        for text in texts
        if text is not None
    ]


def call_json(call: Call, since: int = 0) -> dict[str, Any]:
    """A call with what was heard and pressed in it, from moment `since` on."""
    return {
        "sid": call.sid,
        "number": call.phone,
        "to": call.line,
        "direction": call.direction,
        "status": call.status,
        "over": call.is_over,
        "ended_by": call.ended_by,
        "seconds": duration_of(call),
        "waiting_for": call.waiting_for,
        "moments": [asdict(moment) for moment in call.moments[since:]],
    }
