"""Texts of the simulated carrier: from a telephone to the gateway, and from the gateway to a telephone."""

from __future__ import annotations

from urllib.parse import urljoin

from gateway.carriers.simulator.exchange import API_VERSION, Exchange, place_fields, read_number
from gateway.carriers.simulator.ledger import Text
from gateway.carriers.simulator.phones import Behaviour, Phone
from gateway.carriers.simulator.segments import count_segments
from gateway.carriers.simulator.twiml import Document, Verb, read_messaging

QUEUE_SECONDS = 1.0
DELIVERY_SECONDS = 2.0
MAX_REDIRECTS = 50
# Not sent at all, as against sent and not delivered (Twilio's dictionary).
_NEVER_SENT = {30001, 30002, 30023, 30027, 30036}
# Twilio's own words (support article 223134027).
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START_WORDS = {"START", "YES", "UNSTOP"}


async def send_from_phone(exchange: Exchange, phone: Phone, line: str, body: str) -> list[str]:
    """A telephone texts the gateway's `line`; returns what the gateway replied in its answer."""
    text = _new_text(exchange, phone.number, line, body, direction="inbound", status="received")
    _show(exchange, phone, text)
    _heed_stop_words(exchange, phone, body)
    documents = await _ask_gateway(exchange, phone, text)
    replies = [verb for document in documents for verb in document.verbs if verb.name == "Message"]
    return [reply for verb in replies if (reply := _reply(exchange, phone, text, verb))]


def _heed_stop_words(exchange: Exchange, phone: Phone, body: str) -> None:
    if exchange.weather.conditions.handles_stop:
        word = body.strip().upper()
        if word in STOP_WORDS:
            phone.behaves(Behaviour.OPTED_OUT)
        elif word in START_WORDS:
            phone.behaves(Behaviour.OPTED_OUT, stop=True)


async def _ask_gateway(exchange: Exchange, phone: Phone, text: Text) -> list[Document]:
    url, method = f"{exchange.public_url}/twilio/sms", "POST"
    documents: list[Document] = []
    for _ in range(MAX_REDIRECTS):
        answer = await exchange.ask(url, _inbound_form(exchange, text, phone), phone=phone, method=method)
        if answer is None:
            return documents
        document = read_messaging(answer.body)
        for code, what in document.complaints:
            exchange.complain(code, url, what)
        documents.append(document)
        redirect = next((verb for verb in document.verbs if verb.name == "Redirect"), None)
        if redirect is None:
            return documents
        url, method = urljoin(url, redirect.text), redirect.attributes.get("method", "POST")
    exchange.complain(14106, url, "too many redirects")
    return documents


def _inbound_form(exchange: Exchange, text: Text, phone: Phone) -> dict[str, str]:
    sender = "anonymous" if phone.is_a(Behaviour.WITHHELD) else text.sender
    return {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsMessageSid": text.sid,
        "AccountSid": exchange.account.account_sid,
        "From": sender,
        "To": text.to,
        "Body": text.body,
        "NumMedia": "0",
        "NumSegments": str(count_segments(text.body)),
        "SmsStatus": "received",
        "ApiVersion": API_VERSION,
        **place_fields("From", sender),
        **place_fields("To", text.to),
    }


def _reply(exchange: Exchange, phone: Phone, asked: Text, verb: Verb) -> str:
    if phone.is_a(Behaviour.OPTED_OUT) or not verb.text:
        exchange.complain(21610 if verb.text else 14103, asked.sid, "a reply that cannot be sent")
        return ""
    to = (
        phone
        if verb.attributes.get("to", phone.number) == phone.number
        else exchange.phones.phone(verb.attributes["to"])
    )
    sender = verb.attributes.get("from", asked.to)
    status_url = verb.attributes.get("action") or verb.attributes.get("statusCallback", "")
    text = _new_text(exchange, sender, to.number, verb.text, direction="outbound-reply", status="queued")
    text.status_url = urljoin(f"{exchange.public_url}/twilio/sms", status_url) if status_url else ""
    exchange.begin(_deliver(exchange, to, text))
    return verb.text


def accept_text(exchange: Exchange, *, sender: str, to: str, body: str, status_url: str) -> Text:
    """Take a text from the gateway and begin to deliver it. Numbers are E.164."""
    text = _new_text(exchange, sender, to, body, direction="outbound-api", status="queued")
    text.status_url = status_url
    exchange.accept("text", text.sid, to, body)
    exchange.begin(_deliver(exchange, exchange.phones.phone(to), text))
    return text


def _new_text(exchange: Exchange, sender: str, to: str, body: str, *, direction: str, status: str) -> Text:
    now = exchange.now()
    text = Text(
        exchange.new_sid("SM"), sender, read_number(to) or to, body, direction, status, created=now, updated=now
    )
    if direction == "inbound":
        text.sent = now
    exchange.ledger.texts.add(text.sid, text)
    return text


def _fate(phone: Phone) -> tuple[str, int | None]:
    """The final status of a text to this telephone, with the carrier's error code."""
    if phone.is_a(Behaviour.SWITCHED_OFF):
        return "undelivered", 30003
    if phone.is_a(Behaviour.LANDLINE):
        return "undelivered", 30006
    if phone.is_a(Behaviour.TEXT_FAILS):
        code = phone.behaviours[Behaviour.TEXT_FAILS]
        return ("failed" if code in _NEVER_SENT else "undelivered"), code
    return "delivered", None


async def _deliver(exchange: Exchange, phone: Phone, text: Text) -> None:
    status, code = _fate(phone)
    await exchange.wait(QUEUE_SECONDS)
    if status != "failed":
        text.sent = exchange.now()
        await _advance(exchange, phone, text, "sent")
        await exchange.wait(DELIVERY_SECONDS)
    text.error_code = code
    if status == "delivered":
        _show(exchange, phone, text)
    await _advance(exchange, phone, text, status)


async def _advance(exchange: Exchange, phone: Phone, text: Text, status: str) -> None:
    text.status, text.updated = status, exchange.now()
    if text.status_url:
        await exchange.report(text.status_url, _status_form(exchange, text), phone=phone)


def _status_form(exchange: Exchange, text: Text) -> dict[str, str]:
    form = {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "MessageStatus": text.status,
        "SmsStatus": text.status,
        "To": text.to,
        "From": text.sender,
        "AccountSid": exchange.account.account_sid,
        "ApiVersion": API_VERSION,
    }
    return {**form, "ErrorCode": str(text.error_code)} if text.error_code else form


def _show(exchange: Exchange, phone: Phone, text: Text) -> None:
    phone.messages.append(text.sid)
    phone.unread += text.direction != "inbound"
    exchange.phones.touch(phone)
