"""Requests that go to the carrier: texts and calls in batches, and what is asked about, emptied or fetched afterwards.

A batch keeps `account.concurrency` requests in flight over as many kept-alive connections. No retries here: whether
something is sent again is the sender's decision alone, which knows what is safe (`gateway.messaging.sending`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.message import MessageInstance

from gateway.carriers.port import Accepted, CarrierAccount, OutgoingCall, OutgoingText, SentItem
from gateway.carriers.twilio.client import (
    TROUBLE,
    api_url,
    as_carrier_error,
    open_client,
    open_session,
    refused,
    run,
)
from gateway.carriers.twilio.statuses import carrier_error
from gateway.kernel.errors import CarrierError, Rejected, Unreachable

Item = OutgoingText | OutgoingCall
Outcome = Accepted | CarrierError

LONGEST_VALIDITY = 36_000
# One page: nobody gets more from one line within the hours after which an outcome must be settled.
MOST_LISTED = 1000
LARGEST_RECORDING = 10 * 1024 * 1024
# Which changes of a call are reported; the end is reported whatever it was.
CALL_EVENTS = ["ringing", "answered", "completed"]


def send_batch(account: CarrierAccount, batch: Sequence[Item]) -> list[Outcome]:
    """Send all of `batch`; one outcome each, in order."""
    return asyncio.run(_send_all(account, batch)) if batch else []


async def _send_all(account: CarrierAccount, batch: Sequence[Item]) -> list[Outcome]:
    outcomes: list[Outcome] = [carrier_error(Unreachable)] * len(batch)
    waiting = iter(enumerate(batch))
    async with open_client(account) as client:
        lanes = min(account.concurrency, len(batch))
        await asyncio.gather(*(_send_one_by_one(client, waiting, outcomes) for _ in range(lanes)))
    return outcomes


async def _send_one_by_one(client: Client, waiting: Iterator[tuple[int, Item]], outcomes: list[Outcome]) -> None:
    for place, item in waiting:
        try:
            outcomes[place] = _accepted(await _create(client, item))
        except TROUBLE as error:
            outcomes[place] = as_carrier_error(error)


async def _create(client: Client, item: Item) -> MessageInstance | CallInstance:
    if isinstance(item, OutgoingText):
        validity = {} if item.valid_seconds is None else {"validity_period": min(item.valid_seconds, LONGEST_VALIDITY)}
        return await client.messages.create_async(
            to=item.to.e164, from_=item.sender.e164, body=item.body, status_callback=item.status_url, **validity
        )
    return await client.calls.create_async(
        to=item.to.e164,
        from_=item.sender.e164,
        url=item.answer_url,
        method="POST",
        status_callback=item.status_url,
        status_callback_method="POST",
        status_callback_event=CALL_EVENTS,
        timeout=item.ring_seconds,
    )


def _accepted(created: MessageInstance | CallInstance) -> Outcome:
    # Without a name it cannot be told apart afterwards: that is no acceptance.
    return Accepted(created.sid) if created.sid else carrier_error(Unreachable)


def find_sent(account: CarrierAccount, item: Item, since: datetime) -> list[SentItem]:
    """What the carrier lists from `item.sender` to `item.to` since then. Raises CarrierError.

    The carrier's own filter by date looks at the date of sending, which what still waits there does not have yet.
    """
    return run(_find_sent(account, item, since))


async def _find_sent(account: CarrierAccount, item: Item, since: datetime) -> list[SentItem]:
    async with open_client(account) as client:
        wanted = {"to": item.to.e164, "from_": item.sender.e164, "limit": MOST_LISTED, "page_size": MOST_LISTED}
        if isinstance(item, OutgoingText):
            messages = await client.messages.list_async(**wanted)
            return [SentItem(m.sid or "", "", m.body or "") for m in messages if _is_since(m.date_created, since)]
        calls = await client.calls.list_async(**wanted)
        return [SentItem(c.sid or "", "") for c in calls if _is_since(c.date_created, since)]


def _is_since(created: datetime | None, since: datetime) -> bool:
    """Whether it was created then or later; the carrier's times are whole seconds, and a missing one may be now."""
    if created is None:
        return True
    aware = created if created.tzinfo else created.replace(tzinfo=UTC)
    return aware >= since.replace(microsecond=0)


def redact_text(account: CarrierAccount, carrier_id: str) -> None:
    """Empty the body of a text; one that is gone is empty enough. Raises CarrierError."""
    run(_redact_text(account, carrier_id))


async def _redact_text(account: CarrierAccount, carrier_id: str) -> None:
    async with open_client(account) as client:
        try:
            await client.messages(carrier_id).update_async(body="")
        except TwilioRestException as error:
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
