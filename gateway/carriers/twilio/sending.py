"""Requests that go to the carrier: texts and calls in batches, and what is asked about, emptied or fetched afterwards.

A batch keeps `account.concurrency` requests in flight over connections kept alive (`lanes.py`). No retries: whether
something is sent again is the sender's decision alone, which knows what is safe (`gateway.messaging.sending`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote, urlencode

from aiohttp import ClientSession
from twilio.base.exceptions import TwilioRestException
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.message import MessageInstance

from gateway.carriers.port import (
    Accepted,
    CarrierAccount,
    IncomingText,
    LineHooks,
    OutgoingCall,
    OutgoingText,
    ReceivedCall,
    ReceivedText,
)
from gateway.carriers.twilio.client import (
    TROUBLE,
    api_url,
    as_carrier_error,
    open_client,
    open_session,
    refused,
    run,
)
from gateway.carriers.twilio.lanes import Lane, Lanes
from gateway.carriers.twilio.statuses import carrier_error
from gateway.kernel.errors import CarrierError, InputError, Rejected, Unreachable
from gateway.kernel.phones import PhoneNumber, parse_phone

Item = OutgoingText | OutgoingCall
Outcome = Accepted | CarrierError

LONGEST_VALIDITY = 36_000
LISTED_AT_ONCE = 1000
MOST_RECEIVED = 10_000
LARGEST_RECORDING = 10 * 1024 * 1024
# Which changes of a call are reported; the end is reported whatever it was.
CALL_EVENTS = ("ringing", "answered", "completed")
CALL_IS_OVER = 21220
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def send_batch(lanes: Lanes, account: CarrierAccount, batch: Sequence[Item]) -> list[Outcome]:
    """Send all of `batch`; one outcome each, in order."""
    return lanes.run(lambda lane: _send_all(lane, account, batch)) if batch else []


async def _send_all(lane: Lane, account: CarrierAccount, batch: Sequence[Item]) -> list[Outcome]:
    outcomes: list[Outcome] = [carrier_error(Unreachable)] * len(batch)
    waiting = iter(enumerate(batch))
    base = f"{api_url(account)}/2010-04-01/Accounts/{account.account_sid}"
    at_once = min(account.concurrency, len(batch))
    await asyncio.gather(*(_send_one_by_one(lane, base, waiting, outcomes) for _ in range(at_once)))
    return outcomes


async def _send_one_by_one(lane: Lane, base: str, waiting: Iterator[tuple[int, Item]], outcomes: list[Outcome]) -> None:
    # A lane is kept until the batch has nothing left for it: so the batch that came first is done first, and the one
    # behind it takes over each lane as it falls free.
    async with lane.turnstile:
        for place, item in waiting:
            try:
                outcomes[place] = await _create(lane.session, base, item)
            except TROUBLE as error:
                outcomes[place] = as_carrier_error(error)


async def _create(session: ClientSession, base: str, item: Item) -> Outcome:
    """One text or call. Not through the library, which takes as long again for each (docs/performance.md)."""
    kind, fields = ("Messages", _text(item)) if isinstance(item, OutgoingText) else ("Calls", _call(item))
    body = urlencode(fields).encode()
    # A redirect would be followed without the fields.
    async with session.post(f"{base}/{kind}.json", data=body, headers=_FORM, allow_redirects=False) as response:
        answer = await response.read()
        if response.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
            return refused(response.status, answer, response.headers.get("Retry-After"))
    sid = json.loads(answer).get("sid")
    # Without a name it cannot be told apart afterwards: that is no acceptance.
    return Accepted(str(sid)) if sid else carrier_error(Unreachable)


def _text(item: OutgoingText) -> list[tuple[str, str | int]]:
    fields: list[tuple[str, str | int]] = [
        ("To", item.to.e164),
        ("From", item.sender.e164),
        ("Body", item.body),
        ("StatusCallback", item.status_url),
    ]
    if item.valid_seconds is not None:
        fields.append(("ValidityPeriod", min(item.valid_seconds, LONGEST_VALIDITY)))
    return fields


def _call(item: OutgoingCall) -> list[tuple[str, str | int]]:
    return [
        ("To", item.to.e164),
        ("From", item.sender.e164),
        ("Url", item.answer_url),
        ("Method", "POST"),
        ("StatusCallback", item.status_url),
        ("StatusCallbackMethod", "POST"),
        *(("StatusCallbackEvent", event) for event in CALL_EVENTS),
        ("Timeout", item.ring_seconds),
        ("TimeLimit", item.longest_seconds),
        *_machine_detection(item),
    ]


def _machine_detection(item: OutgoingCall) -> list[tuple[str, str | int]]:
    """Beside the call, never before it: whoever answers must not wait in silence until the carrier is sure."""
    if not item.machine_url:
        return []
    return [
        ("MachineDetection", "Enable"),
        ("AsyncAmd", "true"),
        ("AsyncAmdStatusCallback", item.machine_url),
        ("AsyncAmdStatusCallbackMethod", "POST"),
    ]


def list_received(account: CarrierAccount, line: PhoneNumber, since: datetime) -> list[ReceivedText]:
    """What telephones have sent to `line` since then, as the carrier lists it. Raises CarrierError."""
    return run(_list_received(account, line, since))


async def _list_received(account: CarrierAccount, line: PhoneNumber, since: datetime) -> list[ReceivedText]:
    async with open_client(account) as client:
        messages = await client.messages.list_async(
            to=line.e164, date_sent_after=since, limit=MOST_RECEIVED, page_size=LISTED_AT_ONCE
        )
    return [
        ReceivedText(IncomingText(m.sid, _sender(m.from_), line, m.body or "", int(m.num_media or 0)), _aware(m))
        for m in messages
        if m.direction == "inbound" and m.sid
    ]


def list_calls(account: CarrierAccount, line: PhoneNumber, since: datetime) -> list[ReceivedCall]:
    """Which calls came to `line` since then, as the carrier lists them. Raises CarrierError."""
    return run(_list_calls(account, line, since))


async def _list_calls(account: CarrierAccount, line: PhoneNumber, since: datetime) -> list[ReceivedCall]:
    async with open_client(account) as client:
        calls = await client.calls.list_async(
            to=line.e164, start_time_after=since, limit=MOST_RECEIVED, page_size=LISTED_AT_ONCE
        )
    # The library filters by day where the carrier does; the hour is looked at here.
    found = [ReceivedCall(call.sid, _aware(call)) for call in calls if call.direction == "inbound" and call.sid]
    return [call for call in found if call.at >= since]


def hooks_of(account: CarrierAccount, line: PhoneNumber) -> LineHooks | None:
    """The addresses set up for `line` at the carrier; None when the account has no such number. Raises CarrierError."""
    return run(_hooks_of(account, line))


async def _hooks_of(account: CarrierAccount, line: PhoneNumber) -> LineHooks | None:
    async with open_client(account) as client:
        found = await client.incoming_phone_numbers.list_async(phone_number=line.e164, limit=1)
    for one in found:
        return LineHooks(
            one.sms_url or "", one.sms_fallback_url or "", one.voice_url or "", one.voice_fallback_url or ""
        )
    return None


def _sender(number: str | None) -> PhoneNumber | None:
    try:
        return parse_phone(number or "")
    except InputError:
        return None


def _aware(message: MessageInstance | CallInstance) -> datetime:
    at: datetime = message.date_created or datetime.now(UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def redact_text(account: CarrierAccount, carrier_id: str) -> None:
    """Empty the body of a text; one that is gone is empty enough. Raises CarrierError."""
    run(_redact_text(account, carrier_id))


async def _redact_text(account: CarrierAccount, carrier_id: str) -> None:
    async with open_client(account) as client:
        try:
            await client.messages(carrier_id).update_async(body="")
        except TwilioRestException as error:
            _unless_gone(error)


def turn_call(account: CarrierAccount, call_id: str, url: str) -> None:
    """Have a running call ask `url` what comes next; one that is over is left. Raises CarrierError."""
    run(_turn_call(account, call_id, url))


async def _turn_call(account: CarrierAccount, call_id: str, url: str) -> None:
    async with open_client(account) as client:
        try:
            await client.calls(call_id).update_async(url=url, method="POST")
        except TwilioRestException as error:
            # 21220: the call is no longer in a state in which it could be turned.
            if error.code != CALL_IS_OVER:
                _unless_gone(error)


def fetch_recording(account: CarrierAccount, recording_id: str) -> bytes:
    """The sound of a recording, WAV. Raises CarrierError."""
    return run(_fetch_recording(account, recording_id))


async def _fetch_recording(account: CarrierAccount, recording_id: str) -> bytes:
    url = f"{api_url(account)}/2010-04-01/Accounts/{account.account_sid}/Recordings/{quote(recording_id, safe='')}.wav"
    async with open_session(account) as session, session.get(url) as response:
        sound = bytearray()
        async for piece in response.content.iter_chunked(64 * 1024):
            sound += piece
            if len(sound) > LARGEST_RECORDING:
                raise carrier_error(Rejected)
        if response.status != HTTPStatus.OK:
            raise refused(response.status, bytes(sound))
        return bytes(sound)


def delete_recording(account: CarrierAccount, recording_id: str) -> None:
    """Delete a recording; one that is gone is deleted. Raises CarrierError."""
    run(_delete_recording(account, recording_id))


async def _delete_recording(account: CarrierAccount, recording_id: str) -> None:
    async with open_client(account) as client:
        try:
            await client.recordings(recording_id).delete_async()
        except TwilioRestException as error:
            _unless_gone(error)


def _unless_gone(error: TwilioRestException) -> None:
    if error.status != HTTPStatus.NOT_FOUND:
        raise error
