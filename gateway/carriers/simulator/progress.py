"""How far a call has come, and telling the gateway so."""

from __future__ import annotations

from gateway.carriers.simulator.exchange import API_VERSION, Exchange, place_fields
from gateway.carriers.simulator.ledger import Call
from gateway.carriers.simulator.line import Line
from gateway.carriers.simulator.phones import Behaviour, Phone

DETECTION_SECONDS = 4.0


def new_call(exchange: Exchange, number: str, line: str, *, direction: str, status: str, by_hand: bool) -> Call:
    """A call that has not begun. By hand it runs in real time where nothing else would be waited for."""
    now = exchange.now()
    return Call(
        sid=exchange.new_sid("CA"),
        phone=number,
        line=line,
        direction=direction,
        status=status,
        created=now,
        updated=now,
        wires=Line((exchange.pace or 1.0) if by_hand else exchange.pace),
        by_hand=by_hand,
    )


def take_phone(exchange: Exchange, phone: Phone, call: Call) -> None:
    """From now on the telephone is occupied by the call."""
    phone.current_call = call.sid
    phone.calls.append(call.sid)
    exchange.phones.touch(phone)


def answer(exchange: Exchange, phone: Phone, call: Call) -> None:
    """From now on the call is answered."""
    call.status, call.started, call.updated = "in-progress", exchange.now(), exchange.now()
    call.wires.seconds = 0
    exchange.phones.touch(phone)


def end(exchange: Exchange, phone: Phone, call: Call, status: str) -> None:
    """The call is over with that status."""
    call.status, call.ended, call.updated = status, exchange.now(), exchange.now()
    call.ended_by = call.ended_by or "carrier"
    call.waiting_for = ""
    if phone.current_call == call.sid:
        phone.current_call = ""
    exchange.phones.touch(phone)


def duration_of(call: Call) -> int:
    """How long the call was answered for, in whole seconds of the call."""
    return round(call.wires.seconds) if call.started else 0


def call_form(exchange: Exchange, call: Call, phone: Phone) -> dict[str, str]:
    """The fields that every webhook about a call has."""
    sender = "anonymous" if call.is_inbound and phone.is_a(Behaviour.WITHHELD) else call.sender
    return {
        "CallSid": call.sid,
        "AccountSid": exchange.account.account_sid,
        "From": sender,
        "To": call.to,
        "Caller": sender,
        "Called": call.to,
        "CallStatus": call.status,
        "ApiVersion": API_VERSION,
        "Direction": call.direction,
        **place_fields("From", sender),
        **place_fields("To", call.to),
        **place_fields("Caller", sender),
        **place_fields("Called", call.to),
    }


def _sip_code(call: Call) -> str:
    if call.declined:
        return "603"
    return {"busy": "486", "no-answer": "487", "failed": "404", "canceled": "487"}.get(call.status, "200")


async def report_who_answered(exchange: Exchange, phone: Phone, call: Call) -> None:
    """Report whether a person or a machine answered, some seconds into the call."""
    await exchange.wait(DETECTION_SECONDS)
    form = {
        "CallSid": call.sid,
        "AccountSid": exchange.account.account_sid,
        "AnsweredBy": "machine_start" if phone.is_a(Behaviour.MACHINE) else "human",
        "MachineDetectionDuration": str(int(DETECTION_SECONDS * 1000)),
    }
    await exchange.report(call.machine_url, form, phone=phone)


async def report(exchange: Exchange, phone: Phone, call: Call, event: str) -> None:
    """Report an event of the call if the gateway asked for it; only "completed" when it asked for none."""
    if not call.status_url or event not in (call.status_events or {"completed"}):
        return
    number, call.callbacks = call.callbacks, call.callbacks + 1
    form = {
        **call_form(exchange, call, phone),
        "CallStatus": {"initiated": "initiated", "answered": "in-progress"}.get(event, call.status),
        "Timestamp": exchange.now().strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(number),
    }
    if event == "completed":
        seconds = duration_of(call)
        form |= {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60)), "SipResponseCode": _sip_code(call)}
    await exchange.report(call.status_url, form, phone=phone)
