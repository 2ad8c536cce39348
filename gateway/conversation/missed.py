"""Texts that the carrier has and we have not: fetched, taken in like any other, and answered by a text of their own.

A webhook may be lost while we are down, whatever the carrier tries. What it lists is claimed by the same key as the
webhook's, so each text is acted on once, whichever comes first.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from gateway.carriers.port import Carrier, OutgoingText, ReceivedText
from gateway.conversation.sealed_answers import Envelope, open_envelope
from gateway.conversation.texts import claim_key, receive_text
from gateway.kernel.errors import CarrierError, Throttled, Unreachable
from gateway.kernel.phones import PhoneNumber
from gateway.kernel.ports import Ports
from gateway.messaging import inbox, outages
from gateway.messaging.model import CallbackUrls
from gateway.roll import views as roll
from gateway.wording.catalogue import Wording

logger = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=48)
# The carrier's own attempts to reach us come first: their answers need no text of our own.
LEAVE_ALONE = timedelta(minutes=2)
CHUNK = 500
REPLIES_AT_ONCE = 50
TAKEN_FOR = timedelta(minutes=5)
AGAIN_AFTER = timedelta(minutes=2)
MOST_TRIES = 10
CLOCK_DIFFERENCE = timedelta(minutes=1)


def fetch_missed(ports: Ports, *, carrier: Carrier, wording: Wording) -> int:
    """Take in what every line's carrier lists and we do not know; returns how many. Own transactions.

    A line that cannot be asked about is passed over; the next run asks again. May run twice at once.
    """
    taken = 0
    for line in _lines(ports):
        try:
            listed = carrier.list_received(line, ports.clock.now() - LOOK_BACK)
        except CarrierError as error:
            logger.warning("missed texts not listed", extra={"carrier_code": error.carrier_code})
            if isinstance(error, Throttled | Unreachable):
                outages.note_carrier(ports, answers=False)
                return taken
            continue
        for received in _unknown(ports, carrier, listed):
            receive_text(received.text, ports=ports, wording=wording, carrier_name=carrier.name, sent_at=received.at)
            taken += 1
    outages.note_carrier(ports, answers=True)
    _count_calls(ports, carrier)
    if taken:
        logger.warning("missed texts taken in", extra={"texts": taken})
    return taken


def _count_calls(ports: Ports, carrier: Carrier) -> None:
    """Calls cannot be taken in afterwards; how many there were while we were down goes into the outage log."""
    try:
        outages.count_calls(ports, carrier=carrier)
    except CarrierError as error:
        logger.warning("missed calls not listed", extra={"carrier_code": error.carrier_code})


def _lines(ports: Ports) -> list[PhoneNumber]:
    with ports.db.read() as conn:
        return [line for one in roll.communities(conn) for line in roll.community_lines(conn, one.id)]


def _unknown(ports: Ports, carrier: Carrier, listed: list[ReceivedText]) -> Iterator[ReceivedText]:
    """Those that nobody has claimed and that the carrier has given up bringing, oldest first."""
    until = ports.clock.now() - LEAVE_ALONE
    # What we had emptied there was answered once, whatever a restored copy knows of it.
    kept = (one for one in listed if one.at <= until and (one.text.body.strip() or one.text.media))
    old = sorted(kept, key=lambda one: one.at)
    for start in range(0, len(old), CHUNK):
        keyed = {claim_key(ports, carrier.name, one.text.carrier_id): one for one in old[start : start + CHUNK]}
        with ports.db.read() as conn:
            known = inbox.known_keys(conn, list(keyed))
        yield from (one for key, one in keyed.items() if key not in known)


def send_late_replies(ports: Ports, *, carrier: Carrier, urls: CallbackUrls) -> int:
    """Send the answers that could not be given on the spot; returns how many went. Own transactions.

    Before anything is sent a second time the carrier is asked whether it has it.
    """
    now, sent = ports.clock.now(), 0
    for one in inbox.take_late_replies(ports.db, now, now + TAKEN_FOR, REPLIES_AT_ONCE):
        envelope = open_envelope(one.envelope, ports.sealer)
        done = envelope is None or one.tries >= MOST_TRIES or _answer(envelope, one, carrier, urls)
        with ports.db.work() as tx:
            inbox.settle_late_reply(tx, one.inbox_id, None if done else now + AGAIN_AFTER)
            tx.commit()
        sent += done and envelope is not None
    return sent


def _answer(envelope: Envelope, one: inbox.LateReply, carrier: Carrier, urls: CallbackUrls) -> bool:
    """Send all words of an answer; False when it has to be tried again."""
    items = [OutgoingText(envelope.to, envelope.sender, words, urls.text_status(0)) for words in envelope.words]
    if one.tries:
        try:
            items = [item for item in items if not _has(carrier, item, one.made_at - CLOCK_DIFFERENCE)]
        except CarrierError:
            return False
    outcomes = carrier.send(items)
    return not any(isinstance(outcome, Throttled | Unreachable) for outcome in outcomes)


def _has(carrier: Carrier, item: OutgoingText, since: datetime) -> bool:
    return any(found.body == item.body for found in carrier.find_sent(item, since))
